# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How large a packet may be, device by device. Source: ip_forward(), ip_finish_output(), ip6_forward(), vxlan_xmit().

Sizes are bytes of the IP packet.
"""

from __future__ import annotations

import dataclasses
import enum

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Family, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Lookup
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import Settings


class Fit(enum.Enum):
    """Whether a packet fits."""

    FITS = "fits"
    FRAGMENTED = "fragmented"
    TOO_BIG = "too_big"


@dataclasses.dataclass(frozen=True)
class Size:
    """mtu: what was compared with, the device's or the route's."""

    fit: Fit
    mtu: int


def fits(namespace: Namespace, packet: Packet, found: Lookup, link: Link, forwarded: bool) -> Size:
    """Whether a packet can be sent by a device along a route.

    A forwarded packet meets the device's MTU, one of the own also the route's. What ICMP errors taught is not asked: an
    application sends smaller ones then, and a probe of the path's MTU ignores it.
    """
    mtu = link.mtu
    own = found.route.mtu if found.route is not None else None
    if own is not None and own < mtu:
        uses_path_mtu = bool(Settings(namespace).number("net.ipv4.ip_forward_use_pmtu"))
        mtu = own if not forwarded or uses_path_mtu else mtu
    if packet.size <= mtu or not mtu:
        return Size(Fit.FITS, mtu)
    # IPv6 is fragmented by its sender only.
    splits = not packet.df and (packet.family == Family.IPV4 or not forwarded)
    return Size(Fit.FRAGMENTED if splits else Fit.TOO_BIG, mtu)
