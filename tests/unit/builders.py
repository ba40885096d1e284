# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A healthy cluster of two nodes as plain evidence, to be broken by a test in the way it needs.

The state is what the lab shows (flannel vxlan, kube-proxy in iptables mode, CoreDNS), shortened. The plan and the probe
requests are made by the collection's own planner; the probes' results pass unless the test says otherwise.
"""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import parse_options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan

Json = dict[str, t.Any]
NODES = {"node-1": "192.0.2.11", "node-2": "192.0.2.12"}
CIDRS = {"node-1": "10.244.1.0/24", "node-2": "10.244.2.0/24"}
VTEPS = {"node-1": "82:f9:fe:57:74:b7", "node-2": "06:e5:f0:bc:ef:66"}
NICS = {"node-1": "02:00:00:00:01:02", "node-2": "02:00:00:00:02:02"}
BRIDGES = {"node-1": "02:00:00:00:01:04", "node-2": "02:00:00:00:02:04"}
OUTSIDE = "198.51.100.10"
# pod name: (namespace, node, address, app label, container ports, listening ports)
PODS: dict[str, tuple[str, str, str, str, list[Json], list[int]]] = {
    "client-1": ("default", "node-1", "10.244.1.2", "client", [], []),
    "web-a": ("default", "node-1", "10.244.1.3", "web", [{"name": "http", "containerPort": 8080}], [8080]),
    "client-2": ("default", "node-2", "10.244.2.2", "client", [], []),
    "coredns-1": ("kube-system", "node-2", "10.244.2.3", "", [{"name": "dns", "containerPort": 53}], [53]),
    "web-b": ("default", "node-2", "10.244.2.4", "web", [{"name": "http", "containerPort": 8080}], [8080]),
}
SERVICES = {"web": "10.96.0.20", "web-nodeport": "10.96.0.21"}
NODE_PORT = 30080
CLUSTER_DNS = "10.96.0.10"
READY = {"type": "Ready", "status": "True"}
COREFILE = ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . 203.0.113.53\n}\n"
Outcome = t.Union[str, Json]


def netfilter(forward_policy: str = "ACCEPT", flannel: bool = True, first: str = "", services: bool = True) -> str:
    """iptables-save -c of a node. first: lines at the head of the filter table's rules."""
    accepts = (
        """\
[20:1489] -A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
[0:0] -A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
"""
        if flannel
        else ""
    )
    jumps = (
        "".join(
            f'[0:0] -A KUBE-SERVICES -d {address}/32 -p tcp -m comment --comment "default/{name}:http cluster IP" '
            f"-m tcp --dport 80 -j KUBE-SVC-{name.upper()}\n"
            for name, address in SERVICES.items()
        )
        if services
        else ""
    )
    jumps += (
        f'[0:0] -A KUBE-SERVICES -d {CLUSTER_DNS}/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" '
        "-m udp --dport 53 -j KUBE-SVC-DNS\n"
        if services
        else ""
    )
    chains = "".join(
        f":KUBE-SVC-{name.upper()} - [0:0]\n:KUBE-SEP-{name.upper()}-A - [0:0]\n:KUBE-SEP-{name.upper()}-B - [0:0]\n"
        for name in SERVICES
    )
    backends = "".join(
        f'[0:0] -A KUBE-SVC-{name.upper()} -m comment --comment "default/{name}:http -> 10.244.1.3:8080" -m statistic '
        f"--mode random --probability 0.50000000000 -j KUBE-SEP-{name.upper()}-A\n"
        f'[0:0] -A KUBE-SVC-{name.upper()} -m comment --comment "default/{name}:http -> 10.244.2.4:8080" '
        f"-j KUBE-SEP-{name.upper()}-B\n"
        f"[0:0] -A KUBE-SEP-{name.upper()}-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080\n"
        f"[0:0] -A KUBE-SEP-{name.upper()}-B -p tcp -m tcp -j DNAT --to-destination 10.244.2.4:8080\n"
        for name in SERVICES
    )
    return f"""\
*filter
:INPUT ACCEPT [0:0]
:FORWARD {forward_policy} [{7 if forward_policy == "DROP" else 0}:588]
:OUTPUT ACCEPT [0:0]
:FLANNEL-FWD - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
{first}[48:306237] -A INPUT -m conntrack --ctstate NEW -m comment --comment "load balancer firewall" -j KUBE-PROXY-FIREWALL
[11308:7035342] -A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
[11512:7181838] -A INPUT -j KUBE-FIREWALL
[105:308320] -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
[20:1489] -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[20:1489] -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
[11651:1049378] -A OUTPUT -j KUBE-FIREWALL
{accepts}[0:0] -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" \
-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
[0:0] -A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP
[1:60] -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
[84:306771] -A KUBE-FORWARD -m comment --comment "conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-DNS - [0:0]
:KUBE-SEP-DNS - [0:0]
{chains}[40:4499] -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[1266:77029] -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[1:60] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
{jumps}[0:0] -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
[0:0] -A KUBE-NODEPORTS -p tcp -m tcp --dport {NODE_PORT} -j KUBE-MARK-MASQ
[0:0] -A KUBE-NODEPORTS -p tcp -m tcp --dport {NODE_PORT} -j KUBE-SVC-WEB-NODEPORT
{backends}[0:0] -A KUBE-SVC-DNS -m comment --comment "kube-system/kube-dns:dns -> 10.244.2.3:53" -j KUBE-SEP-DNS
[0:0] -A KUBE-SEP-DNS -p udp -m udp -j DNAT --to-destination 10.244.2.3:53
COMMIT
"""


