# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Tunnels and neighbours: entries that are missing or wrong, and ends that do not fit one another."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View, moves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_neighbours import (
    fdb_missing,
    unresolved,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_settings import (
    SETTINGS,
    mac_twice,
    settings_differ,
    wrong_port,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import (
    restart_agent,
    source_mismatch,
    tunnel_name,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import FdbEntry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Stage


def translated_tunnel(view: View) -> t.Iterator[Cause]:
    """Rules that translate the tunnel's own packets, so that they are not those that its other end takes."""
    for hop in view.trace.hops:
        for step in hop.steps if hop.before.tunnelled else ():
            rule = step.decided
            if step.stage is not Stage.NAT or not isinstance(rule, Rule) or not moves(rule):
                continue
            where, outer = label_of(step.place), hop.before
            to = f"{outer.dst}:{outer.dport}"
            observed = f'rule "{rule.text.strip()}" of {where} leads elsewhere what the tunnel sends to {to}'
            yield Cause(
                finding(
                    "redirect-target-missing",
                    location_of(step.place),
                    f"{where} leaves the tunnel's packets to {to} as they are",
                    observed,
                    f"Remove the rule:\n{command(rule)}",
                    (Proof("simulation", ref_of(step.place.node), observed),),
                ),
                repair.at(step.place, repair.without(rule)),
                step=step,
                backwards=view.backwards,
            )


def tunnel_ends(view: View) -> t.Iterator[Cause]:
    """A tunnel, or a neighbour, that ended the packet."""
    reason, place, step = view.reason, view.place, view.trace.last
    if reason is Reason.FDB_MISSING:
        yield fdb_missing(view)
    elif reason is Reason.TUNNEL_SOURCE and place.device is not None:
        foreign = source_mismatch(view.case, place.node, place.device)
        if foreign is not None:
            yield dataclasses.replace(foreign, step=step, backwards=view.backwards)
    elif reason is Reason.FDB_WRONG and isinstance(view.decided, FdbEntry):
        yield wrong_port(view, view.decided)
    elif reason in (Reason.NEIGHBOUR_FAILED, Reason.NEIGHBOUR_WRONG):
        yield from unresolved(view)
    elif reason in SETTINGS:
        differing = settings_differ(view, SETTINGS[reason])
        if differing is not None:
            yield differing
    elif reason is Reason.TUNNEL_MAC:
        yield from mac_twice(view)
    elif reason is Reason.NO_TUNNEL:
        name = next((link for link in (tunnel_name(view),) if link), None)
        yield Cause(
            finding(
                "device-missing",
                location_of(place, name),
                f"{place.node} has the tunnel device {name or 'that opens these packets'}",
                f"{place.node} does not have it",
                restart_agent(place.node, "it makes its devices again"),
                (Proof("config", ref_of(place.node), f"no VXLAN device of {place.node} takes the packets"),),
            ),
            step=step,
            backwards=view.backwards,
            itself=True,
        )
