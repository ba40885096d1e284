# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""DNS as the kubelet and the cluster mean it: which server a pod ought to ask, with which search list and options."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._ip_address import is_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns_kubernetes import NO_OPTIONS, Options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, selects
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort, slice_backends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex, pod_addresses

# The names of the cluster DNS Service: Kubernetes' own, which most distributions keep, and OpenShift's.
SERVICES = (("kube-system", "kube-dns"), ("openshift-dns", "dns-default"))
# What Kubernetes' own manifest calls the Service and its pods, by whatever name others install them.
LABELS = {"k8s-app": "kube-dns"}
# The Service by which the caches on the nodes (NodeLocal DNSCache) ask cluster DNS: it has the same labels.
_OF_CACHES = "kube-dns-upstream"
PORT = 53
# A cache on every node listens on a link-local address (NodeLocal DNSCache).
LINK_LOCAL = "169.254."
# The networks of clouds answer here themselves (metadata, resolvers): such an address is on no node.
_OF_CLOUDS = "169.254.169."
CLUSTER_NDOTS = 5
# Plugins of CoreDNS that may answer before kubernetes does, or ask for another name.
_ANSWERING = frozenset(("template", "rewrite", "hosts", "file", "auto", "route53"))


@dataclasses.dataclass(frozen=True)
class ResolvConf:
    """What matters of a resolv.conf. ndots: 1 where it does not say (resolv.conf(5))."""

    nameservers: tuple[str, ...]
    search: tuple[str, ...]
    ndots: int = 1
    options: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> ResolvConf:
        """The last search or domain line counts."""
        servers: list[str] = []
        search: tuple[str, ...] = ()
        options: list[str] = []
        for line in (text or "").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                servers.append(words[1])
            elif len(words) > 1 and words[0] in ("search", "domain"):
                search = tuple(words[1:])
            elif words[:1] == ["options"]:
                options += words[1:]
        ndots = 1
        for option in options:
            if option.startswith("ndots:") and option[6:].isdigit():
                ndots = min(int(option[6:]), 15)
        return cls(tuple(servers[:3]), search, ndots, tuple(options))

    def tries(self, name: str) -> tuple[str, ...]:
        """The names that a look-up asks for, in order (res_search)."""
        if name.endswith("."):
            return (name.rstrip("."),)
        listed = [f"{name}.{domain.rstrip('.')}" for domain in self.search if domain != "."]
        return (name, *listed) if name.count(".") >= self.ndots else (*listed, name)


