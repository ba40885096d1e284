# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What nft -j list ruleset prints, as chains and sets. Rules are read when they are asked for.

Source: libnftables-json(5).
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _nft_listing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._lists import RuleList, Spans
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Chain,
    NamedSet,
    Rule,
    Rules,
)

Json = t.Mapping[str, t.Any]
BACKEND = "nft"
# Names of priorities; numbers stand in the JSON of most versions.
_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
_BRIDGE_PRIORITIES = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}


@dataclasses.dataclass(frozen=True)
class Listing:
    """A listing. items: its objects without the rules; rules: by family, table and chain, as positions in the text."""

    text: str = ""
    items: t.Sequence[Json] = ()
    rules: t.Mapping[tuple[str, str, str], Spans] = dataclasses.field(default_factory=dict)


def read(text: str) -> Listing:
    """Read a listing. Raises ListingError."""
    items: list[Json] = []
    rules: dict[tuple[str, str, str], Spans] = {}
    for item, begin, end in _nft_listing.objects(text):
        rule = item.get("rule")
        if not isinstance(rule, dict):
            items.append(item)
            continue
        key = (str(rule.get("family")), str(rule.get("table")), str(rule.get("chain")))
        if key not in rules:
            rules[key] = Spans()
        rules[key].add(begin, end)
    return Listing(text, items, rules)


def chains_of(
    listing: Listing, orders: t.Mapping[tuple[str, str], int], skip: t.Container[tuple[str, str]] = ()
) -> t.Iterator[Chain]:
    """The chains of a listing. orders: of each table, how old it is; skip: tables that iptables-save showed."""
    heads: list[Json] = []
    dormant: set[tuple[str, str]] = set()
    read_rule = _RuleReader(listing.text).read  # one for all chains
    for item in listing.items:
        chain, table = item.get("chain"), item.get("table")
        if isinstance(chain, dict):
            heads.append(chain)
        elif isinstance(table, dict) and "dormant" in (table.get("flags") or ()):
            dormant.add((str(table.get("family")), str(table.get("name"))))
    for head in heads:
        family, table_name = str(head.get("family")), str(head.get("table"))
        if (family, table_name) in skip:
            continue
        handle = head.get("handle")
        order = (orders.get((family, table_name), 0) << 32) + (handle if isinstance(handle, int) else 0)
        own = RuleList(listing.rules.get((family, table_name, str(head.get("name"))), ()), read_rule)
        yield _chain(head, family, table_name, own, order, (family, table_name) in dormant)


@dataclasses.dataclass(frozen=True)
class _RuleReader:
    """Reads a rule where it stands in the text."""

    text: str

    def read(self, number: int, span: tuple[int, int]) -> Rule:
        rule: Json = json.loads(self.text[slice(*span)], strict=False)["rule"]
        return _nft_rule.read(number, rule)


def _chain(head: Json, family: str, table: str, rules: Rules, order: int, dormant: bool) -> Chain:
    hook = head.get("hook") if not dormant else None
    based = isinstance(hook, str)
    policy = head.get("policy")
    return Chain(
        backend=BACKEND,
        family=family,
        table=table,
        name=str(head.get("name")),
        rules=rules,
        hook=hook if based else None,
        priority=_priority(head.get("prio"), family) if based else None,
        type=str(head.get("type")) if based else None,
        policy=(policy if isinstance(policy, str) else "accept") if based else None,
        devices=_devices(head.get("dev")),
        order=order,
    )


def _devices(data: t.Any) -> tuple[str, ...]:
    if isinstance(data, str):
        return (data,)
    return tuple(each for each in data if isinstance(each, str)) if isinstance(data, list) else ()


def _priority(data: t.Any, family: str) -> int:
    if isinstance(data, int):
        return data
    names = _BRIDGE_PRIORITIES if family == "bridge" else _PRIORITIES
    return names.get(str(data), 0)


def sets_of(items: t.Sequence[Json]) -> t.Iterator[NamedSet]:
    """Named sets and maps."""
    for item in items:
        for kind in ("set", "map"):
            data = item.get(kind)
            if not isinstance(data, dict) or not isinstance(data.get("name"), str):
                continue
            flags = data.get("flags") or ()
            size = data.get("size")
            yield NamedSet(
                backend=BACKEND,
                family=str(data.get("family")),
                table=str(data.get("table")),
                name=data["name"],
                types=_types(data.get("type")),
                elements=tuple(_nft_rule.elements_of(data.get("elem"))),
                dynamic="dynamic" in flags or "timeout" in flags,
                options={"size": str(size)} if isinstance(size, int) and size > 0 else {},
            )


def _types(data: t.Any) -> tuple[str, ...]:
    if isinstance(data, list):
        return tuple(str(each) for each in data)
    return (data,) if isinstance(data, str) else ()


def tables_of(items: t.Sequence[Json]) -> t.Iterator[tuple[str, str, int]]:
    """Family, name and handle of each table; the kernel counts handles up as tables are made."""
    for item in items:
        table = item.get("table")
        if isinstance(table, dict):
            handle = table.get("handle")
            yield str(table.get("family")), str(table.get("name")), handle if isinstance(handle, int) else 0
