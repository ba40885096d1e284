# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Servers of names whose answers are missing because they never gave them.

The kernel counts the datagrams that a namespace's programs send (RFC 4113, udpOutDatagrams). Where as many questions as
stayed without an answer came to the pod of a server, and it sent none for them, nothing was lost on the way.
"""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _statistics
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import DnsServer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import Measured, place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    MAJOR,
    Finding,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns

# What a namespace takes in that no socket of UDP is given.
_OTHERS = ("IcmpInMsgs", "TcpInSegs", "UdpNoPorts", "UdpInCsumErrors")


def unanswering(measure: Measured) -> list[Finding]:
    """One for each pod of cluster DNS that kept its answers, where such pods are all that lose any, and Services in
    front of them; else none."""
    index = measure.evidence.index
    losing = [one for one in measure.dose.dns if _statistics.is_loss(one.lost, one.sent)]
    direct = [one for one in losing if index.service_by_address(one.server) is None]
    found = [_unanswering(measure, one) for one in direct]
    known = [one for one in found if one is not None]
    return list({str(one.location): one for one in known}.values()) if len(known) == len(found) else []


def _unanswering(measure: Measured, server: DnsServer) -> Finding | None:
    """A server that is to be asked, was sent as many questions as stayed without an answer, and sent nothing for them;
    None where something in its own namespace may have taken what it sent."""
    evidence = measure.evidence
    pod = evidence.index.pod_by_address(server.server)
    if pod is None or (pod.get("spec") or {}).get("hostNetwork") or not evidence.index.pod_ready(pod)[0]:
        return None
    netns = pod_netns(pod)
    moves = measure.moves.get(str(pod["spec"].get("nodeName")))
    space = moves.netns.get(netns) if moves is not None else None
    own = evidence.namespace(moves.node, netns) if moves is not None else None
    if moves is None or space is None or own is None or own.tc_filters:
        return None
    if any(rule.ends and rule.moved for rule in space.rules):
        return None
    came = space.protocols.get("IpInDelivers", 0) - sum(space.protocols.get(name, 0) for name in _OTHERS)
    gave = space.protocols.get("UdpOutDatagrams", 0)
    if came - gave < server.lost:
        return None
    label = netns.partition(":")[2]
    observed = (
        f"{came} datagrams came to pod {label}, and it sent {gave} within {moves.seconds:.1f} s; {server.share} of the"
        " questions were not answered, and none was lost on the way"
    )
    return Finding(
        "process-backlog-full",
        MAJOR,
        LIKELY,
        "A DNS server does not answer what it is sent",
        place(moves.node, netns),
        f"the DNS server in pod {label} answers the questions that come to it",
        observed,
        (
            Proof("counter", f"counters/{moves.node}.json", f"{netns}: IpInDelivers, UdpOutDatagrams +{gave}"),
            probe_proof(server.probe),
        ),
        f"Look what pod {label} does (its CPU limit, its throttling, its own servers, its log):\n"
        f"$ kubectl -n {label.partition('/')[0]} logs {label.partition('/')[2]} --tail=50",
    )
