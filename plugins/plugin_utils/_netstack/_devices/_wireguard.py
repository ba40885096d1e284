# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""WireGuard: a packet encrypted in a UDP packet, to the peer that is allowed its destination.

Source: wg_xmit(), send4(), wg_allowedips_lookup_dst() and _src(), and wg_packet_consume_data_done() of the kernel; the
WireGuard paper, section 2 (cryptokey routing) and 5.3 (a handshake with a key that is not known is not answered).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, WireGuard, WireGuardPeer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._answers import icmp_error
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import leaving
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

KIND = "wireguard"
# Outer headers by family: IP, UDP, WireGuard's own header and authentication.
OVERHEAD = {4: 60, 6: 80}
# What is encrypted is padded to a multiple of this, but not beyond the device's MTU.
PADDING = 16


def peer_for(wireguard: WireGuard, address: str) -> WireGuardPeer | None:
    """The peer with the longest network that holds an address: packets for it are sent there, and taken from there."""
    best: tuple[int, WireGuardPeer] | None = None
    for peer in wireguard.peers:
        for network in peer.allowed:
            found = _address.prefix(network)
            if found is not None and _address.covers(network, address) and (best is None or found[2] > best[0]):
                best = found[2], peer
    return best[1] if best is not None else None


def wrap(state: State, link: Link) -> t.Iterator[Outcome]:
    """The outer packet, to the peer that is allowed the destination."""
    wireguard, packet = link.wireguard, state.packet
    if wireguard is None:
        text = f"The peers of {link.name} were not read."
        yield end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.TUNNEL, link.name, link, text, link.name)
        return
    looked_at = f"peers of {link.name} for {packet.dst}"
    told = icmp_error(packet, "host-unreachable")
    peer = peer_for(wireguard, packet.dst)
    if peer is None:
        text = f"No peer of {link.name} is allowed {packet.dst}."
        yield end(
            state, Disposition.DROPPED, Reason.WIREGUARD_PEER, Stage.TUNNEL, looked_at, link, text, link.name, told
        )
        return
    if peer.endpoint is None or peer.endpoint_port is None:
        text = f"Where peer {_short(peer.public_key)} of {link.name} is is not known."
        yield end(
            state, Disposition.DROPPED, Reason.WIREGUARD_ENDPOINT, Stage.TUNNEL, looked_at, link, text, link.name, told
        )
        return
    text = f"It goes to peer {_short(peer.public_key)} at {peer.endpoint}, UDP {peer.endpoint_port}; {age(peer)}."
    done = state.step(Stage.TUNNEL, looked_at, link, text, link.name)
    yield Outcome(Exit.OUTER, done.change(packet=_outer(packet, link, wireguard, peer)), link.name)


def _outer(packet: Packet, link: Link, wireguard: WireGuard, peer: WireGuardPeer) -> Packet:
    remote = t.cast(str, peer.endpoint)
    family = 6 if ":" in remote else 4
    padded = -(-packet.size // PADDING) * PADDING
    size = max(packet.size, min(padded, link.mtu or padded))
    return Packet(
        family,
        "",
        remote,
        "udp",
        wireguard.listen_port,
        peer.endpoint_port,
        size=size + OVERHEAD[family],
        inner=leaving(packet),
        mark=wireguard.fwmark,
        keys=(wireguard.public_key, peer.public_key),
    )


def unwrap(stack: Stack, state: State) -> t.Iterator[Outcome]:
    """The device that takes an outer packet: of its UDP port, with the keys of both."""
    packet = state.packet
    here = [link for link in stack.namespace.links.values() if link.kind == KIND]
    taking = next(
        (link for link in here if link.up and link.wireguard and link.wireguard.listen_port == packet.dport), None
    )
    looked_at = f"WireGuard devices for UDP {packet.dport}"
    if taking is None or taking.wireguard is None or packet.inner is None or packet.keys is None:
        yield _closed(stack, state, here, looked_at)
        return
    sender, wanted = packet.keys
    peer = next((one for one in taking.wireguard.peers if one.public_key == sender), None)
    inner = packet.inner
    if wanted != taking.wireguard.public_key:
        reason, text = Reason.WIREGUARD_KEY, f"It is for key {_short(wanted)}, and {taking.name} has another one."
    elif peer is None:
        reason, text = Reason.WIREGUARD_KEY, f"{taking.name} has no peer with the sender's key {_short(sender)}."
    elif peer_for(taking.wireguard, inner.src) is not peer:
        reason = Reason.WIREGUARD_SOURCE
        text = f"{taking.name} does not take packets from {inner.src} of peer {_short(peer.public_key)}."
    else:
        done = state.step(Stage.TUNNEL, looked_at, taking, f"{taking.name} opens it.", taking.name)
        plain = dataclasses.replace(inner, ct=None, mark=0, src_mac=None, dst_mac=None)
        yield Outcome(Exit.INNER, done.change(packet=plain), taking.name)
        return
    yield end(state, Disposition.NOT_FOR_US, reason, Stage.TUNNEL, looked_at, taking, text, taking.name)


def _closed(stack: Stack, state: State, here: list[Link], looked_at: str) -> Outcome:
    packet = state.packet
    if "links" in stack.namespace.unread or any(link.wireguard is None for link in here):
        text = "The WireGuard devices were not read."
        return end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.TUNNEL, looked_at, None, text)
    down = next(
        (link for link in here if not link.up and link.wireguard and link.wireguard.listen_port == packet.dport), None
    )
    other = next((link for link in here if link.up), None)
    reason, text = Reason.NO_TUNNEL, f"No WireGuard device here is open at UDP {packet.dport}."
    if down is not None:
        reason, text = Reason.LINK_DOWN, f"{down.name} is set down."
    elif other is not None and other.wireguard is not None:
        reason = Reason.WIREGUARD_PORT
        text = f"{other.name} takes UDP {other.wireguard.listen_port}, not {packet.dport}."
    decided = down or other
    told = icmp_error(packet, "port-unreachable", packet.dst)
    name = decided.name if decided is not None else None
    return end(state, Disposition.NOT_FOR_US, reason, Stage.TUNNEL, looked_at, decided, text, name, told)


def age(peer: WireGuardPeer) -> str:
    """When the two last agreed on keys, for people."""
    if peer.handshake_seconds is None:
        return "there was no handshake yet"
    return f"the last handshake was {peer.handshake_seconds} s ago"


def _short(key: str | None) -> str:
    return f"{key[:8]}…" if key else "that is not known"
