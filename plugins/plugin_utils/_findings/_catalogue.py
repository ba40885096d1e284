# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Every finding id: its title and the step of the runbook that asks for it. Each has a page in docs/findings/."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Entry:
    """title: one line for people. step: of the runbook, where a reader looks for it."""

    title: str
    step: str

    @property
    def of_the_path(self) -> bool:
        """Whether only a look at the packets themselves proves it, not a look at what decides about them."""
        return self.step in (_SNAPSHOT, "ping", "mtu", "capture", "nic_config")


_SNAPSHOT, _COMPONENTS, _RESOLVE = "snapshot", "components", "resolve"

CATALOGUE: t.Mapping[str, Entry] = {
    # -- pods and nodes, from the API's objects --
    "pod-not-ready": Entry("A pod is not ready", _RESOLVE),
    "container-not-ready": Entry("A container is not ready", _RESOLVE),
    "readiness-probe-failing": Entry("A readiness probe fails though its pod runs", _RESOLVE),
    "node-not-ready": Entry("A node is not ready", _COMPONENTS),
    "clock-skew": Entry("The clock of a node is wrong", _COMPONENTS),
    # -- Services --
    "node-overloaded": Entry("A node has no resources left", _COMPONENTS),
    "service-port-missing": Entry("The Service has no such port", _RESOLVE),
    "service-selector-mismatch": Entry("The Service's selector matches no pod", _RESOLVE),
    "service-no-ready-pods": Entry("No pod behind the Service is ready", _RESOLVE),
    "service-no-endpoints": Entry("The Service has no endpoints", _RESOLVE),
    "service-target-port-mismatch": Entry("The Service's target port is not one of its pods'", _RESOLVE),
    "service-protocol-mismatch": Entry("The Service has this port for another protocol", _RESOLVE),
    "service-external-traffic-local": Entry("externalTrafficPolicy Local, and no endpoint on this node", _RESOLVE),
    "service-internal-traffic-local": Entry("internalTrafficPolicy Local, and no endpoint on this node", _RESOLVE),
    "service-claims-address": Entry("A Service takes an address that belongs to somebody else", _RESOLVE),
    "service-address-unknown": Entry("No Service has the address that was asked for", _RESOLVE),
    "endpoints-changed": Entry("The Service's endpoints come and go", _RESOLVE),
    "endpoint-address-unknown": Entry("An endpoint has an address that no pod has", _RESOLVE),
    "loadbalancer-not-assigned": Entry("The load balancer has no address yet", _RESOLVE),
    "loadbalancer-not-announced": Entry("Nobody answers for the load balancer's address", _RESOLVE),
    "loadbalancer-source-range": Entry("The load balancer's source ranges do not hold the client", _RESOLVE),
    "service-rules-bypassed": Entry("A rule takes the packets before kube-proxy's rules do", _SNAPSHOT),
    "nodeport-address-excluded": Entry("Node ports are not served on the address that was asked for", _COMPONENTS),
    "localhost-nodeport-off": Entry("A node port does not answer on the loopback address", _SNAPSHOT),
    # -- programs --
    "port-not-listening": Entry("Nothing listens on the port", "tcp"),
    "port-listening-on-loopback": Entry("The application listens on the loopback address only", "tcp"),
    "udp-answer-from-elsewhere": Entry("Answers of UDP come from another address than was asked", "tcp"),
    "backend-unhealthy": Entry("One of the Service's backends does not answer", "tcp"),
    "process-backlog-full": Entry("The application does not accept its connections", "tcp"),
    "connection-limit": Entry("A limit of connections is reached", "tcp"),
    "ephemeral-ports-exhausted": Entry("No local port is free", "tcp"),
    "nat-ports-exhausted": Entry("A rule leaves too few ports for the connections that it translates", "tcp"),
    # -- packet filters --
    "network-policy-deny": Entry("A NetworkPolicy denies the connection", _SNAPSHOT),
    "netfilter-drop": Entry("A packet filter rule drops the packets", _SNAPSHOT),
    "netfilter-reject": Entry("A packet filter rule rejects the packets", _SNAPSHOT),
    "forward-policy-drop": Entry("The FORWARD policy drops pod traffic", _SNAPSHOT),
    "redirect-target-missing": Entry("A rule redirects the packets to where nobody takes them", _SNAPSHOT),
    "hostport-rules-stale": Entry("A host port leads to a pod that is gone", _SNAPSHOT),
    "hostport-rules-missing": Entry("A host port has no rules", _SNAPSHOT),
    "snat-missing": Entry("Traffic leaves with an address that nobody can answer", _SNAPSHOT),
    "snat-wrong": Entry("A rule gives the packets a source address that nobody answers for", _SNAPSHOT),
    "packet-rewritten": Entry("A rule writes into the packets, and they end elsewhere", _SNAPSHOT),
    "bpf-program-drop": Entry("A BPF program drops the packets", _SNAPSHOT),
    "bpf-program-redirect": Entry("A BPF program sends connections to somebody else", "tcp"),
    "socket-filter-drop": Entry("A filter of the application's socket drops the packets", "tcp"),
    "tcp-signature-mismatch": Entry("The ends of a connection do not agree about its signature", "tcp"),
    "tc-filter-drop": Entry("A filter of traffic control drops the packets", _SNAPSHOT),
    "ttl-exceeded": Entry("Packets are discarded because their time to live is over", _SNAPSHOT),
    "xfrm-policy-block": Entry("An IPsec policy blocks the packets", _SNAPSHOT),
    "icmp-echo-ignored": Entry("Pings are not answered by intent", _SNAPSHOT),
    # -- conntrack --
    "conntrack-full": Entry("The connection tracking table is full", _SNAPSHOT),
    "conntrack-bypassed": Entry("A rule keeps half of a connection from being tracked", _SNAPSHOT),
    "conntrack-insert-failed": Entry("Connection tracking loses new connections", _SNAPSHOT),
    "conntrack-invalid-reset": Entry("Packets that connection tracking calls invalid end connections", _SNAPSHOT),
    "conntrack-timeout-short": Entry("Connection tracking forgets connections that still live", _SNAPSHOT),
    "conntrack-stale": Entry("Connection tracking keeps a flow on a way that the rules have left", _SNAPSHOT),
    "connection-idle-timeout": Entry("Idle connections are forgotten on the way", "tcp"),
    "first-syn-lost": Entry("The first packet of a connection is lost, the second one passes", "tcp"),
    # -- routing --
    "ip-forwarding-off": Entry("The node does not forward packets", _SNAPSHOT),
    "bridge-netfilter-off": Entry("Bridged packets bypass the Service rules", _SNAPSHOT),
    "hairpin-mode-off": Entry("A pod does not reach itself through its Service", _SNAPSHOT),
    "rp-filter-drop": Entry("Reverse path filtering drops the packets", _SNAPSHOT),
    "route-missing": Entry("A route to the other node's pods is missing", _SNAPSHOT),
    "route-wrong": Entry("A route leads to the wrong place", _SNAPSHOT),
    "route-blackhole": Entry("A route drops the packets", _SNAPSHOT),
    "policy-route-diverts": Entry("A policy routing rule diverts the packets", _SNAPSHOT),
    "duplicate-address": Entry("Two devices have the same address", _SNAPSHOT),
    "address-missing": Entry("A pod or node does not have its own address", _SNAPSHOT),
    "source-address-wrong": Entry("Packets leave with an address that their sender is not known by", _SNAPSHOT),
    "bridge-address-wrong": Entry("The bridge does not have its address", _SNAPSHOT),
    # -- links and tunnels --
    "neighbour-failed": Entry("The next hop's hardware address is missing or wrong", _SNAPSHOT),
    "fdb-entry-missing": Entry("The tunnel does not know the other node", _SNAPSHOT),
    "fdb-entry-wrong": Entry("The tunnel sends to the wrong node address", _SNAPSHOT),
    "tunnel-port-blocked": Entry("The network between the nodes drops the tunnel's packets", _SNAPSHOT),
    "pod-addresses-blocked": Entry("The network between the nodes drops packets with pods' addresses", _SNAPSHOT),
    "network-blocked": Entry("The network between two machines drops the packets", _SNAPSHOT),
    "tunnel-port-mismatch": Entry("The two ends of the tunnel have different UDP ports", _SNAPSHOT),
    "tunnel-vni-mismatch": Entry("The two ends of the tunnel have different network identifiers", _SNAPSHOT),
    "tunnel-source-mismatch": Entry(
        "The tunnel sends from an address that the other nodes do not expect", "nic_config"
    ),
    "tunnel-mac-mismatch": Entry("The tunnel end does not have the hardware address that was announced", _SNAPSHOT),
    "tunnel-mac-duplicate": Entry("Two tunnel ends have the same hardware address", _SNAPSHOT),
    "wireguard-peer-mismatch": Entry("A WireGuard device does not know the other end as it is", _SNAPSHOT),
    "device-missing": Entry("A network device is missing", _SNAPSHOT),
    "device-down": Entry("A network device is down", _SNAPSHOT),
    "device-taken-over": Entry("Another device takes what a network device receives", _SNAPSHOT),
    "bridge-port-detached": Entry("A pod's port is not attached to the bridge", _SNAPSHOT),
    "neighbour-table-full": Entry("The neighbour table has no room", _SNAPSHOT),
    "address-flapping": Entry("An address changes its owner all the time", "capture"),
    # -- sizes --
    "mtu-mismatch": Entry("Two devices that belong together have different MTUs", "mtu"),
    "path-mtu-blackhole": Entry("Large packets vanish on the way", "mtu"),
    "checksum-offload-broken": Entry("Packets arrive with a bad checksum", _SNAPSHOT),
    # -- NICs --
    "nic-static-and-dhcp": Entry("A NIC is configured both static and by DHCP", "nic_config"),
    "nic-config-drift": Entry("A NIC does not run as its file says", "nic_config"),
    "nic-drops": Entry("A NIC drops packets", _SNAPSHOT),
    # -- kube-proxy and CNI --
    "kube-proxy-missing": Entry("kube-proxy does not run on the node", _COMPONENTS),
    "kube-proxy-priority": Entry("kube-proxy can be pushed off a full node", _COMPONENTS),
    "kube-proxy-rules-stale": Entry("The node's Service rules do not fit the Service", _COMPONENTS),
    "kube-proxy-node-name-wrong": Entry("kube-proxy takes its node for another one", _COMPONENTS),
    "rules-flapping": Entry("Rules vanish and come back", _SNAPSHOT),
    "cni-agent-missing": Entry("The CNI's agent does not run on a node", _COMPONENTS),
    "cni-config-missing": Entry("The node has no CNI configuration", _COMPONENTS),
    "cni-subnet-wrong": Entry("The CNI is told another pod network than the node's", _COMPONENTS),
    "cni-backend-mismatch": Entry("Two nodes connect their pods by different means", _COMPONENTS),
    "pod-cidr-exhausted": Entry("The node's pod network has no address left", _COMPONENTS),
    "pod-cidr-overlap": Entry("The pod network overlaps with another network", _COMPONENTS),
    # -- performance --
    "packet-loss": Entry("Some packets are lost", "ping"),
    "latency-high": Entry("Answers take long", "ping"),
    # -- DNS --
    "dns-config-wrong": Entry("The pod asks the wrong DNS server", "dns"),
    "dns-service-unreachable": Entry("Cluster DNS answers, but not at its Service address", "dns"),
    "dns-server-down": Entry("Cluster DNS does not run", "dns"),
    "dns-upstream-failing": Entry("The DNS server that cluster DNS forwards to does not answer", "dns"),
    "dns-name-missing": Entry("The name does not exist", "dns"),
    "dns-answer-wrong": Entry("Cluster DNS gives a Service another address", "dns"),
    "dns-hosts-file": Entry("The hosts file gives the name another address", "dns"),
    "dns-search-ndots": Entry("The search list turns the name into another one", "dns"),
    "dns-answers-lost": Entry("Answers of DNS servers get lost", "dns"),
}


def title(identifier: str) -> str:
    """The title of a finding."""
    return CATALOGUE[identifier].title