@dataclasses.dataclass(frozen=True)
class Corefile:
    """What matters of the Corefile: the cluster's domain, and what it forwards to. zones: all that the cluster's names
    are served for, empty where it could not be read. others: lines of plugins that may answer in place of
    kubernetes, or change the question, with the plugin before each. name: of its ConfigMap. forwards: zones of a
    server block, what of them is forwarded, and where to. by_tcp: those of which the servers are asked by TCP
    alone. closed: zones of `hosts` without `fallthrough`, which ends the search for all names in them that it does
    not list. options: what the plugin kubernetes is told.
    """

    domain: str
    upstreams: tuple[str, ...]
    zones: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    name: str = "kube-system/coredns"
    forwards: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    closed: tuple[tuple[str, ...], ...] = ()
    options: Options = NO_OPTIONS
    by_tcp: frozenset[tuple[tuple[str, ...], str]] = frozenset()

    def ends_at_hosts(self, name: str) -> bool:
        """Whether `hosts` fails all names of a zone that this one is in, before any other plugin is asked."""
        return any(_fitting(zones, name.rstrip(".")) >= 0 for zones in self.closed)

    def upstreams_for(self, name: str) -> tuple[str, ...]:
        """The servers that a name is forwarded to: of the block with the longest zone that it is in."""
        found = self._forward_of(name)
        return found[2] if found is not None else self.upstreams

    def asks_by_tcp(self, name: str) -> bool:
        """Whether the servers that a name is forwarded to are asked by TCP alone (`force_tcp`)."""
        found = self._forward_of(name)
        return found is not None and found[:2] in self.by_tcp

    def _forward_of(self, name: str) -> tuple[tuple[str, ...], str, tuple[str, ...]] | None:
        asked = name.rstrip(".")
        longest = max((_fitting(zones, asked) for zones, _source, _servers in self.forwards), default=-1)
        of_block = [
            one for one in self.forwards if _fitting(one[0], asked) == longest >= 0 and _fitting((one[1],), asked) >= 0
        ]
        return max(of_block, key=lambda one: _fitting((one[1],), asked), default=None)

    def forwards_nowhere(self, name: str) -> bool:
        """Whether the block that a name is asked of has no server to forward it to, so that the server refuses it."""
        asked = name.rstrip(".")
        fitting = [(_fitting(zones, asked), source, servers) for zones, source, servers in self.forwards]
        longest = max((length for length, _source, _servers in fitting), default=-1)
        there = [one for one in fitting if one[0] == longest >= 0]
        return bool(there) and not any(servers and _fitting((source,), asked) >= 0 for _one, source, servers in there)

    def serves(self, name: str) -> bool:
        """Whether a name is in the cluster's own zones, which nothing is forwarded of."""
        return _fitting(tuple(zone for zone in self.zones or (self.domain,) if zone != "."), name.rstrip(".")) >= 0

    def stub_zones(self) -> tuple[str, ...]:
        """The zones that are forwarded to servers of their own."""
        zones = [zone for block, source, servers in self.forwards for zone in (*block, source) if servers]
        return tuple(dict.fromkeys(zone for zone in zones if zone != "." and not zone.endswith(".arpa")))

    def answers_for(self, name: str) -> str:
        """The line that names a name, or a zone that it is in; empty where none does."""
        for plugin, line in self.others:
            for word in line.split():
                zone = word.strip(".")
                if "." in zone and (name == zone or name.endswith(f".{zone}")):
                    return line if line.startswith(plugin) else f"{plugin}: {line}"
        return ""

    @classmethod
    def of(cls, index: ClusterIndex) -> Corefile:
        """The Kubernetes defaults where it could not be read."""
        upstreams, zones = t.cast(tuple[str, ...], ()), t.cast(tuple[str, ...], ())
        others: tuple[tuple[str, str], ...] = ()
        name = cls.name
        forwards: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
        closed: tuple[tuple[str, ...], ...] = ()
        options = NO_OPTIONS
        by_tcp: set[tuple[tuple[str, ...], str]] = set()
        for item in index.resources.get("configmaps") or []:
            text = (item.get("data") or {}).get("Corefile")
            if not isinstance(text, str):
                continue
            name = "/".join(filter(None, (item["metadata"].get("namespace"), item["metadata"]["name"])))
            options = Options.parse(text)
            block: list[str] = []
            plugin, source, depth = "", "", 0
            hosts: list[tuple[tuple[str, ...], bool]] = []
            for line in text.splitlines():
                words = line.split("#")[0].split()
                names = [word for word in words if word not in ("{", "}")]
                if depth == 0 and names:
                    block = [_zone(name) for name in names]
                    forwards.setdefault(tuple(block), [])
                elif depth == 1 and names:
                    plugin = names[0]
                if depth == 1 and names[:1] == ["hosts"]:
                    listed = [_zone(name) for name in names[1:] if "/" not in name and not is_address(name)]
                    hosts.append((tuple(listed or block), False))
                elif depth == 2 and plugin == "hosts" and names[:1] == ["fallthrough"] and hosts:
                    hosts[-1] = (hosts[-1][0], True)
                if plugin in _ANSWERING and depth and names:
                    others = (*others, (plugin, " ".join(names)))
                if depth == 1 and names[:1] == ["kubernetes"]:
                    # Without any zone of its own it serves those of its server block.
                    zones = (*zones, *([_zone(name) for name in names[1:]] or block))
                elif depth == 1 and names[:1] == ["forward"] and len(names) > 1:
                    servers = tuple(_server(name) for name in names[2:])
                    source = _zone(names[1])
                    forwards[tuple(block)].append((source, servers))
                    if "." in block and source == ".":
                        upstreams = servers
                elif depth == 2 and plugin == "forward" and names[:1] == ["force_tcp"]:
                    by_tcp.add((tuple(block), source))
                depth += words.count("{") - words.count("}")
            closed = (*closed, *(found for found, falls in hosts if not falls))
        if any("{" in zone for zone in zones):
            # A variable of its environment.
            zones = ()
        own = [zone for zone in zones if zone != "." and not zone.endswith(".arpa")]
        domain, each = own[0] if own else "cluster.local", _each(forwards)
        return cls(domain, upstreams, zones, others, name, each, closed, options, frozenset(by_tcp))


