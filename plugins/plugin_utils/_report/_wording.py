# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The words every form of the report shares: status words, places, numbers with their units."""

from __future__ import annotations

import re

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import (
    Endpoint,
    Flow,
    Hop,
    Place,
    Probe,
    Report,
    Sizes,
)

RESULT_WORDS = {"fault": "Fault found", "healthy": "Healthy", "inconclusive": "Inconclusive"}
NO_RESULT = "No verdict"
CONFIDENCE_MEANING = {
    "possible": "one rule matched",
    "likely": "two independent kinds of evidence agree",
    "proven": "the packet, the kernel or the failing object itself was observed",
}
HOP_WORDS = {"ok": "ok", "broken": "broken here", "suspect": "suspect", "unknown": "not known"}
KIND_WORDS = {
    "pod": "pod",
    "veth": "veth pair",
    "bridge": "bridge",
    "tunnel": "tunnel",
    "nic": "NIC",
    "network": "network",
    "service": "Service",
    "host": "host",
    "client": "client",
}
ROLE_WORDS = {
    "ping": "ping",
    "tcp": "TCP to the destination",
    "udp": "UDP to the destination",
    "backend-tcp": "connection to a backend",
    "backend-http": "request to a backend",
    "node-ping": "ping node to node",
    "node-pod-ping": "ping node to pod",
    "local-tcp": "TCP inside the destination",
    "local-http": "request inside a backend",
    "loopback-tcp": "TCP to its loopback",
    "reverse-ping": "ping back",
    "udp-many": "UDP, many datagrams",
    "udp-large": "UDP, in fragments",
    "pieces": "ping, in fragments",
    "mtu": "path MTU",
    "reverse-mtu": "path MTU back",
    "tcp-mtu": "TCP segment size",
    "dns-pod": "DNS, pod's nameserver",
    "dns-cluster": "DNS, cluster server",
    "dns-upstream": "DNS, upstream",
    "dns-search": "DNS, upstream of the search list",
    "burst": "burst of small packets",
    "connections": "growing connections",
    "dns-pairs": "DNS, A and AAAA at once",
    "idle": "idle connection",
}


def result_word(verdict: Verdict) -> str:
    """The result as a heading."""
    return RESULT_WORDS.get(verdict.result, NO_RESULT)


def summary(report: Report) -> str:
    """The verdict in one sentence."""
    return report.verdict.summary or f"{result_word(report.verdict)}: the run left no summary."


def question(report: Report) -> str:
    """What the run was asked."""
    source, destination = report.source.text or "the source", report.destination.text or "the destination"
    port = report.port if report.port is not None else report.destination.port
    protocol = (report.protocol or report.destination.protocol).upper()
    if protocol == "ICMP":
        by = " by ping"
    elif port is not None:
        by = f" on {protocol or 'TCP'} port {port}"
    else:
        by = f" by {protocol}" if protocol else ""
    return f"Can {source} reach {destination}{by}?"


def location(place: Location) -> str:
    """Where something is, outermost first; "" when nothing is known."""
    pod = place.pod
    if pod and place.namespace and "/" not in pod:
        pod = f"{place.namespace}/{pod}"
    service = place.service
    if service and place.namespace and "/" not in service:
        service = f"{place.namespace}/{service}"
    namespace = f"namespace {place.namespace}" if place.namespace and not (pod or service) else ""
    parts = [
        f"node {place.node}" if place.node else "",
        namespace,
        f"Service {service}" if service else "",
        f"pod {pod}" if pod else "",
        f"device {place.device}" if place.device else "",
    ]
    return ", ".join(filter(None, parts))


def endpoint(end: Endpoint) -> str:
    """What one end resolved to: address, node, readiness."""
    address = f"{end.address}:{end.port}" if end.address and end.port is not None else end.address
    if ":" in end.address and end.port is not None:
        address = f"[{end.address}]:{end.port}"
    ready = "" if end.ready is None else "ready" if end.ready else "not ready"
    parts = [address, f"on node {end.node}" if end.node else "", ready, end.why]
    return ", ".join(filter(None, parts))


def place(end: Place) -> str:
    """One end of a probe in as few words as tell it apart."""
    netns = end.netns.partition(":")[2] if end.netns.startswith("pod:") else ""
    pod = end.pod if "/" in end.pod or not end.namespace else f"{end.namespace}/{end.pod}"
    if end.pod or netns:
        return f"{pod if end.pod else netns}"
    if end.service:
        service = end.service if "/" in end.service or not end.namespace else f"{end.namespace}/{end.service}"
        return f"Service {service}"
    return end.node or end.address


