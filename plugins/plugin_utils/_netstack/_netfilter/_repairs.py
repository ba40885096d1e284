# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Changes to a rule set, as somebody would make them to try whether they help. Each gives another rule set."""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import masked
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._lists import Inserted, Without
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Chain,
    ChainKey,
    Match,
    Rule,
    RuleId,
    RuleSet,
    Target,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet


def remove_rule(ruleset: RuleSet, rule: RuleId) -> RuleSet:
    """Without a rule. The others keep their numbers, which findings name them by."""
    chain = ruleset.chains.get((rule.backend, rule.family, rule.table, rule.chain))
    if chain is None:
        return ruleset
    return _with_chain(ruleset, dataclasses.replace(chain, rules=Without(chain.rules, rule)))


def without_chain_policy(ruleset: RuleSet, chain: Chain) -> RuleSet:
    """With the chain's policy set to accept."""
    found = ruleset.chains.get(chain.key)
    if found is None or found.policy is None:
        return ruleset
    return _with_chain(ruleset, dataclasses.replace(found, policy="accept"))


def insert_accept(ruleset: RuleSet, key: ChainKey, packet: Packet) -> RuleSet:
    """With a rule at the head of a chain that accepts packets of this source, destination, protocol and port."""
    chain = ruleset.chains.get(key)
    if chain is None:
        return ruleset
    return insert_rule(ruleset, key, accepting(chain, packet))


def insert_rule(ruleset: RuleSet, key: ChainKey, rule: Rule) -> RuleSet:
    """With a rule at the head of a chain."""
    chain = ruleset.chains.get(key)
    if chain is None:
        return ruleset
    return _with_chain(ruleset, dataclasses.replace(chain, rules=Inserted(rule, chain.rules)))


def accepting(chain: Chain, packet: Packet) -> Rule:
    """The rule that insert_accept() inserts; it has the number 0."""
    statements: list[Match | Target] = []
    for name, option, address in (("source", "-s", packet.src), ("destination", "-d", packet.dst)):
        prefix = masked(address)
        if prefix is not None:
            statements.append(Match(name, {"prefix": prefix}, text=f"{option} {address}"))
    if packet.dport is not None:
        args = {"ranges": ((packet.dport, packet.dport),)}
        statements.append(Match("destination_port", args, text=f"-p {packet.protocol} --dport {packet.dport}"))
    statements.append(Target("ACCEPT", {}, "-j ACCEPT"))
    text = " ".join(each.text for each in statements)
    return Rule(RuleId(chain.backend, chain.family, chain.table, chain.name, 0), tuple(statements), text)


def _with_chain(ruleset: RuleSet, chain: Chain) -> RuleSet:
    base = {
        hook: tuple(chain if each.key == chain.key else each for each in chains)
        for hook, chains in ruleset.base.items()
    }
    return dataclasses.replace(ruleset, chains=ruleset.chains.changed(chain), base=base)
