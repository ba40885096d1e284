# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about the applications' listeners: does anybody answer on the port?"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace


def listener_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Targets that refuse connections, and what listens in them instead."""
    for target in evidence.targets:
        if target.port is None or target.kind == "address":
            continue
        refused = [
            probe
            for probe in evidence.failed("tcp", "backend-tcp", "local-tcp", address=target.address)
            if probe.outcome == "refused"
        ]
        namespace = evidence.namespace(target.node, target.netns)
        if refused and namespace is not None and "sockets" not in namespace.unread:
            yield from _explain(evidence, target, namespace, tuple(map(probe_proof, refused[:3])))


def _explain(evidence: Evidence, target: End, namespace: Namespace, proofs: tuple[Proof, ...]) -> t.Iterator[Finding]:
    sockets = [socket for socket in namespace.sockets if socket.protocol == "tcp"]
    mine = [socket for socket in sockets if socket.port == target.port]
    pod = target.name if target.kind == "pod" else None
    place = Location(node=target.node, namespace=target.namespace, pod=pod)
    ref = f"nodes/{target.node}.json.gz"
    if mine and all(socket.loopback for socket in mine):
        where = ", ".join(f"{socket.local}:{socket.port}" for socket in mine)
        yield Finding(
            "port-listening-on-loopback",
            CRITICAL,
            PROVEN,
            "The application listens on the loopback address only",
            place,
            f"{target.label} listens on 0.0.0.0:{target.port} or {target.address}:{target.port}",
            f"{mine[0].process or 'its process'} listens on {where} only",
            (Proof("config", ref, f"listening sockets on port {target.port}: {where}"), *proofs),
            f"Let the application listen on 0.0.0.0 (or [::]) instead of {mine[0].local}.",
        )
        return
    if mine:
        return
    others = sorted({socket.port for socket in sockets if not socket.loopback})
    listens = ", ".join(map(str, others)) or "no port at all"
    service = evidence.service
    right = [port for port in others if port in _declared(evidence, target)]
    if (
        service is not None
        and isinstance(service.target_port, int)
        and right
        and (service.target_port not in _declared(evidence, target))
    ):
        yield Finding(
            "service-target-port-mismatch",
            CRITICAL,
            PROVEN,
            "The Service's target port is not the application's",
            Location(namespace=service.namespace, service=service.name),
            f"the pods behind Service {service} listen on targetPort {service.target_port}",
            f"{target.label} listens on {listens}",
            (Proof("config", ref, f"listening ports of {target.label}: {listens}"), *proofs),
            f"Set `targetPort` to {right[0]}:\n$ kubectl -n {service.namespace} edit service {service.name}",
        )
    yield Finding(
        "port-not-listening",
        CRITICAL,
        PROVEN,
        "Nothing listens on the port",
        place,
        f"a process of {target.label} listens on port {target.port}",
        f"{target.label} listens on {listens}",
        (Proof("config", ref, f"listening ports of {target.label}: {listens}"), *proofs),
        f"Start the application, or use the port that it listens on.\n"
        f"$ kubectl -n {target.namespace} logs {target.name}"
        if pod
        else "Start the application on that port.",
    )


def _declared(evidence: Evidence, target: End) -> list[int]:
    """The ports that the target's containers declare."""
    spec = (evidence.index.pods.get((target.namespace, target.name)) or {}).get("spec") or {}
    return [
        int(port["containerPort"])
        for container in spec.get("containers") or []
        for port in container.get("ports") or []
        if port.get("containerPort")
    ]
