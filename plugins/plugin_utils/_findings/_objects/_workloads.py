# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Why a pod is not ready, as deep as the API's objects, the kubelet's events and the pod's own namespace tell."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._containers import (
    change_of,
    gated,
    reason_of,
    told_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._events import (
    NO_SANDBOX,
    events_of,
    has_sandbox,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    MAJOR,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy as agents
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import AGENTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import container_ports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import declared_ports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import has_ended, pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

OBJECTS = "cluster.json.gz"
# The bridge plugin's error (plugins/main/bridge): what it was told to put on the bridge.
_ASKED = re.compile(r"already has an IP address different from ([0-9a-fA-F:./]+)")
# The plugin host-local's error (plugins/ipam/host-local/backend/allocator): the ranges that it gives addresses of.
_RANGES = re.compile(r"range set: ([0-9a-fA-F:.,-]+)")
_PAIR = re.compile(r"([0-9a-fA-F:.]+)-([0-9a-fA-F:.]+)")
# What the kubelet and the CNI plugins write into events and conditions, and what it means.
_SANDBOX: tuple[tuple[str, str], ...] = (
    ("no ip addresses available", "pod-cidr-exhausted"),
    ("no available ip", "pod-cidr-exhausted"),
    ("subnet.env", "cni-agent-missing"),
    ("already has an ip address different from", "bridge-address-wrong"),
    ("cni plugin not initialized", "cni-config-missing"),
    ("cni config uninitialized", "cni-config-missing"),
    ("no networks found in /etc/cni", "cni-config-missing"),
    ("failed to find plugin", "cni-config-missing"),
)


_START, _READY = "startup", "readiness"


def unready(case: Case, pod: JsonObject) -> Cause:
    """The deepest reason that is known for a pod that is not ready."""
    surface = _pod(case, pod)
    node = (pod.get("spec") or {}).get("nodeName")
    status = pod.get("status") or {}
    if node and node in case.index.nodes and not case.index.node_ready(case.index.nodes[node])[0]:
        return surface.because_of(not_ready_node(case, node))
    if status.get("phase") == "Pending" and node:
        sandbox = _sandbox(case, pod, node)
        return surface.because_of(sandbox) if sandbox else surface
    if status.get("phase") == "Running" and reason_of(pod) is None:
        probed = _readiness(case, pod)
        return surface.because_of(probed) if probed else surface
    return surface


def _place(pod: JsonObject) -> Location:
    metadata = pod["metadata"]
    return Location(
        node=(pod.get("spec") or {}).get("nodeName"), namespace=metadata.get("namespace"), pod=metadata["name"]
    )


def _label(pod: JsonObject) -> str:
    return f"pod {pod['metadata'].get('namespace')}/{pod['metadata']['name']}"


def _pod(case: Case, pod: JsonObject) -> Cause:
    """The pod as the API shows it. What its containers do instead is as deep as it goes for most."""
    told = told_of(case.index, pod)
    phase = (pod.get("status") or {}).get("phase")
    started = phase == "Running" and not gated(pod)
    ended = has_ended(pod)
    observed = "; ".join([case.index.pod_ready(pod)[1], *told]) + (
        "; a pod that has ended is not started again" if ended else ""
    )
    known = bool(told or gated(pod) or ended)
    return Cause(
        finding(
            "container-not-ready" if started or (_container_fails(pod) and not ended) else "pod-not-ready",
            _place(pod),
            f"{_label(pod)} is Ready",
            observed,
            change_of(case.index, pod),
            (Proof("config", OBJECTS, f"{_label(pod)}: {observed}"),),
            severity=MAJOR,
        ),
        itself=True,
        open="" if known else "why the kubelet does not call it ready",
    )


def _container_fails(pod: JsonObject) -> bool:
    """Whether a container of a pod that has its sandbox cannot start: for want of its image, say."""
    return reason_of(pod) not in (None, "ContainerCreating", "PodInitializing")


# -- sandboxes -----------------------------------------------------------------------------------------------------
def _sandbox(case: Case, pod: JsonObject, node: str) -> Cause | None:
    """Why the pod has no network yet, from its newest event: what an older one told may be mended since."""
    for message in [] if has_sandbox(pod) else events_of(case.index, pod, NO_SANDBOX)[-1:]:
        for words, identifier in _SANDBOX:
            if words in message.lower():
                return _network_setup(case, identifier, node, message)
    return None


def _network_setup(case: Case, identifier: str, node: str, message: str) -> Cause:
    proof = Proof("config", OBJECTS, message)
    if identifier == "pod-cidr-exhausted":
        return _exhausted(case, node, message, proof)
    if identifier == "bridge-address-wrong":
        asked = _ASKED.search(message)
        right = case.pods.bridge_address(node)
        if asked is not None and right is not None and asked.group(1) != right:
            return _foreign_subnet(case, node, asked.group(1), right, proof)
        return Cause(
            finding(
                identifier,
                Location(node=node, device=case.bridge(node)),
                f"the bridge of {node} has the address {case.pods.bridge_address(node)}",
                "it has another one",
                f"Take the wrong address off the bridge on {node}; the CNI plugin gives it the right one with the next"
                " pod.",
                (proof,),
            ),
            itself=True,
        )
    agent = missing_agent(case, node)
    if identifier == "cni-config-missing" and agent is None:
        return _no_configuration(node, (proof,))
    if agent is not None:
        return agent.saying(proof)
    runs = _running_agent(case, node) if identifier == "cni-agent-missing" and _no_file(case, node) else ""
    if runs:
        return _file_lost(node, runs, proof)
    return Cause(
        finding(
            "cni-agent-missing",
            Location(node=node),
            f"the CNI's agent has set up {node}",
            "what it writes for the plugin is not there",
            f"Look at the CNI's agent on {node}:\n$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}",
            (proof,),
        ),
        open="why the agent has not written it",
    )


def _running_agent(case: Case, node: str) -> str:
    """The ready pod of the CNI's agent on a node; empty where there is none, or none is known."""
    item = agents.daemonset(case.index, *AGENTS)
    pods = agents.pods_of(case.index, item, node) if item is not None else []
    ready = [one for one in pods if case.index.pod_ready(one)[0]]
    return f"{ready[0]['metadata']['namespace']}/{ready[0]['metadata']['name']}" if ready else ""


def _no_file(case: Case, node: str) -> bool:
    """Whether the node was read, and has no file of the agent for the plugin."""
    read = case.evidence.nodes.get(node)
    return read is not None and read.cni is not None and not read.cni.flannel


def _file_lost(node: str, agent: str, proof: Proof) -> Cause:
    """The agent runs, and the file that it writes once, when it starts, is gone: something has removed it since."""
    observed = f"the plugin finds no subnet.env, nor is it on {node}, while the agent {agent} is ready"
    namespace, name = agent.split("/")
    return Cause(
        finding(
            "cni-config-missing",
            Location(node=node),
            f"the file that the CNI's agent writes for the plugin is on {node}",
            observed,
            f"Let the agent write it anew, which it does when it starts:\n$ kubectl -n {namespace} delete pod {name}",
            (proof, Proof("config", ref_of(node), f"no /run/flannel/subnet.env on {node}")),
            confidence=LIKELY,
            heading="The file that the CNI's agent wrote is gone from the node",
        ),
        open="why the agent, which is ready, has not written it again",
    )


def _exhausted(case: Case, node: str, message: str, proof: Proof) -> Cause:
    """No address is left: of the node's whole pod network, or of the part that the CNI configuration gives."""
    networks = case.pods.peers[node].pod_cidrs if node in case.pods.peers else ()
    part = _narrow(message, networks)
    cidr = ", ".join(networks) or "the node's pod network"
    gone = (
        f"Addresses of containers that died with the node stay in /var/lib/cni/networks on {node}: remove the files"
        " whose container is gone."
    )
    return Cause(
        finding(
            "pod-cidr-exhausted",
            Location(node=node),
            f"{cidr} has an address left for a new pod",
            f"the CNI configuration gives {part} alone, and all of these are taken"
            if part
            else "its addresses are all taken",
            f"Widen rangeStart and rangeEnd in the CNI configuration of {node} (/etc/cni/net.d). {gone}"
            if part
            else f"{gone} Where all are in use, give the node a larger pod network.",
            (proof,),
        ),
        itself=True,
    )


def _narrow(message: str, networks: t.Sequence[str]) -> str:
    """The ranges that the IPAM plugin names, where they hold fewer addresses than the networks have for pods; else
    empty. A whole network is given without its own address, the broadcast and, at times, the gateway's."""
    found = _RANGES.search(message)
    ranges = _PAIR.findall(found.group(1)) if found is not None else []
    ends = [(_address.number(first), _address.number(last)) for first, last in ranges]
    sizes = [_address.prefix(one) for one in networks]
    if not ends or not sizes:
        return ""
    given = sum(last[1] - first[1] + 1 for first, last in ends if first is not None and last is not None)
    families = {one[0] for pair in ends for one in pair if one is not None}
    whole = sum(2 ** (_address.BITS[one[0]] - one[2]) - 3 for one in sizes if one is not None and one[0] in families)
    return ", ".join(f"{first} to {last}" for first, last in ranges) if given < whole else ""


def _foreign_subnet(case: Case, node: str, asked: str, right: str, proof: Proof) -> Cause:
    """The bridge plugin was told another network than the node's own: it is not the bridge that is wrong."""
    found = case.evidence.nodes.get(node)
    files = found.cni.flannel if found is not None and found.cni is not None else None
    said = f"; FLANNEL_SUBNET in /run/flannel/subnet.env is {files['FLANNEL_SUBNET']}" if files else ""
    observed = f"the CNI plugin wants {asked} on the bridge, which is no address of {node}'s pod network{said}"
    proofs = [proof, Proof("config", OBJECTS, f"spec.podCIDR of {node} makes it {right}")]
    if files:
        proofs.append(Proof("config", ref_of(node), f"FLANNEL_SUBNET={files['FLANNEL_SUBNET']}"))
    return Cause(
        finding(
            "cni-subnet-wrong",
            Location(node=node),
            f"the CNI plugin gives pods of {node} addresses of its pod network, with {right} on the bridge",
            observed,
            f"Let the CNI's agent on {node} write its file anew (it does so when it starts), or correct the subnet in"
            f" the CNI configuration:\n$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}",
            proofs,
        ),
        itself=True,
    )


def _no_configuration(node: str, proofs: t.Sequence[Proof]) -> Cause:
    return Cause(
        finding(
            "cni-config-missing",
            Location(node=node),
            f"{node} has a CNI configuration in /etc/cni/net.d",
            "it has none, so that no pod gets a network there",
            f"Put the configuration back on {node}, or restart the CNI's agent there, which writes it.",
            proofs,
        ),
        itself=True,
    )


# -- nodes ---------------------------------------------------------------------------------------------------------
def not_ready_node(case: Case, node: str) -> Cause:
    """A node that is not Ready, and why its kubelet does not say otherwise."""
    ready, why = case.index.node_ready(case.index.nodes[node])
    # Kubernetes takes 40 s to call a silent node so.
    why = (case.evidence.silent(node) or why if ready else why).rstrip(".")
    proof = Proof("config", OBJECTS, f"node {node}: {why}")
    ended = _without_kubelet(case, node)
    if ended:
        return Cause(
            finding(
                "node-not-ready",
                Location(node=node),
                f"{node} is Ready",
                f"{why}; {ended}",
                f"Find out why its kubelet ended, and start it, on {node}:\n$ journalctl -u kubelet -n 100\n"
                "$ systemctl restart kubelet",
                (proof, Proof("config", ref_of(node), ended)),
                severity=MAJOR,
                heading="A node's kubelet does not run",
            ),
            itself=True,
        )
    surface = Cause(
        finding(
            "node-not-ready",
            Location(node=node),
            f"{node} is Ready",
            why,
            f"Look at its kubelet:\n$ kubectl describe node {node}",
            (proof,),
            severity=MAJOR,
        ),
        itself=True,
        open="why its kubelet does not report",
    )
    if any(words in why.lower() and identifier == "cni-config-missing" for words, identifier in _SANDBOX):
        return surface.because_of(_no_configuration(node, (proof,)))
    blocked = no_api(case, node)
    return surface.because_of(blocked) if blocked else surface


def _without_kubelet(case: Case, node: str) -> str:
    """That the node's kubelet has ended, as nobody listens on its port there; empty where somebody does, or where that
    was not read. Distributions put it into a program of their own (k3s)."""
    host = case.host(node)
    if host is None or "sockets" in host.unread or not host.sockets:
        return ""
    port = case.index.kubelet_port(case.index.nodes[node])
    listens = any(one.port == port for one in host.sockets)
    return "" if listens else f"nothing listens on the kubelet's port {port} there"


def no_api(case: Case, node: str) -> Cause | None:
    """Why a node's own packets do not reach the API server, if they do not; measured where a probe was made."""
    server = case.index.api_server()
    if server is None or node not in case.evidence.nodes:
        return None
    probes = [probe for probe in case.evidence.sent("node-api") if probe.node == node]
    if any(probe.status == "pass" for probe in probes):
        return None
    address, port = server
    cause = case.reason_of(
        Place(node, HOST), Packet(6 if ":" in address else 4, "", address, "tcp", None, port, flags=frozenset(("syn",)))
    )
    if cause is None:
        return None
    return cause.saying(*map(probe_proof, probes[:2]))


def missing_agent(case: Case, node: str) -> Cause | None:
    """The CNI's agent, where it does not run on the node."""
    if {"daemonsets", "pods"} & set(case.index.unreadable):
        return None
    item = agents.daemonset(case.index, *AGENTS)
    if item is None or node not in case.index.nodes or agents.running(agents.pods_of(case.index, item, node)):
        return None
    name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
    observed = describe(agents.pods_of(case.index, item, node))
    return Cause(
        finding(
            "cni-agent-missing",
            Location(node=node, namespace=item["metadata"]["namespace"]),
            f"a pod of DaemonSet {name} runs on {node}",
            observed,
            f"$ kubectl -n {item['metadata']['namespace']} describe daemonset {item['metadata']['name']}",
            (Proof("config", OBJECTS, f"{name} on {node}: {observed}"),),
            severity=MAJOR,
        ),
        itself=True,
    )


def describe(pods: t.Sequence[JsonObject]) -> str:
    """What a DaemonSet's pods of one node do."""
    if not pods:
        return "the node has no pod of it"
    texts = []
    for pod in pods:
        status = pod.get("status") or {}
        why = next(
            (
                entry.get("message")
                for entry in status.get("conditions") or []
                if entry.get("type") == "PodScheduled" and entry.get("status") != "True"
            ),
            status.get("message"),
        )
        texts.append(f"pod {pod['metadata']['name']} is {status.get('phase')}" + (f" ({why})" if why else ""))
    return "; ".join(texts)


# -- readiness and startup probes ----------------------------------------------------------------------------------
def _readiness(case: Case, pod: JsonObject) -> Cause | None:
    """A pod that runs and fails the probe that makes it ready: by whom the probe's packets are not answered.

    While a container's startup probe fails the kubelet does not ask for its readiness.
    """
    container = _probed(pod)
    if container is None:
        return None
    kind = _awaited(pod, container)
    port = _port_of(pod, container.get(f"{kind}Probe") or {})
    told = [text for text in events_of(case.index, pod, ("Unhealthy",)) if not text.startswith("Liveness")]
    messages = [text for text in told if text.lower().startswith(kind)] or told
    spec = pod.get("spec") or {}
    node, address = spec.get("nodeName"), (pod.get("status") or {}).get("podIP")
    proofs = [Proof("config", OBJECTS, text) for text in messages[-1:]]
    alone = len((pod.get("spec") or {}).get("containers") or []) < 2
    whose = f"its {kind} probe" if alone else f"the {kind} probe of container {container.get('name')}"
    observed = f"{whose} of port {port} fails" if port else f"{whose} fails"
    surface = Cause(
        finding(
            "readiness-probe-failing",
            _place(pod),
            f"{_label(pod)} answers its {kind} probe",
            observed + (f": {messages[-1]}" if messages else ""),
            "Let the program answer the probe, or correct the probe:\n"
            f"$ kubectl -n {pod['metadata'].get('namespace')} describe pod {pod['metadata']['name']}",
            proofs,
            severity=MAJOR,
            confidence=LIKELY,
            heading="" if kind == _READY else "A startup probe fails though its pod runs",
        ),
        itself=bool(messages),
    )
    if port is None or address is None or node is None:
        return surface
    netns = HOST if spec.get("hostNetwork") else pod_netns(pod)
    namespace = case.evidence.namespace(node, netns)
    if namespace is not None and "sockets" not in namespace.unread:
        open_ports = sorted(
            {socket.port for socket in namespace.sockets if socket.protocol == "tcp" and not is_loopback(socket.local)}
        )
        text = f"{_label(pod)} listens on {', '.join(map(str, open_ports)) or 'no port at all'}"
        if port not in open_ports:
            return surface.saying(Proof("config", ref_of(node), text)) if open_ports else _silent(pod, port, node, text)
    cause = case.reason_of(
        Place(node, HOST), Packet(6 if ":" in address else 4, "", address, "tcp", None, port, flags=frozenset(("syn",)))
    )
    if cause is not None and cause.finding.id not in ("port-not-listening", "port-listening-on-loopback"):
        return surface.because_of(cause)
    blocked = _no_api_for_dns(case, pod, Place(node, netns))
    return surface.because_of(blocked) if blocked is not None else surface


def _no_api_for_dns(case: Case, pod: JsonObject, place: Place) -> Cause | None:
    """Why a pod of cluster DNS does not reach the API server, without which it never becomes ready (CoreDNS' plugin
    kubernetes waits for it)."""
    service = case.index.services.get(("default", "kubernetes"))
    address = str(((service or {}).get("spec") or {}).get("clusterIP") or "")
    ports = [entry.get("port") for entry in ((service or {}).get("spec") or {}).get("ports") or []]
    if not any(one is pod for one in dns.servers(case.index)) or not address or not ports:
        return None
    packet = Packet(6 if ":" in address else 4, "", address, "tcp", None, ports[0], flags=frozenset(("syn",)))
    return case.reason_of(place, packet)


def _silent(pod: JsonObject, port: int, node: str, text: str) -> Cause | None:
    """Nothing listens at all: the program is what is wrong, not its probe."""
    if port not in declared_ports(pod) and declared_ports(pod):
        return None
    return Cause(
        finding(
            "port-not-listening",
            _place(pod),
            f"a process of {_label(pod)} listens on port {port}",
            text,
            f"Start the application.\n$ kubectl -n {pod['metadata'].get('namespace')} logs {pod['metadata']['name']}",
            (Proof("config", ref_of(node), text),),
        ),
        itself=True,
    )


def _probed(pod: JsonObject) -> JsonObject | None:
    """The container whose probe is waited for: one that has not started first, then one that is not ready."""
    containers = (pod.get("spec") or {}).get("containers") or []
    starting = [one for one in containers if _awaited(pod, one) == _START]
    # Of a probe that runs a command in the container nothing is kept but that it is there.
    asked = [one for one in containers if one.get("readinessProbe") is not None]
    unready_ones = [one for one in asked if not _state(pod, one).get("ready")]
    return next(iter([*starting, *unready_ones, *asked]), None)


def _awaited(pod: JsonObject, container: JsonObject) -> str:
    return (
        _START
        if container.get("startupProbe") is not None and _state(pod, container).get("started") is False
        else _READY
    )


def _state(pod: JsonObject, container: JsonObject) -> JsonObject:
    states = (pod.get("status") or {}).get("containerStatuses") or []
    return next((state for state in states if state.get("name") == container.get("name")), {})


def _port_of(pod: JsonObject, probe: JsonObject) -> int | None:
    """The port that the kubelet asks, where the probe is one of a port."""
    for kind in ("httpGet", "tcpSocket", "grpc"):
        port = (probe.get(kind) or {}).get("port")
        if port is None:
            continue
        if str(port).isdigit():
            return int(port)
        numbers = container_ports(pod, str(port), "tcp")
        return min(numbers) if numbers else None
    return None


def is_loopback(address: str) -> bool:
    """Whether only its own namespace reaches an address, also one of IPv4 as sockets of IPv6 have it."""
    return _address.unmapped(address).startswith("127.") or address == "::1"
