# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is odd and did not end a packet of this run: information, never a cause."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._containers import waiting
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import (
    OBJECTS,
    describe,
    missing_agent,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command, written
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy as kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _nic_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt, Step


def oddities(case: Case) -> t.Iterator[Finding]:
    """Nodes, agents, pods at the ends, NIC files, rules whose condition was not met."""
    for name in case.evidence.plan.get("nodes") or []:
        yield from _node(case, name)
    yield from _kube_proxy(case)
    yield from _pods(case)
    yield from _nics(case)
    yield from _overlaps(case)
    yield from _conditions(case)


def _node(case: Case, name: str) -> t.Iterator[Finding]:
    item = case.index.nodes.get(name)
    if item is None:
        return
    ready, why = case.index.node_ready(item)
    if not ready:
        yield finding(
            "node-not-ready",
            Location(node=name),
            f"{name} is Ready",
            why,
            f"Look at its kubelet:\n$ kubectl describe node {name}",
            (Proof("config", OBJECTS, f"node {name}: {why}"),),
            severity=INFO,
            confidence=PROVEN,
        )
    agent = missing_agent(case, name)
    if agent is not None:
        yield _info(agent.finding)


def _info(one: Finding) -> Finding:
    return Finding(
        one.id, INFO, one.confidence, one.title, one.location, one.expected, one.observed, one.evidence, one.remediation
    )


def _kube_proxy(case: Case) -> t.Iterator[Finding]:
    item = kube_proxy.daemonset(case.index, kube_proxy.NAME)
    node = case.evidence.entry_node
    if item is None or node is None or {"daemonsets", "pods"} & set(case.index.unreadable):
        return
    namespace = item["metadata"]["namespace"]
    pods = kube_proxy.pods_of(case.index, item, node)
    if node in case.index.nodes and not kube_proxy.running(pods):
        observed = describe(pods)
        yield finding(
            "kube-proxy-missing",
            Location(node=node, namespace=namespace),
            f"a pod of DaemonSet {namespace}/kube-proxy runs on {node}",
            observed,
            f"Make room on {node}:\n$ kubectl -n {namespace} get pods -o wide -l k8s-app=kube-proxy",
            (Proof("config", OBJECTS, f"kube-proxy on {node}: {observed}"),),
            severity=INFO,
        )
    priority = kube_proxy.priority(item)
    if priority not in kube_proxy.CRITICAL_CLASSES:
        yield finding(
            "kube-proxy-priority",
            Location(namespace=namespace),
            f"DaemonSet {namespace}/kube-proxy has priorityClassName {kube_proxy.NODE_CRITICAL}",
            f"it has priorityClassName {priority}" if priority else "it has no priorityClassName",
            f"$ kubectl -n {namespace} patch daemonset kube-proxy --type merge -p "
            f'\'{{"spec":{{"template":{{"spec":{{"priorityClassName":"{kube_proxy.NODE_CRITICAL}"}}}}}}}}\'',
            (Proof("config", OBJECTS, f"priorityClassName of kube-proxy: {priority or 'none'}"),),
            severity=INFO,
        )


def _pods(case: Case) -> t.Iterator[Finding]:
    """The pods at both ends that are not ready, and nevertheless do what was asked, or are not what fails."""
    for end in dict.fromkeys([case.evidence.source, case.evidence.destination]):
        if end is None or end.kind != "pod":
            continue
        pod = case.index.pods.get((end.namespace, end.name))
        if pod is None or case.index.pod_ready(pod)[0]:
            continue
        why = "; ".join([case.index.pod_ready(pod)[1], *waiting(pod)])
        running = (pod.get("status") or {}).get("phase") == "Running"
        yield finding(
            "container-not-ready" if running else "pod-not-ready",
            Location(node=end.node, namespace=end.namespace, pod=end.name),
            f"{end.label} is Ready",
            why,
            f"$ kubectl -n {end.namespace} describe pod {end.name}",
            (Proof("config", OBJECTS, f"{end.label}: {why}"),),
            severity=INFO,
            confidence=PROVEN,
        )


def _nics(case: Case) -> t.Iterator[Finding]:
    for node in case.evidence.nodes.values():
        for config, link in _nic_files.conflicts(node):
            running = [entry for entry in link.addresses if entry.family == 4 and entry.scope == "global"]
            shown = ", ".join(f"{one.address}/{one.prefix}" + (" (leased)" if one.dynamic else "") for one in running)
            yield finding(
                "nic-static-and-dhcp",
                Location(node=node.name, device=link.name),
                f"{link.name} gets its address either from {config.path} or by DHCP",
                f"its file asks for both; it has {shown or 'no address'}",
                f"In `{config.path}` keep one of the two, for a node normally the static address (`BOOTPROTO=none`).",
                (Proof("config", ref_of(node.name), f"{config.path}: DHCP and {', '.join(config.addresses)}"),),
                severity=INFO,
                confidence=LIKELY if len(running) > 1 else POSSIBLE,
            )
        for drift in _nic_files.drifts(node):
            yield finding(
                "nic-config-drift",
                Location(node=node.name, device=drift.link.name),
                f"{drift.link.name} runs as {drift.config.path} says",
                f"{drift.link.name} lacks {', '.join(drift.lacks)}",
                f"Correct {drift.config.path}, or apply it, before the next restart does.",
                (Proof("config", ref_of(node.name), f"{drift.config.path} against {drift.link.name}"),),
                severity=INFO,
            )


def _overlaps(case: Case) -> t.Iterator[Finding]:
    for first, second in case.pods.overlaps():
        yield finding(
            "pod-cidr-overlap",
            Location(),
            "the pod network overlaps with no other network",
            f"{first} overlaps with {second}",
            "Give the cluster a pod network of its own; it cannot be changed under a running cluster.",
            (Proof("config", OBJECTS, f"{first}; {second}"),),
            severity=INFO,
        )


def _conditions(case: Case) -> t.Iterator[Finding]:
    """Rules that let the packets of this run pass, and drop those that meet a condition which cannot be simulated:
    what they carry, who sent them, the time of the day."""
    if case.evidence.failed("tcp", "udp", "ping", "backend-tcp"):
        return
    found: dict[int, tuple[Step, Rule]] = {}
    for probe in case.evidence.passed("tcp", "udp", "ping", "backend-tcp"):
        trip = case.with_data(probe)
        for way in trip.ways if trip is not None else ():
            step = way.broken.last if way.broken is not None else None
            if step is None or not isinstance(step.decided, Rule) or written(step.decided):
                continue
            if way.assumptions and all(one.doubt in (Doubt.UNKNOWN, Doubt.CONTENT) for one in way.assumptions):
                found.setdefault(id(step.decided), (step, step.decided))
    for step, rule in found.values():
        text = rule.text.strip()
        yield finding(
            "netfilter-drop",
            location_of(step.place),
            "every packet between the two passes, whatever it carries",
            f'the rule "{text}" let the packets of this run pass, and takes those that meet its condition',
            "Nothing has to change for what was sent here. Where some requests fail and others do not, look at it:\n"
            f"{command(rule)}\non {label_of(step.place)} removes it.",
            (Proof("simulation", ref_of(step.place.node), f'rule "{text}"'),),
            severity=INFO,
            confidence=POSSIBLE,
            heading="A rule on the way takes packets by a condition that was not met",
        )
