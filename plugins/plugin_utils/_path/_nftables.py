# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Native nftables rules (nft -j list ruleset) in the terms of the iptables walk, as far as both mean the same.

An expression without a counterpart becomes a match that is not understood, so that nothing is concluded from its rule.
Source: libnftables-json(5). Tables of the bridge and netdev families are not walked.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._rules import Chain, FilterRule

_FAMILIES: t.Mapping[str, tuple[int, ...]] = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
_NOT_UNDERSTOOD = ("-m", "nft")
# Statements that decide nothing.
_SILENT = frozenset(("counter", "log", "comment", "quota"))
_VERDICTS = {"accept": "ACCEPT", "drop": "DROP", "reject": "REJECT", "return": "RETURN"}


@dataclasses.dataclass(frozen=True)
class BaseChain:
    """A chain that a hook calls, and the chains of its table."""

    family: str
    table: str
    hook: str
    priority: int
    chain: Chain
    chains: t.Mapping[str, Chain]

    @property
    def versions(self) -> tuple[int, ...]:
        """IP versions that it sees."""
        return _FAMILIES[self.family]


@functools.lru_cache(maxsize=16)
def base_chains(text: str | None) -> tuple[BaseChain, ...]:
    """Every base chain of the ip, ip6 and inet tables by priority; none where there is no text or it is no JSON."""
    try:
        objects = json.loads(text or "{}").get("nftables") or []
    except (ValueError, AttributeError):
        return ()
    rules: dict[tuple[str, str, str], list[FilterRule]] = {}
    for item in (entry["rule"] for entry in objects if "rule" in entry):
        rules.setdefault((item.get("family"), item.get("table"), item.get("chain")), []).append(_rule(item))
    chains: dict[tuple[str, str], dict[str, Chain]] = {}
    bases = []
    for item in (entry["chain"] for entry in objects if "chain" in entry):
        family, table, name = item.get("family"), item.get("table"), item.get("name")
        policy = str(item.get("policy") or "accept").upper() if item.get("hook") else None
        chain = Chain(name, policy, None, tuple(rules.get((family, table, name), ())))
        chains.setdefault((family, table), {})[name] = chain
        if family in _FAMILIES and item.get("type") in ("filter", "route") and item.get("hook"):
            bases.append((item, chain))
    return tuple(
        sorted(
            (
                BaseChain(
                    item["family"],
                    item["table"],
                    item["hook"],
                    int(item.get("prio") or 0),
                    chain,
                    chains[(item["family"], item["table"])],
                )
                for item, chain in bases
            ),
            key=lambda base: base.priority,
        )
    )


def _rule(item: JsonObject) -> FilterRule:
    words: list[str] = []
    target: str | None = None
    goto = False
    packets: int | None = None
    for expression in item.get("expr") or []:
        (kind, value), *_rest = expression.items() or (("", None),)
        if kind == "match" and isinstance(value, dict):
            words += _match(value)
        elif kind in _VERDICTS:
            target = _VERDICTS[kind]
        elif kind in ("jump", "goto"):
            target, goto = (value or {}).get("target"), kind == "goto"
        elif kind == "counter" and isinstance(value, dict):
            packets = value.get("packets")
        elif kind not in _SILENT:
            words += _NOT_UNDERSTOOD
    place = f"{item.get('family')} {item.get('table')} {item.get('chain')}"
    text = " ".join([place, *words, *(["-j", target] if target else [])])
    return FilterRule(
        str(item.get("chain")),
        tuple(words),
        target,
        goto,
        packets,
        text,
        f"nft delete rule {place} handle {item.get('handle')}",
    )


def _match(match: JsonObject) -> list[str]:
    """One match as options of iptables."""
    left, operator = match.get("left"), match.get("op")
    value = _value(match.get("right"))
    if value is None or operator not in ("==", "!=", "in") or not isinstance(left, dict):
        return list(_NOT_UNDERSTOOD)
    inverted = ["!"] if operator == "!=" else []
    payload, meta, tracked = left.get("payload") or {}, left.get("meta") or {}, left.get("ct") or {}
    field = (str(payload.get("protocol")), str(payload.get("field")))
    if field in (("ip", "saddr"), ("ip6", "saddr"), ("ip", "daddr"), ("ip6", "daddr")):
        return [*inverted, "-s" if field[1] == "saddr" else "-d", value]
    if field in (("tcp", "dport"), ("udp", "dport"), ("th", "dport")):
        return [*(["-p", field[0]] if field[0] != "th" else []), *inverted, "--dport", value.replace("-", ":")]
    if (field == ("ip", "protocol") or meta.get("key") == "l4proto") and "," not in value:
        return [*inverted, "-p", value]
    if meta.get("key") in ("iifname", "iif", "oifname", "oif") and "," not in value:
        return [*inverted, "-i" if meta["key"].startswith("i") else "-o", value.replace("*", "+")]
    if tracked.get("key") == "state":
        return [*inverted, "--ctstate", value.upper()]
    return list(_NOT_UNDERSTOOD)


def _value(right: t.Any) -> str | None:
    """The right side as text: one value, or several with commas; None where it is a named set or something else."""
    if isinstance(right, (str, int)) and not isinstance(right, bool):
        return None if str(right).startswith("@") else str(right)
    if isinstance(right, list):
        parts = [_value(part) for part in right]
        return None if None in parts else ",".join(t.cast(list[str], parts))
    if isinstance(right, dict) and "set" in right:
        return _value(right["set"] if isinstance(right["set"], list) else [right["set"]])
    if isinstance(right, dict) and "prefix" in right:
        return f"{right['prefix'].get('addr')}/{right['prefix'].get('len')}"
    if isinstance(right, dict) and "range" in right and all(isinstance(end, int) for end in right["range"]):
        return "-".join(map(str, right["range"]))
    return None
