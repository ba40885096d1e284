# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Bridges: which port a frame leaves by, and what br_netfilter shows of it to the rules of iptables.

Sources: br_handle_frame(), br_handle_frame_finish(), should_deliver(), br_vlan.c, br_netfilter_hooks.c of the kernel.
With net.bridge.bridge-nf-call-iptables, a frame that crosses the bridge meets IP's hooks prerouting, forward and
postrouting as if the bridge had routed it; one whose destination is changed there may then be routed after all, or
stay on the bridge.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import FdbEntry, Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._devices import _vlan
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._mtu import TAG
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import ARP, ASKING
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Outcome, Owner, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

Ways = t.Iterator[Outcome]


@dataclasses.dataclass(frozen=True)
class Egress:
    """A port that a frame may leave by. share: of the copies that are flooded, the ones that count."""

    port: Link
    entry: FdbEntry | None
    assumption: str | None = None


# -- in ----------------------------------------------------------------------------------------------------------------
def receive(stack: Stack, state: State, port: Link, bridge: Link) -> Ways:
    """A port gets a frame (br_handle_frame())."""
    blocked = _blocked_in(stack, state, port, bridge)
    if blocked is not None:
        yield blocked
        return
    state = state.change(port=port.name)
    yield from stack.hook(
        state,
        "prerouting",
        "bridge",
        lambda after: _prerouting(stack, after, port, bridge),
        iif=port.name,
        bridge=bridge.name,
    )


def _prerouting(stack: Stack, state: State, port: Link, bridge: Link) -> Ways:
    """br_nf_pre_routing(): IP's hook prerouting, if the bridge calls it."""
    if not calls_ip(stack, state, bridge):
        yield from _decide(stack, state, port, bridge)
        return
    before = state.packet.dst

    def asked(after: State) -> Ways:
        after = after.change(asked=True)
        if after.packet.dst == before:
            yield from _decide(stack, after, port, bridge)
        else:
            yield from _translated(stack, after, port, bridge)

    yield from stack.hook(state, "prerouting", "ip", asked, iif=bridge.name, physin=port.name)


def _translated(stack: Stack, state: State, port: Link, bridge: Link) -> Ways:
    """The destination was changed: up to IP, or on over the bridge where the new one lies on it (bridged DNAT)."""
    packet = state.packet
    query = Query(
        packet.family,
        packet.dst,
        packet.src,
        iif=bridge.name,
        mark=packet.mark,
        tos=packet.tos,
        protocol=packet.protocol,
    )
    found = stack.routing.first(query)
    if found.type != "unicast" or found.dev != bridge.name:
        yield from _up(stack, state, bridge)
        return
    next_hop = found.gateway or packet.dst
    entry = _neighbour.look_up(stack.namespace, bridge, next_hop)
    mac = entry.mac
    if mac is None:
        answers = stack.wires.resolve(state.at(bridge.name), next_hop, packet.src)
        mac = next((answer.mac for answer in answers if answer.owner is Owner.FOUND), None)
    if mac is None:
        # The neighbour code asks, and sends the frame by itself once it knows.
        yield from _up(stack, state, bridge)
        return
    text = f"{packet.dst} is on {bridge.name} too: the frame stays on the bridge, for {mac}."
    state = state.step(Stage.BRIDGE, f"bridge {bridge.name}", entry.entry, text, bridge.name)
    yield from _forward(stack, state.with_packet(dst_mac=mac), port, bridge)


def _decide(stack: Stack, state: State, port: Link, bridge: Link) -> Ways:
    mac = state.packet.dst_mac
    if mac is None or mac in _own_addresses(stack.namespace, bridge):
        yield from _up(stack, state, bridge)
    else:
        yield from _forward(stack, state, port, bridge)


def _up(stack: Stack, state: State, bridge: Link) -> Ways:
    """To the bridge's own device, and so to IP (br_pass_frame_up())."""
    refusal = _vlan.refused_up(stack.namespace, bridge, state.packet.vlan)
    if refusal:
        yield end(
            state, Disposition.DROPPED, Reason.PORT_BLOCKED, Stage.BRIDGE, bridge.name, bridge, refusal, bridge.name
        )
        return

    def received(after: State) -> Ways:
        yield from stack.receive(after.with_packet(dst_mac=None), bridge.name)

    yield from stack.hook(state, "input", "bridge", received, iif=state.port, bridge=bridge.name)


