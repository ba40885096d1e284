# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which of its addresses a namespace sends from. Source: fib_info_update_nhc_saddr(), inet_select_addr(), RFC 6724."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Address, Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOCAL, Lookup

# The narrower, the larger (rtnetlink(7)); an address serves routes of its own scope and of wider ones.
_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
# The source of a packet of IPv4 where no address is of a scope that its route may lend.
NOBODY = "0.0.0.0"


def source_address(namespace: Namespace, family: int, destination: str, found: Lookup) -> str | None:
    """The address that a packet gets which has none yet; None where the namespace has none to give."""
    if found.type == LOCAL:
        return destination
    if found.route is not None and found.route.source:
        return found.route.source
    widest = found.route.scope if found.route is not None and family == 4 else "link"
    address = device_address(namespace, found.dev, family, found.gateway or destination, widest)
    if address is None and family == 4 and device_address(namespace, found.dev, family) is not None:
        return NOBODY
    return address


def device_address(
    namespace: Namespace, device: str | None, family: int, destination: str | None = None, scope: str = "link"
) -> str | None:
    """The address that a device lends: one of the destination's subnet, else its first; else that of another device of
    the same routing domain, of a VRF device before all others. scope: that of the route, which takes no narrower one.
    """
    own = namespace.links.get(device or "")
    domain = _vrf.of(namespace, device)
    others = [each for each in namespace.links.values() if each is not own and _vrf.of(namespace, each.name) is domain]
    for link in [*([own] if own else []), *sorted(others, key=lambda each: each is not domain)]:
        entry = _best(link, family, destination, scope)
        if entry is not None:
            return entry.address
    return None


def _best(link: Link, family: int, destination: str | None, scope: str) -> Address | None:
    usable = [
        entry
        for entry in link.addresses
        if entry.family == family
        and _SCOPES.get(entry.scope, 0) <= min(_SCOPES.get(scope, 0), _SCOPES["link"])
        and not {"tentative", "dadfailed"} & set(entry.flags)
    ]
    if family == 6:
        near = destination is not None and _address.kind(destination) == "link-local"
        usable = [entry for entry in usable if (entry.scope == "link") == near] or usable
    inside = [
        entry for entry in usable if destination and _address.covers(f"{entry.address}/{entry.prefix}", destination)
    ]
    # Secondary addresses are never chosen over the first of their subnet.
    first = [entry for entry in usable if not entry.secondary] or usable
    return next(iter([entry for entry in inside if not entry.secondary] or first), None)