# -- the API's objects ---------------------------------------------------------------------------------------------
def _pod(name: str) -> Json:
    namespace, node, address, app, ports, _listening = PODS[name]
    labels = {"k8s-app": "kube-dns"} if name.startswith("coredns") else {"app": app}
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-{name}", "labels": labels},
        "spec": {"nodeName": node, "dnsPolicy": "ClusterFirst", "containers": [{"name": "main", "ports": ports}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [dict(READY)],
            "containerStatuses": [{"name": "main", "ready": True, "restartCount": 0, "state": {"running": {}}}],
        },
    }


def _agent(daemonset: str, namespace: str, node: str, label: Json) -> Json:
    return {
        "metadata": {
            "namespace": namespace,
            "name": f"{daemonset}-{node}",
            "uid": f"uid-{daemonset}-{node}",
            "labels": label,
            "ownerReferences": [{"kind": "DaemonSet", "name": daemonset, "controller": True}],
        },
        "spec": {
            "nodeName": node,
            "hostNetwork": True,
            "priorityClassName": "system-node-critical",
            "containers": [{"name": "main", "ports": []}],
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
                        ]
                    }
                }
            },
        },
        "status": {
            "phase": "Running",
            "podIP": NODES[node],
            "conditions": [dict(READY)],
            "containerStatuses": [{"name": "main", "ready": True, "restartCount": 0, "state": {"running": {}}}],
        },
    }


def _node(name: str) -> Json:
    return {
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name},
            "annotations": {
                "flannel.alpha.coreos.com/backend-type": "vxlan",
                "flannel.alpha.coreos.com/backend-data": f'{{"VNI":1,"VtepMAC":"{VTEPS[name]}"}}',
                "flannel.alpha.coreos.com/public-ip": NODES[name],
            },
        },
        "spec": {"podCIDR": CIDRS[name], "podCIDRs": [CIDRS[name]]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": NODES[name]}, {"type": "Hostname", "address": name}],
            "conditions": [dict(READY)],
        },
    }


def _service(name: str, address: str) -> Json:
    port: Json = {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}
    kind = "ClusterIP"
    if name == "web-nodeport":
        kind, port = "NodePort", {**port, "nodePort": NODE_PORT}
    return {
        "metadata": {"namespace": "default", "name": name},
        "spec": {
            "type": kind,
            "clusterIP": address,
            "clusterIPs": [address],
            "selector": {"app": "web"},
            "ports": [port],
        },
    }


