# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A packet is for this namespace: which socket, tunnel or part of the kernel takes it (ip_local_deliver_finish())."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _answers, _sockets
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._devices import _ipip, _vxlan, _wireguard
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Family, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOOPBACK
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import Listening
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

_REPLIES = {"icmp": frozenset((0, 14, 16, 18)), "icmpv6": frozenset((129,))}


def deliver(stack: Stack, state: State) -> t.Iterator[Outcome]:
    """To whom it is given."""
    packet = state.packet
    if packet.to_all and packet.protocol == "tcp":
        text = "It came in a frame that was not for this machine alone, and TCP takes none of those (tcp_v4_rcv())."
        yield end(state, Disposition.NOT_FOR_US, Reason.NEIGHBOUR_WRONG, Stage.SOCKET, "frame", None, text)
    elif any(socket.takes(state.place.node, state.place.netns, packet) for socket in state.opened):
        yield _delivered(state, None, f"The socket that waits for it on {packet.dst}.")
    elif _answers.is_error(packet):
        yield _error(state)
    elif packet.protocol in _answers.ECHO:
        yield _icmp(stack, state)
    elif packet.protocol in _ipip.PROTOCOLS:
        yield from _ipip.unwrap(stack, state)
    elif packet.keys is not None:
        yield from _wireguard.unwrap(stack, state)
    elif packet.inner is not None and packet.vni is not None:
        yield from _vxlan.unwrap(stack, state)
    elif packet.protocol in ("tcp", "udp"):
        yield _socket(stack, state)
    else:
        text = f"Who takes protocol {packet.protocol} is not collected."
        yield end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.SOCKET, packet.protocol, None, text)


def _delivered(state: State, decided: t.Any, text: str) -> Outcome:
    packet = state.packet
    done = state.step(Stage.SOCKET, f"{packet.protocol} {packet.dst}:{packet.dport}", decided, text, None)
    return Outcome(Exit.END, done, None, None, Disposition.DELIVERED, Reason.NONE)


def _error(state: State) -> Outcome:
    """An ICMP error reaches the socket whose packet it is about, and only that one."""
    about = state.packet.inner
    for socket in state.opened:
        if about is not None and socket.takes(state.place.node, state.place.netns, _turned(about)):
            return _delivered(state, None, f"The socket of {socket.local} that sent to {socket.remote}.")
    text = "No socket here sent the packet that the error is about."
    return end(state, Disposition.NO_LISTENER, Reason.NO_SOCKET, Stage.SOCKET, "ICMP error", None, text)


def _turned(packet: Packet) -> Packet:
    """A packet as its answer would look."""
    return _answers.backwards(packet)


def _icmp(stack: Stack, state: State) -> Outcome:
    packet = state.packet
    if packet.icmp_type in _REPLIES[packet.protocol]:
        text = f"Nobody here waits for an answer from {packet.src}."
        return end(state, Disposition.NO_LISTENER, Reason.NO_SOCKET, Stage.SOCKET, "echo reply", None, text)
    if stack.settings.ignores_echo(packet.family):
        name = "net.ipv6.icmp.echo_ignore_all" if packet.protocol == "icmpv6" else "net.ipv4.icmp_echo_ignore_all"
        return end(
            state, Disposition.DROPPED, Reason.ECHO_IGNORED, Stage.SOCKET, "echo", name, "Pings are not answered here."
        )
    return _delivered(state, None, "The kernel answers pings.")


def _device_of(namespace: Namespace, state: State) -> str | None:
    """The device that sockets see a packet come in by: of what a namespace sends to itself, the one with the address
    (IPv4; ip_route_output_key_hash_rcu())."""
    if state.iif == LOOPBACK and state.packet.family == Family.IPV4:
        link = namespace.owner_of(state.packet.dst)
        return link.name if link is not None else LOOPBACK
    return state.slave or state.iif


def _socket(stack: Stack, state: State) -> Outcome:
    packet = state.packet
    looked_at = f"sockets of {packet.protocol} port {packet.dport}"
    begins = packet.protocol == "udp" or packet.flags <= frozenset(("syn", "ece", "cwr"))
    if not begins:
        text = "It belongs to no connection here."
        return end(
            state,
            Disposition.ANSWERED,
            Reason.NO_SOCKET,
            Stage.SOCKET,
            looked_at,
            None,
            text,
            None,
            _answers.reset(packet),
        )
    found = _sockets.look_up(stack.namespace, packet, _device_of(stack.namespace, state))
    if found.listening is Listening.SOCKET:
        shared = f", one of {found.group} that share the port" if found.group > 1 else ""
        return _delivered(state, found.socket, f"{found.socket} takes it{shared}.")
    if found.listening is Listening.UNKNOWN:
        text = "The sockets were not read."
        return end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.SOCKET, looked_at, None, text)
    if found.listening is Listening.FULL:
        text = f"The accept queue of {found.socket} is full."
        return end(state, Disposition.DROPPED, Reason.BACKLOG_FULL, Stage.SOCKET, looked_at, found.socket, text)
    answers = (
        _answers.reset(packet)
        if packet.protocol == "tcp"
        else _answers.icmp_error(packet, "port-unreachable", packet.dst)
    )
    reason = Reason.SOCKET_ELSEWHERE if found.listening is Listening.ELSEWHERE else Reason.NO_SOCKET
    text = f"Nothing listens on {packet.protocol} {packet.dst}:{packet.dport}."
    if found.socket is not None:
        text = f"Only {found.socket} listens on that port, which does not take packets for {packet.dst}."
    return end(state, Disposition.NO_LISTENER, reason, Stage.SOCKET, looked_at, found.socket, text, None, answers)