def socket(end: Place) -> str:
    """Address and port of one end."""
    if end.port is None:
        return end.address
    return f"[{end.address}]:{end.port}" if ":" in end.address else f"{end.address}:{end.port}"


def role(probe: Probe) -> str:
    """What the probe was for."""
    return ROLE_WORDS.get(probe.role, probe.role or probe.kind)


def hop_name(hop: Hop) -> str:
    """The name of a hop."""
    return hop.label or hop.device or KIND_WORDS.get(hop.kind, hop.kind) or "unnamed hop"


def hop_facts(hop: Hop) -> tuple[str, ...]:
    """Kind, device, address and MTU of a hop, as far as known and not said by its name."""
    name = hop_name(hop)
    kind = KIND_WORDS.get(hop.kind, hop.kind)
    return tuple(
        fact
        for fact in (
            kind if kind != name else "",
            hop.device if hop.device and hop.device not in name else "",
            hop.address if hop.address not in name else "",
            f"MTU {hop.mtu}" if hop.mtu is not None else "",
        )
        if fact
    )


def hop_counts(hop: Hop) -> tuple[str, ...]:
    """Packets seen in captures, per direction; nothing where there was no capture."""
    if hop.forward is None and hop.reply is None:
        return ()
    return (f"forward {count(hop.forward)}", f"reply {count(hop.reply)}")


def confidence(word: str | None) -> str:
    """A confidence with what it means; nothing where there is none."""
    meaning = CONFIDENCE_MEANING.get(word or "")
    return f"{word} ({meaning})" if meaning else word or ""


def count(number: int | None) -> str:
    """A count, or a dash where it was not measured (which is not the same as none)."""
    return "–" if number is None else str(number)


def moment(text: str) -> str:
    """A time stamp (ISO 8601, UTC) as people read it, to the second; anything else as it is."""
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)\Z", text)
    return f"{found.group(1)} {found.group(2)} UTC" if found else text


def seconds(value: float | None) -> str:
    """A duration; "" when it was not measured."""
    if value is None:
        return ""
    return f"{value:.2f} s" if abs(value) < 10 else f"{value:.1f} s" if abs(value) < 1000 else f"{value:.0f} s"


def milliseconds(value: float) -> str:
    """A round trip time without its unit."""
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def rtt(probe: Probe) -> str:
    """min / avg / max in milliseconds without the unit; "" when no reply was measured."""
    return " / ".join(milliseconds(value) for value in probe.rtt) if probe.rtt else ""


def loss(probe: Probe) -> str:
    """Loss in percent; "" when nothing was sent."""
    if probe.loss is None:
        return ""
    return f"{probe.loss:.0f} %" if probe.loss in (0, 100) else f"{probe.loss:.1f} %"


def answered(probe: Probe) -> str:
    """How many of how many were answered; "" when nothing was sent."""
    return f"{count(probe.received)} of {probe.sent}" if probe.sent else ""


def outcome(probe: Probe) -> str:
    """The outcome in words."""
    return probe.outcome.replace("_", " ")


def largest(sizes: Sizes) -> str:
    """The path MTU in one phrase."""
    return "no size passed" if sizes.largest is None else f"{sizes.largest} bytes"


def size_limits(sizes: Sizes) -> str:
    """What bounds the path MTU."""
    failed = "" if sizes.smallest_failed is None else f"{sizes.smallest_failed} bytes did not pass"
    device = "" if sizes.device_mtu is None else f"device MTU {sizes.device_mtu}"
    return ", ".join(filter(None, (failed, device)))


def measured(probe: Probe) -> tuple[str, ...]:
    """What a probe measured besides time and loss, and its error, one phrase each."""
    sizes: tuple[str, ...] = ()
    if probe.sizes:
        found = largest(probe.sizes)
        sizes = (found if probe.sizes.largest is None else f"{found} pass", size_limits(probe.sizes))
    return tuple(filter(None, (*sizes, *probe.details, probe.error)))


def proof(flow: Flow) -> str:
    """Whether what the captures say of a flow is certain."""
    return {True: "yes", False: "no", None: "not known"}[flow.lossless]


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