def _slice(namespace: str, service: str, ports: list[Json], pods: t.Sequence[str]) -> Json:
    return {
        "metadata": {"namespace": namespace, "name": f"{service}-x", "labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": [
            {
                "addresses": [PODS[pod][2]],
                "nodeName": PODS[pod][1],
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "namespace": PODS[pod][0], "name": pod},
            }
            for pod in pods
        ],
    }


def _cluster() -> Json:
    http = [{"name": "http", "port": 8080, "protocol": "TCP"}]
    dns = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main"}]}}
    agents = [
        ("kube-flannel-ds", "kube-flannel", {"app": "flannel"}),
        ("kube-proxy", "kube-system", {"k8s-app": "kube-proxy"}),
    ]
    return {
        "schema": "podnet.diagnostics/cluster/v1",
        "time": "2026-01-01T00:00:00Z",
        "version": {"gitVersion": "v1.34.4"},
        "resources": {
            "nodes": [_node(name) for name in NODES],
            "pods": [
                *map(_pod, PODS),
                *(_agent(name, space, node, label) for name, space, label in agents for node in NODES),
            ],
            "services": [
                *(_service(name, address) for name, address in SERVICES.items()),
                {
                    "metadata": {"namespace": "kube-system", "name": "kube-dns"},
                    "spec": {
                        "type": "ClusterIP",
                        "clusterIP": CLUSTER_DNS,
                        "clusterIPs": [CLUSTER_DNS],
                        "selector": {"k8s-app": "kube-dns"},
                        "ports": [
                            {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"},
                            {"name": "dns-tcp", "port": 53, "targetPort": 53, "protocol": "TCP"},
                        ],
                    },
                },
            ],
            "endpointslices": (
                [_slice("default", name, copy.deepcopy(http), ("web-a", "web-b")) for name in SERVICES]
                + [_slice("kube-system", "kube-dns", dns, ("coredns-1",))]
            ),
            "networkpolicies": [],
            "events": [],
            "daemonsets": [
                {
                    "metadata": {"namespace": space, "name": name},
                    "spec": {
                        "selector": {"matchLabels": label},
                        "template": {
                            "metadata": {"labels": label},
                            "spec": {"priorityClassName": "system-node-critical"},
                        },
                    },
                    "status": {"desiredNumberScheduled": 2, "numberReady": 2, "numberUnavailable": 0},
                }
                for name, space, label in agents
            ],
            "deployments": [
                {
                    "metadata": {"namespace": "default", "name": "web"},
                    "spec": {"replicas": 2, "template": template},
                    "status": {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2},
                },
                {
                    "metadata": {"namespace": "kube-system", "name": "coredns"},
                    "spec": {"replicas": 1, "template": {"metadata": {"labels": {"k8s-app": "kube-dns"}}}},
                    "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
                },
            ],
            "configmaps": [
                {"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": COREFILE}}
            ],
        },
        "errors": [],
    }


# -- snapshots -----------------------------------------------------------------------------------------------------
def address(value: str, prefix: int = 24, **more: t.Any) -> Json:
    """An address of a link."""
    return {
        "family": 4,
        "address": value,
        "prefix": prefix,
        "scope": "global",
        "dynamic": False,
        "secondary": False,
        "valid_seconds": None,
        "peer": None,
        "flags": [],
        **more,
    }


def link(name: str, index: int, kind: str, mtu: int, **more: t.Any) -> Json:
    """A link that is up."""
    return {
        "name": name,
        "index": index,
        "kind": kind,
        "mtu": mtu,
        "up": True,
        "operstate": "UP",
        "carrier": True,
        "mac": f"02:00:00:00:00:{index:02x}",
        "master": None,
        "lower": None,
        "peer_index": None,
        "peer_nsid": None,
        "peer_netns": None,
        "flags": ["UP"],
        "qdisc": "noqueue",
        "addresses": [],
        "vxlan": None,
        "tunnel": None,
        "bridge": None,
        "bridge_port": None,
        "vlan": None,
        "stats": {},
        **more,
    }


