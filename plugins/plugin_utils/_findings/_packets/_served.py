# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets to a Service: whether the node's rules do with them what its endpoints want, and if not, why."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Translation, View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._containers import waiting
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    place_of,
    readable,
    unserved,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import (
    OBJECTS,
    describe,
    no_api,
    unready,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import (
    command,
    owned_by_kube_proxy,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy as kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._kube_proxy import Comparison, Wrong
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import (
    OTHER_PROXY,
    Decision,
    Entry,
    ServicePort,
    Want,
    decide,
    find,
    service_with,
    slice_backends,
    wanted_backends,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Disposition,
    Place,
    Reason,
    Stage,
    Trace,
)

# Probes of what was asked for.
_ROLES = ("tcp", "udp", "ping", "tcp-mtu", "connections", "burst")
# What iptables-save says of a table (iptables-nft, nft_is_table_compatible()).
_ILLEGIBLE = re.compile(r"Table `(\w+)' is incompatible")
# Of an endpoint on a network that was asked for it in vain.
SILENT_THERE = "for which nobody answers on its own network"
_BY_WHAT = "by what kube-proxy tells pods from clients outside (clusterCIDR, detectLocalMode)"
_PORTMAP = ("CNI-HOSTPORT", "CNI-DN-", "CNI-SN-")


class Meeting(t.NamedTuple):
    """A packet to a Service where it meets the rules of a node. seen: what it was translated to there, if it was."""

    place: Place
    packet: Packet
    service: ServicePort
    entry: Entry
    decision: Decision
    seen: Translation | None


def served(view: View) -> t.Iterator[Cause]:
    """Causes in what a node makes of a Service's address."""
    yield from _diverted(view)
    met = meeting(view)
    if met is None and readable(view.case):
        yield from from_outside(view)
        yield from _of_no_service(view)
    if met is None or not readable(view.case):
        return
    # Without any endpoint, it is no matter what old rules make of it.
    if met.decision.want is Want.REJECT or (met.decision.want is not Want.FORWARD and met.seen is None):
        yield unserved(view.case, met.service, met.entry, met.decision, met.place.node).untried()
        return
    if met.seen is None:
        yield from _taken_before(view, met)
    elif met.seen.rule is not None and not owned_by_kube_proxy(met.seen.rule):
        yield _translated_before(view, met, met.seen, met.seen.rule)
        return
    compared = _compare(view, met)
    if compared.wrong is not None:
        yield _proxy(view, met, compared)
    elif met.seen is not None and met.decision.want is Want.FORWARD:
        yield from _unknown_endpoint(view, met)


def meeting(view: View) -> Meeting | None:
    """The Service that the packet was for, and the node whose rules decide about it."""
    for hop in view.way.forward.hops:
        packet = hop.before
        if hop.netns != "host" or packet.inner is not None or packet.dport is None:
            continue
        if hop.node not in view.case.pods.peers:
            continue
        found = kube_proxy.wanted(
            view.case.index, view.case.pods, hop.node, packet.src, packet.dst, packet.dport, packet.protocol
        )
        if found is None:
            continue  # a node port is served by the node whose address it is
        service, entry, decision = found
        seen = next((one for one in view.translations() if one.place == Place(hop.node, hop.netns)), None)
        return Meeting(Place(hop.node, hop.netns), packet, service, entry, decision, seen)
    return None


def _compare(view: View, met: Meeting) -> Comparison:
    """Over every way of the trip, because each may lead to another endpoint."""
    seen: set[tuple[str, int | None]] = set()
    for way in view.trip.ways:
        for hop in way.forward.hops:
            if Place(hop.node, hop.netns) == met.place and hop.before.dst == met.packet.dst:
                if (hop.after.dst, hop.after.dport) != (hop.before.dst, hop.before.dport) and hop.after.inner is None:
                    seen.add((hop.after.dst, hop.after.dport))
                if hop.after.inner is not None:
                    inner = hop.after.inner
                    if (inner.dst, inner.dport) != (hop.before.dst, hop.before.dport):
                        seen.add((inner.dst, inner.dport))
    ended = view.trace if not view.backwards else None
    mine = ended is not None and ended.reason in (Reason.RULE, Reason.POLICY) and owned_by_kube_proxy(view.decided)
    if ended is not None and ended.reason in (Reason.RULE, Reason.POLICY) and not mine and not seen:
        # Another rule ended it before kube-proxy's were asked.
        return Comparison(None)
    if not seen and ended is not None and _routed_nowhere(ended, met.place):
        # What a node sends itself is routed before its rules are asked.
        return Comparison(None)
    rejected = mine and ended is not None and ended.disposition is Disposition.REJECTED
    return kube_proxy.compare(met.decision, seen, bool(rejected), mine and not rejected)


def _routed_nowhere(ended: Trace, place: Place) -> bool:
    """Whether routing refused a packet of the node's own."""
    hop = ended.hops[-1] if ended.hops else None
    here = hop is not None and (hop.node, hop.netns) == (place.node, place.netns) and hop.iif is None
    last = ended.last
    return here and last is not None and last.stage is Stage.ROUTING


# -- no Service at all ---------------------------------------------------------------------------------------------
def _of_no_service(view: View) -> t.Iterator[Cause]:
    """A packet to an address like those of Services that no Service has: it had one that was deleted, or made anew."""
    case, address = view.case, view.sent.dst
    if view.trip.start.node not in case.pods.peers or not case.index.is_service_address(address):
        return
    if case.index.service_by_address(address) is not None or view.network.owners(address) or view.translations():
        return
    observed = f"{address} is in the network of the cluster's Services, and none of them has it"
    refused = owned_by_kube_proxy(view.decided)
    proofs = [Proof("config", "cluster.json.gz", observed)]
    if refused:
        proofs.append(Proof("config", ref_of(view.place.node), f'kube-proxy ends such packets: "{view.decided}"'))
    yield Cause(
        finding(
            "service-address-unknown",
            Location(),
            f"a Service has the address {address}",
            observed,
            "Ask by the Service's name, and find out who still uses the address: a Service that is deleted and made"
            " again gets another one. Programs that look a name up once, and environment variables of pods that"
            f" started before, keep the old one:\n$ kubectl get services -A -o wide | grep -F {address}",
            proofs,
        ),
        step=view.trace.last,
        itself=refused,
        # That network is what the addresses of all Services span, and no object of the API.
        open="" if refused else "whether the API server gives Services such addresses",
    )


# -- from outside the cluster --------------------------------------------------------------------------------------
def from_outside(view: View) -> t.Iterator[Cause]:
    """A packet to a load balancer's address that no node of the cluster took in."""
    case, packet = view.case, view.sent
    if view.trip.start.node in case.pods.peers:
        return
    asked = case.service_asked()
    if asked is not None and asked.spec.get("type") == "LoadBalancer" and not _assigned(asked):
        yield _not_assigned(asked)
        return
    if packet.dport is None:
        return
    found = find(case.index, packet.dst, packet.dport, packet.protocol)
    if found is None or found[1] not in (Entry.LOAD_BALANCER, Entry.EXTERNAL_IP):
        return
    service, entry = found
    decision = decide(case.index, service, entry, None, packet.src, from_cluster=False)
    if decision.want in (Want.DROP_SOURCE, Want.REJECT):
        yield unserved(case, service, entry, decision, None).untried()
        return
    pings = [probe for probe in case.evidence.failed("ping") if probe.request.get("target") == packet.dst]
    if _answered_for(view, packet.dst):
        return
    owners = [node for node in case.pods.peers if (host := case.host(node)) is not None and host.owner_of(packet.dst)]
    if pings and not owners:
        yield _not_announced(service, packet.dst)


def _answered_for(view: View, address: str) -> bool:
    """Whether something at an address answered, or captures saw packets for it come to a node."""
    evidence = view.case.evidence
    heard = any(probe.result.get("received") for probe in evidence.sent(*_ROLES, address=address))
    return heard or any(
        sighting.get("dst") == address and sighting.get("node") in view.case.pods.peers
        for flow in evidence.flows()
        for sighting in flow.get("sightings") or []
    )


def _assigned(service: ServicePort) -> bool:
    return bool(((service.item.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _not_assigned(service: ServicePort) -> Cause:
    return Cause(
        finding(
            "loadbalancer-not-assigned",
            place_of(service),
            f"the load balancer of Service {service} has an address",
            "its status has none",
            f"Look at whoever ought to give it one:\n$ kubectl -n {service.namespace} describe service {service.name}",
            (Proof("config", OBJECTS, f"status.loadBalancer.ingress of {service}: empty"),),
        ),
        itself=True,
    )


def _not_announced(service: ServicePort, address: str) -> Cause:
    return Cause(
        finding(
            "loadbalancer-not-announced",
            place_of(service),
            f"a node or router answers for {address}, the load balancer's address of Service {service}",
            "nobody does: it answers no ping and no connection, and no node has it",
            "Look at the announcement of the address (for MetalLB: L2Advertisement or BGPAdvertisement, the speakers,"
            " the label node.kubernetes.io/exclude-from-external-load-balancers).",
            (Proof("config", OBJECTS, f"{address} is assigned to {service}; no node that was read has it"),),
        ),
        open="who ought to announce it",
    )


# -- foreign translations ------------------------------------------------------------------------------------------
def _diverted(view: View) -> t.Iterator[Cause]:
    """A translation that is not kube-proxy's and leads to where the packet ends."""
    changes = list(view.translations())
    for number, change in enumerate(changes):
        rule = change.rule
        if rule is None or owned_by_kube_proxy(rule):
            continue
        if any(one.rule is not None and owned_by_kube_proxy(one.rule) for one in changes[number + 1 :]):
            # It leads to a Service, which kube-proxy leads on to its endpoints.
            continue
        portmap = any(rule.id.chain.startswith(name) for name in _PORTMAP)
        gone = portmap and view.case.owner_of(change.after.dst) is None
        if portmap and not gone:
            continue
        to = f"{change.after.dst}:{change.after.dport}" if change.after.dport else change.after.dst
        observed = f'rule "{rule.text.strip()}" leads {view.what(change.before)} to {to}, where nobody takes them'
        yield Cause(
            finding(
                "hostport-rules-stale" if gone else "redirect-target-missing",
                location_of(change.place),
                f"packets to {change.before.dst}:{change.before.dport} go where they are meant to",
                observed,
                ("The pod of that rule is gone; remove it" if gone else "Remove the rule, or start what it leads to")
                + f":\n{command(rule)}",
                (Proof("simulation", ref_of(change.place.node), observed),),
            ),
            repair.at(change.place, repair.without(rule)),
            step=next((step for step in view.way.forward.steps() if step.decided is rule), None),
        )


def _taken_before(view: View, met: Meeting) -> t.Iterator[Cause]:
    """A rule of somebody else that ends the translation before kube-proxy's rules are asked."""
    for hop in view.way.forward.hops:
        if Place(hop.node, hop.netns) != met.place:
            continue
        for step in hop.steps:
            rule = step.decided
            if step.stage is Stage.ROUTING and hop.iif is not None:
                break
            if step.stage is not Stage.NAT or not isinstance(rule, Rule) or owned_by_kube_proxy(rule):
                continue
            observed = f'rule "{rule.text.strip()}" ends the translation before kube-proxy\'s rules for {met.service}'
            yield Cause(
                finding(
                    "service-rules-bypassed",
                    Location(node=met.place.node),
                    f"kube-proxy's rules on {met.place.node} see what is sent to Service {met.service}",
                    observed,
                    f"Remove the rule, or let it come after kube-proxy's:\n{command(rule)}",
                    (Proof("simulation", ref_of(met.place.node), observed),),
                ),
                repair.at(met.place, repair.without(rule)),
                step=step,
            )
            return
        return


def _translated_before(view: View, met: Meeting, seen: Translation, rule: Rule) -> Cause:
    """A translation of somebody else's before kube-proxy's rules: a host port of the same number takes a Service's
    address where the node has that on a device, or a node port's.
    """
    node, address = met.place.node, met.packet.dst
    host = view.case.host(node)
    link = host.owner_of(address) if host is not None else None
    claimed = link is not None and not view.case.pods.node_with(address)
    observed = f'rule "{rule.text.strip()}" sends them to {seen.after.dst}:{seen.after.dport} first'
    advice = f"Remove the rule, or let it come after kube-proxy's:\n{command(rule)}"
    if link is not None and claimed:
        observed += f", because {link.name} of {node} has {address} and makes it one of the node's own addresses"
        advice += f"\nor take the address away, if nobody needs it there:\n$ ip address del {address} dev {link.name}"
    return Cause(
        finding(
            "service-rules-bypassed",
            Location(node=node),
            f"kube-proxy's rules on {node} see what is sent to Service {met.service}",
            observed,
            advice,
            (Proof("simulation", ref_of(node), observed),),
        ),
        repair.at(met.place, repair.without(rule)),
        step=next((step for step in view.way.forward.steps() if step.decided is rule), view.trace.last),
    )


# -- kube-proxy ----------------------------------------------------------------------------------------------------
def _proxy(view: View, met: Meeting, compared: Comparison) -> Cause:
    """The rules do not fit: kube-proxy is away, pushed off, cut off, takes its node for another one, or is behind."""
    case, node = view.case, met.place.node
    text = _wrong(node, met, compared)
    proof = Proof("config", ref_of(node), text)
    mend = _translating(met)
    item = kube_proxy.daemonset(case.index, kube_proxy.NAME)
    unreadable = {"daemonsets", "pods"} & set(case.index.unreadable)
    surface = Cause(
        finding(
            "kube-proxy-rules-stale",
            Location(node=node, namespace=met.service.namespace, service=met.service.name),
            f"the rules of {node} send {met.service} to its endpoints",
            text,
            f"Read the log of kube-proxy on {node}, then delete its pod so that it writes all rules again:\n"
            f"$ kubectl -n kube-system get pods -l k8s-app=kube-proxy --field-selector spec.nodeName={node}",
            (proof,),
        ),
        instead=mend,
        step=view.trace.last,
        itself=True,
    )
    if met.service.other_proxy is not None:
        return _of_another_proxy(view, met, text)
    if compared.wrong is Wrong.MISSING and met.entry is Entry.NODE_PORT:
        excluded = _excluded(view, met, text)
        if excluded is not None:
            return excluded
    if compared.wrong in (Wrong.DROPS, Wrong.MISSING):
        known = _known_for_pod(view, met)
        if known is False:
            return _stranger(view, met, text)
        if known is None:
            surface = dataclasses.replace(surface, open=_BY_WHAT)
    if item is None or unreadable:
        return surface
    pods = kube_proxy.pods_of(case.index, item, node)
    if node in case.index.nodes and not kube_proxy.running(pods):
        return _away(view, item, node, surface)
    ends = [f"pod {pod['metadata']['name']}: {text}" for pod in pods for text in waiting(pod)]
    if pods and all(waiting(pod) for pod in pods):
        return surface.because_of(_ends_again(view, item, node, ends, surface))
    if compared.wrong is Wrong.DROPS and met.decision.policy == "Local":
        return _other_name(met, node, text, mend, view)
    blocked = no_api(case, node)
    return surface.because_of(blocked) if blocked is not None else surface


def _of_another_proxy(view: View, met: Meeting, text: str) -> Cause:
    """A Service that its label takes from kube-proxy: whoever ought to serve it has no rules there."""
    service, node = met.service, met.place.node
    said = f'{service} has the label {OTHER_PROXY}="{service.other_proxy}", so kube-proxy leaves it to that proxy'
    return Cause(
        finding(
            "kube-proxy-rules-stale",
            place_of(service),
            f"a proxy serves {service} on {node}",
            f"{said}; {text}",
            "Take the label away, or run the proxy that it names:\n"
            f"$ kubectl -n {service.namespace} label service {service.name} {OTHER_PROXY}-",
            (Proof("config", OBJECTS, said), Proof("config", ref_of(node), text)),
            heading="The Service is left to another proxy than kube-proxy",
        ),
        instead=_translating(met),
        step=view.trace.last,
        itself=True,
    )


def _known_for_pod(view: View, met: Meeting) -> bool | None:
    """Whether kube-proxy takes the packet for one of a pod, where a policy of Local counts for strangers alone and the
    node has no endpoint; None where its configuration does not say so."""
    node, source, service = met.place.node, met.packet.src, met.service
    if source is None or met.entry is Entry.CLUSTER_IP or not service.external_local:
        return True
    local = any(one.ready and one.node == node for one in slice_backends(view.case.index, service))
    if local or not view.case.pods.is_pod_address(source):
        return True
    configuration = kube_proxy.Config.of(view.case.index)
    if configuration is None:
        return None
    hop = next(one for one in view.way.forward.hops if Place(one.node, one.netns) == met.place)
    devices = tuple(name for name in (hop.iif, *hop.devices) if name)
    return configuration.locality.holds(source, devices, view.case.pods.peers[node].pod_cidrs)


def _stranger(view: View, met: Meeting, text: str) -> Cause:
    """A pod that kube-proxy's configuration takes for a client from outside, for which a policy of Local counts."""
    configuration = kube_proxy.Config.of(view.case.index)
    node, source, service = met.place.node, met.packet.src, met.service
    locality = configuration.locality if configuration is not None else ""
    nodes = sorted({str(one.node) for one in slice_backends(view.case.index, service) if one.ready})
    return Cause(
        finding(
            "service-external-traffic-local",
            place_of(service),
            f"kube-proxy of {node} takes {source} for a pod of the cluster, for which externalTrafficPolicy Local does"
            " not count",
            f"{locality}, by which {source} is a client from outside; the endpoints of {service} are on"
            f" {', '.join(nodes)} only",
            "Let kube-proxy know the pods by what they have (clusterCIDR, or detectLocalMode and what it needs), and"
            " start it anew; or ask for the Service's cluster address:\n"
            "$ kubectl -n kube-system edit configmap kube-proxy",
            (Proof("config", OBJECTS, f"ConfigMap kube-proxy: {locality}"), Proof("config", ref_of(node), text)),
            heading="kube-proxy takes a pod for a client from outside",
        ),
        instead=_translating(met),
        step=view.trace.last,
        itself=True,
    )


def _excluded(view: View, met: Meeting, text: str) -> Cause | None:
    """A node port asked for on an address that kube-proxy's configuration leaves out."""
    configuration = kube_proxy.Config.of(view.case.index)
    node, asked = met.place.node, met.packet.dst
    item = view.case.index.nodes.get(node)
    own = [str(one.get("address")) for one in ((item or {}).get("status") or {}).get("addresses") or []]
    if configuration is None or configuration.serves_node_ports(asked, own) is not False:
        return None
    words = ", ".join(configuration.node_port_addresses or ("primary",))
    said = f"nodePortAddresses is {words}" + (
        "" if configuration.node_port_addresses else f", as mode {configuration.mode} has it by default"
    )
    return Cause(
        finding(
            "nodeport-address-excluded",
            Location(node=node, namespace=met.service.namespace, service=met.service.name),
            f"kube-proxy serves node ports on {asked}, an address of {node}",
            f"{said}, which leaves {asked} out; {text}",
            f"Ask for an address of the node that is served, or add {asked} to nodePortAddresses and start kube-proxy"
            " anew:\n$ kubectl -n kube-system edit configmap kube-proxy",
            (Proof("config", OBJECTS, f"ConfigMap kube-proxy: {said}"), Proof("config", ref_of(node), text)),
        ),
        instead=_translating(met),
        step=view.trace.last,
        itself=True,
    )


def _wrong(node: str, met: Meeting, compared: Comparison) -> str:
    name = str(met.service)
    if compared.wrong is Wrong.REJECTS:
        return f"the rules of {node} say that {name} has no endpoints"
    if compared.wrong is Wrong.DROPS:
        return f"the rules of {node} say that {name} has no local endpoint"
    if compared.wrong is Wrong.MISSING:
        return f"the rules of {node} do not have {name}"
    return f"the rules of {node} send {name} to {', '.join(compared.surplus)}, which are no endpoints of it"


def _translating(met: Meeting) -> tuple[str, int | None] | None:
    """Where this packet would go if the rules were as they ought to be: to the first endpoint."""
    backend = next(iter(met.decision.backends), None)
    return (backend.address, backend.port) if backend else None


def _away(view: View, item: JsonObject, node: str, surface: Cause) -> Cause:
    """kube-proxy does not run there; and why, where a full node pushed it off."""
    case = view.case
    namespace = item["metadata"]["namespace"]
    pods = kube_proxy.pods_of(case.index, item, node)
    observed = describe(pods)
    missing = Cause(
        finding(
            "kube-proxy-missing",
            Location(node=node, namespace=namespace),
            f"a pod of DaemonSet {namespace}/kube-proxy runs on {node}",
            observed,
            f"Make room on {node}, or give kube-proxy the priority that lets it in:\n"
            f"$ kubectl -n {namespace} get pods -o wide -l k8s-app=kube-proxy",
            (Proof("config", OBJECTS, f"kube-proxy on {node}: {observed}"), *surface.finding.evidence),
        ),
        instead=surface.instead,
        step=surface.step,
        itself=True,
    )
    found = missing.because_of(_pushed(view, item, node, pods)) if _is_pushed(view, item, node, pods) else missing
    return surface.because_of(found)


def _ends_again(view: View, item: JsonObject, node: str, ends: t.Sequence[str], surface: Cause) -> Cause:
    """kube-proxy that ends whenever it is started: what it wrote before stays, and nothing new is written."""
    namespace, observed = item["metadata"]["namespace"], "; ".join(ends)
    host, config = view.case.host(node), kube_proxy.Config.of(view.case.index)
    closed = illegible_tables(host) if host is not None and (config is None or config.mode != "nftables") else ()
    shown = [
        Proof("config", ref_of(node), f"iptables cannot read table {name}: a rule of nft's own stands in it")
        for name in closed
    ]
    reasons = (
        f"iptables cannot read table {' and '.join(closed)} of {node}, and so kube-proxy cannot: move the rule that nft"
        f" put there into a table of its own:\n$ nft -a list table ip {closed[0]}    # on {node}\n"
        if closed
        else ""
    )
    return Cause(
        finding(
            "kube-proxy-missing",
            Location(node=node, namespace=namespace),
            f"kube-proxy runs on {node}",
            observed,
            f"{reasons}Read why it ended: a size of connection tracking that it may not set (conntrack.maxPerCore: 0"
            " leaves it), a mode that the kernel does not have, a mistake in its configuration:\n"
            f"$ kubectl -n {namespace} logs --previous -l k8s-app=kube-proxy --tail=20",
            (Proof("config", OBJECTS, f"kube-proxy on {node}: {observed}"), *shown, *surface.finding.evidence),
            heading="kube-proxy ends again and again",
        ),
        instead=surface.instead,
        step=surface.step,
        itself=True,
    )


def illegible_tables(host: Namespace) -> tuple[str, ...]:
    """Tables that iptables keeps in nftables and cannot read, as a rule in them is none that it could have written."""
    texts = [str(entry.get("text") or "") for entry in host.iptables]
    return tuple(dict.fromkeys(name for text in texts for name in _ILLEGIBLE.findall(text)))


def pushed_events(view_index: t.Any, item: JsonObject, node: str, pods: t.Sequence[JsonObject]) -> list[str]:
    """Events and conditions that say a kube-proxy pod was pushed off the node, then those that it finds no room."""
    waiting = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Pending"]
    names = [pod["metadata"]["name"] for pod in waiting]
    pushed, room = [], []
    for event in view_index.resources.get("events") or []:
        about = event.get("involvedObject") or event.get("regarding") or {}
        if about.get("namespace") != item["metadata"]["namespace"] or not str(about.get("name")).startswith(
            item["metadata"]["name"]
        ):
            continue
        text = f"{event.get('reason')}: {event.get('message')}"
        if (event.get("reason") == "Preempted" and str(event.get("message")).endswith(f"node {node}")) or (
            event.get("reason") == "Evicted" and about.get("name") in names
        ):
            pushed.append(text)
        elif event.get("reason") == "FailedScheduling" and about.get("name") in names:
            room.append(text)
    for pod in waiting:
        for entry in (pod.get("status") or {}).get("conditions") or []:
            if (
                entry.get("type") == "PodScheduled"
                and entry.get("status") == "False"
                and "nsufficient" in str(entry.get("message"))
            ):
                room.append(f"{entry.get('reason')}: {entry.get('message')}")
    return list(dict.fromkeys((*pushed, *room)))


def _is_pushed(view: View, item: JsonObject, node: str, pods: t.Sequence[JsonObject]) -> bool:
    low = kube_proxy.priority(item) not in kube_proxy.CRITICAL_CLASSES
    return low and bool(pushed_events(view.case.index, item, node, pods))


def _pushed(view: View, item: JsonObject, node: str, pods: t.Sequence[JsonObject]) -> Cause:
    namespace, priority = item["metadata"]["namespace"], kube_proxy.priority(item)
    events = pushed_events(view.case.index, item, node, pods)
    return Cause(
        finding(
            "kube-proxy-priority",
            Location(node=node, namespace=namespace),
            f"DaemonSet {namespace}/kube-proxy has priorityClassName {kube_proxy.NODE_CRITICAL}",
            (f"it has priorityClassName {priority}" if priority else "it has no priorityClassName")
            + f", and there is no room for it on {node} any more ({events[0].partition('. ')[0]})",
            f"$ kubectl -n {namespace} patch daemonset kube-proxy --type merge -p "
            f'\'{{"spec":{{"template":{{"spec":{{"priorityClassName":"{kube_proxy.NODE_CRITICAL}"}}}}}}}}\'',
            (
                Proof("config", OBJECTS, f"priorityClassName of kube-proxy: {priority or 'none'}"),
                *(Proof("config", OBJECTS, text) for text in events[:3]),
            ),
            heading="kube-proxy was pushed off a full node",
        ),
        itself=True,
    )


def _other_name(met: Meeting, node: str, text: str, mend: tuple[str, int | None] | None, view: View) -> Cause:
    local = ", ".join(str(backend) for backend in met.decision.backends)
    return Cause(
        finding(
            "kube-proxy-node-name-wrong",
            Location(node=node),
            f"kube-proxy of {node} takes the endpoints on {node} for local ones ({local})",
            f"{text}, and EndpointSlices say that {local} is on {node}: kube-proxy runs under another node name",
            "Give kube-proxy the node's own name: take hostnameOverride out of its configuration (or"
            " --hostname-override off its command), then restart it.",
            (Proof("config", ref_of(node), text), Proof("config", OBJECTS, f"endpoints on {node}: {local}")),
        ),
        instead=mend,
        step=view.trace.last,
    )


# -- endpoints -----------------------------------------------------------------------------------------------------
def _unknown_endpoint(view: View, met: Meeting) -> t.Iterator[Cause]:
    """The rules fit the slices, and the slices do not fit the pods."""
    if met.seen is None or "pods" in view.case.index.unreadable:
        return
    address = met.seen.after.dst
    backend = next((one for one in slice_backends(view.case.index, met.service, None) if one.address == address), None)
    if backend is None or view.case.owner_of(address) is not None or view.case.index.node_by_address(address):
        return
    other = service_with(view.case.index, address)
    if other:
        yield _chained(view, met.service, address, other)
        return
    if not view.case.pods.is_pod_address(address) and not met.service.selector:
        if view.reason is Reason.NEIGHBOUR_FAILED and of_nobody(view, met.service, address):
            yield unknown_endpoint(view, met.service, address, SILENT_THERE)
        return
    ended = view.case.index.ended_by_address(address)
    if ended is not None:
        yield dataclasses.replace(unready(view.case, ended), step=view.trace.last)
        return
    yield unknown_endpoint(view, met.service, address)


def of_nobody(view: View, service: ServicePort, address: str) -> bool:
    """Whether an endpoint that a person may have written, for a machine outside, is nobody's: the packet is for it, on
    its own network, and no machine that was read has it."""
    written = any(one.address == address for one in slice_backends(view.case.index, service, None))
    known = view.network.owners(address) or view.case.index.node_by_address(address)
    last = next(reversed(view.routed()), None)
    near = last is not None and last.gateway is None and last.packet.dst == address
    return written and not known and near


def _chained(view: View, service: ServicePort, address: str, other: str) -> Cause:
    """An endpoint that is the address of another Service: what kube-proxy has translated it does not translate again
    (kubernetes.io/docs/concepts/services-networking/service, Services without selectors)."""
    observed = f"its EndpointSlices name {address}, the address of Service {other}, and no packet is translated twice"
    return Cause(
        finding(
            "endpoint-address-unknown",
            place_of(service),
            f"every endpoint of Service {service} is the address of somebody who serves it",
            observed,
            f"Let the EndpointSlice name the pods behind {other}, give {service} their selector, or make it of type"
            f" ExternalName with the name of {other}:\n"
            f"$ kubectl -n {service.namespace} get endpointslices -l kubernetes.io/service-name={service.name}",
            (Proof("config", OBJECTS, f"endpoint {address} of {service} is the clusterIP of {other}"),),
            heading="An endpoint is the address of another Service",
        ),
        step=view.trace.last,
        itself=True,
    )


def unknown_endpoint(view: View, service: ServicePort, address: str, whose: str = "which no pod has") -> Cause:
    """An endpoint that no pod has. whose: what is known of it, in the words of a sentence."""
    wanted = wanted_backends(view.case.index, service)
    right = ", ".join(str(one) for one in wanted) or "none"
    ready = [one for one in wanted if one.ready]
    behind = _of_the_controller(view, service, address)
    return Cause(
        finding(
            "endpoint-address-unknown",
            place_of(service),
            f"every endpoint of Service {service} is the address of a pod, or of a machine that answers",
            f"its EndpointSlices name {address}, {whose}"
            + ("; the slice is the controller's, which has not followed its pods" if behind else ""),
            (
                "Look whether kube-controller-manager runs and reaches the API server; then it mends the slice by"
                " itself:\n"
                if behind
                else "Correct or delete the EndpointSlice:\n"
            )
            + f"$ kubectl -n {service.namespace} get endpointslices -l kubernetes.io/service-name={service.name}",
            (Proof("config", OBJECTS, f"endpoint {address} of {service}; endpoints from its pods: {right}"),),
        ),
        instead=(ready[0].address, ready[0].port) if ready else None,
        step=view.trace.last,
        itself=True,
    )


def _of_the_controller(view: View, service: ServicePort, address: str) -> bool:
    """Whether the slice with that address is one that Kubernetes' own controller writes, and no person."""
    for piece in services.slices(view.case.index, service):
        if any(address in (one.get("addresses") or ()) for one in piece.get("endpoints") or []):
            return services.written_by_controller(piece)
    return False
