# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The ten steps of the runbook, cut from the evidence: what each asks, what it found, the numbers, how it ended."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._heard import heard
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import INFO, Finding, Step, Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import AGENTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._kube_proxy import daemonset, pods_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage

_TITLES: t.Mapping[str, tuple[str, str]] = {
    "resolve": ("Resolve both ends", "What are the two ends, where do they run, are they ready?"),
    "components": ("Cluster components", "Do the CNI's agent, kube-proxy and cluster DNS run on the nodes involved?"),
    "snapshot": ("Node snapshots", "What do links, routes, rules, neighbours, filters and sockets of the nodes say?"),
    "ping": ("Ping", "Do packets reach the other end and come back?"),
    "tcp": ("TCP", "Does the port answer?"),
    "mtu": ("Packet sizes", "Which packet sizes pass in each direction?"),
    "dns": ("DNS", "Does the name resolve, and at which server?"),
    "nic_config": ("NIC configuration", "Do the NIC files agree with what runs, and with what the other nodes expect?"),
    "capture": ("Captures", "Where on the way was the packet seen last?"),
    "verdict": ("Verdict", "Why, where, and what to change?"),
}
STEPS = tuple(_TITLES)
_ROLES: t.Mapping[str, tuple[str, ...]] = {
    "ping": ("ping", "node-pod-ping", "node-ping", "reverse-ping", "burst"),
    "tcp": (
        *("tcp", "udp", "backend-tcp", "backend-http", "local-tcp", "local-http", "loopback-tcp", "node-api"),
        *("connections", "udp-many", "idle"),
    ),
    "mtu": ("mtu", "reverse-mtu", "tcp-mtu", "pieces", "udp-large"),
    "dns": ("dns-pod", "dns-cluster", "dns-upstream", "dns-search", "dns-pairs"),
}
# Probes that tell a step's own question; the others are there to tell causes apart.
_TELLING: t.Mapping[str, tuple[str, ...]] = {
    "ping": ("ping", "burst"),
    "tcp": ("tcp", "udp", "backend-tcp", "connections", "idle"),
    "mtu": ("mtu", "tcp-mtu"),
    "dns": ("dns-pod", "dns-pairs"),
}
_COMPONENT_IDS = (
    "node-not-ready",
    "cni-agent-missing",
    "cni-config-missing",
    "kube-proxy-missing",
    "kube-proxy-priority",
    "dns-server-down",
)
_NIC_IDS = ("nic-static-and-dhcp", "nic-config-drift", "tunnel-source-mismatch")

_Outcome = tuple[str, str, list[str]]


def cut_steps(case: Case, findings: t.Sequence[Finding], verdict: Verdict) -> tuple[Step, ...]:
    """All steps in their order."""
    evidence = case.evidence
    bad = {finding.id: finding for finding in findings if finding.severity != INFO}
    outcomes: dict[str, _Outcome] = {
        "resolve": _resolve(evidence),
        "components": _components(evidence, bad),
        "snapshot": _snapshot(evidence),
        **{name: _probes(case, name) for name in _ROLES},
        "nic_config": _nic_config(evidence, bad),
        "capture": _capture(evidence),
        "verdict": _verdict(verdict),
    }
    return tuple(
        Step(
            name,
            *_TITLES[name],
            outcomes[name][0],
            _seconds(evidence, name),
            outcomes[name][1],
            tuple(outcomes[name][2]),
        )
        for name in _TITLES
    )


def _seconds(evidence: Evidence, name: str) -> float:
    phases = {
        "resolve": ("resolve",),
        "snapshot": ("snapshot",),
        "ping": (),
        "capture": ("capture_start", "reprobe", "capture_stop"),
    }.get(name)
    if phases is not None and name != "ping":
        return round(
            sum(
                max(
                    (float(event.get("seconds") or 0) for event in evidence.events if event.get("phase") == phase),
                    default=0.0,
                )
                for phase in phases
            ),
            3,
        )
    roles = _ROLES.get(name, ())
    return (
        round(max((float(probe.result.get("seconds") or 0) for probe in evidence.sent(*roles)), default=0.0), 3)
        if roles
        else 0.0
    )


# -- steps from the API's objects ----------------------------------------------------------------------------
def _resolve(evidence: Evidence) -> _Outcome:
    lines = [_end_line("source", evidence.source), _end_line("destination", evidence.destination)]
    lines += [_end_line("backend", backend) for backend in evidence.backends]
    problems = [str(problem["text"]) for problem in evidence.plan.get("problems") or []]
    outside = evidence.plan.get("outside_limit") or []
    lines += [f"{node}: skipped (outside limit)" for node in outside]
    lines += [
        f"{node}: not examined (more than diagnose_max_nodes)" for node in evidence.plan.get("not_examined") or []
    ]
    unread = [str(text) for text in evidence.index.unreadable.values()]
    lines += [f"not read: {text}" for text in unread]
    if problems:
        status = "error" if "*" in evidence.index.unreadable else "fail"
        return status, "; ".join(problems), [line for line in lines if line]
    unready = [end for end in (evidence.source, evidence.destination, *evidence.backends) if end and end.ready is False]
    if unready:
        return (
            "fail",
            "; ".join(f"{end.label} is not ready{': ' + end.why if end.why else ''}" for end in unready),
            lines,
        )
    return "pass", "both ends are there", [line for line in lines if line]


