# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From the address of the next hop to the MAC address that the frame gets.

Source: net/core/neighbour.c, arp_process() and arp_ignore() of the kernel, ip-neighbour(8). What the table says is
used; where it says nothing, the wire is asked (by whoever knows the wires), and these rules say who answers.
"""

from __future__ import annotations

import dataclasses
import enum

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace, Neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOCAL, Query, routing

_WITHOUT = frozenset(("POINTOPOINT", "LOOPBACK"))
_WITHOUT_KINDS = frozenset(
    ("loopback", "ipip", "sit", "tun", "wireguard", "ip6tnl", "gre", "none", "vti", "xfrm", "vrf", "dummy", "nlmon")
)
# Entries that the kernel does not check again.
FIXED = frozenset(("PERMANENT", "NOARP"))
_FAILED = frozenset(("FAILED", "INCOMPLETE", "NONE"))


class Knows(enum.Enum):
    """What the table says."""

    NEEDLESS = "needless"  # the device has no such addresses
    MAC = "mac"
    FAILED = "failed"  # it asked, and nobody answered
    NOTHING = "nothing"


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the neighbour table says of an address."""

    knows: Knows
    mac: str | None = None
    entry: Neighbour | None = None

    @property
    def fixed(self) -> bool:
        """Whether it stays as it is until somebody changes it."""
        return self.entry is not None and bool(FIXED & set(self.entry.state.split()))


def look_up(namespace: Namespace, link: Link, address: str) -> Entry:
    """The entry for an address on a device. One that is told to ask nobody sends to itself (arp_constructor())."""
    if _WITHOUT & set(link.flags) or link.kind in _WITHOUT_KINDS or ("NOARP" in link.flags and not link.mac):
        return Entry(Knows.NEEDLESS)
    found = namespace.neighbour(link.name, address)
    if found is None and "NOARP" in link.flags and link.mac:
        family = 6 if ":" in address else 4
        found = Neighbour(family, address, link.mac, link.name, "NOARP", router=False, proxy=False)
    if found is None:
        return Entry(Knows.NOTHING)
    if found.mac is None or _FAILED & set(found.state.split()):
        return Entry(Knows.FAILED, None, found)
    return Entry(Knows.MAC, found.mac.lower(), found)


def answers(namespace: Namespace, link: Link, address: str, sender: str | None) -> bool:
    """Whether a namespace answers who asks by a device for an address. sender: the address of who asks."""
    family = 6 if ":" in address else 4
    if "NOARP" in link.flags or not link.up:
        return False
    table = routing(namespace)
    if family == 6:
        return any(entry.address == address for entry in link.addresses) or _is_proxy(namespace, link, address)
    if table.address_type(4, address) != LOCAL:
        return _is_proxy(namespace, link, address) or _proxy_arp(namespace, link, address)
    return not _ignored(namespace, link, address, sender)


def _ignored(namespace: Namespace, link: Link, address: str, sender: str | None) -> bool:
    settings = routing(namespace).settings
    mode = settings.arp_ignore(link.name)
    own = [entry for entry in link.addresses if entry.address == address]
    if mode in (1, 2) and not own:
        return True
    if mode == 2 and sender and not any(_address.covers(f"{entry.address}/{entry.prefix}", sender) for entry in own):
        return True
    if mode == 8 or (mode == 3 and any(entry.scope == "host" for entry in own)):
        return True
    if settings.arp_filter(link.name) and sender:
        return routing(namespace).first(Query(4, sender, address)).dev != link.name
    return False


def _is_proxy(namespace: Namespace, link: Link, address: str) -> bool:
    return any(entry.proxy and entry.dev == link.name and entry.address == address for entry in namespace.neighbours)


def _proxy_arp(namespace: Namespace, link: Link, address: str) -> bool:
    """arp_fwd_proxy(): it would forward the packet, and by another device."""
    table = routing(namespace)
    if not table.settings.proxy_arp(link.name) or not table.settings.forwarding(4, link.name):
        return False
    found = table.first(Query(4, address, None, iif=link.name))
    return found.type == "unicast" and found.dev not in (None, link.name)
