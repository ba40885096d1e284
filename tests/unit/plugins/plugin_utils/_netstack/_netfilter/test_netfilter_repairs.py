# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to rules that are tried on the model."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _repairs
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._netstack._netfilter import filters

KEY = ("iptables-nft", "ip", "filter", "FORWARD")


def test_without_the_rule_the_packet_meets_the_next_one() -> None:
    rules = filters.forward("-A FORWARD -p tcp -j DROP", "-A FORWARD -p tcp -j REJECT", "-A FORWARD -j ACCEPT")
    (first,) = filters.run(rules)
    rules = _repairs.remove_rule(rules, first.rule.id)
    (second,) = filters.run(rules)
    assert (second.action.value, second.rule.id.number) == ("reject", 2)
    (third,) = filters.run(_repairs.remove_rule(rules, second.rule.id))
    assert third.action.value == "accept"


def test_a_rule_removed_from_a_long_chain() -> None:
    lines = [f"-A FORWARD -d 10.9.{number // 256}.{number % 256}/32 -j DROP" for number in range(200)]
    rules = filters.forward(*lines, f"-A FORWARD -d {filters.SERVER}/32 -j DROP")
    (found,) = filters.run(rules)
    assert filters.actions(filters.run(_repairs.remove_rule(rules, found.rule.id))) == {"accept"}


def test_without_the_policy_of_a_chain() -> None:
    rules = filters.forward(policy="DROP")
    (found,) = filters.run(rules)
    assert filters.actions(filters.run(_repairs.without_chain_policy(rules, found.rule))) == {"accept"}


def test_an_accept_before_all_others_is_for_such_packets_only() -> None:
    rules = _repairs.insert_accept(filters.forward("-A FORWARD -j DROP"), KEY, filters.SYN)
    assert filters.actions(filters.run(rules)) == {"accept"}
    assert filters.actions(filters.run(rules, filters.UDP)) == {"drop"}


def test_a_rule_of_nft_removed() -> None:
    rules = filters.nft([{"drop": None}])
    (found,) = filters.run(rules)
    assert filters.actions(filters.run(_repairs.remove_rule(rules, found.rule.id))) == {"accept"}
