# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Nodes whose clock is wrong. Packets do not ask for the time; certificates and tokens do.

A clock that is off by itself harms nothing that is asked here. It is a cause where a program of that node says that a
certificate or token is not valid at its time, and something that follows from that is what was found.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import moment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    PROVEN,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

# Certificates of Kubernetes begin so long before they are made, for clocks that differ (seconds).
TOLERATED = 300
# What Go's crypto/x509 and the API server's token authenticators say.
_INVALID = (
    "certificate has expired or is not yet valid",
    "certificate is not yet valid",
    "certificate has expired",
    "token is not yet valid",
    "token not valid yet",
    "token has expired",
    "token is expired",
)
# What follows from a program that is not let in.
FOLLOWS = frozenset(
    (
        "node-not-ready",
        "kube-proxy-rules-stale",
        "kube-proxy-missing",
        "cni-agent-missing",
        "cni-config-missing",
        "pod-not-ready",
        "container-not-ready",
    )
)
_OF_A_POD = ("pod-not-ready", "container-not-ready")


def offsets(evidence: Evidence) -> dict[str, float]:
    """By how many seconds each node's clock is ahead of the controller's, at least; negative: behind.

    The snapshot has the node's time, and the controller wrote down when it asked for it and when it had it: what lies
    between the two is nobody's fault.
    """
    found: dict[str, float] = {}
    for name, node in evidence.nodes.items():
        told = [event for event in evidence.events if event.get("node") == name and event.get("phase") == "snapshot"]
        begun, ended = (_time(told, status) for status in ("started", "done"))
        own = moment(node.time)
        if own is None or begun is None or ended is None or ended < begun:
            continue
        found[name] = max((own - ended).total_seconds(), 0.0) or min((own - begun).total_seconds(), 0.0)
    return found


def _time(events: t.Sequence[dict[str, t.Any]], status: str) -> datetime.datetime | None:
    return next((moment(event.get("time")) for event in reversed(events) if event.get("status") == status), None)


def wrong_clocks(evidence: Evidence) -> dict[str, float]:
    """The nodes whose clock is further off than Kubernetes tolerates. Where that is most of several nodes, by as much,
    the controller's own clock is the odd one, and nothing is said of the nodes.
    """
    known = offsets(evidence)
    off = {name: seconds for name, seconds in known.items() if abs(seconds) > TOLERATED}
    if len(known) > 1 and len(off) * 2 > len(known) and max(off.values()) - min(off.values()) < TOLERATED:
        return {}
    return off


def clock_findings(case: Case) -> t.Iterator[Finding]:
    """Wrong clocks, as information."""
    for node, seconds in wrong_clocks(case.evidence).items():
        yield _finding(case, node, seconds, ())


def because_of_the_clock(case: Case, cause: Cause) -> Cause | None:
    """A wrong clock as what is deeper than a cause; None where nothing of that node says that a certificate or token is
    not valid. What is wrong with a single pod has to be said of that pod.
    """
    place = cause.finding.location
    seconds = wrong_clocks(case.evidence).get(place.node or "")
    if seconds is None or cause.finding.id not in FOLLOWS:
        return None
    own = cause.finding.id in _OF_A_POD
    said = [text for text in _said(case, str(place.node)) if not own or (place.pod is not None and place.pod in text)]
    if not said:
        return None
    proofs = tuple(Proof("config", "cluster.json.gz", text) for text in said[:3])
    deeper = Cause(_finding(case, str(place.node), seconds, proofs), itself=True)
    # That the one who was refused is the one who did not do its work is known of a single pod, and of a kubelet.
    itself = own or (cause.finding.id == "node-not-ready" and said[0].startswith("node "))
    return cause.because_of(deeper.as_sure_as(PROVEN if itself else LIKELY))


def _finding(case: Case, node: str, seconds: float, proofs: tuple[Proof, ...]) -> Finding:
    way = "ahead of" if seconds > 0 else "behind"
    own = case.evidence.nodes[node].time
    measured = f"the clock of {node} is {_amount(abs(seconds))} {way} the controller's"
    effect = "; nothing there says that it is refused for that" if not proofs else f"; there: {proofs[0].text}"
    return finding(
        "clock-skew",
        Location(node=node),
        f"the clocks of nodes and controller differ by {TOLERATED} s at most",
        f"{measured}{effect}",
        f"Set the clock of {node}, and let NTP keep it:\n$ timedatectl; chronyc tracking\nThen restart what was"
        " refused: kubelet, and the pods of kube-proxy and of the CNI's agent on that node.",
        (Proof("config", ref_of(node), f"{measured} ({own} there)"), *proofs),
        severity=CRITICAL if proofs else INFO,
        confidence=LIKELY,
    )


def _amount(seconds: float) -> str:
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    return f"{round(seconds / 60)} min"


# -- what programs say -----------------------------------------------------------------------------------------------
def _said(case: Case, node: str) -> list[str]:
    """Words about certificates and tokens: of the node's conditions, its pods' containers, and events about both."""
    found: list[str] = []
    item = case.index.nodes.get(node)
    pods = case.index.pods_on(node)
    for what, each in [(f"node {node}", item), *((f"pod {_name(pod)}", pod) for pod in pods)]:
        found += [f"{what}: {text}" for text in _texts((each or {}).get("status") or {}) if _is_about_time(text)]
    names = {("Node", None, node)} | {
        ("Pod", pod["metadata"].get("namespace"), pod["metadata"]["name"]) for pod in pods
    }
    for event in case.index.resources.get("events") or []:
        about = event.get("involvedObject") or event.get("regarding") or {}
        kind, text = str(about.get("kind")), str(event.get("message") or "")
        key = (kind, about.get("namespace") if kind == "Pod" else None, about.get("name"))
        if key in names and _is_about_time(text):
            found.append(f"event of {kind.lower()} {about.get('name')}: {text}")
    return list(dict.fromkeys(found))


def _name(pod: dict[str, t.Any]) -> str:
    return f"{pod['metadata'].get('namespace')}/{pod['metadata']['name']}"


def _texts(status: dict[str, t.Any]) -> t.Iterator[str]:
    for one in status.get("conditions") or []:
        yield str(one.get("message") or "")
    for name in ("containerStatuses", "initContainerStatuses"):
        for container in status.get(name) or []:
            for state in ((container.get("state") or {}), (container.get("lastState") or {})):
                for part in state.values():
                    yield str((part or {}).get("message") or "")


def _is_about_time(text: str) -> bool:
    return any(words in text.lower() for words in _INVALID)
