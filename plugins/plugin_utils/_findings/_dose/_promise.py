# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What "healthy" may promise: what the dose could have seen, in one sentence. And what was planned but not made."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _statistics
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import (
    BURST,
    CONNECTIONS,
    DNS_PAIRS,
    IDLE,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import Measured, measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._losses import accept_queue
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

_ANSWERS = ("response", "error_status")
SECONDS_OF_CONNECTIONS = "1 s"


def measured_promise(evidence: Evidence) -> str:
    """ "0 of 180 lost: below 2 % (95 %); 40 connections in 1 s; idle not tested"; empty where no dose was planned."""
    if not evidence.sent(BURST, CONNECTIONS, DNS_PAIRS, IDLE):
        return ""
    measure = measured(evidence)
    parts = [
        _packets(measure),
        _connections(measure),
        _said(evidence),
        _large(evidence),
        _dns(measure),
        _idle(measure),
        _watched(evidence),
    ]
    parts += [_fragments(evidence), _unread(evidence)]
    return "; ".join(part for part in parts if part)


def not_made(evidence: Evidence) -> str:
    """Probes of the dose that could not be made, which forbids the word healthy; empty when all were."""
    broken = [probe for probe in evidence.sent(BURST, CONNECTIONS, DNS_PAIRS, IDLE) if probe.status == "error"]
    said = [f"{probe.role}: {probe.result.get('error')}" for probe in broken]
    return "; ".join(dict.fromkeys([*said, *_fallen_silent(evidence)]))


def _fallen_silent(evidence: Evidence) -> list[str]:
    """Ends that answered pings, and none of the first packets of the burst after them: something ended meanwhile,
    unless connections were made after that."""
    if any(probe.status == "pass" for probe in evidence.sent(CONNECTIONS)):
        return []
    answered = {
        (probe.request.get("netns"), probe.request.get("target"))
        for probe in evidence.sent("ping")
        if probe.status == "pass"
    }
    return [
        f"{probe.request.get('target')} answered pings, and a moment later none of {probe.data['knocks']}"
        for probe in evidence.sent(BURST)
        if probe.status == "skipped"
        and probe.data.get("knocks")
        and (probe.request.get("netns"), probe.request.get("target")) in answered
    ]


def _packets(measure: Measured) -> str:
    bursts = measure.dose.bursts
    if not bursts:
        planned = measure.evidence.sent(BURST)
        return "loss not tested: pings are not answered" if planned else "loss not tested"
    worst = max(bursts, key=lambda burst: burst.share.high)
    limited = [burst for burst in bursts if burst.lossy]
    if limited:
        return f"{limited[0].share} of the pings in a row lost, which connections do not notice"
    text = str(worst.share)
    text = text.replace(":", " lost:", 1) if not worst.lost else text.replace(",", " lost,", 1)
    return text + (f" at each of {len(bursts)} addresses" if len(bursts) > 1 else "")


def _fragments(evidence: Evidence) -> str:
    """Datagrams that have to be sent in pieces, which some filters drop and TCP never sends: whether the port answered
    such ones, or the kernel behind it did."""
    if not evidence.sent("udp"):
        return ""
    many = evidence.passed("udp-many")
    told = f"{many[0].result.get('received')} datagrams answered; " if many else ""
    return told + _pieces(evidence)


def _pieces(evidence: Evidence) -> str:
    if evidence.passed("udp-large"):
        return "datagrams in fragments answered"
    return "echoes in fragments answered" if evidence.passed("pieces") else "datagrams in fragments not tested"


def _said(evidence: Evidence) -> str:
    """What was said on connections. That they open tells of the kernel, and little of the program behind it."""
    if not evidence.sent("tcp"):
        return ""
    requests = evidence.sent("backend-http")
    if requests:
        return "" if any(one.outcome in _ANSWERS for one in requests) else "requests of HTTP not answered"
    sized = evidence.sent("tcp-mtu")
    if any(one.outcome == "reset" and not one.data.get("largest") for one in sized):
        return "what was sent on a connection was answered with a reset"
    return "" if sized else "requests not tested"


def _unread(evidence: Evidence) -> str:
    """The nodes at both ends whose state is not known: what passes may be odd there."""
    ends = {end.node for end in (evidence.source, *evidence.targets) if end is not None and end.node}
    unread = sorted(name for name in ends & set(evidence.index.nodes) if not evidence.read(name))
    return f"{' and '.join(unread)} not read" if unread else ""


def _large(evidence: Evidence) -> str:
    """Of a way that is narrower than its first device only the source is told, and of a device that takes less than the
    one before it nobody; that answers fit, too, is known where their sender was asked."""
    if evidence.sent("reverse-mtu") or not evidence.sent("mtu"):
        return ""
    told = [int(one.data.get("largest") or 0) for one in evidence.sent("mtu") if one.outcome == "frag_needed"]
    sizes = [size for size in (*told, *_narrow_devices(evidence)) if size]
    return f"answers of more than {min(sizes)} bytes not tested" if sizes else ""


def _narrow_devices(evidence: Evidence) -> t.Iterator[int]:
    """The MTU of the source's device where its pair on the node has a larger one, and of its node's NIC where another
    node's has."""
    source = evidence.source
    node = evidence.nodes.get(source.node or "") if source is not None else None
    if source is None or node is None:
        return
    port = node.pod_port(source.netns) if source.netns else None
    own = node.namespaces[source.netns].ethernet if port is not None and source.netns else None
    if own is not None and port is not None and (own.mtu or 0) < (port.mtu or 0):
        yield own.mtu or 0
    nics = {name: _nic_mtu(evidence, name) for name in evidence.nodes}
    if nics[node.name] < max(nics.values()):
        yield nics[node.name]


def _nic_mtu(evidence: Evidence, name: str) -> int:
    """The MTU of the device with a node's address; 0 where it is not known."""
    links = [evidence.nodes[name].host.owner_of(address) for address in evidence.node_addresses(name)]
    return max((link.mtu or 0 for link in links if link is not None), default=0)


def _connections(measure: Measured) -> str:
    parts = []
    for growing in measure.dose.connections:
        late = len(growing.signs)
        full = accept_queue(measure) if late else 0
        text = f"{growing.sent} connections in {SECONDS_OF_CONNECTIONS}"
        if late:
            text += f", {late} of them late, refused or unanswered"
        if full:
            text += f" (the application's accept queue was full {full} times)"
        parts.append(text)
    return ", ".join(parts) if parts else "connections not tested" if measure.evidence.sent(CONNECTIONS) else ""


def _dns(measure: Measured) -> str:
    servers = measure.dose.dns
    if not servers:
        return ""
    sent = sum(server.sent for server in servers)
    lost = sum(server.lost for server in servers)
    if lost:
        return f"{lost} of {sent} DNS answers missing"
    return str(_statistics.share(0, sent)).replace(":", " DNS answers missing:", 1)


def _watched(evidence: Evidence) -> str:
    """What was counted while it was watched."""
    done = [event for event in evidence.events if event.get("phase") == "watch" and event.get("status") == "done"]
    return str(done[-1].get("text") or "") if done else ""


def _idle(measure: Measured) -> str:
    held = [idle for idle in measure.dose.idles if idle.outcome == "open"]
    if held:
        return f"idle for {max(idle.seconds for idle in held):g} s"
    closed = [idle for idle in measure.dose.idles if idle.outcome == "closed"]
    return "idle not tested: the application closes idle connections" if closed else "idle not tested"
