# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A packet through chains, rule by rule.

A condition that cannot be known forks the way: both outcomes are followed, each with its assumption, and where both
come to the same the assumption is dropped. Dice fork it by their probability.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import (
    _nft_verdicts,
    _steps,
    _targets,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import HookContext
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._matches import evaluate
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Chain,
    Match,
    Rule,
    RuleSet,
    Target,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import (
    BoundReached,
    End,
    Outcome,
    State,
    merged,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import Chance, Unsure, View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption

MAX_DEPTH = 64
MAX_RULES = 300_000
MAX_WAYS = 64


@dataclasses.dataclass
class Walk:
    """One packet at one hook. asked: rules so far."""

    rules: RuleSet
    context: HookContext
    hook: str
    asked: int = 0
    _base: Chain | None = None

    def base(self, chain: Chain, state: State) -> list[Outcome]:
        """A chain with a hook: where no rule decides, its policy does."""
        self._base = chain
        outcomes = []
        for outcome in self.chain(chain, state, 0):
            if outcome.end is not End.NEXT:
                outcomes.append(outcome)
            elif chain.policy == "drop":
                step = _steps.by_rule(chain, self.context, "drops it", chain, True)
                ended = outcome.state._replace(steps=(*outcome.state.steps, step))
                outcomes.append(Outcome(End.DROP, ended, chain))
            else:
                outcomes.append(Outcome(End.ACCEPT, outcome.state, chain))
        return outcomes

    def chain(self, chain: Chain, state: State, depth: int) -> list[Outcome]:
        """A chain: NEXT for those ways that come out at its end or by RETURN."""
        if depth > MAX_DEPTH:
            raise BoundReached(f"more than {MAX_DEPTH} chains call one another")
        done: list[Outcome] = []
        live = [state]
        for rule in chain.rules.candidates(state.packet):
            self.asked += 1
            if self.asked > MAX_RULES:
                raise BoundReached(f"more than {MAX_RULES} rules were asked")
            following: list[State] = []
            for each in live:
                outcomes = self._rule(chain, rule, each, depth)
                if outcomes is None:
                    following.append(each)
                    continue
                for outcome in outcomes:
                    if outcome.end is End.NEXT:
                        following.append(outcome.state)
                    elif outcome.end is End.RETURN:
                        done.append(outcome._replace(end=End.NEXT))
                    else:
                        done.append(outcome)
            live = following if len(following) < 2 else merged(following)
            if len(live) + len(done) > MAX_WAYS:
                raise BoundReached(f"more than {MAX_WAYS} ways lead through chain {chain.name}")
            if not live:
                break
        returned = [outcome.state for outcome in done if outcome.end is End.NEXT]
        ended = [outcome for outcome in done if outcome.end is not End.NEXT]
        return [*ended, *(Outcome(End.NEXT, each) for each in merged([*returned, *live]))]

    def _view(self, chain: Chain, state: State) -> View:
        return View(
            state.packet,
            self.context,
            self.hook,
            self.rules,
            chain.backend,
            chain.family,
            chain.table,
            self._base,
            state.tracking.added,
        )

    def _rule(self, chain: Chain, rule: Rule, state: State, depth: int) -> list[Outcome] | None:
        """What a rule does; None where it does not match."""
        return self._statements(chain, rule, 0, state, depth)

    def _statements(self, chain: Chain, rule: Rule, position: int, state: State, depth: int) -> list[Outcome] | None:
        """The rest of a rule from a statement on. Conditions side by side are all asked before the way forks."""
        doubts: list[tuple[Match, Chance | Unsure]] = []
        view: View | None = None
        statements = rule.statements
        while position < len(statements):
            statement = statements[position]
            if not isinstance(statement, Match):
                break
            if view is None:
                view = self._view(chain, state)
            answer = evaluate(view, statement)
            if answer is False:
                return None
            if answer is not True:
                doubts.append((statement, answer))
            position += 1
        if doubts:
            return self._forked(chain, rule, position, state, depth, doubts)
        if position == len(statements):
            return [Outcome(End.NEXT, state)]
        return self._target(chain, rule, position, state, depth)

    def _forked(
        self,
        chain: Chain,
        rule: Rule,
        position: int,
        state: State,
        depth: int,
        doubts: list[tuple[Match, Chance | Unsure]],
    ) -> list[Outcome]:
        """Both ways of a rule whose conditions cannot be known or throw dice."""
        chance = 1.0
        unsure: list[tuple[Match, Unsure]] = []
        for match, answer in doubts:
            if isinstance(answer, Chance):
                chance *= answer.probability
            else:
                unsure.append((match, answer))
        taken, passed = state._replace(share=state.share * chance), state
        if unsure:
            match, first = unsure[0]
            text = (
                f"{_steps.named(rule)} is taken to match"
                if match.text == ""
                else f'"{match.text}" of {_steps.named(rule)}'
            )
            assumed = Assumption(self.context.place, text, True, rule, first.doubt)
            taken = taken._replace(assumptions=(*state.assumptions, assumed))
            passed = passed._replace(assumptions=(*state.assumptions, dataclasses.replace(assumed, taken=False)))
        outcomes = self._statements(chain, rule, position, taken, depth)
        if outcomes is None:
            return [Outcome(End.NEXT, state)]
        if all(outcome.end is End.NEXT and outcome.state.same_packet(state) for outcome in outcomes):
            return [Outcome(End.NEXT, state)]
        if unsure:
            both = [*outcomes, Outcome(End.NEXT, passed)]
            if chance < 1:
                # Even if it matches, the dice may let the packet pass.
                assumed_taken = passed._replace(share=state.share * (1 - chance), assumptions=taken.assumptions)
                both.append(Outcome(End.NEXT, assumed_taken))
            return both
        return [*outcomes, Outcome(End.NEXT, state._replace(share=state.share * (1 - chance)))]

    def _target(self, chain: Chain, rule: Rule, position: int, state: State, depth: int) -> list[Outcome]:
        """What a target does, and the statements of the rule behind it."""
        target = rule.statements[position]
        if not isinstance(target, Target):
            return []
        view = self._view(chain, state)
        outcomes: list[Outcome] = []
        for outcome in self._done(chain, rule, target, view, state, depth):
            if outcome.end is End.BREAK:
                outcomes.append(outcome._replace(end=End.NEXT))
                continue
            if outcome.end is not End.NEXT or position + 1 == len(rule.statements):
                outcomes.append(outcome)
                continue
            rest = self._statements(chain, rule, position + 1, outcome.state, depth)
            outcomes.extend([outcome] if rest is None else rest)
        return outcomes

    def _done(self, chain: Chain, rule: Rule, target: Target, view: View, state: State, depth: int) -> list[Outcome]:
        if target.name in ("JUMP", "GOTO"):
            return self._called(chain, rule, target.args["chain"], target.name == "GOTO", state, depth)
        if target.name == "VMAP":
            outcomes: list[Outcome] = []
            for verdict, way in _nft_verdicts.chosen(view, target, rule, state):
                if verdict is None:
                    outcomes.append(Outcome(End.NEXT, way))
                elif verdict.name in ("JUMP", "GOTO"):
                    name, goto = verdict.args["chain"], verdict.name == "GOTO"
                    outcomes.extend(self._called(chain, rule, name, goto, way, depth))
                else:
                    outcomes.extend(_targets.apply(view, verdict, rule, way))
            return outcomes
        return _targets.apply(view, target, rule, state)

    def _called(self, chain: Chain, rule: Rule, name: str, goto: bool, state: State, depth: int) -> list[Outcome]:
        """Another chain. After goto its end is the end of this chain, too."""
        called = self.rules.chains.get((chain.backend, chain.family, chain.table, name))
        if called is None:
            return _targets.unknown(rule, state, self.context, f"chain {name}, which was not read")
        outcomes = self.chain(called, state, depth + 1)
        if not goto:
            return outcomes
        return [outcome._replace(end=End.RETURN) if outcome.end is End.NEXT else outcome for outcome in outcomes]