# -- through -----------------------------------------------------------------------------------------------------------
def _forward(stack: Stack, state: State, port: Link, bridge: Link) -> Ways:
    """From port to port (br_forward())."""
    state = state.through(bridge.name)
    found = _egress(stack, state, bridge, port)
    if isinstance(found, Outcome):
        yield found
        return
    for egress in found:
        branch = state
        if egress.assumption:
            branch = state.assume(egress.assumption, True)
        yield from _out_by(stack, branch, port, bridge, egress)


def _out_by(stack: Stack, state: State, port: Link, bridge: Link, egress: Egress) -> Ways:
    out = egress.port
    blocked = _blocked_out(stack, state, port, bridge, egress)
    if blocked is not None:
        yield blocked
        return
    state = state.step(
        Stage.BRIDGE,
        f"forwarding table of {bridge.name} for {state.packet.dst_mac}",
        egress.entry,
        f"{bridge.name} sends it on by {out.name}.",
        bridge.name,
    )
    ip = calls_ip(stack, state, bridge)

    def forwarded(after: State) -> Ways:
        if ip:
            yield from stack.hook(
                after, "forward", "ip", post, iif=bridge.name, oif=bridge.name, physin=port.name, physout=out.name
            )
        else:
            yield from post(after)

    def post(after: State) -> Ways:
        yield from stack.hook(after, "postrouting", "bridge", post_ip, oif=out.name, bridge=bridge.name)

    def post_ip(after: State) -> Ways:
        if ip:
            yield from stack.hook(after, "postrouting", "ip", sent, oif=bridge.name, physin=port.name, physout=out.name)
        else:
            yield from sent(after)

    def sent(after: State) -> Ways:
        yield from stack.transmit(_vlan.leaving(stack.namespace, after, out), out, None)

    yield from stack.hook(state, "forward", "bridge", forwarded, iif=port.name, oif=out.name, bridge=bridge.name)


# -- out ---------------------------------------------------------------------------------------------------------------
def send(stack: Stack, state: State, bridge: Link) -> Ways:
    """A frame that the namespace itself sends by the bridge (br_dev_xmit())."""
    if state.packet.vlan is None:
        state = state.with_packet(vlan=_vlan.own_pvid(stack.namespace, bridge))
    found = _egress(stack, state, bridge, None)
    if isinstance(found, Outcome):
        yield found
        return
    for egress in found:
        branch = state
        if egress.assumption:
            branch = state.assume(egress.assumption, True)
        blocked = _blocked_out(stack, branch, None, bridge, egress)
        if blocked is not None:
            yield blocked
            continue
        yield from _sent_by(stack, branch, bridge, egress)


def _sent_by(stack: Stack, state: State, bridge: Link, egress: Egress) -> Ways:
    out = egress.port
    state = state.step(
        Stage.BRIDGE,
        f"forwarding table of {bridge.name} for {state.packet.dst_mac}",
        egress.entry,
        f"{bridge.name} sends it by {out.name}.",
        bridge.name,
    )

    def post(after: State) -> Ways:
        yield from stack.hook(after, "postrouting", "bridge", sent, oif=out.name, bridge=bridge.name)

    def sent(after: State) -> Ways:
        yield from stack.transmit(_vlan.leaving(stack.namespace, after, out), out, None)

    yield from stack.hook(state, "output", "bridge", post, oif=out.name, bridge=bridge.name)


