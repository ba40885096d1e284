# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Causes in what a node has too little of, and symptoms that no single packet shows: loss, delay, full tables."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    MAJOR,
    POSSIBLE,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe

_FULL = 0.95
# One packet lost says nothing.
LOST = 2
# Milliseconds on average; inside one cluster a round trip takes less than one.
_SLOW = 100.0


def lost(probe: Probe) -> int:
    """How many packets of a probe stayed unanswered while others were answered."""
    sent, received = probe.result.get("sent") or 0, probe.result.get("received") or 0
    return int(sent - received) if received else 0


def packet_loss(case: Case) -> Cause | None:
    """Some packets of a series are lost."""
    # Four packets tell little: where a burst was counted, that decides.
    counted = {probe.request.get("target") for probe in case.evidence.sent("burst") if probe.status in ("pass", "fail")}
    lossy = [
        probe
        for probe in case.evidence.sent("ping", "tcp", "udp", "backend-tcp")
        if lost(probe) >= LOST
        and probe.outcome in ("no_reply", "timed_out")
        and not (probe.role == "ping" and probe.request.get("target") in counted)
    ]
    if not lossy:
        return None
    return Cause(
        finding(
            "packet-loss",
            Location(),
            "every packet is answered",
            "; ".join(f"{probe.request.get('target')}: {probe.loss:.0f} % lost" for probe in lossy),
            "Look at the drop counters of the devices on the way; ask again with more packets: -e"
            " diagnose_ping_count=100.",
            tuple(map(probe_proof, lossy[:4])),
            severity=MAJOR,
            confidence=LIKELY if len(lossy) > 1 else POSSIBLE,
        ),
        open="where they are lost",
    )


def latency(case: Case) -> Cause | None:
    """Answers that take long, whatever of."""
    slow = [
        probe for probe in case.evidence.sent("ping") if ((probe.result.get("rtt_ms") or {}).get("avg") or 0.0) > _SLOW
    ]
    if not slow:
        return None
    between = [
        f"{probe}, {probe.result['rtt_ms']['avg']:.1f} ms"
        for probe in case.evidence.passed("node-ping")
        if probe.result.get("rtt_ms")
    ]
    return Cause(
        finding(
            "latency-high",
            Location(),
            f"answers come within {_SLOW:.0f} ms on average",
            "; ".join(f"{probe.request.get('target')}: {probe.result['rtt_ms']['avg']:.0f} ms" for probe in slow),
            "Where the nodes are as slow as the pods, look at the network between them; else at the load of the nodes"
            " and the CPU limits of the pods.",
            (
                *map(probe_proof, slow[:3]),
                *(Proof("probe", "probes.jsonl", f"between the nodes: {text}") for text in between),
            ),
            severity=MAJOR,
            confidence=LIKELY if len(slow) > 1 else POSSIBLE,
        ),
        open="what delays them",
    )


def full_tables(case: Case, silent: bool) -> t.Iterator[Cause]:
    """Connection tracking tables that are full: only where packets vanish without a reason."""
    for node in case.evidence.nodes.values() if silent else ():
        table = node.conntrack or {}
        if table.get("max") and (table.get("count") or 0) >= _FULL * table["max"]:
            yield Cause(
                finding(
                    "conntrack-full",
                    Location(node=node.name),
                    f"fewer than {table['max']} connections are tracked on {node.name}",
                    f"{table['count']} are",
                    "Raise net.netfilter.nf_conntrack_max, or find out who opens so many connections (conntrack -S).",
                    (
                        Proof(
                            "counter",
                            ref_of(node.name),
                            f"nf_conntrack_count {table['count']} of {table['max']}, {table.get('drop') or 0} dropped",
                        ),
                    ),
                    confidence=PROVEN if table["count"] >= table["max"] else LIKELY,
                ),
                itself=True,
            )


def no_local_port(case: Case, probes: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The kernel has no local port left for a connection."""
    for probe in probes:
        used = [
            str(attempt.get("detail"))
            for attempt in probe.result.get("attempts") or []
            if attempt.get("outcome") == "no_port"
        ]
        if probe.outcome != "no_port" and not used:
            continue
        source = case.evidence.source
        yield Cause(
            finding(
                "ephemeral-ports-exhausted",
                Location(
                    node=probe.node,
                    namespace=source.namespace if source else None,
                    pod=source.name if source and source.kind == "pod" else None,
                ),
                "a local port is free for a new connection",
                used[0] if used else "no local port is free",
                "Close connections that are not used (TIME-WAIT, CLOSE-WAIT), or widen net.ipv4.ip_local_port_range in"
                " the namespace.",
                (probe_proof(probe),),
                confidence=PROVEN,
            ),
            itself=True,
        )
        return
