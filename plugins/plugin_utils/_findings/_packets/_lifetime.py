# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets whose time to live is over before they arrive: sent with too little of it, or shortened by a rule."""

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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import LIFETIME
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import LIFETIME_SETTINGS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Stage


def short_lived(view: View) -> t.Iterator[Cause]:
    """What gave the packet so short a life: a rule on its way, or the settings of who sent it. Not a loop of routes,
    which ends every packet so: its routes are looked at before.
    """
    hops = view.trace.hops
    if not hops:
        return
    for hop in hops:
        for step in hop.steps:
            if isinstance(step.decided, Rule) and _shortens(step.decided):
                yield _by_rule(view, step.place, step.decided)
                return
    start = Place(hops[0].node, hops[0].netns)
    route = next((one.decided for one in hops[0].steps if isinstance(one.decided, Route)), None)
    if route is not None and route.hoplimit is not None and route.hoplimit < LIFETIME:
        yield _by_route(view, start, route)
        return
    namespace = view.case.namespace(start)
    name = LIFETIME_SETTINGS[hops[0].before.family]
    value = namespace.sysctls.get(name) if namespace is not None else None
    if value is None or not value.isdigit() or int(value) >= LIFETIME:
        return
    yield Cause(
        finding(
            "ttl-exceeded",
            location_of(start),
            f"{label_of(start)} sends packets that live long enough to arrive: {name} is {LIFETIME}",
            f"{name} is {value}: {view.what()} pass {int(value) - 1} routers, and {_who(view)} discards them",
            f"$ sysctl -w {name}={LIFETIME}\nin {label_of(start)}; then find out what set it (a securityContext's "
            "sysctls, an init container, a file in /etc/sysctl.d/).",
            (Proof("config", ref_of(start.node), f"{name} of {label_of(start)} is {value}"),),
        ),
        repair.at(start, repair.sysctl(name, str(LIFETIME))),
        step=view.trace.last,
        backwards=view.backwards,
    )


def _by_route(view: View, start: Place, route: Route) -> Cause:
    observed = f"route {route} of {label_of(start)} has hoplimit {route.hoplimit}"
    return Cause(
        finding(
            "ttl-exceeded",
            location_of(start),
            f"{label_of(start)} sends packets that live long enough to arrive",
            f"{observed}: {_who(view)} discards {view.what()}",
            f"Give the route without hoplimit, in {label_of(start)}:\n$ ip route replace {route}",
            (Proof("config", ref_of(start.node), observed),),
        ),
        repair.at(start, repair.change_route(route, hoplimit=None)),
        step=view.trace.last,
        backwards=view.backwards,
    )


def _who(view: View) -> str:
    """Who discards the packet: the namespace where it ended, or the router to which it went from there."""
    last = view.trace.last
    outside = last is not None and last.stage is Stage.WIRE
    return f"the router behind {label_of(view.place)}" if outside else label_of(view.place)


def _shortens(rule: Rule) -> bool:
    return any(target.name in ("TTL", "HL") or _field(target) in ("ttl", "hoplimit") for target in rule.targets)


def _field(target: Target) -> str | None:
    """The header field that a rule of nft writes."""
    key = target.args.get("key")
    payload = key.get("payload") if isinstance(key, dict) else None
    return payload.get("field") if isinstance(payload, dict) else None


def _by_rule(view: View, place: Place, rule: Rule) -> Cause:
    text = rule.text.strip()
    return Cause(
        finding(
            "ttl-exceeded",
            location_of(place),
            f"{label_of(place)} leaves the time to live of {view.what()} as it is",
            f'rule "{text}" shortens their life, and {_who(view)} discards them',
            f"Change or remove the rule:\n{command(rule)}\non {label_of(place)}; then find out what wrote it.",
            (Proof("config", ref_of(place.node), f'rule "{text}"'),),
        ),
        repair.at(place, repair.without(rule)),
        step=view.trace.last,
        backwards=view.backwards,
    )
