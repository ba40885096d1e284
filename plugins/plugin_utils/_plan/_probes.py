# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which probes answer the question, and on which node each of them runs.

The probes of one node travel in one task. Roles (what a probe is for): ping, tcp, udp, backend-tcp, backend-http,
node-ping, node-pod-ping, local-tcp, local-http, loopback-tcp, node-api, reverse-ping, pieces, udp-large, mtu,
reverse-mtu, tcp-mtu, dns-pod, dns-cluster, dns-upstream, dns-search; and of the dose, which tells shares: burst,
connections, udp-many, dns-pairs, idle.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import says_http, says_tls
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    ClusterIndex,
    labels_of_name,
    port_labels,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import INTERVAL, QUERY_INTERVAL
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import Options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._resolve import Endpoint, Resolved

# More backends than this are not probed one by one: a probe is cheap, but a report must stay readable.
MAX_BACKENDS = 16
# Datagrams, each from a port of its own, that tell whether all programs behind a port answer; seconds for each.
DATAGRAMS, DATAGRAM_TIMEOUT = 20, 0.4
# Bytes of a datagram that is sent in fragments on all usual links, and that servers of UDP still take.
LARGE = 3000
# Servers that are asked for one name, and domains of search lists that they are asked for.
MAX_SERVERS, MAX_DOMAINS = 4, 4
# A connection may take as many times the usual timeout: a lost SYN is sent again after a second (RFC 6298).
CONNECT = 2.5
# Ports that speak HTTP by convention, where a padded GET does no harm (tcp-mtu).
HTTP_PORTS = frozenset((80, 8000, 8008, 8080, 8081, 8888))
# The tag that selects a role's probes when a run is limited to some steps.
STEP_OF_ROLE = {
    "ping": "ping",
    "node-ping": "ping",
    "node-pod-ping": "ping",
    "reverse-ping": "ping",
    "tcp": "tcp",
    "udp": "tcp",
    "backend-tcp": "tcp",
    "backend-http": "tcp",
    "local-http": "tcp",
    "local-tcp": "tcp",
    "loopback-tcp": "tcp",
    "node-api": "tcp",
    "pieces": "mtu",
    "udp-large": "mtu",
    "mtu": "mtu",
    "reverse-mtu": "mtu",
    "tcp-mtu": "mtu",
    "dns-pod": "dns",
    "dns-cluster": "dns",
    "dns-upstream": "dns",
    "dns-search": "dns",
    "burst": "ping",
    "connections": "tcp",
    "udp-many": "tcp",
    "idle": "tcp",
    "dns-pairs": "dns",
}


@dataclasses.dataclass(frozen=True)
class _Origin:
    """Where probes start: a node's name, a network namespace on it, and the address they leave with.

    application: the pod whose program they stand for, where that is one in the node's own namespace.
    """

    node: str
    netns: str
    address: str | None
    application: str | None = None


