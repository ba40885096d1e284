# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What ends the first SYN of each connection and lets the second one pass: the two are not the same.

Where net.ipv4.tcp_ecn is 1, the first SYN asks for congestion notification (RFC 3168), and the next one does not.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, label_of, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._gaps import requests_again
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import PROVEN, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import ecn_of


def first_segment(case: Case) -> Cause | None:
    """The cause, where the simulation loses the one and not the other."""
    for probe in case.evidence.sent("connections"):
        target, port = probe.request.get("target"), probe.request.get("port")
        asks = ecn_of(case.evidence, probe)
        if not asks or not isinstance(target, str) or not isinstance(port, int):
            continue
        start = Place(probe.node, str(probe.request.get("netns") or HOST))
        again = Packet(6 if ":" in target else 4, "", target, "tcp", None, port, df=True, flags=frozenset(("syn",)))
        cause = case.reason_of(start, dataclasses.replace(again, flags=again.flags | asks))
        if cause is not None and case.paths().round_trip(start, again).arrives:
            text = f"net.ipv4.tcp_ecn of {label_of(start)} asks for congestion notification in the first SYN only"
            cause = cause.saying(Proof("config", ref_of(probe.node), text), probe_proof(probe))
            seen = _seen(case, cause, probe)
            return cause.saying(seen).as_sure_as(PROVEN) if seen is not None else cause
    return None


def _seen(case: Case, cause: Cause, probe: Probe) -> Proof | None:
    """Captures that saw these requests get lost on the cause's node, and nowhere else."""
    lost = requests_again(case.evidence, probe)
    nodes = {point[0] for gap in lost.counts for point in gap} if lost is not None else set()
    return lost.proof(lost.most) if lost is not None and nodes == {cause.finding.location.node} else None
