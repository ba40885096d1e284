# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Devices and programs that decide by something that cannot be read: eBPF, Open vSwitch, user space behind a TUN
device.

What they do is unknown, and says so: one branch in which the packet passes, one in which it does not.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import APPLICATION, GROUP, PROBER
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Route, TcFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._bytecode import instruction, run
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

# Devices whose other end is a program.
KINDS: t.Mapping[str, str] = {
    "tun": "a program reads what is sent by it",
    "openvswitch": "Open vSwitch decides by its own flows",
    "ovs-system": "Open vSwitch decides by its own flows",
    "geneve": "who it sends to is decided per packet",
    "xfrm": "IPsec policies decide",
    "vti": "IPsec policies decide",
    "vti6": "IPsec policies decide",
    "ip6gre": "not simulated",
    "can": "no IP",
}
_NAMES = ("cilium_", "lxc_health", "ovs-")
_DROPS, _PASSES, _LEAVES = "drops", "passes", "leaves"


def look(stack: Stack, state: State, link: Link, hook: str) -> t.Iterator[State | Outcome]:
    """What stands at a device before or behind the packet filter. The state itself where there is nothing."""
    unread = _cause(link, hook)
    for entry in _of(stack, link.name, hook) if unread is None else ():
        does = _does(entry, state.packet)
        if does == _DROPS:
            what = "drops it" if entry.bytecode else "drops every packet"
            text = f"Traffic control {what} at {hook} of {link.name}."
            looked_at = f"tc {hook} of {link.name}"
            yield end(state, Disposition.DROPPED, Reason.RULE, _stage(hook), looked_at, entry, text, link.name)
            return
        if does == _PASSES:
            break
        if does is None:
            unread = f"The {entry.kind} filter of traffic control at {hook} of {link.name}", entry
            break
    if unread is None:
        yield state
        return
    text, decided = unread
    yield state.assume(f"{text} lets it pass", True, decided)
    yield end(
        state.assume(f"{text} lets it pass", False, decided),
        Disposition.UNKNOWN,
        Reason.OPAQUE,
        _stage(hook),
        f"{hook} of {link.name}",
        decided,
        f"{text}: what it does with the packet cannot be read.",
        link.name,
    )


def _does(entry: TcFilter, packet: Packet) -> str | None:
    """Whether a filter drops a packet, lets it pass, or leaves it to the next one; None where that cannot be read."""
    if "drop" in entry.actions and entry.kind == "matchall":
        return _DROPS
    if entry.kind != "bpf":
        return None if set(entry.actions) - {"pass", "ok"} else _LEAVES
    if not entry.bytecode:
        return None
    found = run([instruction(one) for one in entry.bytecode], packet, True)
    if found is None:
        return None
    if entry.direct:
        # cls_bpf_exec_opcode(): what is none of these goes on to the next filter.
        return {0: _PASSES, 2: _DROPS, 4: _DROPS, 7: None}.get(found, _LEAVES)
    if found == 0:
        return _LEAVES
    if "drop" in entry.actions:
        return _DROPS
    return None if set(entry.actions) - {"pass", "ok"} else _PASSES


def _of(stack: Stack, device: str, hook: str) -> list[TcFilter]:
    return [entry for entry in stack.namespace.tc_filters if entry.dev == device and entry.hook == hook]


def _cause(link: Link, hook: str) -> tuple[str, t.Any] | None:
    if hook == "ingress" and link.xdp:
        return f"An eBPF program (XDP, {link.xdp}) on {link.name}", link
    if link.name.startswith(_NAMES):
        return f"The eBPF programs behind {link.name}", link
    return None


def _stage(hook: str) -> Stage:
    return Stage.INGRESS if hook == "ingress" else Stage.EGRESS


def sees_connected(stack: Stack, state: State) -> t.Iterator[State | Outcome]:
    """Programs of the sender's control group that see a connection begin, of UDP too: they may refuse it, or send it
    elsewhere (BPF_CGROUP_INET4_CONNECT)."""
    packet = state.packet
    begins = packet.protocol == "udp" or (
        packet.protocol == "tcp" and "syn" in packet.flags and "ack" not in packet.flags
    )
    if not begins or state.opened or packet.inner is not None:
        yield state
        return
    yield from _by_group(stack, state, PROBER, "connect4" if packet.family == 4 else "connect6")


def sees_sent(stack: Stack, state: State) -> t.Iterator[State | Outcome]:
    """Programs of the sender's control group (BPF_CGROUP_RUN_PROG_INET_EGRESS). What the kernel itself sends has no
    such sender: resets, errors, answers to pings, tunnels.
    """
    packet, client = state.packet, state.opened[-1] if state.opened else None
    own = client is None or (
        (client.node, client.netns) == (state.place.node, state.place.netns)
        and (client.local, client.local_port) == (packet.src, packet.sport)
    )
    if state.iif is not None or packet.inner is not None or "rst" in packet.flags or not (own or _has_socket(packet)):
        yield state
        return
    yield from _by_group(stack, state, PROBER if own else APPLICATION, "egress")


def sees_received(stack: Stack, state: State) -> t.Iterator[State | Outcome]:
    """Programs of the receiver's control group (sk_filter_trim_cap()), for packets that a socket takes."""
    packet, client = state.packet, state.opened[-1] if state.opened else None
    own = client is not None and client.takes(state.place.node, state.place.netns, packet)
    if not (own or _has_socket(packet)) or packet.inner is not None:
        yield state
        return
    yield from _by_group(stack, state, PROBER if own else APPLICATION, "ingress")


def _has_socket(packet: Packet) -> bool:
    return packet.protocol in ("tcp", "udp")


def _by_group(stack: Stack, state: State, whose: str, hook: str) -> t.Iterator[State | Outcome]:
    found = [entry for entry in _of(stack, whose, hook) if entry.attached == GROUP]
    if not found:
        yield state
        return
    text = f"The program {found[0].text} of a control group"
    yield state.assume(f"{text} lets it pass", True, found[0])
    yield end(
        state.assume(f"{text} lets it pass", False, found[0]),
        Disposition.UNKNOWN,
        Reason.OPAQUE,
        Stage.SOCKET,
        f"{hook} of a control group",
        found[0],
        f"{text}: what it does with the packet cannot be read.",
    )


def by_route(state: State, route: Route | None) -> t.Iterator[State | Outcome]:
    """A program that a route has (lwtunnel_output()): what it does with a packet cannot be read."""
    if route is None or not route.program:
        yield state
        return
    text = f'The BPF program of the route "{route}" ({route.program})'
    yield state.assume(f"{text} lets it pass", True, route)
    yield end(
        state.assume(f"{text} lets it pass", False, route),
        Disposition.UNKNOWN,
        Reason.OPAQUE,
        Stage.ROUTING,
        f"program of route {route.dst}",
        route,
        f"{text}: what it does with the packet cannot be read.",
    )


def lost(state: State, link: Link) -> Outcome:
    """The packet goes where it cannot be followed."""
    text = f"{link.name} is of kind {link.kind}: {KINDS.get(link.kind, 'not simulated')}."
    return end(state, Disposition.UNKNOWN, Reason.OPAQUE, Stage.DEVICE, f"device {link.name}", link, text, link.name)
