# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Programs that take connections and end them before anything was said: a proxy with nobody behind it, a full server.

The kernel opens a connection before the program has seen it, so such a port is open to every probe.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST

_HOW = {"closed": "closes", "reset": "resets"}


@dataclasses.dataclass(frozen=True)
class Closing:
    """causes: programs that do so to everybody. unknown: connections that end like this for no reason that is seen."""

    causes: tuple[Cause, ...]
    unknown: tuple[str, ...]


def closing_programs(case: Case) -> Closing:
    """Ends whose connections, opened well, were ended at once by the other side, without a byte."""
    evidence = case.evidence
    causes: list[Cause] = []
    blamed: set[str] = set()
    for target in evidence.targets:
        role = "backend-tcp" if evidence.sent("backend-tcp") else "tcp"
        asked = [one for one in evidence.passed(role) if _is_for(one, target, evidence.service is not None)]
        inside = evidence.passed("local-tcp", address=target.address) if target.address else []
        if asked and inside and all(map(ended, (*asked, *inside))):
            others = [one for one in evidence.passed(role) if one not in asked and _stays(one)]
            causes.append(_cause(target, asked, inside, others))
            blamed.update(one.id for one in asked)
        elif asked and inside and all(map(ended, asked)) and all(map(_stays, inside)) and _took_all(case, target):
            causes.append(_turned_away(target, asked, inside))
            blamed.update(one.id for one in asked)
    left = [one for one in evidence.passed("tcp", "backend-tcp") if ended(one) and one.id not in blamed]
    unknown = [f"{_shown(one)}, and not all connections from inside end so" for one in left if not causes]
    return Closing(tuple(causes), tuple(dict.fromkeys(unknown)))


def _took_all(case: Case, target: End) -> bool:
    """Whether the kernel of the only target opened as many connections as were begun with it: nobody on the way took
    them in its place."""
    measure = measured(case.evidence)
    moves = measure.moves.get(target.node or "")
    space = moves.netns.get(target.netns or HOST) if moves is not None and target.netns not in (None, HOST) else None
    begun = sum(one.sent for one in measure.dose.connections)
    if space is None or not begun or len(case.evidence.targets) != 1:
        return False
    return space.protocols.get("TcpPassiveOpens", 0) >= begun


def ended(probe: Probe) -> str:
    """How the other end finished the connection before anything was said on it; empty where it did not."""
    return _HOW.get(str((probe.data.get("then") or {}).get("outcome")), "")


def _stays(probe: Probe) -> bool:
    return (probe.data.get("then") or {}).get("outcome") in ("silent", "data")


def _is_for(probe: Probe, target: End, service: bool) -> bool:
    return probe.request.get("target") == target.address or (not service and probe.role == "tcp")


def _shown(probe: Probe) -> str:
    after = (probe.data.get("then") or {}).get("ms")
    port = probe.request.get("port")
    where = f"{probe.request.get('target')}:{port}"
    return f"{where} takes connections and {ended(probe)} them after {after} ms, without a byte"


def _turned_away(target: End, asked: t.Sequence[Probe], inside: t.Sequence[Probe]) -> Cause:
    pod = target.name if target.kind == "pod" else None
    observed = (
        f"its program takes each connection of this client and {ended(asked[0])} it at once, without a byte, and keeps"
        " those from inside its own network namespace; its kernel opened all of them itself"
    )
    return Cause(
        finding(
            "backend-unhealthy",
            Location(node=target.node, namespace=target.namespace if pod else None, pod=pod),
            f"{target.label} keeps a connection on port {target.port} until something is said",
            observed,
            "Look whom that program lets in (a list of hosts or networks, a protected mode, a limit for each client),"
            " and which source it sees: behind a Service it may be a node's."
            + (f"\n$ kubectl -n {target.namespace} logs {target.name}" if pod is not None else ""),
            tuple(Proof("probe", one.id, _shown(one)) for one in asked[:2]) + tuple(map(probe_proof, inside[:1])),
            confidence=LIKELY,
            heading="The program turns this client away",
        ),
        itself=True,
    )


def _cause(target: End, asked: t.Sequence[Probe], inside: t.Sequence[Probe], others: t.Sequence[Probe]) -> Cause:
    observed = (
        f"its program takes each connection and {ended(asked[0])} it at once, without a byte, also when it is asked"
        " from inside its own network namespace"
    )
    more = f"; {len(others)} other(s) do not" if others else ""
    pod = target.name if target.kind == "pod" else None
    return Cause(
        finding(
            "backend-unhealthy",
            Location(node=target.node, namespace=target.namespace if pod else None, pod=pod),
            f"{target.label} keeps a connection on port {target.port} until something is said",
            observed + more,
            "Look at that program: a proxy does this when nobody is behind it, a server when it is full, is bound to be"
            " asked by others, or waits for something itself. If the port does no more than tell that the program"
            " lives, this is meant."
            + (f"\n$ kubectl -n {target.namespace} logs {target.name}" if pod is not None else ""),
            (
                *(Proof("probe", one.id, _shown(one)) for one in (*asked[:2], *inside[:1])),
                *map(probe_proof, others[:1]),
            ),
            confidence=PROVEN if others else LIKELY,
            heading="The program takes connections and ends them at once",
        ),
        itself=True,
    )