def route(dst: str, dev: str | None, gateway: str | None = None, **more: t.Any) -> Json:
    """A route of table main."""
    return {
        "family": 4,
        "table": "main",
        "type": "unicast",
        "dst": dst,
        "gateway": gateway,
        "dev": dev,
        "metric": 0,
        "source": None,
        "scope": "global",
        "protocol": "boot",
        "onlink": False,
        "flags": [],
        "nexthops": [],
        "mtu": None,
        "mtu_locked": False,
        "other": [],
        **more,
    }


def rule(priority: int, table: str, **more: t.Any) -> Json:
    """A policy routing rule for everything."""
    return {
        "priority": priority,
        "family": 4,
        "from": None,
        "to": None,
        "table": table,
        "action": "lookup",
        "goto": None,
        "iif": None,
        "oif": None,
        "fwmark": None,
        "fwmask": None,
        "not": False,
        "protocol": None,
        "sport": None,
        "dport": None,
        "tos": None,
        "uid_range": None,
        "l3mdev": False,
        "suppress_prefix_length": None,
        "other": [],
        **more,
    }


def socket(port: int, local: str = "0.0.0.0", protocol: str = "tcp", process: str = "python3") -> Json:
    """A listening socket."""
    return {
        "protocol": protocol,
        "family": 4,
        "local": local,
        "port": port,
        "state": "LISTEN",
        "inode": 4711,
        "uid": 0,
        "process": process,
        "backlog": 0,
        "max_backlog": 5,
        "drops": None,
    }


def vxlan(identifier: int, local: str, port: int = 8472, remote: str | None = None) -> Json:
    """The VXLAN part of a link."""
    return {
        "id": identifier,
        "local": local,
        "remote": remote,
        "port": port,
        "dev": "eth0",
        "learning": False,
        "external": False,
    }


def _rules() -> list[Json]:
    return [rule(0, "local"), rule(32766, "main"), rule(32767, "default")]


def _netns(identifier: str, inode: int, **parts: t.Any) -> Json:
    return {
        "id": identifier,
        "pid": inode,
        "inode": inode,
        "links": [],
        "routes": [],
        "rules": _rules(),
        "neighbours": [],
        "fdb": [],
        "netfilter": {"iptables": [], "nftables": {"text": None, "tables": [], "note": None}},
        "sysctls": {},
        "sockets": [],
        "socket_counts": {},
        "counters": {},
        "resolv_conf": None,
        "errors": [],
        **parts,
    }


def _pod_netns(name: str, number: int, host_inode: int) -> Json:
    namespace, node, own, _app, _ports, listening = PODS[name]
    gateway = CIDRS[node].replace(".0/24", ".1")
    return _netns(
        f"pod:{namespace}/{name}",
        5000 + number,
        links=[
            link("lo", 1, "loopback", 65536, addresses=[address("127.0.0.1", 8)]),
            link(
                "eth0",
                2,
                "veth",
                1450,
                peer_index=10 + number,
                peer_netns=host_inode,
                addresses=[address(own)],
                mac=f"0a:00:00:00:00:{10 + number:02x}",
            ),
        ],
        routes=[
            route("0.0.0.0/0", "eth0", gateway),
            route(CIDRS[node], "eth0", scope="link", source=own),
            route("10.244.0.0/16", "eth0", gateway),
            route(f"{own}/32", "eth0", table="local", type="local", scope="host"),
            route("127.0.0.0/8", "lo", table="local", type="local", scope="host"),
        ],
        sockets=[
            *(socket(port) for port in listening),
            *({**socket(port, protocol="udp"), "state": "UNCONN"} for port in listening if port == 53),
        ],
        resolv_conf=(
            f"search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver {CLUSTER_DNS}\n"
            "options ndots:5\n"
        ),
    )


