# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Steps of packet filters: what was decided, in the words for people."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import HookContext
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule, RuleId
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Stage, Step

_PRIORITIES = ((-200, Stage.RAW), (-100, Stage.MANGLE), (49, Stage.FILTER))
_HOOKS = {"ingress": Stage.INGRESS, "egress": Stage.EGRESS}


def where(rule: RuleId | Chain) -> str:
    """A chain for people: "iptables-nft filter FORWARD", "ip6tables … ", "nft inet filter forward"."""
    name = rule.name if isinstance(rule, Chain) else rule.chain
    if rule.backend == "nft":
        return f"nft {rule.family} {rule.table} {name}"
    program = rule.backend.replace("iptables", "ip6tables") if rule.family == "ip6" else rule.backend
    return f"{program} {rule.table} {name}"


def named(rule: Rule | Chain) -> str:
    """A rule or chain for people."""
    if isinstance(rule, Chain):
        return f"the policy of {where(rule)}"
    return f"rule {rule.id.number} of {where(rule.id)}"


def stage_of(rule: Rule | Chain, base: Chain | None = None) -> Stage:
    """The part of the kernel that a rule belongs to: by its base chain, or by its table's name."""
    if base is None and isinstance(rule, Chain):
        base = rule
    if base is not None and base.hook is not None:
        if base.hook in _HOOKS:
            return _HOOKS[base.hook]
        if base.family == "bridge":
            return Stage.BRIDGE
        if base.type == "nat":
            return Stage.NAT
        priority = base.priority or 0
        return next((stage for limit, stage in _PRIORITIES if priority <= limit), Stage.SECURITY)
    table = rule.table if isinstance(rule, Chain) else rule.id.table
    return {"raw": Stage.RAW, "mangle": Stage.MANGLE, "nat": Stage.NAT, "security": Stage.SECURITY}.get(
        table, Stage.FILTER
    )


def by_rule(
    rule: Rule | Chain, context: HookContext, does: str, base: Chain | None = None, fatal: bool = False
) -> Step:
    """The step of a rule, or of a chain's policy. does: "drops it", "changes the destination to …"."""
    chain = rule if isinstance(rule, Chain) else rule.id
    shown = "" if isinstance(rule, Chain) else f" ({rule.text})"
    reason = Reason.NONE
    if fatal:
        reason = Reason.POLICY if isinstance(rule, Chain) else Reason.RULE
    return Step(
        stage=stage_of(rule, base),
        place=context.place,
        looked_at=where(chain),
        decided=rule,
        text=f"{named(rule)}{shown} {does}",
        reason=reason,
        fatal=fatal,
    )


def by_ipvs(view: View, service: object, text: str, fatal: bool = False) -> Step:
    """What a virtual service of IPVS did."""
    reason = Reason.RULE if fatal else Reason.NONE
    return Step(Stage.IPVS, view.context.place, f"IPVS at {view.hook}", service, text, reason, fatal)


def by_conntrack(view: View, text: str) -> Step:
    """What conntrack said."""
    return Step(Stage.CONNTRACK, view.context.place, f"conntrack at {view.hook}", None, text)
