# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One backend of a Service that does not answer although packets reach it, and although others answer.

Where nothing listens, or the accept queue is full, the simulation says so. Here it finds nothing: when the snapshot was
taken the program listened, and when it was asked, it did not answer, not even in its own network namespace: to no
connection, or to no request on a connection that it took, or with an error where others have none. A Service that says
that it speaks HTTP needs no other for comparison.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._proxied import behind_a_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import answered, unanswered
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import says_http, says_tls
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Probe

_SERVER_ERROR = 500
# Bad gateway, unavailable, gateway timeout (RFC 9110): of a page that is missing or forbidden nobody can tell.
_UNAVAILABLE = (502, 503, 504)
_PLAIN, _NO_HTTP = "serves plain HTTP, and no TLS", "answers requests with something that is not HTTP"
_OTHER_PROTOCOL = (_PLAIN, _NO_HTTP)
_UNANSWERED = ("refused", "timed_out", "reset")


def unhealthy_backends(case: Case, tried: t.Sequence[Tried]) -> t.Iterator[Cause]:
    """Backends that refuse or keep silent where the network is not to blame."""
    evidence = case.evidence
    asked = case.service_asked()
    arriving = {one.probe.id for one in tried if one.arrives}
    for target in evidence.targets if asked is not None else ():
        wrong = _wrong_answers(case, target)
        if wrong:
            yield wrong[0]
            continue
        silent = [one for one in unanswered(evidence) if one.request.get("target") == target.address]
        mute = [one for one in evidence.sent("local-http", address=target.address) if one.outcome == "no_response"]
        if silent and mute:
            yield _cause(case, target, silent, mute, [one for one in evidence.sent("backend-http") if answered(one)])
            continue
        direct = evidence.sent("backend-tcp", address=target.address)
        inside = [one for one in evidence.sent("local-tcp", address=target.address) if _fails(one)]
        if not direct or not inside or not all(map(_fails, direct)) or not arriving & {one.id for one in direct}:
            continue
        others = [one for one in evidence.passed("backend-tcp") if one.request.get("target") != target.address]
        if others:
            yield _cause(case, target, direct, inside, others)


def _wrong_answers(case: Case, target: End) -> list[Cause]:
    """What a backend says to a request, where no client can be served by that; empty where it is all right."""
    evidence, asked = case.evidence, case.service_asked()
    said = evidence.sent("backend-http", address=target.address)
    inside = evidence.sent("local-http", address=target.address)
    others = [one for one in evidence.sent("backend-http") if one not in said and _served(one)]
    protocol = str(asked.entry.get("appProtocol") or "") if asked is not None else ""
    declared, secure = says_http(protocol), says_tls(protocol)
    if not said or not inside or not (others or declared or secure):
        return []
    if secure:
        others = []
    more = f"; {len(others)} other(s) serve it" if others else f"; the Service says that it speaks {protocol}"
    if not secure and all(_unavailable(one) for one in said):
        proxied = behind_a_proxy(case, target, said, more)
        if proxied is not None:
            return [proxied]
    how = {_complaint(one, declared and not others, secure) for one in (*said, *inside)}
    complaint = how.pop() if len(how) == 1 else ""
    if not complaint:
        return []
    return [
        Cause(
            finding(
                "backend-unhealthy",
                Location(node=target.node, namespace=target.namespace, pod=target.name),
                f"every ready endpoint of Service {evidence.service} serves requests on port {target.port}",
                f"{target.label} {complaint}, from inside its own network namespace too{more}",
                f"Look at the program of {target.label}, and at what it needs itself. A readiness probe that asks what"
                f" clients ask takes it out of the Service.\n$ kubectl -n {target.namespace} logs {target.name}",
                tuple(map(probe_proof, (*said[:2], *inside[:1], *others[:1]))),
                # That others of the Service serve the same request shows that it is meant to be served; another
                # protocol than the Service says serves none.
                confidence=PROVEN if others or complaint in _OTHER_PROTOCOL else LIKELY,
                heading="A backend of the Service cannot serve requests",
            ),
            itself=True,
        )
    ]


def _served(probe: Probe) -> bool:
    return answered(probe) and int(probe.data.get("status") or 0) < _SERVER_ERROR and not probe.data.get("missing")


def _unavailable(probe: Probe) -> bool:
    return probe.outcome == "error_status" and int(probe.data.get("status") or 0) in _UNAVAILABLE


def _complaint(probe: Probe, declared: bool, secure: bool) -> str:
    """What is wrong with an answer; empty where nothing is. Silence on a port that does not say that it is for HTTP
    is judged elsewhere."""
    status = int(probe.data.get("status") or 0)
    if secure:
        # A server of TLS says 400 to plain HTTP, sends an alert, leads elsewhere, or closes.
        return _PLAIN if 200 <= status < 300 else ""
    if _unavailable(probe):
        return f"answers requests with HTTP {status}"
    if probe.data.get("missing"):
        return "begins its answers, and does not end them"
    if declared and probe.outcome == "no_response":
        return "takes connections and answers no request"
    if declared and probe.outcome == "bad_response":
        return _NO_HTTP
    return ""


def _fails(probe: Probe) -> bool:
    return probe.status == "fail" and probe.outcome in _UNANSWERED


def _cause(
    case: Case, target: End, direct: t.Sequence[Probe], inside: t.Sequence[Probe], others: t.Sequence[Probe]
) -> Cause:
    service = case.evidence.service
    known = {
        "refused": "refuses connections",
        "reset": "resets connections",
        "no_response": "takes connections and answers no request",
    }
    how = known.get(inside[0].outcome, "does not answer")
    same = direct[0].outcome == inside[0].outcome
    return Cause(
        finding(
            "backend-unhealthy",
            Location(node=target.node, namespace=target.namespace, pod=target.name),
            f"every ready endpoint of Service {service} answers on port {target.port}",
            f"{target.label} {how}, from inside its own network namespace too, while {len(others)} other(s) answer",
            f"Look at the program of {target.label}: it hangs, or starts again and again. A readiness probe that asks"
            " what clients ask takes it out of the Service.\n"
            f"$ kubectl -n {target.namespace} logs {target.name} --previous",
            (*map(probe_proof, (*direct[:2], *inside[:1], *others[:1])),),
            confidence=PROVEN if same and inside[0].outcome in ("refused", "no_response") else LIKELY,
        ),
        itself=True,
    )
