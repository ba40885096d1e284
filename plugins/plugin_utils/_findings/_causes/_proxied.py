# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A proxy in a backend's pod takes what comes from outside, and does not reach the program that it stands for.

Meshes redirect in PREROUTING, so what the pod sends to its own address meets the program itself: where that refuses,
while whoever comes from outside is answered with HTTP 502 to 504, somebody else answers. Whom the proxy asks is not
measured: the cause is likely at most.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import is_loopback
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Location, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Probe


def behind_a_proxy(case: Case, target: End, said: t.Sequence[Probe], why: str) -> Cause | None:
    """said: what the backend answered from outside, which no client is served by; why: whence that is known."""
    evidence = case.evidence
    direct = evidence.sent("local-tcp", address=target.address)
    refused = [one for one in direct if one.outcome == "refused" and one.request.get("port") == target.port]
    if not said or not refused or len(refused) < len(direct):
        return None
    netns = str(refused[0].request.get("netns"))
    namespace = evidence.namespace(target.node, netns)
    sockets = namespace.sockets if namespace is not None else ()
    if any((one.protocol, one.port) == ("tcp", target.port) and not is_loopback(one.local) for one in sockets):
        # The program takes them: a rule of the pod refuses.
        return None
    loopback = [
        one
        for one in evidence.passed("loopback-tcp")
        if (one.request.get("netns"), one.request.get("port")) == (netns, target.port)
    ]
    status = said[0].data.get("status")
    serves = "the program listens on its loopback address only" if loopback else "no program takes them"
    return Cause(
        finding(
            "port-listening-on-loopback" if loopback else "port-not-listening",
            Location(node=target.node, namespace=target.namespace, pod=target.name),
            f"the program of {target.label} takes connections to {target.address}:{target.port}",
            f"somebody in the pod answers requests from outside with HTTP {status}; the pod's own connections to"
            f" {target.address}:{target.port} are refused: {serves}, where a proxy that asks {target.address} does not"
            f" reach it{why}",
            f"Let the application listen on 0.0.0.0 (or [::]), or let the proxy of the pod ask "
            f"{'127.0.0.1' if loopback else 'the port that the application listens on'}.",
            tuple(map(probe_proof, (*said[:2], *refused[:1], *loopback[:1]))),
            confidence=LIKELY,
            heading="A proxy in the pod does not reach its application",
        ),
        itself=True,
    )
