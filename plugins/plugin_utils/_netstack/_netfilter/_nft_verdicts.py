# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Verdict maps of nft: which verdicts a packet may meet, each with its way."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import (
    _nft_rule,
    _nft_text,
    _steps,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_expressions import (
    Chosen,
    look_up,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import MALFORMED, State
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption


def chosen(view: View, target: Target, rule: Rule, state: State) -> list[tuple[Target | None, State]]:
    """The verdicts of a map, None where the packet is in none of its elements: the rule goes on."""
    try:
        found = look_up(view, target.args["key"], target.args["data"])
    except MALFORMED:
        found = [Chosen(None, None)]
    if found is None:
        return [(None, state)]
    ways: list[tuple[Target | None, State]] = []
    for each in found:
        verdict = None if each.entry is None else verdict_of(each.entry.data)
        if each.share is not None:
            ways.append((verdict, state._replace(share=state.share * each.share)))
            continue
        shown = _nft_text.statement(each.entry.data) if each.entry is not None else "no element"
        text = f"{_steps.named(rule)} comes to {shown}"
        assumed = Assumption(view.context.place, text, True, rule)
        ways.append((verdict, state._replace(assumptions=(*state.assumptions, assumed))))
    return ways


def verdict_of(data: t.Any) -> Target | None:
    """The verdict of an element."""
    for each in _nft_rule.statement(data):
        if isinstance(each, Target):
            return each
    return None
