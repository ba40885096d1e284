# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Rules that translate a source to one of a few ports: each connection to the same end needs one of its own.

Where none is left, the packet that begins a connection is dropped when it would enter the table of connection tracking
(__nf_conntrack_confirm()), which counts it as insert_failed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import Connections
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import Measured, measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    MAJOR,
    POSSIBLE,
    PROVEN,
    Finding,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Stage

# What is below is told, as a busy client may need it; the kernel's own range has 28 000.
FEW = 1024
_SOURCE = ("SNAT", "MASQUERADE")
# What a connection that found no port looks like where nobody knows of the rule.
SIGNS = ("conntrack-insert-failed", "connection-limit", "packet-loss")


@dataclasses.dataclass(frozen=True)
class Room:
    """A rule on the way, where it is, and how many connections to one end it has ports for."""

    rule: Rule
    place: Place
    ports: int


def few_ports(case: Case) -> t.Iterator[Cause]:
    """Rules whose ports were used up by the connections that were opened together."""
    measure = measured(case.evidence)
    for growing in measure.dose.connections:
        for probe, room in _rooms(case, growing):
            if not growing.signs or not growing.silent or room.ports >= len(growing.steps[0]):
                continue
            # Fewer may open, where others hold some of the ports: then the counter has to say so.
            opened, failed = growing.signs[0], _failed(measure, room)
            if opened == room.ports or (opened < room.ports and failed >= len(growing.signs)):
                yield Cause(_used_up(growing, probe, room, failed), itself=True)


def narrow(case: Case) -> t.Iterator[Finding]:
    """Rules on the way that would not do for many connections: worth knowing, no fault."""
    for growing in measured(case.evidence).dose.connections:
        for _probe, room in _rooms(case, growing):
            if not growing.signs:
                yield _finding(room, f"{room.ports} connections at a time can be made through it", (), INFO, POSSIBLE)


def _rooms(case: Case, growing: Connections) -> t.Iterator[tuple[Probe, Room]]:
    """The rules that the simulated packet to the same end meets on every way."""
    for probe in case.evidence.sent("tcp", address=growing.target):
        trip = case.trip(probe)
        if trip is None or probe.request.get("netns") != growing.probe.request.get("netns"):
            continue
        found = [{room.rule.id: room for room in _on(way.forward.steps())} for way in trip.ways]
        for identifier, room in found[0].items() if found else ():
            if all(identifier in one for one in found):
                yield probe, room


def _on(steps: t.Iterable[t.Any]) -> t.Iterator[Room]:
    for step in steps:
        if step.stage is Stage.NAT and isinstance(step.decided, Rule):
            ports = ports_of(step.decided)
            if ports is not None and ports < FEW:
                yield Room(step.decided, step.place, ports)


def ports_of(rule: Rule) -> int | None:
    """How many pairs of address and port a rule translates sources to; None where it leaves the port open."""
    for target in rule.statements:
        if isinstance(target, Target) and target.name in _SOURCE and target.args.get("ports") is not None:
            first, last = target.args["ports"]
            low, high = target.args.get("addresses") or (0, 0)
            return int((last - first + 1) * (high - low + 1))
    return None


def _failed(measure: Measured, room: Room) -> int:
    """How many entries could not be made, in the namespace of the rule, while connections were opened."""
    moves = measure.moves.get(room.place.node)
    space = moves.netns.get(room.place.netns) if moves is not None else None
    return space.conntrack.get("insert_failed", 0) if space is not None else 0


def _used_up(growing: Connections, probe: Probe, room: Room, failed: int) -> Finding:
    together = len(growing.steps[0])
    observed = (
        f"of {together} connections opened together {growing.signs[0]} opened at once, and the rule has {room.ports}"
        " port(s) for them"
    )
    proofs = [probe_proof(growing.probe), probe_proof(probe)]
    if failed:
        ref = f"counters/{room.place.node}.json"
        proofs.insert(0, Proof("counter", ref, f"nf_conntrack insert_failed +{failed} meanwhile"))
    return _finding(room, observed, proofs, MAJOR, PROVEN if failed >= len(growing.signs) else LIKELY)


def _finding(room: Room, observed: str, proofs: t.Sequence[Proof], severity: str, confidence: str) -> Finding:
    text = room.rule.text.strip()
    return finding(
        "nat-ports-exhausted",
        location_of(room.place),
        "each connection gets a source port of its own",
        f'{observed} (rule "{text}")',
        f"Take the ports out of the rule, or give it thousands of them:\n{command(room.rule)}",
        (Proof("config", ref_of(room.place.node), f'rule "{text}"'), *proofs),
        severity=severity,
        confidence=confidence,
    )
