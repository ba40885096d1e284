# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about loss and full tables."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    LIKELY,
    MAJOR,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe

_FULL = 0.95
# One packet lost says nothing.
LOST = 2
# Milliseconds on average; inside one cluster a round trip takes less than one.
_SLOW = 100.0


def performance_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Some packets lost, slow answers, and connection tracking tables that are full."""
    # Four packets tell little: where a burst was counted, that decides.
    counted = {probe.request.get("target") for probe in evidence.sent("burst") if probe.status in ("pass", "fail")}
    lossy = [
        probe
        for probe in evidence.sent("ping", "tcp", "backend-tcp")
        if lost(probe) >= LOST
        and probe.outcome in ("no_reply", "timed_out")
        and not (probe.role == "ping" and probe.request.get("target") in counted)
    ]
    if lossy:
        yield Finding(
            "packet-loss",
            MAJOR,
            LIKELY if len(lossy) > 1 else POSSIBLE,
            "Some packets are lost",
            Location(),
            "every packet is answered",
            "; ".join(f"{probe.request.get('target')}: {probe.loss:.0f} % lost" for probe in lossy),
            tuple(map(probe_proof, lossy[:4])),
            "Look at the drop counters of the devices on the way; ask again with more packets: -e"
            " diagnose_ping_count=100.",
        )
    slow = [probe for probe in evidence.sent("ping") if ((probe.result.get("rtt_ms") or {}).get("avg") or 0.0) > _SLOW]
    if slow:
        between = [
            f"{probe}, {probe.result['rtt_ms']['avg']:.1f} ms"
            for probe in evidence.passed("node-ping")
            if probe.result.get("rtt_ms")
        ]
        yield Finding(
            "latency-high",
            MAJOR,
            LIKELY if len(slow) > 1 else POSSIBLE,
            "Answers take long",
            Location(),
            f"answers come within {_SLOW:.0f} ms on average",
            "; ".join(f"{probe.request.get('target')}: {probe.result['rtt_ms']['avg']:.0f} ms" for probe in slow),
            (
                *map(probe_proof, slow[:3]),
                *(Proof("probe", "probes.jsonl", f"between the nodes: {text}") for text in between),
            ),
            "Where the nodes are as slow as the pods, look at the network between them; else at the load of the nodes"
            " and the CPU limits of the pods.",
        )
    for node in evidence.nodes.values():
        table = node.conntrack or {}
        if table.get("max") and table.get("count", 0) >= _FULL * table["max"]:
            yield Finding(
                "conntrack-full",
                CRITICAL,
                PROVEN if table["count"] >= table["max"] else LIKELY,
                "The connection tracking table is full",
                Location(node=node.name),
                f"fewer than {table['max']} connections are tracked on {node.name}",
                f"{table['count']} are",
                (
                    Proof(
                        "counter",
                        f"nodes/{node.name}.json.gz",
                        f"nf_conntrack_count {table['count']} of {table['max']}",
                    ),
                ),
                "Raise net.netfilter.nf_conntrack_max, or find out who opens so many connections (conntrack -S).",
            )


def lost(probe: Probe) -> int:
    """How many packets of a probe stayed unanswered while others were answered."""
    sent, received = probe.result.get("sent") or 0, probe.result.get("received") or 0
    return int(sent - received) if received else 0