def _end_line(what: str, end: End | None) -> str:
    if end is None:
        return ""
    parts = [f"{what}: {end.label}"]
    if end.label != end.text and what != "backend":
        parts.append(f"({end.text})" if end.kind != "pod" else "")
    parts.append(f"on {end.node}" if end.node and end.kind != "node" else "")
    parts.append(f"address {end.address}" if end.address else "")
    parts.append(f"port {end.port}" if end.port else "")
    parts.append({True: "ready", False: "NOT ready", None: ""}[end.ready])
    return " ".join(part for part in parts if part)


def _components(evidence: Evidence, bad: t.Mapping[str, Finding]) -> _Outcome:
    unread = {"daemonsets", "pods", "nodes", "*"} & set(evidence.index.unreadable)
    if unread:
        return "error", "; ".join(str(evidence.index.unreadable[name]) for name in sorted(unread, key=str)), []
    lines = []
    for node in evidence.plan.get("nodes") or []:
        item = evidence.index.nodes.get(node)
        if item is None:
            continue
        ready, why = evidence.index.node_ready(item)
        lines.append(f"{node}: {'Ready' if ready else 'NOT Ready: ' + why}")
        for name in ("kube-proxy", *AGENTS):
            owner = daemonset(evidence.index, name)
            if owner is not None:
                lines.append(f"{node}: {_agent_line(evidence, owner, node)}")
    servers = cluster_dns.servers(evidence.index)
    running = [pod for pod in servers if evidence.index.pod_ready(pod)[0]]
    lines.append(f"cluster DNS: {len(running)} of {len(servers)} pods ready")
    wrong = [bad[name] for name in _COMPONENT_IDS if name in bad]
    if wrong:
        return "fail", "; ".join(f"{_lower(finding.title)}: {finding.observed}" for finding in wrong), lines
    return "pass", "they run", lines


def _lower(title: str) -> str:
    """A title as it stands within a sentence."""
    return title[:1].lower() + title[1:]


def _agent_line(evidence: Evidence, owner: dict[str, t.Any], node: str) -> str:
    priority = (((owner.get("spec") or {}).get("template") or {}).get("spec") or {}).get("priorityClassName") or "none"
    pods = pods_of(evidence.index, owner, node)
    state = ", ".join(f"{pod['metadata']['name']} {(pod.get('status') or {}).get('phase')}" for pod in pods) or "no pod"
    return f"{owner['metadata']['name']}: {state} (priorityClassName {priority})"


# -- steps from the nodes ------------------------------------------------------------------------------------
def _events(evidence: Evidence, *phases: str) -> dict[str, dict[str, t.Any]]:
    """The last event of the phases on each node. A phase that began and did not end is an error, also where the others
    have gone on meanwhile."""
    last = {str(event["node"]): event for event in evidence.events if event.get("phase") in phases}
    return {node: _ended(event) if event["status"] == "started" else event for node, event in last.items()}


def _ended(event: dict[str, t.Any]) -> dict[str, t.Any]:
    return {**event, "status": "error", "text": event.get("text") or "the task did not end in time"}


def _errors(evidence: Evidence, phase: str) -> list[str]:
    """What a phase failed with, node by node; what the snapshot failed with before is not said again."""
    before = _events(evidence, "snapshot")
    failed = [event for event in _events(evidence, phase).values() if event["status"] == "error"]
    same = [
        event
        for event in failed
        if before.get(str(event["node"]), {}).get("text") == event["text"] and "check mode" not in str(event["text"])
    ]
    errors = [f"{event['node']}: {event['text']}" for event in failed if event not in same]
    if same:
        errors.append(f"{', '.join(str(event['node']) for event in same)}: for the same reason as the snapshot")
    return errors


