# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""VRF devices: routing domains of their own. A device belongs to one by its master, and the domain has a routing table.

Sources: networking/vrf in the kernel's documentation, l3mdev.c and vrf.c. What comes in by a device is taken for having
come in by its VRF device, policy rules with l3mdev ask the domain's table, and a socket that is bound to no device
takes packets of a domain only where net.ipv4.tcp_l3mdev_accept or udp_l3mdev_accept says so.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace

KIND = "vrf"
_NAMED = {253: "default", 254: "main", 255: "local"}


def any_in(namespace: Namespace) -> bool:
    """Whether a namespace has routing domains at all."""
    return bool(_tables(namespace))


def of(namespace: Namespace, device: str | None) -> Link | None:
    """The VRF device that a device belongs to: its master, or itself."""
    link = namespace.links.get(device or "")
    if link is None or link.kind == KIND:
        return link
    master = namespace.links.get(link.master or "")
    return master if master is not None and master.kind == KIND else None


def table_of(namespace: Namespace, domain: str | None) -> str | None:
    """The routing table of a VRF device, as routes name it; None where it is not known."""
    return _tables(namespace).get(domain or "")


def _tables(namespace: Namespace) -> t.Mapping[str, str]:
    found: t.Mapping[str, str] = namespace.compiled("vrf", _compile)
    return found


def _compile(namespace: Namespace) -> t.Mapping[str, str]:
    return {
        link.name: _name(namespace, link)
        for link in namespace.links.values()
        if link.kind == KIND and link.vrf_table is not None
    }


def _name(namespace: Namespace, vrf: Link) -> str:
    """ip names a table as /etc/iproute2/rt_tables does: one whose routes all lead through the domain's devices."""
    number = str(vrf.vrf_table)
    devices: dict[str, set[str]] = {}
    for route in namespace.routes:
        devices.setdefault(route.table, set()).update(filter(None, (route.dev, *(hop.dev for hop in route.nexthops))))
    if number in devices or vrf.vrf_table in _NAMED:
        return _NAMED.get(vrf.vrf_table or 0, number)
    own = {vrf.name, *(link.name for link in namespace.ports_of(vrf.name))}
    named = [name for name, used in devices.items() if used and used <= own and not name.isdigit()]
    return named[0] if len(named) == 1 and named[0] not in _NAMED.values() else number
