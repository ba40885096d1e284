# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A route whose gateway nobody answers for, before the one that other nodes use."""

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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Routed, View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route


def shadowed(view: View) -> t.Iterator[Cause]:
    """The route that was used, where another one of the same network and table is the one that other nodes use. Where
    none of them does, the gateway that was meant may just have failed."""
    last = next(reversed(view.routed()), None)
    if last is None or last.route is None or last.gateway is None or last.place.netns != HOST:
        return
    other = _used_elsewhere(view, last, last.route)
    if other is None:
        return
    used, meant = _text(last.route), _text(other)
    observed = f'route "{used}" comes before "{meant}", which other nodes use, and nobody answers for {last.gateway}'
    yield Cause(
        finding(
            "route-wrong",
            location_of(last.place),
            f'{label_of(last.place)} sends packets to {last.packet.dst} by "{meant}", as other nodes do',
            observed,
            f"Remove the route, or give it a larger metric, where whatever manages it keeps it:\n$ ip route del {used}",
            (Proof("config", ref_of(last.place.node), observed),),
            heading="A route takes the packets before the one that leads there"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(last.place, repair.remove_route(last.route)),
        step=last.step,
        backwards=view.backwards,
    )


def _used_elsewhere(view: View, last: Routed, used: Route) -> Route | None:
    """Another route of that network in the same table, with a gateway that another node has for it."""
    host = view.case.namespace(last.place)
    others = [node.host for node in view.case.evidence.nodes.values() if node.name in view.case.pods.peers]
    known = {
        route.gateway
        for namespace in others
        if namespace is not host
        for route in namespace.routes
        if route.dst == used.dst and route.family == used.family and route.gateway
    }
    for route in host.routes if host is not None else ():
        same = (route.family, route.dst, route.table) == (used.family, used.dst, used.table)
        if same and route != used and route.gateway in known and used.gateway not in known:
            return route
    return None


def _text(route: Route) -> str:
    metric = f" metric {route.metric}" if route.metric else ""
    return f"{'default' if route.dst == '0.0.0.0/0' else route.dst} via {route.gateway} dev {route.dev}{metric}"
