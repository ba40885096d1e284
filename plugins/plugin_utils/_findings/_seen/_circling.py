# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that captures saw leave a device again and again, each time with less of their time to live: two routes send
them in a circle. What a node on it does that was not read is in no snapshot."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import misrouted
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST

# Twice a router may have a good reason for (one that leads back to the wire a packet came from), a third time not.
_ROUNDS = 3


class _Turn(t.NamedTuple):
    """A device that all packets left so often, and by how much their time to live fell."""

    node: str
    device: str
    times: int
    first: int
    last: int


def circling(case: Case, one: Tried) -> t.Iterator[Cause]:
    """The route by which a node sends packets in a circle, where it is not the one that is meant."""
    if one.causes or one.trip is None:
        return
    for direction in ("forward", "reply"):
        turn = _turn(case, one.probe.id, direction)
        if turn is None:
            continue
        for way in one.trip.ways:
            trace = way.forward if direction == "forward" else way.back
            if trace is None:
                continue
            view = View(case, case.network, one.trip, way, trace, direction == "reply")
            for cause in misrouted(view):
                if cause.finding.location.node == turn.node:
                    yield _told(cause, turn, one)
                    return


def _told(cause: Cause, turn: _Turn, one: Tried) -> Cause:
    seen = (
        f"each packet left {turn.device} of {turn.node} {turn.times} times or more, with a time to live of {turn.first}"
        f" at first and of {turn.last} at last: it is sent back"
    )
    finding = dataclasses.replace(cause.finding, observed=f"{cause.finding.observed}; {seen}")
    proof = Proof("capture", f"{INDEX}#{one.probe.id}", seen)
    # The route that leads back may be the one that is wrong, and this one a detour that somebody wants.
    return (
        dataclasses.replace(cause, finding=finding, itself=True)
        .saying(proof, probe_proof(one.probe))
        .as_sure_as(LIKELY)
    )


def _turn(case: Case, probe_id: str, direction: str) -> _Turn | None:
    """The device that every packet of a probe left several times, each time older."""
    found: list[dict[tuple[str, str], set[int]]] = []
    for _probe_id, packet in case.evidence.climbed(probe_id):
        rungs = [rung for rung in packet.get("rungs") or [] if rung.get("direction") == direction]
        if rungs:
            found.append(_lives(case, rungs))
    for place in found[0] if found else ():
        lives = [each.get(place, set()) for each in found]
        if all(len(each) >= _ROUNDS for each in lives):
            return _Turn(*place, min(map(len, lives)), max(lives[0]), min(lives[0]))
    return None


def _lives(case: Case, rungs: t.Sequence[JsonObject]) -> dict[tuple[str, str], set[int]]:
    """The times to live with which a packet left each device of a node."""
    lives: dict[tuple[str, str], set[int]] = collections.defaultdict(set)
    for rung in rungs:
        host = case.host(rung.get("node")) if rung.get("netns") == HOST else None
        link = host.links.get(str(rung.get("device"))) if host is not None else None
        if link is not None and link.mac and link.mac == rung.get("src_mac") and isinstance(rung.get("ttl"), int):
            lives[str(rung["node"]), link.name].add(rung["ttl"])
    return lives
