# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that the simulation delivers, and that a kernel drops for a reason that no snapshot shows: what belongs to a
socket alone, queues that take nothing, and programs at a hook.

Source of the reasons: enum skb_drop_reason in include/net/dropreason-core.h of Linux.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import LOOKUP, NETNS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import KernelDrop, at
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import (
    INDEX,
    NEIGHBOUR,
    behind,
    drops_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._queues import takes_nothing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route, TcFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._filter import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import Device, passage


@dataclasses.dataclass(frozen=True)
class _Reason:
    """What a reason of the kernel means. observed: of the place, in a sentence."""

    id: str
    observed: str
    remediation: str


_FILTER = _Reason(
    "socket-filter-drop",
    "the kernel drops them by a filter of the application's own socket, or by a BPF program of its control group",
    "Look at the application: it, or an agent in its place, has attached a filter to its socket (SO_ATTACH_FILTER,"
    " SO_ATTACH_BPF), which goes when it is started again. Programs of control groups: bpftool cgroup tree.",
)
# A program of a node has its own control group, into which nobody looked: systemd attaches such programs there, and few
# programs filter a socket that takes connections.
_GROUP = _Reason(
    "bpf-program-drop",
    "the kernel drops them by a BPF program of the control group of the program that is asked, or by a filter of its"
    " socket",
    "Look at the unit of that program: IPAddressAllow= and IPAddressDeny= of systemd attach such a program, as agents"
    " do:\n$ systemctl show UNIT -p IPAddressAllow -p IPAddressDeny\n$ bpftool cgroup tree",
)
_SIGNATURE = _Reason(
    "tcp-signature-mismatch",
    "the kernel drops them, as their TCP signature (MD5 or TCP-AO) is not what the application's socket wants",
    "Give both ends the same password, or take it from both: of BGP speakers and the like it is set for each peer. A"
    " client without any signature, as a probe or a health check, is never let in.",
)
_UNREAD = _Reason(
    "process-backlog-full",
    "the kernel drops them, as the receive queue of the application's socket is full: it does not read what arrives",
    "Look at the application: it hangs, or reads more slowly than it is sent to. Its queue in bytes is Recv-Q of:\n"
    "$ ss -u -l -n -m    # in its namespace; d is what was dropped\nA burst is survived by a larger one (SO_RCVBUF, up"
    " to net.core.rmem_max).",
)
_LIFETIME = _Reason(
    "socket-filter-drop",
    "the kernel drops them, as the application's socket takes only packets with more time to live than these have left"
    " (IP_MINTTL)",
    "Ask from where the application expects its peers to be, or take the option away: BGP speakers call it TTL security"
    " or GTSM. Each router on the way, a node too, takes one from a packet's time to live.",
)
_QUEUE = "QDISC_DROP"
_REASONS: t.Mapping[str, _Reason] = {
    "SOCKET_FILTER": _FILTER,
    "SOCKET_RCVBUFF": _UNREAD,
    "TCP_MINTTL": _LIFETIME,
    **dict.fromkeys(
        (
            "TCP_MD5NOTFOUND",
            "TCP_MD5UNEXPECTED",
            "TCP_MD5FAILURE",
            "TCP_AUTH_HDR",
            "TCP_AONOTFOUND",
            "TCP_AOUNEXPECTED",
            "TCP_AOKEYNOTFOUND",
            "TCP_AOFAILURE",
        ),
        _SIGNATURE,
    ),
}


_NO_SOCKET, _HOOK = "NO_SOCKET", "NETFILTER_DROP"
_LOOKUP_HELP = (
    "Find out whose program it is, and mend or remove what loaded it; it goes with its link:\n"
    "$ bpftool net show; bpftool link show    # attach_type sk_lookup"
)
_HOOK_HELP = (
    "Find out whose program it is (an agent that puts pods in quarantine, say), and mend or remove what loaded it; it"
    " goes with its link. No rule of nft or iptables shows it:\n$ bpftool link show    # type netfilter"
)


def kernel_said(case: Case, one: Tried) -> t.Iterator[Cause]:
    """Why a kernel drops the packets of a probe that arrive in the simulation; what a queue drops on their way never
    comes to where the simulation ends them."""
    if one.trip is None:
        return
    for drop in drops_of(case.evidence, [one.probe]):
        said = _REASONS.get(drop.reason or "")
        if drop.reason in NEIGHBOUR and one.arrives and 2 * drop.dropped > drop.sent:
            waiting = {end for way in one.trip.ways for end in _waiting(case, way.forward, drop)}
            if len(waiting) == 1:
                yield _of_neighbour(*waiting.pop(), drop, one)
        if drop.dropped < drop.sent:
            continue
        if drop.reason == _QUEUE:
            queues = {queue for way in one.trip.ways for queue in _queued_on(case, way.forward, drop)}
            if len(queues) == 1:
                yield _of_queue(queues.pop(), drop, one)
        elif one.arrives:
            ends = {way.forward.place for way in one.trip.ways if behind(case.evidence, way.forward, drop)}
            if len(ends) == 1:
                yield from _at_the_end(case, ends.pop(), said, drop, one)


def _at_the_end(case: Case, place: Place, said: _Reason | None, drop: KernelDrop, one: Tried) -> t.Iterator[Cause]:
    """What drops packets in the namespace that they are for, behind the last device."""
    program = _chooses_sockets(case, place) if drop.reason == _NO_SOCKET else None
    if said is not None:
        yield _of_socket(said, place, drop, one)
    elif program is not None:
        what = f"the kernel finds no socket for them, though one listens: the BPF program {program.text} chooses it"
        yield _of_program(place, what, _LOOKUP_HELP, drop, one)
    elif drop.reason == _HOOK and _has_no_rules(case, place):
        what = "the kernel drops them at a hook of the packet filter where there is no rule: a BPF program does"
        yield _of_program(place, what, _HOOK_HELP, drop, one)


def _chooses_sockets(case: Case, place: Place) -> TcFilter | None:
    namespace = case.namespace(place)
    filters = namespace.tc_filters if namespace is not None else ()
    return next((one for one in filters if (one.attached, one.hook) == (NETNS, LOOKUP)), None)


def _has_no_rules(case: Case, place: Place) -> bool:
    """Whether nothing that drops at a hook is left but what no rule shows: connection tracking is there for rules."""
    namespace = case.namespace(place)
    rules = ruleset_of(namespace) if namespace is not None else None
    return rules is not None and not (rules.base or rules.chains or rules.unread or rules.ipvs)


def _of_program(place: Place, what: str, advice: str, drop: KernelDrop, one: Tried) -> Cause:
    """What a program of BPF is taken to do, by where and why the kernel drops: no snapshot shows what it says."""
    return Cause(
        finding(
            "bpf-program-drop",
            location_of(Place(place.node, place.netns)),
            f"{label_of(place)} gets what is sent to it",
            what,
            advice,
            (
                Proof("kernel", f"{INDEX}#kernel", f"the kernel of {place.node} dropped {drop.counted}"),
                probe_proof(one.probe),
            ),
            confidence=LIKELY,
        ),
        itself=True,
    )


def _queued_on(case: Case, trace: Trace, drop: KernelDrop) -> t.Iterator[Device]:
    """The device on the way whose queue dropped them: all that they passed on its node was seen before."""
    devices = passage(case.evidence.nodes, trace).devices
    for number, device in enumerate(devices):
        here = [one.device for one in devices[: number + 1] if one.node == device.node]
        if device.node in drop.nodes and len(here) <= len(drop.devices) and at(drop, here, False):
            yield dataclasses.replace(device, hop=0)


def _of_queue(queue: Device, drop: KernelDrop, one: Tried) -> Cause:
    place = Place(queue.node, queue.netns)
    return takes_nothing(
        place,
        queue.device,
        f"the queue of {queue.device} of {label_of(place)} drops all of them",
        (
            Proof("kernel", f"{INDEX}#kernel", f"the kernel of {queue.node} dropped {drop.counted}"),
            probe_proof(one.probe),
        ),
        PROVEN,
    )


def _waiting(case: Case, trace: Trace, drop: KernelDrop) -> t.Iterator[tuple[Place, str]]:
    """The NIC by which a packet was to leave, and the next hop that it waited for there. It waits before it is given to
    that device."""
    devices = passage(case.evidence.nodes, trace).devices
    for number, hop in enumerate(trace.hops):
        routes = [step.decided for step in hop.steps if isinstance(step.decided, Route)]
        nics = {place.device for place in case.network.uplinks_of(hop.node, hop.netns)}
        if not routes or hop.oif not in nics or hop.netns != HOST or hop.node not in drop.nodes:
            continue
        here = [one.device for one in devices if one.node == hop.node and one.hop <= number]
        if len(here) > 1 and here[-1] == hop.oif and any(at(drop, here[:-1], received) for received in (True, False)):
            yield Place(hop.node, hop.netns, hop.oif), str(routes[-1].gateway or hop.after.dst)


def _of_neighbour(place: Place, next_hop: str, drop: KernelDrop, one: Tried) -> Cause:
    """Nobody answers any more, whatever the entry said when it was read."""
    return Cause(
        finding(
            "neighbour-failed",
            location_of(place, place.device),
            f"{next_hop} answers on {place.device} of {label_of(place)} who it is",
            f"nobody answers there any more for {next_hop}: the kernel gave the packets up that waited for it",
            "Look at what is between: a switch that keeps ports apart (private VLAN, isolation), the VLAN, the cable:\n"
            f"$ arping -I {place.device} {next_hop}    # on {place.node}",
            (
                Proof("kernel", f"{INDEX}#kernel", f"the kernel of {place.node} dropped {drop.counted}"),
                probe_proof(one.probe),
            ),
        ),
        open="why nobody answers",
    )


def _of_socket(said: _Reason, place: Place, drop: KernelDrop, one: Tried) -> Cause:
    where = label_of(place)
    unread = said is _FILTER and place.netns == HOST
    said = _GROUP if unread else said
    return Cause(
        finding(
            said.id,
            location_of(Place(place.node, place.netns)),
            f"the application of {where} gets what is sent to it",
            said.observed,
            said.remediation,
            (
                Proof("kernel", f"{INDEX}#kernel", f"the kernel of {place.node} dropped {drop.counted}"),
                probe_proof(one.probe),
            ),
            confidence=LIKELY if unread else PROVEN,
        ),
        itself=True,
    )
