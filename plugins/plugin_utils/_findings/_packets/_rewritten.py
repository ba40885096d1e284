# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Rules that write into packets, which nothing translates back: addresses, ports, checksums, packet types.

Unlike NAT, such a rule keeps no connection. Its packets go on, and end where the changed field leads them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Step

# What leads a packet elsewhere; a lifetime that was set has a finding of its own.
_FIELDS: t.Mapping[tuple[str, str], str] = {
    ("ip", "saddr"): "source address",
    ("ip6", "saddr"): "source address",
    ("ip", "daddr"): "destination address",
    ("ip6", "daddr"): "destination address",
    ("ether", "saddr"): "hardware address of the sender",
    ("ether", "daddr"): "hardware address of the receiver",
    **{(protocol, "sport"): "source port" for protocol in ("tcp", "udp", "th", "sctp")},
    **{(protocol, "dport"): "destination port" for protocol in ("tcp", "udp", "th", "sctp")},
    ("meta", "pkttype"): "packet type",
    ("ip", "checksum"): "header checksum",
    ("ip", "frag-off"): "field of fragments",
    ("icmp", "id"): "identifier of pings",
}


def rewritten(view: View) -> t.Iterator[Cause]:
    """Each rule on the way that wrote into the packet, or into the one that it answers."""
    steps = [*view.way.forward.steps(), *(view.trace.steps() if view.backwards else ())]
    for step in reversed(steps):
        field = _field(step)
        if field:
            yield _cause(view, step, field)


def _field(step: Step) -> str:
    """What a rule changed with this step; empty where it changed nothing that leads packets."""
    rule = step.decided
    if not isinstance(rule, Rule) or not step.text.split(") ", 1)[-1].startswith("changes "):
        return ""
    for target in rule.statements:
        if isinstance(target, Target) and target.name == "NFT_SET":
            ((kind, inside),) = target.args["key"].items()
            pair = (str(inside.get("protocol")), str(inside.get("field")))
            known = _FIELDS.get(pair if kind == "payload" else (kind, str(inside.get("key"))))
            if known:
                return known
    return ""


def _cause(view: View, step: Step, field: str) -> Cause:
    rule: Rule = step.decided
    where = label_of(step.place)
    observed = f'rule "{rule.text.strip()}" of {where} changes the {field} of the packets, and nothing changes it back'
    return Cause(
        finding(
            "snat-wrong" if field == "source address" else "packet-rewritten",
            location_of(step.place),
            f"{where} passes {view.what()} on as it is, or translates it back and forth",
            observed,
            "Remove the rule; a translation belongs into a chain of type nat, which keeps track of it:\n"
            + command(rule),
            (Proof("simulation", ref_of(step.place.node), observed),),
        ),
        repair.at(step.place, repair.without(rule)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