def _each(
    forwards: t.Mapping[tuple[str, ...], t.Sequence[tuple[str, tuple[str, ...]]]],
) -> tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]:
    """One entry for each `forward`, and one for a block without any, which forwards nothing to nobody."""
    return tuple((zones, *one) for zones, found in forwards.items() for one in found or [(".", ())])


def _fitting(zones: t.Sequence[str], name: str) -> int:
    """How long the longest of these zones is that a name is in; -1 where it is in none."""
    fitting = [zone for zone in zones if zone == "." or name == zone or name.endswith(f".{zone}")]
    return max((0 if zone == "." else len(zone) for zone in fitting), default=-1)


def _server(text: str) -> str:
    """A server without its scheme, and without the port that is usual."""
    return text.removeprefix("dns://").removesuffix(":53")


def server_address(text: str) -> tuple[str, int] | None:
    """Address and port of a server that is asked by UDP; None where `forward` names a file, or TLS."""
    address, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in address and not address.endswith("]")):
        address, port = text, str(PORT)
    try:
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError:
        return None


def _zone(text: str) -> str:
    """A zone of a Corefile without scheme, port and final dot."""
    name = text.rpartition("//")[2].rstrip(",")
    head, colon, port = name.rpartition(":")
    name = head if colon and port.isdigit() else name
    return name.rstrip(".") or "."


def service(index: ClusterIndex) -> JsonObject | None:
    """The cluster DNS Service: by its name, else by its label."""
    for key in SERVICES:
        if key in index.services:
            return index.services[key]
    labelled = [
        item
        for (_namespace, name), item in index.services.items()
        if name != _OF_CACHES and selects(LABELS, labels_of(item)) and _has_port(item)
    ]
    return min(labelled, key=lambda item: str(item["metadata"].get("creationTimestamp")), default=None)


def _has_port(item: JsonObject) -> bool:
    return any(entry.get("port") == PORT for entry in (item.get("spec") or {}).get("ports") or [])


def place(index: ClusterIndex) -> tuple[str, str]:
    """Namespace and name of the cluster DNS Service; Kubernetes' own, where there is none."""
    item = service(index)
    return (item["metadata"]["namespace"], item["metadata"]["name"]) if item is not None else SERVICES[0]


def servers(index: ClusterIndex) -> list[JsonObject]:
    """The cluster DNS pods, running or not: by their label, whatever the Service selects, else what it selects."""
    labelled = [pod for pod in index.pods.values() if selects(LABELS, labels_of(pod))]
    if labelled:
        return labelled
    selector = ((service(index) or {}).get("spec") or {}).get("selector") or {}
    namespace = place(index)[0]
    return [
        pod for (space, _name), pod in index.pods.items() if space == namespace and selects(selector, labels_of(pod))
    ]


def server_addresses(index: ClusterIndex) -> set[str]:
    """The addresses of the cluster DNS pods."""
    return {address for pod in servers(index) for address in pod_addresses(pod)}