# -- which port --------------------------------------------------------------------------------------------------------
def _egress(stack: Stack, state: State, bridge: Link, ingress: Link | None) -> tuple[Egress, ...] | Outcome:
    """The port that the forwarding table names; without an entry the frame is flooded, and whoever has the address
    takes it.
    """
    mac = state.packet.dst_mac
    ports = stack.namespace.ports_of(bridge.name)
    if mac is None:
        outside = tuple(
            Egress(port, None)
            for port in ports
            if port is not ingress and stack.wires.leads_outside(state.at(port.name))
        )
        return outside[:1] or _nowhere(stack, state, bridge)
    if ingress is None:
        # br_dev_xmit(): what the host sends to an address of the bridge itself has no port to leave by.
        own = next((one for one in stack.namespace.fdb if one.dev == bridge.name and one.mac == mac), None)
        if own is not None and "permanent" in own.state and mac != (bridge.mac or "").lower():
            text = f'By the entry "{own}" {bridge.name} takes {mac} for an address of its own.'
            return end(
                state, Disposition.NOT_FOR_US, Reason.FDB_WRONG, Stage.BRIDGE, bridge.name, own, text, bridge.name
            )
    has = {port.name: stack.wires.behind(state.at(port.name), mac) for port in ports}
    entry = fdb_entry(stack.namespace, bridge, mac, state.packet.vlan)
    if entry is not None:
        port = stack.namespace.links.get(entry.dev)
        elsewhere = any(known for name, known in has.items() if name != entry.dev)
        if port is not None and has.get(entry.dev) is False and elsewhere:
            if _fixed(entry):
                text = f'The entry "{entry}" is fixed, but {mac} is behind another port.'
                return end(
                    state, Disposition.NOT_FOR_US, Reason.FDB_WRONG, Stage.BRIDGE, bridge.name, entry, text, bridge.name
                )
        elif port is not None:
            return (Egress(port, entry),)
    flooded = [port for port in ports if port is not ingress or _hairpin(port)]
    certain = [port for port in flooded if has[port.name]]
    if certain:
        return tuple(Egress(port, None, _which(mac, port, certain)) for port in certain)
    if ingress is not None and has.get(ingress.name):
        return _hairpin_off(state, bridge, ingress)
    unread = [port for port in flooded if has[port.name] is None]
    if unread:
        return tuple(Egress(port, None, f"{mac} is behind {port.name}") for port in unread)
    return _nowhere(stack, state, bridge)


def _which(mac: str, port: Link, ports: list[Link]) -> str | None:
    return f"the {mac} behind {port.name} is the one that counts" if len(ports) > 1 else None


def _nowhere(stack: Stack, state: State, bridge: Link) -> Outcome:
    mac = state.packet.dst_mac
    detached = [
        link
        for link in stack.namespace.links.values()
        if link.kind == "veth" and not link.master and mac and stack.wires.behind(state.at(link.name), mac)
    ]
    if detached:
        text = f"{mac} is behind {detached[0].name}, which is no port of {bridge.name}."
        return end(
            state,
            Disposition.NOT_FOR_US,
            Reason.PORT_DETACHED,
            Stage.BRIDGE,
            f"ports of {bridge.name}",
            detached[0],
            text,
            bridge.name,
        )
    decided = next((step.decided for step in reversed(state.steps) if step.stage is Stage.NEIGHBOUR), None)
    text = f"No device behind {bridge.name} has the address {mac}."
    return end(
        state,
        Disposition.NOT_FOR_US,
        Reason.NEIGHBOUR_WRONG,
        Stage.BRIDGE,
        f"ports of {bridge.name}",
        decided,
        text,
        bridge.name,
    )


def fdb_entry(namespace: Namespace, bridge: Link, mac: str, vlan: int | None) -> FdbEntry | None:
    """The entry of the bridge's forwarding table for an address, of that VLAN where the frame has one."""
    found: dict[tuple[str, str], list[FdbEntry]] = namespace.compiled("bridge_fdb", _by_bridge)
    entries = found.get((bridge.name, mac), ())
    fitting = [entry for entry in entries if entry.vlan is None or vlan is None or entry.vlan == vlan]
    return fitting[0] if fitting else None


def _by_bridge(namespace: Namespace) -> dict[tuple[str, str], list[FdbEntry]]:
    found: dict[tuple[str, str], list[FdbEntry]] = {}
    for entry in namespace.fdb:
        link = namespace.links.get(entry.dev)
        # Permanent ones are the bridge's own addresses; "self" ones are of the device itself, not of the bridge.
        if link is not None and link.master and not entry.self_ and "permanent" not in entry.state:
            found.setdefault((entry.master or link.master, entry.mac), []).append(entry)
    return found


def _own_addresses(namespace: Namespace, bridge: Link) -> frozenset[str]:
    own: frozenset[str] = namespace.compiled(f"bridge_own {bridge.name}", lambda each: _collect_own(each, bridge))
    return own


def _collect_own(namespace: Namespace, bridge: Link) -> frozenset[str]:
    """Addresses whose frames the bridge takes for its host: its own, its ports', and permanent entries."""
    found = {link.mac.lower() for link in (bridge, *namespace.ports_of(bridge.name)) if link.mac}
    for entry in namespace.fdb:
        link = namespace.links.get(entry.dev)
        if "permanent" in entry.state and (
            entry.master == bridge.name
            or (entry.dev == bridge.name)
            or (link is not None and link.master == bridge.name and not entry.self_)
        ):
            found.add(entry.mac)
    return frozenset(found)


