# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What nft -j list ruleset prints, as chains and sets. Rules are read when they are asked for.

Source: libnftables-json(5).
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._lists import RuleList
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, NamedSet

Json = t.Mapping[str, t.Any]
BACKEND = "nft"
# Names of priorities; numbers stand in the JSON of most versions.
_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
_BRIDGE_PRIORITIES = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}


class Unreadable(Exception):
    """It is not what nft -j prints."""


def objects(text: str) -> list[Json]:
    """The objects of a listing."""
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("nft's listing is no JSON") from exc
    items = data.get("nftables") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise Unreadable("nft's listing is no ruleset")
    return [item for item in items if isinstance(item, dict)]


def chains_of(
    items: t.Sequence[Json], orders: t.Mapping[tuple[str, str], int], skip: t.Container[tuple[str, str]] = ()
) -> t.Iterator[Chain]:
    """The chains of a listing. orders: of each table, how old it is; skip: tables that iptables-save showed."""
    rules: dict[tuple[str, str, str], list[Json]] = {}
    heads: list[Json] = []
    dormant: set[tuple[str, str]] = set()
    for item in items:
        rule = item.get("rule")
        if isinstance(rule, dict):
            key = (str(rule.get("family")), str(rule.get("table")), str(rule.get("chain")))
            rules.setdefault(key, []).append(rule)
            continue
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
        own = rules.get((family, table_name, str(head.get("name"))), [])
        yield _chain(head, family, table_name, own, order, (family, table_name) in dormant)


def _chain(head: Json, family: str, table: str, rules: list[Json], order: int, dormant: bool) -> Chain:
    hook = head.get("hook") if not dormant else None
    based = isinstance(hook, str)
    policy = head.get("policy")
    return Chain(
        backend=BACKEND,
        family=family,
        table=table,
        name=str(head.get("name")),
        rules=RuleList(rules, _nft_rule.read),
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
            yield NamedSet(
                backend=BACKEND,
                family=str(data.get("family")),
                table=str(data.get("table")),
                name=data["name"],
                types=_types(data.get("type")),
                elements=tuple(_nft_rule.elements_of(data.get("elem"))),
                is_map=kind == "map",
                dynamic="dynamic" in flags or "timeout" in flags,
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