def _snapshot(evidence: Evidence) -> _Outcome:
    events = _events(evidence, "snapshot")
    lines = []
    failed = []
    for node in evidence.plan.get("nodes") or []:
        if node in (evidence.plan.get("outside_limit") or []):
            lines.append(f"{node}: skipped (outside limit)")
            continue
        event = events.get(node)
        if event is None:
            continue
        if event["status"] == "error":
            failed.append(f"{node}: {event['text']}")
            lines.append(f"{node}: error")
        else:
            lines.append(f"{node}: {event['status']}, {event['text']}")
        found = evidence.nodes.get(node)
        if found is not None:
            lines += [f"{node}: not read: {text}" for text in found.errors]
            lines.append(
                f"{node}: {len(found.host.links)} devices, {len(found.host.routes)} routes, "
                f"{sum(len((entry.get('text') or '').splitlines()) for entry in found.host.iptables)} iptables lines, "
                f"{len(found.namespaces) - 1} pod namespaces"
            )
    if not events:
        return "skipped", "no node was looked at", lines
    check_mode = [str(event["text"]) for event in events.values() if "check mode" in str(event["text"])]
    if check_mode and not evidence.nodes:
        return "skipped", check_mode[0], lines
    if failed:
        return "error", "; ".join(failed), lines
    return "pass", f"{len(evidence.nodes)} of {len(evidence.plan.get('nodes') or [])} nodes were read", lines


def _probes(case: Case, name: str) -> _Outcome:
    evidence = case.evidence
    probes = evidence.sent(*_ROLES[name])
    lines = [_probe_line(probe) for probe in probes]
    if probes and name == "mtu":
        lines += _mtu_lines(case)
    if probes and name == "dns":
        lines += _server_lines(evidence, probes)
    errors = _errors(evidence, "probe")
    # A probe of the dose that was skipped says nothing; the plain ones say why.
    telling = [probe for probe in probes if probe.role in _TELLING[name] and probe.status != "skipped"]
    if not telling:
        if errors:
            if all("check mode" in text for text in errors):
                return "skipped", errors[0], lines
            return "error", "; ".join(errors), lines
        return "skipped", _why_none(evidence, name), lines
    failed = [probe for probe in telling if probe.status == "fail"]
    unclear = [probe for probe in telling if probe.status == "error"]
    if failed:
        return "fail", _summary(failed, telling), lines
    if unclear:
        return "error", "; ".join(dict.fromkeys(str(probe.result.get("error")) for probe in unclear)), lines
    return "pass", _summary(telling, telling), lines


def _mtu_lines(case: Case) -> list[str]:
    """The MTU of every device on the way to each target."""
    lines: dict[str, str] = {}
    for probe in case.evidence.sent("mtu", "tcp-mtu", "ping"):
        trip = case.small(probe)
        for way in trip.ways if trip is not None else ():
            packet = way.forward.packet
            hops = passage(case.evidence.nodes, way.forward).devices
            if packet is None or not hops or packet.dst in lines or not way.forward.delivered:
                continue
            sizes = ", ".join(
                f"{hop.device} of {hop.node if hop.netns == HOST else hop.netns} {hop.mtu}" for hop in hops
            )
            lines[packet.dst] = f"MTU of the devices on the way to {packet.dst}: {sizes}"
    return list(lines.values())


def _server_lines(evidence: Evidence, probes: t.Sequence[Probe]) -> list[str]:
    """The resolv.conf of the source, and what each name server said."""
    source = evidence.source
    namespace = evidence.namespace(source.node, source.netns) if source else None
    # A pod on its node's network has a file of its own, which the look-up read.
    read = [one.data["resolv_conf"] for one in probes if isinstance(one.data.get("resolv_conf"), dict)]
    named = list(map(str, read[0].get("nameservers") or [])) if read else namespace.resolvers() if namespace else []
    lines = [f"resolv.conf of {source.label}: nameserver {', '.join(named)}"] if source and (read or namespace) else []
    for probe in probes:
        for server in probe.data.get("servers") or []:
            answers = ", ".join(
                str(answer.get("data") if isinstance(answer, dict) else answer)
                for answer in server.get("answers") or []
            )
            lines.append(
                f"{probe.role}: {server.get('server')} says {server.get('outcome')}"
                + (f": {answers}" if answers else "")
            )
    return lines


def _why_none(evidence: Evidence, name: str) -> str:
    if evidence.source is None or evidence.destination is None:
        return "one of the ends could not be resolved"
    if evidence.source.netns is None:
        return f"no probe can start at {evidence.source.text}, which nobody here manages"
    if name == "dns":
        return "no name is involved"
    if name == "tcp":
        return "no port was given" if evidence.destination.port is None else "the protocol is icmp"
    if name == "ping" and evidence.service:
        return "the Service has no endpoint that could be pinged"
    return "no such probe was asked for"


def _summary(probes: t.Sequence[Probe], of: t.Sequence[Probe]) -> str:
    if len(of) == 1:
        return _probe_line(probes[0])
    if probes[0].status == "pass":
        return f"all {len(of)} pass"
    return f"{len(probes)} of {len(of)} fail: " + "; ".join(
        f"{probe.request.get('target')} {probe.outcome}" for probe in probes[:4]
    )


