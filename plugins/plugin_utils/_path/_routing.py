# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Route look-ups as the kernel makes them: rules by priority, then the longest prefix, then the lowest metric.

Source: ip-rule(8) and ip-route(8). Rules with conditions that are not evaluated here (marks, ports, users) may
divert a packet; a look-up that passed such a rule says so in `certain`.
"""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, Route, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record

_REJECTING = frozenset(("blackhole", "unreachable", "prohibit"))
_DEFAULT_RULES = tuple(
    record(Rule, {"priority": priority, "family": 4, "table": table, "action": "lookup"})
    for priority, table in ((0, "local"), (32766, "main"), (32767, "default"))
)
_CONDITIONS = (
    "fwmark",
    "oif",
    "protocol",
    "sport",
    "dport",
    "tos",
    "uid_range",
    "other",
    "not_",
    "goto",
    "suppress_prefix_length",
)


@dataclasses.dataclass(frozen=True)
class Lookup:
    """The answer: a route or None, and whether nothing uncertain was passed on the way."""

    route: Route | None
    certain: bool

    @property
    def rejected(self) -> bool:
        """Whether the route is one that drops."""
        return self.route is not None and self.route.type in _REJECTING


def look_up(namespace: Namespace, destination: str, source: str | None = None, iif: str | None = None) -> Lookup:
    """Which route a packet takes. iif is the device it came in by, None for packets of the namespace itself."""
    wanted = ipaddress.ip_address(destination)
    rules = [rule for rule in namespace.rules if rule.family == wanted.version] or list(_DEFAULT_RULES)
    certain = "routes" not in namespace.unread and "rules" not in namespace.unread
    for rule in sorted(rules, key=lambda rule: rule.priority):
        if not (_covers(rule.from_, source) and _covers(rule.to, destination)):
            continue
        if rule.iif is not None and rule.iif != (iif or "lo"):
            continue
        if any(getattr(rule, name) for name in _CONDITIONS):
            certain = False
            continue
        if rule.action in _REJECTING:
            route = {"family": wanted.version, "type": rule.action, "dst": destination}
            return Lookup(record(Route, route), certain)
        found = _longest(namespace, rule.table or "main", wanted)
        if found is not None and found.type != "throw":
            return Lookup(found, certain)
    return Lookup(None, certain)


def _covers(prefix: str | None, address: str | None) -> bool:
    if prefix is None or prefix in ("all", ""):
        return True
    if address is None:
        return False
    network = ipaddress.ip_network(prefix, strict=False)
    parsed = ipaddress.ip_address(address)
    return parsed.version == network.version and parsed in network


def _longest(namespace: Namespace, table: str, wanted: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Route | None:
    fitting = [
        route
        for route in namespace.routes
        if route.table == table
        and route.family == wanted.version
        and route.type not in ("broadcast", "multicast")
        and wanted in route.network
    ]
    return max(fitting, key=lambda route: (route.network.prefixlen, -route.metric), default=None)