def _snapshot(node: str) -> Json:
    own, cidr = NODES[node], CIDRS[node]
    (other,) = (name for name in NODES if name != node)
    host_inode = 4000 + int(node[-1])
    pods = [name for name, values in PODS.items() if values[1] == node]
    ports = {
        name: link(
            f"veth{name.replace('-', '')}",
            10 + number,
            "veth",
            1450,
            master="cni0",
            peer_index=2,
            peer_netns=5000 + number,
            bridge_port={"state": "forwarding"},
        )
        for number, name in enumerate(PODS)
        if name in pods
    }
    flannel = cidr.partition("/")[0]
    bridge = flannel[:-1] + "1"
    host = _netns(
        "host",
        host_inode,
        links=[
            link("lo", 1, "loopback", 65536, addresses=[address("127.0.0.1", 8)]),
            link("eth0", 2, "veth", 1500, peer_index=5, peer_nsid=0, addresses=[address(own)], mac=NICS[node]),
            link("flannel.1", 3, "vxlan", 1450, mac=VTEPS[node], addresses=[address(flannel, 32)], vxlan=vxlan(1, own)),
            link("cni0", 4, "bridge", 1450, addresses=[address(bridge)], bridge={}, mac=BRIDGES[node]),
            *ports.values(),
        ],
        routes=[
            route("0.0.0.0/0", "eth0", "192.0.2.1"),
            route(cidr, "cni0", scope="link", source=bridge),
            route(CIDRS[other], "flannel.1", CIDRS[other].partition("/")[0], onlink=True, flags=["onlink"]),
            route("192.0.2.0/24", "eth0", scope="link", source=own),
            *(
                route(f"{local}/32", dev, table="local", type="local", scope="host", source=local)
                for local, dev in ((own, "eth0"), (flannel, "flannel.1"), (bridge, "cni0"))
            ),
        ],
        neighbours=[
            {
                "family": 4,
                "address": CIDRS[other].partition("/")[0],
                "mac": VTEPS[other],
                "dev": "flannel.1",
                "state": "PERMANENT",
                "router": False,
                "proxy": False,
            },
            {
                "family": 4,
                "address": NODES[other],
                "mac": NICS[other],
                "dev": "eth0",
                "state": "STALE",
                "router": False,
                "proxy": False,
            },
            *(
                {
                    "family": 4,
                    "address": PODS[name][2],
                    "mac": f"0a:00:00:00:00:{port['index']:02x}",
                    "dev": "cni0",
                    "state": "STALE",
                    "router": False,
                    "proxy": False,
                }
                for name, port in ports.items()
            ),
        ],
        fdb=[
            {
                "mac": VTEPS[other],
                "dev": "flannel.1",
                "dst": NODES[other],
                "state": "permanent",
                "vlan": None,
                "vni": None,
                "port": None,
                "via": None,
                "self": True,
                "master": None,
                "flags": [],
            }
        ],
        netfilter={
            "iptables": [
                {
                    "backend": "nf_tables",
                    "family": 4,
                    "text": netfilter(),
                    "version": "v1.8.9 (nf_tables)",
                    "binary": "iptables-save",
                    "origin": "host",
                }
            ],
            "nftables": {"text": None, "tables": [], "note": None},
        },
        sysctls={
            "net.ipv4.ip_forward": "1",
            "net.bridge.bridge-nf-call-iptables": "1",
            "net.ipv4.conf.all.forwarding": "1",
        },
        resolv_conf="nameserver 203.0.113.53\n",
    )
    return {
        "schema": "podnet.diagnostics/snapshot/v1",
        "node": node,
        "hostname": node,
        "kernel": "6.18.0",
        "time": "2026-01-01T00:00:01Z",
        "seconds": 0.2,
        "tools": {"ip": "iproute2-6.1.0", "iptables": "v1.8.9 (nf_tables)", "nft": "v1.0.6", "tcpdump": "4.99.3"},
        "netns": [host, *(_pod_netns(name, number, host_inode) for number, name in enumerate(PODS) if name in pods)],
        "pods": [],
        "conntrack": {"count": 120, "max": 131072, "drop": 0, "early_drop": 0, "insert_failed": 0},
        "neighbour_table": {"count": 8, "gc_thresh3": 1024},
        "load": [0.1, 0.1, 0.1],
        "cpus": 2,
        "memory": {"total": 8 << 30, "available": 4 << 30},
        "nic_counters": {},
        "nic_config": {"files": [], "interfaces": [], "errors": []},
        "cni_config": {"files": [], "flannel": None, "allocated": {}},
        "errors": [],
    }