def _probe_line(probe: Probe) -> str:
    """One line with the numbers of a probe."""
    result = probe.result
    origin = probe.request.get("netns")
    origin = f"node {probe.node}" if origin == "host" else f"{origin}"
    port = f":{probe.request['port']}" if probe.request.get("port") else ""
    asked = f" at {probe.request['nameserver']}" if probe.request.get("nameserver") else ""
    line = f"{origin} → {probe.request.get('target')}{port}{asked} ({probe.role}): {probe.outcome}"
    if probe.request.get("kind") in ("path_mtu", "tcp_segment"):
        data = probe.data
        line += f", largest {data['largest']} bytes" if data.get("largest") else ", no size passes"
        line += (
            f", {data['smallest_failed']} did not pass" if data.get("largest") and data.get("smallest_failed") else ""
        )
        line += f", device MTU {data['device_mtu']}" if data.get("device_mtu") else ""
    elif result.get("sent"):
        line += (
            f", {result['sent']} sent, {result.get('received')} received, {result.get('loss_percent') or 0:.0f}% loss"
        )
    rtt = result.get("rtt_ms")
    if rtt and probe.request.get("kind") not in ("path_mtu", "tcp_segment"):
        values = "/".join(f"{rtt[key]:.3f}" for key in ("min", "avg", "max", "mdev") if rtt.get(key) is not None)
        line += f", min/avg/max/mdev {values} ms"
    if result.get("error"):
        line += f" — {result['error']}"
    return line


def _nic_config(evidence: Evidence, bad: t.Mapping[str, Finding]) -> _Outcome:
    if not evidence.nodes:
        return "skipped", "no node was read", []
    lines = []
    for node in evidence.nodes.values():
        for config in node.nic_configs:
            kinds = (
                " and ".join(word for word, on in (("static", config.static), ("DHCP", config.dhcp)) if on)
                or "no address"
            )
            lines.append(
                f"{node.name}: {config.path}: {config.device or 'unknown device'}, {kinds}"
                + (f", {', '.join(config.addresses)}" if config.addresses else "")
            )
        for link in node.host.links.values():
            if link.vxlan and link.vxlan.local:
                expected = evidence.node_addresses(node.name)
                agrees = (
                    "as expected" if link.vxlan.local in expected or not expected else f"expected {', '.join(expected)}"
                )
                lines.append(f"{node.name}: {link.name} sends from {link.vxlan.local}, {agrees}")
    wrong = [bad[name] for name in _NIC_IDS if name in bad]
    if wrong:
        return "fail", "; ".join(f"{_lower(finding.title)}: {finding.observed}" for finding in wrong), lines
    if not any(node.nic_configs for node in evidence.nodes.values()):
        return "pass", "no NIC file that can be read; what runs is as the other nodes expect", lines
    return "pass", "files and running configuration agree with what the other nodes expect", lines


def _capture(evidence: Evidence) -> _Outcome:
    captures = evidence.captures.get("captures") or []
    events = [*_events(evidence, "capture_start").values(), *_events(evidence, "capture_stop").values()]
    errors = [*_errors(evidence, "capture_start"), *_errors(evidence, "capture_stop")]
    errors += [
        f"{capture['node']} {capture['device']}: {capture['error']}" for capture in captures if capture.get("error")
    ]
    if not captures:
        if errors:
            return "error", "; ".join(dict.fromkeys(errors)), []
        reasons = [str(event["text"]) for event in events if event["status"] == "skipped"]
        return "skipped", reasons[0] if reasons else "captures were not asked for", []
    lines = [
        f"{capture['node']} {capture['device']}: {capture['packets']} packets"
        + (f", {capture['weakness']}" if capture.get("weakness") else "")
        for capture in captures
    ]
    found = []
    for flow in evidence.flows():
        for last, missing, what in (
            ("last_forward", "missing_forward", "request"),
            ("last_reply", "missing_reply", "reply"),
        ):
            if flow.get(last) and flow.get(missing):
                found.append(
                    f"{flow['probe_id']}: {what} seen last on {flow[last]['device']} of {flow[last]['node']}, "
                    f"never on {flow[missing]['device']} of {flow[missing]['node']}"
                    + ("" if flow.get("lossless") else " (the captures may have missed packets)")
                )
    lines += [*found, *heard(evidence)]
    if found:
        return "fail", found[0], lines
    if errors:
        return "error", "; ".join(dict.fromkeys(errors)), lines
    return "pass", "no packet was lost between two captured devices", lines


def _verdict(verdict: Verdict) -> _Outcome:
    status = {"healthy": "pass", "fault": "fail"}.get(verdict.result, "error")
    return status, verdict.summary, [f"root cause: {identifier}" for identifier in verdict.root_causes]