def staying(index: ClusterIndex) -> list[JsonObject]:
    """The cluster DNS pods that are not about to end; all of them where none stays."""
    found = servers(index)
    return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")] or found


def selection(index: ClusterIndex) -> str:
    """How kubectl is told which pods the servers are: `-n NAMESPACE … -l LABELS`, without what stands between."""
    selector = ((service(index) or {}).get("spec") or {}).get("selector") or {}
    labels = LABELS if any(selects(LABELS, labels_of(pod)) for pod in index.pods.values()) else selector or LABELS
    return ",".join(f"{key}={value}" for key, value in labels.items())


def is_of_node(address: str) -> bool:
    """Whether a name server's address is such as a cache on each node has."""
    return address.startswith(LINK_LOCAL) and not address.startswith(_OF_CLOUDS)


def server_port(pod: JsonObject) -> int:
    """The UDP port on which a cluster DNS pod says that it listens: 53 where it does not say otherwise."""
    numbers = [
        int(port["containerPort"])
        for container in (pod.get("spec") or {}).get("containers") or []
        for port in container.get("ports") or []
        if port.get("protocol") == "UDP" and port.get("containerPort")
    ]
    return PORT if PORT in numbers or not numbers else min(numbers)


def cluster_address(index: ClusterIndex) -> str | None:
    """The address that pods ask."""
    return ((service(index) or {}).get("spec") or {}).get("clusterIP")


def service_port(index: ClusterIndex, protocol: str = "udp") -> ServicePort | None:
    """The DNS port of the cluster DNS Service."""
    item = service(index)
    for entry in ((item or {}).get("spec") or {}).get("ports") or []:
        if item is not None and entry.get("port") == PORT and str(entry.get("protocol") or "TCP").lower() == protocol:
            return ServicePort(item, entry)
    return None


def serves(index: ClusterIndex) -> bool:
    """Whether the cluster DNS Service has a ready endpoint."""
    port = service_port(index)
    return port is not None and any(backend.ready for backend in slice_backends(index, port))


def uses_cluster_dns(pod: JsonObject) -> bool:
    """Whether the kubelet gives the pod the cluster's DNS (dnsPolicy; ClusterFirst is Default on a node's network)."""
    spec = pod.get("spec") or {}
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    return policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not spec.get("hostNetwork"))


def falls_back_to_node(pod: JsonObject) -> bool:
    """A pod on its node's network that says ClusterFirst and gets the node's DNS: seldom what was meant."""
    spec = pod.get("spec") or {}
    return bool(spec.get("hostNetwork")) and (spec.get("dnsPolicy") or "ClusterFirst") == "ClusterFirst"


def wanted(index: ClusterIndex, pod: JsonObject, node_conf: ResolvConf | None) -> ResolvConf | None:
    """The resolv.conf that the kubelet ought to write for a pod; None where that cannot be known."""
    spec = pod.get("spec") or {}
    extra = spec.get("dnsConfig") or {}
    base: ResolvConf | None
    if uses_cluster_dns(pod):
        address = cluster_address(index)
        if address is None:
            return None
        domain = Corefile.of(index).domain
        namespace = pod["metadata"].get("namespace")
        search = (f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *(node_conf.search if node_conf else ()))
        base = ResolvConf((address,), search, CLUSTER_NDOTS)
    elif spec.get("dnsPolicy") == "None":
        base = ResolvConf((), ())
    else:
        base = node_conf
    if base is None:
        return None
    ndots = next(
        (int(option["value"]) for option in extra.get("options") or [] if option.get("name") == "ndots"), base.ndots
    )
    return ResolvConf(
        tuple(dict.fromkeys((*base.nameservers, *(extra.get("nameservers") or []))))[:3],
        tuple(dict.fromkeys((*base.search, *(extra.get("searches") or [])))),
        ndots,
    )


def service_name(index: ClusterIndex, namespace: str, name: str) -> str:
    """The full DNS name of a Service."""
    return f"{name}.{namespace}.svc.{Corefile.of(index).domain}"