def _outside() -> Json:
    snapshot = _snapshot("node-1")
    host = _netns(
        "host",
        4100,
        links=[
            link("lo", 1, "loopback", 65536, addresses=[address("127.0.0.1", 8)]),
            link("eth0", 2, "veth", 1500, peer_index=6, peer_nsid=0, addresses=[address(OUTSIDE)]),
        ],
        routes=[
            route("0.0.0.0/0", "eth0", "198.51.100.1"),
            route("198.51.100.0/24", "eth0", scope="link"),
            route(f"{OUTSIDE}/32", "eth0", table="local", type="local", scope="host"),
        ],
    )
    return {**snapshot, "node": "outside", "hostname": "outside", "netns": [host]}


# -- the whole -----------------------------------------------------------------------------------------------------
class World:
    """The evidence of one run in the making: break it, then diagnose()."""

    def __init__(self) -> None:
        self.cluster = _cluster()
        self.snapshots: dict[str, Json] = {**{name: _snapshot(name) for name in NODES}, "outside": _outside()}
        self.captures: Json = {"schema": "podnet.diagnostics/captures/v1", "captures": [], "flows": []}
        self.events: list[Json] = []
        self.dose = "none"  # as diagnose_dose; "gentle" adds bursts, growing connections and pairs of DNS questions
        self.idle = 0
        self.counters: dict[str, Json] = {}
        self.again: dict[str, Outcome] = {}  # roles that were sent once more beside captures, and how they went
        self.counters_again: dict[str, Json] = {}
        self.endpoints: Json | None = None

    # -- parts -------------------------------------------------------------------------------------------------
    def resources(self, kind: str) -> list[Json]:
        """All API objects of a kind."""
        return t.cast(list[Json], self.cluster["resources"][kind])

    def item(self, kind: str, name: str) -> Json:
        """An API object by name."""
        return next(entry for entry in self.resources(kind) if entry["metadata"]["name"] == name)

    def remove(self, kind: str, name: str) -> None:
        """Take an API object away."""
        self.resources(kind).remove(self.item(kind, name))

    def netns(self, node: str, name: str = "host") -> Json:
        """A namespace of a snapshot."""
        return t.cast(Json, next(entry for entry in self.snapshots[node]["netns"] if entry["id"] == name))

    def link(self, node: str, name: str, netns: str = "host") -> Json:
        """A device."""
        return t.cast(Json, next(entry for entry in self.netns(node, netns)["links"] if entry["name"] == name))

    def drop_route(self, node: str, dst: str) -> None:
        """Take a route away."""
        host = self.netns(node)
        host["routes"] = [entry for entry in host["routes"] if entry["dst"] != dst]

    def set_netfilter(self, node: str, text: str, backend: str = "nf_tables") -> None:
        """Replace the rules of one back end."""
        entries = self.netns(node)["netfilter"]["iptables"]
        entries[:] = [entry for entry in entries if entry["backend"] != backend]
        entries.append(
            {"backend": backend, "family": 4, "text": text, "version": "v1.8.9", "binary": "", "origin": "host"}
        )

    def pod_ready(self, name: str, ready: bool, phase: str = "Running") -> None:
        """Set a pod's readiness, in its endpoints too."""
        status = self.item("pods", name)["status"]
        status["phase"] = phase
        status["conditions"] = [
            {
                "type": "Ready",
                "status": str(ready),
                **(
                    {}
                    if ready
                    else {"reason": "ContainersNotReady", "message": "containers with unready status: [main]"}
                ),
            }
        ]
        status["containerStatuses"][0]["ready"] = ready
        for piece in self.resources("endpointslices"):
            for endpoint in piece["endpoints"]:
                if endpoint["targetRef"]["name"] == name:
                    endpoint["conditions"]["ready"] = ready

    # -- running -----------------------------------------------------------------------------------------------
    def evidence(
        self,
        source: str,
        destination: str,
        port: int | None = None,
        protocol: str = "tcp",
        outcomes: t.Mapping[str, Outcome] | None = None,
    ) -> Evidence:
        """What a run would have collected. outcomes: role, or "role address", to an outcome or to parts of a result."""
        asked = {"source": source, "destination": destination, "port": port, "protocol": protocol}
        options, problems = parse_options({**asked, "dose": self.dose, "idle": self.idle})
        assert options is not None, problems
        plan = make_plan(options, self.cluster, "3f9a1c02", {"outside": OUTSIDE}, lambda node: False)
        probes = [
            {"phase": "probe", "node": node, "request": request, "result": self._result(request, outcomes or {})}
            for node, work in plan["work"].items()
            for request in work["probes"]
        ]
        probes += [
            {
                "phase": "capture",
                "node": node,
                "request": {**request, "id": f"{request['id']}-again"},
                "result": self._result(request, self.again),
            }
            for node, work in plan["work"].items()
            for request in work["probes"]
            if request["role"] in self.again
        ]
        snapshots = {}
        for node in plan["nodes"]:
            if node in self.snapshots:
                wanted = {"host", *plan["work"][node]["pod_namespaces"]}
                snapshot = self.snapshots[node]
                snapshots[node] = {**snapshot, "netns": [entry for entry in snapshot["netns"] if entry["id"] in wanted]}
        return load(
            plan=plan,
            cluster=self.cluster,
            snapshots=snapshots,
            probes=probes,
            captures=self.captures,
            events=self.events,
            counters=self.counters,
            endpoints=self.endpoints,
            counters_again=self.counters_again,
        )

    def diagnose(
        self,
        source: str,
        destination: str,
        port: int | None = None,
        protocol: str = "tcp",
        outcomes: t.Mapping[str, Outcome] | None = None,
    ) -> Json:
        """findings.json of the run."""
        return analyse(self.evidence(source, destination, port, protocol, outcomes)).to_json()

    def seen(
        self, probe_id: str, last: tuple[str, str], missing: tuple[str, str], reply: bool = False, lossless: bool = True
    ) -> None:
        """Add captures that saw a probe's packets last at one device and never at another: (node, device) each."""
        way = "reply" if reply else "forward"
        flow: Json = {
            "probe_id": probe_id,
            "sightings": [],
            "last_forward": None,
            "missing_forward": None,
            "last_reply": None,
            "missing_reply": None,
            "loss": True,
            "lossless": lossless,
            "known": True,
            "ambiguous": False,
            "notes": [],
            "errors": [],
        }
        for key, (node, device) in (("last", last), ("missing", missing)):
            flow[f"{key}_{way}"] = {"node": node, "device": device, "netns": "host"}
        flow["sightings"].append(
            {
                "node": last[0],
                "device": last[1],
                "netns": "host",
                "direction": way,
                "count": 3,
                "src": "",
                "dst": "",
                "outer": None,
            }
        )
        self.captures["flows"].append(flow)

    @staticmethod
    def _result(request: Json, outcomes: t.Mapping[str, Outcome]) -> Json:
        wanted = outcomes.get(f"{request['role']} {request['target']}", outcomes.get(request["role"]))
        target = request["target"]
        for name, value in SERVICES.items():
            if str(target).split(".", maxsplit=1)[0] == name:
                target = value
        base: Json = {
            "id": request["id"],
            "role": request["role"],
            "kind": request["kind"],
            "netns": request["netns"],
            "target": request["target"],
            "port": request.get("port"),
            "status": "pass",
            "address": target,
            "local_address": request["from"]["address"],
            "error": None,
            "started": "2026-01-01T00:00:02Z",
            "seconds": 0.01,
            "sent": 4,
            "received": 4,
            "loss_percent": 0.0,
            "attempts": [],
            "data": {},
            "rtt_ms": {"min": 0.08, "avg": 0.1, "max": 0.13, "mdev": 0.01},
            **_GOOD[request["kind"]],
        }
        if request["kind"] == "dns":
            base["data"] = {
                "question": {"name": request.get("name"), "type": "A"},
                "rcode": 0,
                "servers": (
                    [{"nameserver": CLUSTER_DNS, "outcome": "answer", "rtt_ms": 0.4, "answers": []}]
                    if request.get("each_nameserver")
                    else []
                ),
            }
        if isinstance(wanted, str):
            return {**base, "status": "fail", "outcome": wanted, "received": 0, "loss_percent": 100.0, "rtt_ms": None}
        return {**base, **(wanted or {})}


