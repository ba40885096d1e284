# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that arrive where nobody takes them: listeners, addresses that nobody has, accept queues."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._containers import waiting
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    edit,
    headless_port,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._stopped import gave_back
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import (
    is_loopback,
    unready,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._served import (
    SILENT_THERE,
    meeting,
    of_nobody,
    unknown_endpoint,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort, declared_ports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, CniFile, Namespace, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOOPBACK
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import Listening, look_up
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason


def socket_ends(view: View) -> t.Iterator[Cause]:
    """The packet reached a namespace, and no program there takes it."""
    place, packet = view.place, view.packet
    namespace = view.case.namespace(place)
    if view.backwards or namespace is None or packet.dport is None:
        return
    if view.reason is Reason.BACKLOG_FULL:
        yield _full(view, namespace)
        return
    pod = view.case.owner_of(packet.dst)
    if place.netns == HOST and pod is not None and not (pod.get("spec") or {}).get("hostNetwork"):
        # A pod's address that the node itself takes; a route or an address explains that.
        return
    label = label_of(place)
    mine = [one for one in namespace.sockets if one.protocol == packet.protocol and one.port == packet.dport]
    domain = _domain(view, namespace)
    if domain is not None and look_up(namespace, packet, None).listening is Listening.SOCKET:
        yield _other_domain(view, label, domain)
        return
    surface = _loopback(view, label, mine) if mine else _nothing(view, namespace, label)
    published = _host_port(view) if not mine else None
    if published is not None:
        yield surface.because_of(published)
        return
    if pod is not None and place.netns != HOST and waiting(pod) and not view.case.index.pod_ready(pod)[0]:
        yield surface.because_of(unready(view.case, pod)).untried()
        return
    service = _target_port(view, namespace, label) if not mine else None
    asked = view.case.service_asked() or _by_name_of_host(view, namespace)
    if asked is not None and asked.headless and packet.dport == asked.port:
        service = headless_port(view.case, asked) or service
    yield surface.because_of(service) if service is not None else surface


def _by_name_of_host(view: View, namespace: Namespace) -> ServicePort | None:
    """The port of a Service that was asked for by the name of one of its endpoints, as those of StatefulSets are, where
    that one listens on the target port."""
    end, packet = view.case.evidence.destination, view.packet
    pod = view.case.owner_of(packet.dst)
    item = view.case.index.service_of_host(end.name) if end is not None and end.kind == "name" and end.name else None
    ports = [ServicePort(item, entry) for entry in ((item or {}).get("spec") or {}).get("ports") or [] if item]
    port = next((one for one in ports if (one.port, one.protocol) == (packet.dport, packet.protocol)), None)
    target = services.pod_port(pod, port) if pod is not None and port is not None else None
    return port if target in _listed(namespace, packet.protocol) else None


def _host_port(view: View) -> Cause | None:
    """A pod of the node that declares this host port, for which the node has no rule, or none for this address."""
    place, packet = view.place, view.packet
    bound: Cause | None = None
    for pod in view.case.index.pods_on(place.node) if place.netns == HOST else ():
        spec = pod.get("spec") or {}
        for container in spec.get("containers") or [] if not spec.get("hostNetwork") else []:
            for port in container.get("ports") or []:
                protocol = str(port.get("protocol") or "TCP").lower()
                if port.get("hostPort") != packet.dport or protocol != packet.protocol:
                    continue
                address = str(port.get("hostIP") or "")
                if address in ("", "0.0.0.0", "::", packet.dst):
                    return _without_rules(view, pod)
                bound = _bound(view, pod, address)
    return bound


def _bound(view: View, pod: JsonObject, address: str) -> Cause:
    """A host port of one of the node's addresses, asked for at another one."""
    place, packet, metadata = view.place, view.packet, pod["metadata"]
    name = f"{metadata.get('namespace')}/{metadata['name']}"
    observed = f"its hostPort {packet.dport} has the hostIP {address}, and {packet.dst} was asked"
    return Cause(
        finding(
            "port-listening-on-loopback" if is_loopback(address) else "port-not-listening",
            Location(node=place.node, namespace=metadata.get("namespace"), pod=metadata["name"]),
            f"pod {name} has port {packet.dport} of {place.node} at {packet.dst}",
            observed,
            f"Take `hostIP` out of the pod's port, or ask for {address}"
            + (f" on {place.node} itself." if is_loopback(address) else "."),
            (Proof("config", "cluster.json.gz", f"pod {name}: {observed}"),),
            heading="A host port is bound to another address of the node",
        ),
        step=view.trace.last,
        itself=True,
    )


def _without_rules(view: View, pod: JsonObject) -> Cause:
    place, packet, metadata = view.place, view.packet, pod["metadata"]
    name = f"{metadata.get('namespace')}/{metadata['name']}"
    observed = f"pod {name} declares hostPort {packet.dport}, and no rule of {place.node} translates it"
    again = f"$ kubectl -n {metadata.get('namespace')} delete pod {metadata['name']}"
    used = next((one for one in _cni_files(view, place.node) if one.active and not one.error), None)
    proofs = [Proof("config", "cluster.json.gz", observed)]
    if used is not None and "portmap" not in used.plugins:
        observed += f"; {used.path}, its CNI configuration, has no portmap plugin, which would write one"
        proofs.append(Proof("config", ref_of(place.node), f"plugins of {used.path}: {', '.join(used.plugins)}"))
        change = (
            f"Put the portmap plugin back into the CNI configuration of {place.node}, then make the pod anew:\n{again}"
        )
    else:
        change = (
            "The portmap plugin writes the rule when the pod is made, and never again: delete the pod, so that it is"
            f" made anew. Then find out who flushed the rules.\n{again}"
        )
    return Cause(
        finding(
            "hostport-rules-missing",
            Location(node=place.node),
            f"{place.node} sends its port {packet.dport} to pod {name}",
            observed,
            change,
            proofs,
        ),
        step=view.trace.last,
    )


def _cni_files(view: View, node: str) -> t.Sequence[CniFile]:
    found = view.case.evidence.nodes.get(node)
    return found.cni.files if found is not None and found.cni is not None else ()


def _domain(view: View, namespace: Namespace) -> str | None:
    """The VRF by which the packet came in."""
    hop = view.trace.hops[-1] if view.trace.hops else None
    found = (_vrf.of(namespace, device) for device in ((hop.iif, *hop.devices) if hop is not None else ()))
    return next((domain.name for domain in found if domain is not None), None)


def _other_domain(view: View, label: str, domain: str) -> Cause:
    """A program listens on the port, in no VRF, and the packet came in by one."""
    place, packet = view.place, view.packet
    name = f"net.ipv4.{packet.protocol}_l3mdev_accept"
    return Cause(
        finding(
            "port-not-listening",
            _meant(view),
            f"a process of {label} listens on port {packet.dport} in VRF {domain}",
            f"the packet came in by VRF {domain}; what listens on port {packet.dport} is bound to no VRF, and {name} is"
            " 0",
            f"Start the program in the VRF (`ip vrf exec {domain} …`), or let such programs take packets of all VRFs:\n"
            f"$ sysctl -w {name}=1",
            (Proof("config", ref_of(place.node), f"{name} is 0, and the socket is bound to no device"),),
        ),
        repair=repair.at(place, repair.sysctl(name, "1")),
        step=view.trace.last,
        itself=True,
    )


def _loops(socket: Socket) -> bool:
    """Whether only the own namespace reaches it: by its address, or by the device that it is bound to."""
    return is_loopback(socket.local) or socket.dev == LOOPBACK


def _loopback(view: View, label: str, mine: t.Sequence[Socket]) -> Cause:
    """Something listens on the port, and not for this packet: on the loopback address, or in the other family."""
    place, packet = view.place, view.packet
    where = ", ".join(
        f"{socket.local}:{socket.port}" + (f" of device {socket.dev}" if socket.dev else "") for socket in mine
    )
    loops = all(map(_loops, mine))
    device = next((socket.dev for socket in mine if socket.dev), "")
    observed = f"{mine[0].process or 'its process'} listens on {where} only"
    return Cause(
        finding(
            "port-listening-on-loopback" if loops else "port-not-listening",
            _meant(view),
            f"{label} listens on 0.0.0.0:{packet.dport} or {packet.dst}:{packet.dport}",
            observed,
            f"Let the application listen on 0.0.0.0 (or [::]), bound to no device, instead of {where}."
            if loops
            else f"Let the application listen on {packet.dst}, bound to no device, as well: packets for it do not come"
            f" in by {device}."
            if device
            else f"Let the application listen on {packet.dst} as well: {where} does not take IPv{packet.family} packets"
            " for it.",
            (Proof("config", ref_of(place.node), f"listening sockets on port {packet.dport}: {where}"),),
        ),
        step=view.trace.last,
        itself=True,
    )


def _meant(view: View) -> Location:
    """The namespace that the packet came to, and on a node's own network the pod there that it was for, where that is
    one alone."""
    place, packet = view.place, view.packet
    pods = {
        (end.namespace, end.name)
        for end in view.case.evidence.targets
        if (end.kind, end.node, end.address, end.port) == ("pod", place.node, packet.dst, packet.dport)
    }
    if place.netns != HOST or len(pods) != 1:
        return location_of(place)
    namespace, name = pods.pop()
    return Location(node=place.node, namespace=namespace, pod=name)


def _listed(namespace: Namespace, protocol: str) -> list[int]:
    return sorted({one.port for one in namespace.sockets if one.protocol == protocol and not _loops(one)})


def _nothing(view: View, namespace: Namespace, label: str) -> Cause:
    place, packet = view.place, view.packet
    listens = ", ".join(map(str, _listed(namespace, packet.protocol))) or "no port at all"
    selected, extra = _selected(view), _of_no_object(view)
    change = (
        (f"Take the pod out of what {selected} selects, if it does not belong to it. Else: " if selected else "")
        + f"Start the application, or use the port that it listens on.\n"
        f"$ kubectl -n {place.netns[len('pod:') :].partition('/')[0]} logs {place.netns.rpartition('/')[2]}"
        if place.netns != HOST
        else f"{extra[1]}Start the application on that port."
    )
    return Cause(
        finding(
            "port-not-listening",
            _meant(view),
            f"a process of {label} listens on port {packet.dport}",
            f"{extra[0]}{label} listens on {listens}",
            change,
            (Proof("config", ref_of(place.node), f"listening ports of {label}: {listens}"),),
        ),
        step=view.trace.last,
        itself=True,
    )


def _of_no_object(view: View) -> tuple[str, str]:
    """Of an address that a node has beside those by which the cluster knows it, and that no Service has: what it is,
    and what to look for. A load balancer's Service may have had it."""
    case, place, address = view.case, view.place, view.packet.dst
    known = (
        place.netns != HOST or place.node not in case.pods.peers or address in case.evidence.node_addresses(place.node)
    )
    if known or is_loopback(address) or case.owner_of(address) or case.index.service_by_address(address):
        return "", ""
    return (
        f"{place.node} has {address} beside its own addresses, and no Service or pod has it; ",
        "Look whose address it is: the Service of a load balancer may have another one by now (kubectl get services"
        " -A). Or: ",
    )


def _selected(view: View) -> str:
    """The Service that was asked for, where its other pods serve the port."""
    service = view.case.service_asked()
    return f"Service {service}" if service is not None and _served_elsewhere(view, service) else ""


def _target_port(view: View, namespace: Namespace, label: str) -> Cause | None:
    """The Service leads to a port that its pods do not even declare, while a declared one is open."""
    met = meeting(view)
    service, pod = (met.service, view.case.owner_of(view.packet.dst)) if met is not None else _of_backend(view)
    if service is None or pod is None or not isinstance(service.target_port, int):
        return None
    declared = declared_ports(pod)
    listed = _listed(namespace, view.packet.protocol)
    right = [port for port in listed if port in declared]
    if not right or service.target_port in declared or view.packet.dport != service.target_port:
        return None
    if _served_elsewhere(view, service):
        return None
    return Cause(
        finding(
            "service-target-port-mismatch",
            Location(namespace=service.namespace, service=service.name),
            f"the pods behind Service {service} listen on targetPort {service.target_port}",
            f"{label} listens on {', '.join(map(str, listed))}",
            f"Set `targetPort` to {right[0]}:\n{edit(service)}",
            (Proof("config", ref_of(view.place.node), f"listening ports of {label}: {', '.join(map(str, listed))}"),),
            heading="The Service's target port is not the application's",
        ),
        itself=True,
    )


def _served_elsewhere(view: View, service: services.ServicePort) -> bool:
    """Whether other pods of the Service have its target port, so that it is this pod which does not belong to them."""
    case = view.case
    answered = {probe.request.get("target") for probe in case.evidence.passed("backend-tcp")}
    others = [
        one.address
        for one in services.slice_backends(case.index, service, None)
        if one.ready and one.address != view.packet.dst
    ]
    owners = (case.owner_of(address) for address in others)
    return bool(answered & set(others)) or any(
        pod is not None and service.target_port in declared_ports(pod) for pod in owners
    )


def _of_backend(view: View) -> tuple[t.Any, JsonObject | None]:
    """The Service that was asked for, where its backend was tried by itself."""
    from_plan = view.case.service_asked()
    return from_plan, view.case.owner_of(view.packet.dst)


def _full(view: View, namespace: Namespace) -> Cause:
    place, packet = view.place, view.packet
    label = label_of(place)
    mine = next(
        (one for one in namespace.sockets if one.protocol == packet.protocol and one.port == packet.dport), None
    )
    waits = f"{mine.backlog} connections wait, at most {mine.max_backlog} may" if mine else "its queue is full"
    return Cause(
        finding(
            "process-backlog-full",
            location_of(place),
            f"the program of {label} accepts the connections to port {packet.dport}",
            waits,
            f"Find out why the program of {label} does not accept (blocked, stopped, overloaded); a longer queue only"
            " hides it.",
            (Proof("config", ref_of(place.node), f"port {packet.dport} of {label}: {waits}"),),
        ),
        repair.at(place, repair.empty_queue(packet.dport or 0)),
        step=view.trace.last,
        itself=True,
    )


def nowhere(view: View) -> t.Iterator[Cause]:
    """The wire was asked for an address that no namespace has; where nothing misled the packet, the target is gone."""
    place, packet = view.place, view.inner
    if view.backwards:
        return
    pod, asked = view.case.owner_of(packet.dst), view.case.service_asked()
    if pod is not None or "pods" in view.case.index.unreadable:
        return
    if not view.case.pods.is_pod_address(packet.dst):
        if asked is not None and view.reason is Reason.NEIGHBOUR_FAILED and of_nobody(view, asked, packet.dst):
            yield unknown_endpoint(view, asked, packet.dst, SILENT_THERE)
        return
    if gave_back(view.case.evidence, packet.dst):
        return
    ended = view.case.index.ended_by_address(packet.dst)
    if ended is not None:
        yield dataclasses.replace(unready(view.case, ended), step=view.trace.last)
        return
    if asked is not None and any(one.address == packet.dst for one in services.slice_backends(view.case.index, asked)):
        yield unknown_endpoint(view, asked, packet.dst)
        return
    observed = f"no pod of the cluster has the address {packet.dst}"
    yield Cause(
        finding(
            "neighbour-failed",
            Location(node=place.node, device=place.device),
            f"somebody has the address {packet.dst}",
            observed,
            "Ask a pod by its present address, or through a Service.",
            (Proof("config", "cluster.json.gz", observed),),
        ),
        step=view.trace.last,
        itself=True,
    )


def past_the_translation(view: View) -> t.Iterator[Cause]:
    """Answers that do not come by the node that translated the packets, so that nobody translates them back."""
    back = view.way.back
    if not view.backwards or back is None:
        return
    passed = {(hop.node, hop.netns) for hop in back.hops}
    for change in view.translations():
        node = change.place.node
        source, peers = view.sent.src, view.case.pods.peers
        if (node, change.place.netns) in passed or node not in peers or change.place.netns != HOST:
            continue
        if any(
            hop.after.src != hop.before.src
            for hop in view.way.forward.hops
            if hop.node == node and not hop.after.tunnelled
        ):
            continue
        asked = f"{change.before.dst}:{change.before.dport}"
        observed = (
            f"it sends on what is for {asked} with the source {source}: the answers of {change.after.dst} go past it,"
            " and are not translated back"
        )
        yield Cause(
            finding(
                "snat-missing",
                Location(node=node),
                f"{node} masquerades what it translates and sends on to another node",
                observed,
                "Let kube-proxy write its masquerading again (chain KUBE-POSTROUTING): delete its pod on that node."
                " Then find out what removed it, or took its mark away.\n$ iptables -t nat -S POSTROUTING",
                (Proof("simulation", ref_of(node), observed),),
            ),
            step=view.trace.last,
            backwards=True,
        )
        return


def bypassed(view: View) -> t.Iterator[Cause]:
    """An answer that is not translated back, because bridged packets do not see the Service rules."""
    if not view.backwards:
        return
    sysctl = "net.bridge.bridge-nf-call-iptables"
    for change in view.translations():
        host = view.case.namespace(change.place)
        if host is None or change.place.netns != HOST:
            continue
        off = host.sysctls.get(sysctl) == "0"
        bridge = host.links.get(view.case.bridge(change.place.node) or "")
        own = bridge is not None and bridge.bridge is not None and bridge.bridge.nf_call_iptables is True
        if not off or own:
            continue
        observed = f"{sysctl} is 0: the answer comes straight from {change.after.dst}, which the client never asked"
        yield Cause(
            finding(
                "bridge-netfilter-off",
                location_of(change.place),
                f"{sysctl} is 1 on {change.place.node}, so that answers on the bridge are translated back",
                observed,
                f"$ modprobe br_netfilter; sysctl -w {sysctl}=1\nand keep both; then find out what sets it to 0.",
                (Proof("config", ref_of(change.place.node), f"{sysctl} = 0"),),
            ),
            repair.at(change.place, repair.sysctl(sysctl, "1")),
            step=view.trace.last,
            backwards=True,
        )
