# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How large a packet may be, device by device. Source: ip_forward(), ip_finish_output(), ip6_forward(), vxlan_xmit(),
ip_dst_mtu_maybe_forward(), ip6_dst_mtu_maybe_forward().

Sizes are bytes of the IP packet.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace, PathMtu
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Family, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Lookup
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import Settings

# What a frame may be longer than the MTU: a VLAN tag (is_skb_forwardable()).
TAG = 4


class Fit(enum.Enum):
    """Whether a packet fits."""

    FITS = "fits"
    FRAGMENTED = "fragmented"
    TOO_BIG = "too_big"


@dataclasses.dataclass(frozen=True)
class Size:
    """mtu: what was compared with; learned: the exception that it comes from, None where it is the device's or the
    route's.
    """

    fit: Fit
    mtu: int
    learned: PathMtu | None = None


def fits(namespace: Namespace, packet: Packet, found: Lookup, link: Link, forwarded: bool) -> Size:
    """Whether a packet can be sent by a device along a route.

    Of IPv4, the MTU of a route stands in place of its device's, even where it is larger (for forwarded packets since
    Linux 5.10). What ICMP errors taught is heeded for the packets of a tunnel, and for forwarded ones where it is
    locked or net.ipv4.ip_forward_use_pmtu says so; an application sends smaller packets then, and a probe of the path's
    MTU ignores it.
    """
    mtu = link.mtu
    own = found.route.mtu if found.route is not None else None
    if own and (packet.family == Family.IPV4 or (own < mtu and not forwarded)):
        mtu = own
    learned = _learned(namespace, packet, found, forwarded)
    if learned is not None and mtu and learned.mtu < mtu:
        mtu = learned.mtu
    else:
        learned = None
    if packet.size <= mtu or not mtu:
        return Size(Fit.FITS, mtu)
    # IPv6 is fragmented by its sender only.
    splits = not packet.df and (packet.family == Family.IPV4 or not forwarded)
    return Size(Fit.FRAGMENTED if splits else Fit.TOO_BIG, mtu, learned)


def segment(namespace: Namespace, packet: Packet, found: Lookup) -> int | None:
    """The segment size that a SYN announces along a route (ipv4_default_advmss()); None where it is not known."""
    route, link = found.route, namespace.links.get(found.dev or "")
    mtu = (route.mtu if route is not None else None) or (link.mtu if link is not None else None)
    if route is not None and route.advmss:
        return route.advmss
    return mtu - (40 if packet.family == Family.IPV4 else 60) if mtu else None


def _learned(namespace: Namespace, packet: Packet, found: Lookup, forwarded: bool) -> PathMtu | None:
    """The exception of the route that counts for a packet."""
    if not namespace.path_mtus:
        return None
    entry = _exceptions(namespace).get((packet.dst, found.dev, found.gateway))
    if entry is None:
        return None
    if not forwarded:
        return entry if packet.inner is not None else None
    if packet.family == Family.IPV6:
        return None
    return entry if entry.locked or Settings(namespace).number("net.ipv4.ip_forward_use_pmtu") else None


def _exceptions(namespace: Namespace) -> t.Mapping[tuple[str, str | None, str | None], PathMtu]:
    return t.cast(
        t.Mapping[tuple[str, t.Optional[str], t.Optional[str]], PathMtu],
        namespace.compiled(
            "path_mtus", lambda each: {(one.dst, one.dev, one.gateway): one for one in each.path_mtus if one.mtu}
        ),
    )