_GOOD: t.Mapping[str, Json] = {
    "icmp": {"outcome": "reply"},
    "tcp": {"outcome": "open"},
    "udp": {"outcome": "reply"},
    "dns": {"outcome": "answer"},
    "http": {"outcome": "response"},
    "burst": {
        "outcome": "reply",
        "sent": 180,
        "received": 180,
        "data": {
            "stages": [{"stage": "first", "interval": 0.0035, "sent": 180, "received": 180, "times_ms": [0.1] * 180}],
            "spread_ms": {"min": 0.1, "median": 0.1, "p90": 0.1, "p99": 0.1, "max": 0.1},
        },
    },
    "connections": {
        "outcome": "open",
        "sent": 40,
        "received": 40,
        "data": {
            "steps": [
                {"size": size, "seconds": 0.2, "signs": 0, "results": [["open", 0.2, 0]] * size} for size in (5, 10, 25)
            ],
            "singles": None,
            "stopped": None,
            "signs": [],
        },
    },
    "dns_pairs": {
        "outcome": "answer",
        "sent": 40,
        "received": 40,
        "data": {
            "servers": [
                {
                    "server": CLUSTER_DNS,
                    "sent": 40,
                    "answered": 40,
                    "half_lost": 0,
                    "both_lost": 0,
                    "pairs": [[0.3, 0.4]] * 20,
                    "rcodes": {"noerror": 40},
                    "outcomes": {},
                }
            ]
        },
    },
    "idle": {"outcome": "open", "sent": 1, "received": 1, "data": {"opened": True, "idle_seconds": 60}},
    "path_mtu": {
        "outcome": "reply",
        "loss_percent": None,
        "data": {
            "largest": 1450,
            "smallest_failed": None,
            "device_mtu": 1450,
            "tried": [{"size": 1450, "outcome": "reply", "mtu": None, "from": None}],
        },
    },
    "tcp_segment": {
        "outcome": "reply",
        "loss_percent": None,
        "data": {
            "largest": 1450,
            "smallest_failed": None,
            "device_mtu": 1450,
            "mss": 1398,
            "tried": [{"size": 1450, "outcome": "reply", "mtu": None, "from": None}],
        },
    },
}


def sizes(largest: int, device_mtu: int, told: int | None = None, sender: str | None = None) -> Json:
    """The result of a size probe that stops at `largest`. told: the MTU in the ICMP error, None for silence."""
    above = {"size": largest + 1, "outcome": "frag_needed" if told else "no_reply", "mtu": told, "from": sender}
    return {
        "status": "fail",
        "outcome": above["outcome"],
        "data": {
            "largest": largest,
            "smallest_failed": largest + 1,
            "device_mtu": device_mtu,
            "tried": [{"size": largest, "outcome": "reply", "mtu": None, "from": None}, above],
        },
    }
