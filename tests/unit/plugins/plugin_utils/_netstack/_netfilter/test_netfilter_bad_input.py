# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Truncated, mangled and hostile rule sets: read as far as they go, followed within bounds, and never a traceback."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _walk
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import ruleset_of
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._netstack._netfilter import filters

NFT = (pathlib.Path(__file__).parent / "kube_proxy_nft.json").read_text(encoding="utf-8")
HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
PACKETS = (filters.SYN, filters.UDP, filters.PING, filters.SYN6)
SPLINTERS = [
    "!",
    "-m",
    "-j",
    "-d",
    '"',
    "\\",
    "--dport",
    "-1",
    "0x",
    "999999999999999999999",
    "\x00",
    "\u202e",
    "a/b",
    ":",
    "*",
    "",
]


def ask_all(rules: t.Any) -> None:
    for hook in HOOKS:
        for packet in PACKETS:
            assert filters.run(rules, packet, hook)


@pytest.mark.parametrize("seed", range(40))
def test_mangled_iptables(seed: int) -> None:
    dice = random.Random(seed)
    words = builders.netfilter("DROP").split(" ")
    for _each in range(dice.randrange(1, 60)):
        position = dice.randrange(len(words))
        choice = dice.random()
        if choice < 0.4:
            words[position] = dice.choice(SPLINTERS)
        elif choice < 0.7:
            del words[position]
        else:
            words.insert(position, dice.choice([*SPLINTERS, dice.choice(words)]))
    text = " ".join(words)
    ask_all(filters.iptables(text[: dice.randrange(len(text))] if dice.random() < 0.3 else text))


def shaken(dice: random.Random, data: t.Any) -> t.Any:
    """JSON with something else in a few places."""
    if dice.random() < 0.004:
        return dice.choice(
            (None, True, -1, 1 << 70, "", "x", "@x", [], {}, [None], {"set": [1]}, {"prefix": {}}, {"range": [1]})
        )
    if isinstance(data, dict):
        return {key: shaken(dice, value) for key, value in data.items()}
    return [shaken(dice, each) for each in data] if isinstance(data, list) else data


@pytest.mark.parametrize("seed", range(40))
def test_mangled_nft(seed: int) -> None:
    ask_all(ruleset_of([], json.dumps(shaken(random.Random(seed), json.loads(NFT)))))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"nftables": 1}', '{"nftables": [1, null, {"rule": 3}, {"chain": []}]}', NFT[:5000], "[" * 100000],
)
def test_no_listing_of_nft(text: str) -> None:
    rules = ruleset_of([], text)
    assert filters.actions(filters.run(rules)) == {"accept"}
    if text and not text.startswith('{"nftables": ['):
        assert rules.unread


def test_deeply_nested_expressions() -> None:
    deep: t.Any = {"meta": {"key": "mark"}}
    for _each in range(300):
        deep = {"&": [deep, 1]}
    rules = filters.nft([{"match": {"op": "==", "left": deep, "right": 1}}, {"drop": None}])
    assert filters.actions(filters.run(rules)) == {"drop", "accept"}


def test_chains_in_a_circle_are_told() -> None:
    rules = filters.forward("-A FORWARD -j X", "-A X -j Y", "-A Y -j X")
    (result,) = filters.run(rules)
    assert (result.action.value, result.bound) == ("unknown", True)


def test_too_many_rules_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_walk, "MAX_RULES", 1000)
    rules = filters.forward(*["-A FORWARD -p udp -j DROP"] * 1001)
    (result,) = filters.run(rules)
    assert (result.action.value, result.bound) == ("unknown", True)


def test_a_quarter_of_a_million_rules_for_others_is_no_trouble() -> None:
    lines = "".join(f"-A FORWARD -d 10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 -j DROP\n" for n in range(1 << 18))
    rules = filters.iptables(f"*filter\n:FORWARD ACCEPT [0:0]\n{lines}COMMIT\n")
    (result,) = filters.run(rules)
    assert result.action.value == "accept"


def test_too_many_unknown_rules_are_told() -> None:
    rules = filters.forward(*["-A FORWARD -m u32 --u32 0x0=0x0 -j DROP"] * 100)
    (result,) = filters.run(rules)
    assert (result.action.value, result.bound) == ("unknown", True)