class ProbePlanner:
    """Builds the request lists; one instance per run."""

    def __init__(self, options: Options, resolved: Resolved, index: ClusterIndex, run_id: str) -> None:
        self.options = options
        self.source = resolved.source
        self.destination = resolved.destination
        self.index = index
        self.run_id = run_id
        self.targets = _targets(resolved)
        self.requests: dict[str, list[JsonObject]] = {}

    def plan(self) -> dict[str, list[JsonObject]]:
        """Requests by node name, in the order in which their results come back."""
        if self.source is None or self.destination is None:
            return {}
        source, destination = _origin(self.source), self.destination
        if source is not None:
            self._typed(source, destination)
            self._targets_from(source)
            self._dns(source)
            self._dose(source, destination)
        self._targets_themselves(self.source)
        return self.requests

    def ask_api(self, nodes: t.Iterable[str]) -> None:
        """From each node of the cluster to the API server: who is cut off from it works with what it knew."""
        server = self.index.api_server()
        for name in nodes if server is not None else ():
            if server is None or name not in self.index.nodes:
                continue
            address, port = server
            end = Endpoint(text=f"{address}:{port}", kind="address", name=address, address=address, port=port)
            origin = _Origin(name, "host", self._node_address(name))
            self._add(origin, "node-api", "tcp", address, end, port=port, count=1, timeout=self._timeout(CONNECT))

    # -- groups of probes ------------------------------------------------------------------------------------
    def _typed(self, source: _Origin, destination: Endpoint) -> None:
        """What the user typed, exactly as an application in the source would do it."""
        target = destination.name if destination.kind == "name" else destination.address
        if target is None:
            return
        protocol = self.options.protocol
        if protocol in ("tcp", "udp") and destination.port is not None:
            self._add(
                source,
                protocol,
                protocol,
                target,
                destination,
                port=destination.port,
                count=self.options.tcp_count,
                search=destination.kind == "name",
                timeout=self._timeout(CONNECT),
            )
        if protocol == "udp" and destination.port is not None and self.options.amounts.any:
            self._add(
                source,
                "udp-large",
                "udp",
                target,
                destination,
                port=destination.port,
                count=3,
                size=LARGE,
                search=destination.kind == "name",
            )
        if protocol == "tcp" and destination.port is not None and self._may_send_data(destination):
            self._add(
                source,
                "tcp-mtu",
                "tcp_segment",
                target,
                destination,
                port=destination.port,
                allow_tcp_data=True,
                search=destination.kind == "name",
                timeout=self._timeout(2),
            )
        if destination.service is None:
            if destination.kind == "name":
                self._add(source, "ping", "icmp", target, destination, count=self.options.ping_count, search=True)
        elif destination.kind == "node" or destination.address != destination.service.cluster_ip:
            self._add(source, "ping", "icmp", target, destination, count=self.options.ping_count)
            self._add(source, "mtu", "path_mtu", target, destination)

    def _targets_from(self, source: _Origin) -> None:
        """Every backend (or the destination itself) from the source, and from the source's node."""
        inside = self.source is not None and self.source.kind != "host"
        for target in self.targets if inside else []:
            address = t.cast(str, target.address)
            self._add(source, "ping", "icmp", address, target, count=self.options.ping_count)
            self._add(source, "mtu", "path_mtu", address, target)
            if self.options.protocol == "udp" and self.options.amounts.any:
                self._add(source, "pieces", "icmp", address, target, count=2, size=LARGE)
            if self.destination is not None and self.destination.service and target.port:
                self._add(
                    source,
                    "backend-tcp",
                    self._transport(),
                    address,
                    target,
                    port=target.port,
                    count=2,
                    timeout=self._timeout(CONNECT),
                )
            self._answers(source, "backend-http", target)
            self._from_node(source, target)
        if not inside and self.destination is not None and self.destination.service is None:
            for target in self.targets:
                self._add(source, "ping", "icmp", t.cast(str, target.address), target, count=self.options.ping_count)
                self._add(source, "mtu", "path_mtu", t.cast(str, target.address), target)

    def _answers(self, origin: _Origin, role: str, target: Endpoint) -> None:
        """A backend, asked what an application would ask: one of several, where the others show what an answer looks
        like, or of a Service that says that it speaks HTTP, or TLS, to which plain HTTP is an error."""
        destination = self.destination
        service = destination.service if destination is not None else None
        secure = service is not None and says_tls(service.app_protocol) and self.options.tcp_data != "never"
        declared = secure or (service is not None and says_http(service.app_protocol))
        told = (len(self.targets) > 1 or declared) and self.options.protocol == "tcp" and self.options.amounts.any
        if told and target.port and destination is not None and (secure or self._may_send_data(destination)):
            address, timeout = t.cast(str, target.address), self._timeout(CONNECT)
            self._add(origin, role, "http", address, target, port=target.port, count=1, timeout=timeout)

    def _from_node(self, source: _Origin, target: Endpoint) -> None:
        """The same way without the source pod: tells a pod's own trouble from its node's."""
        if source.netns == "host":
            return
        node = _Origin(source.node, "host", self._node_address(source.node))
        self._add(node, "node-pod-ping", "icmp", t.cast(str, target.address), target, count=2)
        address = self._node_address(target.node) if target.node else None
        if target.node and target.node != source.node and address:
            peer = Endpoint(
                text=f"node:{target.node}", kind="node", name=target.node, node=target.node, address=address
            )
            self._add(node, "node-ping", "icmp", address, peer, count=2)

    def _targets_themselves(self, source: Endpoint) -> None:
        """From inside each target: does it listen, and does the way back work?"""
        for target in self.targets:
            origin = _origin(target)
            if origin is None:
                continue
            if target.port and self.options.protocol == "tcp":
                self._add(
                    origin,
                    "local-tcp",
                    "tcp",
                    t.cast(str, target.address),
                    target,
                    port=target.port,
                    count=1,
                    timeout=self._timeout(CONNECT),
                )
                self._add(origin, "loopback-tcp", "tcp", "127.0.0.1", target, port=target.port, count=1)
            self._answers(origin, "local-http", target)
            if source.address and source.address != target.address:
                self._add(origin, "reverse-ping", "icmp", source.address, source, count=2)
                self._add(origin, "reverse-mtu", "path_mtu", source.address, source)

    def _dns(self, source: _Origin) -> None:
        """The name through each nameserver by itself, cluster DNS directly, and its upstream."""
        destination = t.cast(Endpoint, self.destination)
        if destination.kind != "name" or destination.name is None:
            return
        name = destination.name
        self._add(source, "dns-pod", "dns", name, destination, name=name, qtype="A", search=True, each_nameserver=True)
        qualified = self._qualified(name)
        servers = [pod for pod in cluster_dns.staying(self.index) if (pod.get("status") or {}).get("podIP")]
        for pod in servers[:4]:
            address = pod["status"]["podIP"]
            server = Endpoint(
                text=address,
                kind="pod",
                namespace=pod["metadata"]["namespace"],
                address=address,
                name=pod["metadata"]["name"],
                node=(pod.get("spec") or {}).get("nodeName"),
                port=cluster_dns.server_port(pod),
            )
            fields = {} if server.port == cluster_dns.PORT else {"port": server.port}
            self._add(
                source, "dns-cluster", "dns", address, server, nameserver=address, name=qualified, qtype="A", **fields
            )
        node = _Origin(source.node, "host", self._node_address(source.node))
        if destination.service is None:
            outside = self._external_name(name) or name
            self._dns_upstream(node, "dns-upstream", destination, outside)
        if not name.endswith("."):
            self._dns_search(node, destination, name)

    def _external_name(self, name: str) -> str:
        """The name outside that a name of the cluster stands for; empty where it stands for none."""
        source = t.cast(Endpoint, self.source)
        item = self.index.service_by_name(name, source.namespace if source.kind == "pod" else None) or {}
        return str((item.get("spec") or {}).get("externalName") or "")

    def _dns_search(self, node: _Origin, destination: Endpoint, name: str) -> None:
        """The servers of the names that the search list makes of it outside the cluster: the node's own domains, which
        its resolv.conf has, those of the pod, and zones with servers of their own.
        """
        corefile = cluster_dns.Corefile.of(self.index)
        source = t.cast(Endpoint, self.source)
        pod = self.index.pods.get((source.namespace, source.name)) or {} if source.kind == "pod" else {}
        own = ((pod.get("spec") or {}).get("dnsConfig") or {}).get("searches") or []
        domains = [str(one).strip(".") for one in (*own, *corefile.stub_zones())]
        for domain in list(dict.fromkeys(one for one in domains if one and not corefile.serves(one)))[:MAX_DOMAINS]:
            self._dns_upstream(node, "dns-search", destination, f"{name}.{domain}")
        if source.kind == "pod" and cluster_dns.uses_cluster_dns(pod):
            self._dns_upstream(node, "dns-search", destination, name, search=True)

    def _dose(self, source: _Origin, destination: Endpoint) -> None:
        """Enough to tell a share, on the ways that the plain probes take: packets to each pinged address,
        connections to
        the port asked, pairs of questions to each server."""
        amounts = self.options.amounts
        pinged = {
            request["target"]: request
            for request in self.requests.get(source.node, [])
            if request["role"] == "ping" and request["netns"] == source.netns and request["target"]
        }
        for request in pinged.values() if amounts.packets else ():
            self._again(request, "burst", "burst", count=amounts.packets_for(len(pinged)), interval=INTERVAL)
        asked = [request for request in self.requests.get(source.node, []) if request["role"] == "tcp"]
        for request in asked:
            if amounts.connections:
                self._again(request, "connections", "connections", count=amounts.connections)
            if amounts.idle:
                self._again(request, "idle", "idle", count=1, idle=amounts.idle)
        for request in list(self.requests.get(source.node, [])) if amounts.connections else ():
            if request["role"] == "udp" and request["netns"] == source.netns:
                self._again(request, "udp-many", "udp", count=DATAGRAMS, interval=0.01, timeout=DATAGRAM_TIMEOUT)
        if amounts.queries and destination.kind == "name" and destination.name:
            name = self._qualified(destination.name)
            fields = {"name": name, "count": amounts.queries, "interval": QUERY_INTERVAL}
            self._add(source, "dns-pairs", "dns_pairs", name, destination, **fields)
            for request in list(self.requests.get(source.node, [])):
                if request["role"] == "dns-cluster":
                    self._again(request, "dns-pairs", "dns_pairs", **fields)

    def _again(self, request: JsonObject, role: str, kind: str, **fields: t.Any) -> None:
        """The same way as an earlier request, with another kind of probe."""
        batch = self.requests[request["from"]["node"]]
        probe_id = f"{role}-{sum(map(len, self.requests.values())) + 1}"
        token = hashlib.sha256(f"{self.run_id}/{probe_id}".encode()).hexdigest()[:16]
        kept = {key: value for key, value in request.items() if key not in ("count", "qtype", "interval")}
        batch.append({**kept, "id": probe_id, "role": role, "kind": kind, "token": token, **fields})

    def _dns_upstream(
        self, node: _Origin, role: str, destination: Endpoint, name: str, search: bool | None = None
    ) -> None:
        """The servers that cluster DNS forwards a name to, asked from the source's node."""
        asked = {"name": name, "qtype": "A", "search": search}
        zone = name if not search else "."
        for upstream in cluster_dns.Corefile.of(self.index).upstreams_for(zone)[:MAX_SERVERS]:
            known = cluster_dns.server_address(upstream)
            if known is not None:
                address, port = known
                server = Endpoint(text=address, kind="address", name=address, address=address, port=port)
                fields = {} if port == cluster_dns.PORT else {"port": port}
                self._add(node, role, "dns", address, server, nameserver=address, **asked, **fields)
            elif upstream.startswith("/"):
                # A file such as /etc/resolv.conf: the nodes' own servers.
                self._add(node, role, "dns", name, destination, each_nameserver=True, **asked)

    # -- helpers ---------------------------------------------------------------------------------------------
    def _qualified(self, name: str) -> str:
        """The name as cluster DNS must know it: a Service's short name in full, any other as it is."""
        service = t.cast(Endpoint, self.destination).service
        of_port = port_labels(name)
        labels = labels_of_name(name)[len(of_port) :]
        if service is None or len(labels) > 3:
            return name
        before = "".join(f"{label}." for label in of_port)
        return f"{before}{service.name}.{service.namespace}.svc.{cluster_dns.Corefile.of(self.index).domain}"

    def _is_cluster_dns(self, end: Endpoint, port: object) -> bool:
        """Whether a server of cluster DNS is asked for names, which answers each question."""
        by_service = end.service is not None and (end.service.namespace, end.service.name)
        servers = cluster_dns.server_addresses(self.index)
        return port == cluster_dns.PORT and (by_service == cluster_dns.place(self.index) or end.address in servers)

    def _transport(self) -> str:
        return "udp" if self.options.protocol == "udp" else "tcp"

    def _timeout(self, factor: float) -> float:
        return self.options.probe_timeout * factor

    def _may_send_data(self, destination: Endpoint) -> bool:
        if self.options.tcp_data != "auto":
            return self.options.tcp_data == "always"
        service = destination.service
        if service is None:
            return destination.port in HTTP_PORTS
        declared = service.app_protocol or service.port_name or str(service.target_port)
        return declared.lower().split("-")[0] in ("http", "http1", "http2", "web") or service.port in HTTP_PORTS

    def _node_address(self, name: str | None) -> str | None:
        node = self.index.nodes.get(name or "")
        return self.index.node_address(node) if node else None

    def _add(self, origin: _Origin, role: str, kind: str, target: str, end: Endpoint, **fields: t.Any) -> None:
        batch = self.requests.setdefault(origin.node, [])
        number = sum(map(len, self.requests.values())) + 1
        probe_id = f"{role}-{number}"
        request = {
            "id": probe_id,
            "role": role,
            "kind": kind,
            "netns": origin.netns,
            "target": target,
            "timeout": self.options.probe_timeout,
            "token": hashlib.sha256(f"{self.run_id}/{probe_id}".encode()).hexdigest()[:16],
            "from": {"node": origin.node, "netns": origin.netns, "address": origin.address},
            "to": {
                "node": end.node,
                "namespace": end.namespace,
                "pod": end.name if end.kind == "pod" else None,
                "service": f"{end.service.namespace}/{end.service.name}" if end.service else None,
                "address": end.address,
                "port": end.port,
                "text": end.text,
            },
        }
        more = {"application": origin.application, **fields}
        if kind == "udp" and "size" not in fields and self._is_cluster_dns(end, fields.get("port")):
            more["expect_reply"] = True
        batch.append({**request, **{key: value for key, value in more.items() if value is not None}})


def _origin(end: Endpoint) -> _Origin | None:
    if end.netns is None or end.node is None:
        return None
    application = f"pod:{end.namespace}/{end.name}" if end.kind == "pod" and end.host_network else None
    return _Origin(end.node, end.netns, end.address, application)


def _targets(resolved: Resolved) -> list[Endpoint]:
    """The real ends of the path: a Service's backends, else the destination itself when it has an address."""
    if resolved.backends:
        return [backend for backend in resolved.backends if backend.address][:MAX_BACKENDS]
    destination = resolved.destination
    if destination is None or destination.service is not None or destination.kind in ("service", "name"):
        return []
    return [destination] if destination.address else []
