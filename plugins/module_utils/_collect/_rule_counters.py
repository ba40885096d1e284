# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Counters of rules, and which chains changed, from what iptables-save -c and nft -j print.

Text in, numbers out, without understanding what a rule matches: enough to say by how much a rule moved between two
looks. Only rules that can end a packet, or that let a share pass, are kept; all others are a number in a digest.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _nft_listing
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Netfilter
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

_RULE = re.compile(r"\[(\d+):(\d+)\] -A (\S+) ?(.*)")
_CHAIN = re.compile(r":(\S+) (\S+) \[(\d+):(\d+)\]")
_ENDS = re.compile(r"-j (DROP|REJECT|TARPIT|STEAL|NFQUEUE)\b")
_SHARE = re.compile(r"-m (limit|hashlimit|connlimit|statistic|recent|quota|quota2|rateest|connbytes)\b")
_NFT_ENDS = frozenset(("drop", "reject", "queue", "synproxy"))
_NFT_SHARE = frozenset(("limit", "quota", "ct count", "numgen", "last"))


@dataclasses.dataclass(frozen=True)
class RuleKey:
    """Which rule. number: counted from 1 in its chain; 0 is the chain's policy."""

    backend: str
    family: str
    table: str
    chain: str
    number: int
    text: str


@dataclasses.dataclass(frozen=True)
class RuleCount:
    """packets: None for a rule without a counter. handle: of nft."""

    packets: int | None
    ends: bool
    share: bool
    handle: int | None = None


@dataclasses.dataclass(frozen=True)
class RuleLook:
    """The rules of one namespace at one moment. chains: the rules' texts by chain, in order; whole: nothing of them
    could not be read."""

    counts: t.Mapping[RuleKey, RuleCount]
    chains: t.Mapping[str, tuple[str, ...]]
    whole: bool = True

    def to_json(self) -> list[list[t.Any]]:
        """The counters, for a later task; the texts of all other rules are not kept."""
        return [
            [list(dataclasses.astuple(key)), list(dataclasses.astuple(count))] for key, count in self.counts.items()
        ]

    @classmethod
    def from_json(cls, data: t.Sequence[t.Any]) -> RuleLook:
        """What to_json() made. Without texts nothing can be said of what changed."""
        return cls({RuleKey(*key): RuleCount(*count) for key, count in data}, {}, False)

    def digests(self) -> dict[str, str]:
        """Number of rules and a short hash of their texts, by chain."""
        return {
            chain: f"{len(texts)}:{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:8]}"
            for chain, texts in self.chains.items()
        }


def look_at(netfilter: Netfilter | None, whole: bool = True) -> RuleLook:
    """The counters in what a namespace's programs printed; empty where nothing could be read."""
    counts: dict[RuleKey, RuleCount] = {}
    chains: dict[str, list[str]] = {}
    if netfilter is None:
        return RuleLook({}, {}, False)
    for entry in netfilter.iptables:
        backend = "iptables-legacy" if entry.backend == "legacy" else "iptables-nft"
        _read_save(entry.text, backend, "ip" if entry.family == 4 else "ip6", counts, chains)
    if netfilter.nftables.text:
        _read_nft(netfilter.nftables.text, counts, chains)
    return RuleLook(counts, {chain: tuple(texts) for chain, texts in chains.items()}, whole)


# -- iptables ----------------------------------------------------------------------------------------------------
def _read_save(
    text: str, backend: str, family: str, counts: dict[RuleKey, RuleCount], chains: dict[str, list[str]]
) -> None:
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":"):
            match = _CHAIN.match(line)
            if match is None:
                continue
            chain, policy, packets = match.group(1), match.group(2), int(match.group(3))
            chains.setdefault(f"{backend} {family} {table} {chain}", [])
            if policy == "DROP":
                key = RuleKey(backend, family, table, chain, 0, f"policy {policy} of {chain}")
                counts[key] = RuleCount(packets, True, False)
        elif line.startswith("["):
            match = _RULE.match(line)
            if match is None:
                continue
            chain, words = match.group(3), match.group(4)
            texts = chains.setdefault(f"{backend} {family} {table} {chain}", [])
            texts.append(words)
            ends, shares = bool(_ENDS.search(words)), bool(_SHARE.search(words))
            if ends or shares:
                key = RuleKey(backend, family, table, chain, len(texts), f"-A {chain} {words}")
                counts[key] = RuleCount(int(match.group(1)), ends, shares)


# -- nft ---------------------------------------------------------------------------------------------------------
def _read_nft(text: str, counts: dict[RuleKey, RuleCount], chains: dict[str, list[str]]) -> None:
    with contextlib.suppress(_nft_listing.ListingError):
        for item, _begin, _end in _nft_listing.objects(text):
            if isinstance(item.get("chain"), dict):
                _nft_chain(item["chain"], counts, chains)
            elif isinstance(item.get("rule"), dict):
                _nft_rule(item["rule"], counts, chains)


def _nft_chain(chain: JsonObject, counts: dict[RuleKey, RuleCount], chains: dict[str, list[str]]) -> None:
    family, table, name = (str(chain.get(field) or "") for field in ("family", "table", "name"))
    chains.setdefault(f"nft {family} {table} {name}", [])
    if chain.get("policy") == "drop":
        # nft does not count what a policy drops.
        counts[RuleKey("nft", family, table, name, 0, f"policy drop of {name}")] = RuleCount(None, True, False)