def _fixed(entry: FdbEntry) -> bool:
    """Whether it stays when its address is seen at another port: a static one moves, too (br_fdb_update())."""
    return "sticky" in entry.flags


# -- ports -------------------------------------------------------------------------------------------------------------
def calls_ip(stack: Stack, state: State, bridge: Link) -> bool:
    """Whether br_netfilter hands frames of this bridge to IP's hooks."""
    if state.packet.protocol == ARP:
        return False
    own = bridge.bridge
    switch = None if own is None else own.nf_call_ip6tables if state.packet.family == 6 else own.nf_call_iptables
    return stack.settings.bridge_calls_ip(state.packet.family) or bool(switch)


def _hairpin(port: Link) -> bool:
    return port.bridge_port is not None and bool(port.bridge_port.hairpin)


def _forwarding(port: Link) -> bool:
    return port.bridge_port is None or port.bridge_port.state in (None, "", "forwarding")


def _blocked_in(stack: Stack, state: State, port: Link, bridge: Link) -> Outcome | None:
    if not bridge.up:
        text = f"{bridge.name} is set down."
        return end(state, Disposition.DROPPED, Reason.LINK_DOWN, Stage.BRIDGE, bridge.name, bridge, text, bridge.name)
    if not _forwarding(port):
        return _port_blocked(state, port, f"{port.name} is in state {t.cast(t.Any, port.bridge_port).state}.")
    refusal = _vlan.refused_in(stack.namespace, bridge, port, state.packet.vlan)
    if refusal:
        return _port_blocked(state, port, refusal)
    own = port.bridge_port
    if own is not None and own.locked and state.packet.src_mac is not None:
        entry = fdb_entry(stack.namespace, bridge, state.packet.src_mac, state.packet.vlan)
        if entry is None or entry.dev != port.name:
            return _port_blocked(
                state, port, f"{port.name} is locked, and {state.packet.src_mac} is not entered for it."
            )
    return None


def _blocked_out(stack: Stack, state: State, ingress: Link | None, bridge: Link, egress: Egress) -> Outcome | None:
    """should_deliver(), br_allowed_egress() and is_skb_forwardable()."""
    port = egress.port
    if ingress is not None and ingress.name == port.name and not _hairpin(port):
        return _hairpin_off(state, bridge, port)
    if not _forwarding(port):
        return _port_blocked(state, port, f"{port.name} is in state {t.cast(t.Any, port.bridge_port).state}.")
    if ingress is not None and _isolated(ingress) and _isolated(port):
        return _port_blocked(state, port, f"{ingress.name} and {port.name} are isolated from one another.")
    refusal = _vlan.refused_out(stack.namespace, bridge, ingress, port, state.packet.vlan)
    if refusal:
        return _port_blocked(state, port, refusal)
    if ASKING in state.packet.flags:
        # br_flood(): what the host itself sends goes to every port.
        if ingress is not None and port.bridge_port is not None and port.bridge_port.bcast_flood is False:
            return _port_blocked(state, port, f"{port.name} gets no broadcasts, and so no questions for its address.")
    elif egress.entry is None and port.bridge_port is not None and port.bridge_port.flood is False:
        mac = state.packet.dst_mac
        if mac is not None and not _address.is_group(mac):
            return _port_blocked(state, port, f"{mac} is not in the forwarding table, and {port.name} is not flooded.")
    if state.packet.size > port.mtu + TAG and port.mtu:
        text = f"{state.packet.size} bytes do not fit {port.name} (MTU {port.mtu}); a bridge says nothing about it."
        return end(state, Disposition.TOO_BIG, Reason.MTU, Stage.MTU, f"MTU of {port.name}", port, text, port.name)
    return None


def _isolated(port: Link) -> bool:
    return port.bridge_port is not None and bool(port.bridge_port.isolated)


def _port_blocked(state: State, port: Link, text: str) -> Outcome:
    return end(
        state, Disposition.DROPPED, Reason.PORT_BLOCKED, Stage.BRIDGE, f"port {port.name}", port, text, port.name
    )


def _hairpin_off(state: State, bridge: Link, port: Link) -> Outcome:
    text = f"The frame would leave by {port.name}, by which it came, and hairpin mode is off there."
    return end(
        state, Disposition.DROPPED, Reason.HAIRPIN_OFF, Stage.BRIDGE, f"port {port.name}", port, text, bridge.name
    )
