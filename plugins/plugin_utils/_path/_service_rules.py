# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What kube-proxy's rules on a node make of a Service's address (iptables mode).

Source: the chains KUBE-SERVICES, KUBE-NODEPORTS, KUBE-SVC-*, KUBE-EXT-* and KUBE-SEP-* of kube-proxy's iptables mode.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._rules import Chain, FilterRule, parse

_MAX_DEPTH = 8


@dataclasses.dataclass(frozen=True)
class Translation:
    """known: whether these rules could be read and are kube-proxy's. backends: where they send, as ADDRESS:PORT.

    present: a rule for the Service is there. rejected: a rule says that it has no endpoints. local_only: a rule says
      that it has none on this node, and its traffic policy is Local.
    """

    known: bool
    present: bool = False
    rejected: bool = False
    local_only: bool = False
    backends: frozenset[str] = frozenset()


UNKNOWN = Translation(False)


def translation(
    namespace: Namespace | None, address: str | None, port: int, protocol: str = "tcp", node_port: int | None = None
) -> Translation:
    """What the node does with address:port, or (node_port) with a connection to that port of its own."""
    if namespace is None or "netfilter" in namespace.unread or not (address or node_port):
        return UNKNOWN
    answers = [
        _in_tables(entry.get("text") or "", address, port, protocol, node_port)
        for entry in namespace.iptables
        if address is None or entry.get("family") == ipaddress.ip_address(address).version
    ]
    known = [answer for answer in answers if answer.known]
    return next(
        (answer for answer in known if answer.present or answer.rejected or answer.local_only),
        known[0] if known else UNKNOWN,
    )


def _in_tables(text: str, address: str | None, port: int, protocol: str, node_port: int | None) -> Translation:
    tables = parse(text)
    nat = tables.get("nat") or {}
    chain = nat.get("KUBE-NODEPORTS" if node_port else "KUBE-SERVICES")
    if chain is None:
        return UNKNOWN
    wanted = str(node_port or port)
    rules = [rule for rule in chain.rules if _is_for(rule, None if node_port else address, wanted, protocol)]
    backends: set[str] = set()
    for rule in rules:
        _follow(nat, rule.target, backends, 0)
    refused = {
        rule.target
        for name in ("KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES")
        for rule in _rules(tables.get("filter") or {}, name)
        if _is_for(rule, None if node_port else address, wanted, protocol)
    }
    return Translation(True, bool(backends), "REJECT" in refused, "DROP" in refused, frozenset(backends))


def _rules(table: t.Mapping[str, Chain], name: str) -> tuple[FilterRule, ...]:
    return table[name].rules if name in table else ()


def _is_for(rule: FilterRule, address: str | None, port: str, protocol: str) -> bool:
    destination = (rule.option("-d") or "").partition("/")[0]
    return (
        (address is None or destination == address)
        and rule.option("--dport") == port
        and (rule.option("-p") in (None, protocol))
        and not (address is None and destination.startswith("127."))
    )


def _follow(table: t.Mapping[str, Chain], name: str | None, backends: set[str], depth: int) -> None:
    """Collect every DNAT target that can be reached from a chain."""
    for rule in _rules(table, name or "") if depth < _MAX_DEPTH else ():
        if rule.target == "DNAT":
            backends.add(rule.option("--to-destination") or "")
        elif rule.target in table:
            _follow(table, rule.target, backends, depth + 1)