def _nft_rule(rule: JsonObject, counts: dict[RuleKey, RuleCount], chains: dict[str, list[str]]) -> None:
    family, table, name = (str(rule.get(field) or "") for field in ("family", "table", "chain"))
    expressions = [expr for expr in rule.get("expr") or [] if isinstance(expr, dict)]
    packets = next((_packets(expr["counter"]) for expr in expressions if "counter" in expr), None)
    text = " ".join(filter(None, map(nft_words, expressions)))
    texts = chains.setdefault(f"nft {family} {table} {name}", [])
    texts.append(text)
    ends = any(_NFT_ENDS.intersection(expr) for expr in expressions) or '"drop"' in json.dumps(expressions)
    shares = _takes_share(expressions)
    if ends or shares:
        handle = rule.get("handle")
        key = RuleKey("nft", family, table, name, len(texts), text)
        counts[key] = RuleCount(packets, ends, shares, handle if isinstance(handle, int) else None)


def _takes_share(part: t.Any) -> bool:
    """Whether a statement lets only so many pass, be it for each element of a set that it fills ("add @set { … }")."""
    if isinstance(part, list):
        return any(map(_takes_share, part))
    return isinstance(part, dict) and (bool(_NFT_SHARE.intersection(part)) or any(map(_takes_share, part.values())))


def _packets(counter: t.Any) -> int | None:
    """An inline counter's packets; a named counter is kept elsewhere."""
    value = counter.get("packets") if isinstance(counter, dict) else None
    return value if isinstance(value, int) else None


def nft_words(expression: t.Any) -> str:
    """A statement of nft's JSON as words near to nft's own language, without its counter."""
    if isinstance(expression, (str, int, float)):
        return str(expression)
    if isinstance(expression, list):
        return " ".join(filter(None, map(nft_words, expression)))
    if not isinstance(expression, dict):
        return ""
    parts = []
    for name, value in expression.items():
        if name == "counter":
            continue
        if name == "match" and isinstance(value, dict):
            parts.append(" ".join((nft_words(value.get("left")), str(value.get("op")), nft_words(value.get("right")))))
        elif name == "prefix" and isinstance(value, dict):
            parts.append(f"{value.get('addr')}/{value.get('len')}")
        elif name == "payload" and isinstance(value, dict):
            parts.append(f"{value.get('protocol', '')} {value.get('field', '')}".strip())
        elif name in ("meta", "ct") and isinstance(value, dict):
            parts.append(f"{name} {value.get('key')}")
        elif name == "set" and isinstance(value, dict):
            inner = " ".join(filter(None, (_element(value.get("elem")), nft_words(value.get("stmt") or []))))
            parts.append(f"{value.get('op')} {value.get('set')} {{ {inner} }}")
        elif name == "limit" and isinstance(value, dict):
            over = "over " if value.get("inv") else ""
            parts.append(f"limit rate {over}{value.get('rate')}/{value.get('per')} burst {value.get('burst', 0)}")
        else:
            words = nft_words(value) if not isinstance(value, dict) else json.dumps(value, sort_keys=True)
            parts.append(f"{name} {words}".strip())
    return " ".join(parts)


def _element(value: t.Any) -> str:
    """What a statement puts into a set, with or without what belongs to it (its timeout)."""
    inner = value.get("elem") if isinstance(value, dict) else None
    return nft_words(inner.get("val")) if isinstance(inner, dict) and "val" in inner else nft_words(inner or value)


# -- two looks ---------------------------------------------------------------------------------------------------
MAX_RULES_TOLD = 400
MAX_LINES_TOLD = 20


def moved(before: RuleLook, after: RuleLook) -> list[JsonObject]:
    """Rules that can end a packet or let a share pass, with their counters at both looks; those that moved first.

    A rule that is not in both is not compared: a fresh counter begins at nothing.
    """
    told = []
    for key, count in after.counts.items():
        earlier = before.counts.get(key)
        if earlier is None:
            continue
        told.append(
            {
                **dataclasses.asdict(key),
                "ends": count.ends,
                "share": count.share,
                "handle": count.handle,
                "before": earlier.packets,
                "after": count.packets,
            }
        )
    told.sort(key=lambda rule: rule["before"] == rule["after"])
    return told[:MAX_RULES_TOLD]


def changed(before: RuleLook, after: RuleLook) -> list[JsonObject]:
    """Chains whose rules are not the same, with the first lines that came and went.

    Where something could not be read, as where a program for many rules ran out of its time, only chains that were seen
    at both looks are compared.
    """
    told = []
    known, now = set(before.chains), set(after.chains)
    for chain in sorted(known | now if before.whole and after.whole else known & now):
        old, new = before.chains.get(chain), after.chains.get(chain)
        if old == new:
            continue
        there, then = set(new or ()), set(old or ())
        added = [text for text in new or () if text not in then]
        removed = [text for text in old or () if text not in there]
        told.append(
            {
                "chain": chain,
                "rules_before": None if old is None else len(old),
                "rules_after": None if new is None else len(new),
                "added": added[:MAX_LINES_TOLD],
                "removed": removed[:MAX_LINES_TOLD],
            }
        )
    return told[:MAX_RULES_TOLD]
