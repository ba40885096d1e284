# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What Linux does with one packet in one network namespace. This file is the map; each thing on it has its own file.

    a frame comes in by a device                     a process, or the kernel, sends
      │ traffic control, netdev ingress                │ routing decision, source address
      ├─ port of a bridge? → _devices/_bridge           │ output hook: raw, conntrack, mangle, nat, filter
      │ a tunnel's packet? → its device, and again      │ routed again where mark or address changed
      │ prerouting: raw, conntrack, mangle, dnat        │
      │ in a VRF? prerouting again, by its device       │
      │ routing decision, source check (rp_filter)      │
      ├─ for us → input hook → socket                   │
      └─ else → ttl, mtu → forward hook ────────────────┤
                                                 postrouting: mangle, snat
                                                 fragments, neighbour
                                                 netdev egress, the device: wire, bridge, tunnel, loopback

Sources: ip_rcv(), ip_forward(), ip_local_deliver(), __ip_local_out(), ip_output() and their likes of IPv6.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import (
    _address,
    _answers,
    _filter,
    _ipsec,
    _local,
    _mtu,
    _neighbour,
    _routing,
    _source,
    _source_check,
    _vrf,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking, leaving
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._devices import (
    _bridge,
    _ipip,
    _opaque,
    _stacked,
    _vxlan,
    _wireguard,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import (
    Action,
    FilterResult,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import ARP, LIFETIME, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import (
    LOCAL,
    LOOPBACK,
    Lookup,
    Query,
    Routing,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import (
    Exit,
    Outcome,
    Owner,
    Resolved,
    State,
    Wires,
    end,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Disposition,
    Doubt,
    Place,
    Reason,
    Stage,
)

Ways = t.Iterator[Outcome]
# Who sends to no address means itself (ip_route_output_key_hash_rcu(), tcp_v6_connect(), udpv6_sendmsg()).
_ITSELF = {"0.0.0.0": "127.0.0.1", "::": "::1"}
# Whose programs call connect(): all of TCP, and what asks something by UDP.
_CONNECTED = frozenset(("tcp", "udp"))
_REFUSALS = {
    "blackhole": (Reason.BLACKHOLE, None),
    "unreachable": (Reason.UNREACHABLE, "host-unreachable"),
    "prohibit": (Reason.PROHIBIT, "adm-prohibited"),
}


class Stack:
    """The network stack of one namespace. wires: who knows what lies behind its devices."""

    def __init__(self, namespace: Namespace, wires: Wires) -> None:
        self.namespace = namespace
        self.wires = wires
        self.routing: Routing = _routing.routing(namespace)
        self.settings = self.routing.settings

    # -- a packet comes in ---------------------------------------------------------------------------------------
    def receive(self, state: State, device: str) -> Ways:
        """A frame arrives at a device."""
        link = self.namespace.links.get(device)
        if link is None:
            yield end(
                state,
                Disposition.UNKNOWN,
                Reason.NOT_READ,
                Stage.DEVICE,
                device,
                None,
                f"Device {device} was not read.",
                device,
            )
            return
        state = state.through(device)
        if not link.up:
            text = f"{device} is set down."
            yield end(
                state, Disposition.DROPPED, Reason.LINK_DOWN, Stage.DEVICE, f"device {device}", link, text, device
            )
            return
        if link.kind == "veth" and link.mtu and state.packet.size > link.mtu + _mtu.TAG:
            # is_skb_forwardable(): a pair of devices drops what its other end would not send; a NIC may take it.
            text = f"{state.packet.size} bytes are more than {device} takes (MTU {link.mtu}), and nobody is told."
            yield end(state, Disposition.TOO_BIG, Reason.MTU, Stage.MTU, f"MTU of {device}", link, text, device)
            return
        for passed in _opaque.look(self, state, link, "ingress"):
            if isinstance(passed, Outcome):
                yield passed
            else:
                yield from self.hook(
                    passed, "ingress", "netdev", lambda after: self._demultiplex(after, link), iif=device
                )

    def _demultiplex(self, state: State, link: Link) -> Ways:
        """To the device above, to the bridge, or to IP (__netif_receive_skb_core())."""
        upper = _stacked.above(self, state, link)
        if upper is not None:
            yield from self.receive(state.with_packet(vlan=None), upper.name)
            return
        sharer = _stacked.sharer(self, state, link)
        if sharer is not None:
            yield from self._shared(state, link, *sharer)
            return
        master = self.namespace.links.get(link.master or "")
        if master is not None and master.kind == "bridge":
            yield from _bridge.receive(self, state, link, master)
            return
        if master is not None and master.kind != _vrf.KIND:
            # A bond or team: its own MAC address, which its members share.
            yield from self.receive(state, master.name)
            return
        state, refusal = state.with_packet(other_host=False), _not_for(state.packet, link)
        if refusal:
            reason = Reason.TUNNEL_MAC if link.vxlan else Reason.NEIGHBOUR_WRONG
            yield end(
                state, Disposition.NOT_FOR_US, reason, Stage.DEVICE, f"device {link.name}", link, refusal, link.name
            )
            return
        if state.packet.protocol == ARP:
            yield from self.hook(state, "input", "arp", lambda after: self._heard(after, link), iif=link.name)
        else:
            yield from self.ip_receive(state.change(iif=link.name))

    def _shared(self, state: State, link: Link, place: Place, upper: Link) -> Ways:
        """A device that shares the wire takes the frame. In this namespace it comes in by that one; in another one,
        which has nothing to do with it, it is lost."""
        here = (place.node, place.netns) == (state.place.node, state.place.netns)
        if here and upper.up and upper.kind != "macvtap":
            yield from self.receive(state.step(Stage.DEVICE, link.name, upper, f"{upper.name} takes it."), upper.name)
            return
        how = "is set down" if not upper.up else f"is in {place}" if not here else "gives it to a program"
        mode = f", {upper.mode}" if upper.mode else ""
        text = f"{upper.name} ({upper.kind}{mode}) takes what {link.name} receives, and {how}."
        yield end(state, Disposition.NOT_FOR_US, Reason.TAKEN_OVER, Stage.DEVICE, upper.name, upper, text, link.name)

    @staticmethod
    def _heard(state: State, link: Link) -> Ways:
        """An ARP request or reply is taken in (arp_process()); who answers is for _neighbour to say."""
        text = f"{link.name} takes in the question or answer for a hardware address."
        yield end(
            state, Disposition.DELIVERED, Reason.NONE, Stage.NEIGHBOUR, f"ARP on {link.name}", link, text, link.name
        )

    def ip_receive(self, state: State) -> Ways:
        """IP gets a packet by state.iif (ip_rcv())."""
        device = state.iif or LOOPBACK
        if self.settings.disabled(state.packet.family, device):
            text = f"IPv6 is disabled on {device}."
            link = self.namespace.links.get(device)
            yield end(
                state, Disposition.DROPPED, Reason.LINK_DOWN, Stage.DEVICE, f"device {device}", link, text, device
            )
        elif state.packet.damaged:
            text = f"The checksum of the packet's header is wrong, and {device} takes no such packet in (ip_rcv())."
            link = self.namespace.links.get(device)
            yield end(state, Disposition.DROPPED, Reason.CHECKSUM, Stage.DEVICE, f"device {device}", link, text, device)
        elif state.packet.torn:
            # Connection tracking puts fragments together before any hook that sees ports (ip_defrag()).
            text = f"It is a fragment by its header, and what comes in by {device} waits for the others in vain."
            link = self.namespace.links.get(device)
            yield end(state, Disposition.DROPPED, Reason.TORN, Stage.DEVICE, f"device {device}", link, text, device)
        elif state.asked:
            yield from self._into_domain(state.change(asked=False))
        else:
            yield from self.hook(state, "prerouting", "ip", self._into_domain, iif=device, physin=state.port)

    def _into_domain(self, state: State) -> Ways:
        """l3mdev_l3_rcv(): what came in by a device of a VRF has come in by the VRF device, for rules too."""
        domain = _vrf.of(self.namespace, state.iif)
        if domain is None or domain.name == state.iif:
            yield from self._route_input(state)
            return
        if not domain.up:
            text = f"{domain.name}, the VRF device of {state.iif}, is set down."
            yield end(
                state, Disposition.DROPPED, Reason.LINK_DOWN, Stage.DEVICE, domain.name, domain, text, domain.name
            )
            return
        text = f"{state.iif} belongs to VRF {domain.name} (table {domain.vrf_table})."
        inside = state.step(Stage.ROUTING, f"VRF of {state.iif}", domain, text, domain.name)
        inside = inside.change(iif=domain.name, slave=state.iif)
        yield from self.hook(inside, "prerouting", "ip", self._route_input, iif=domain.name, physin=state.port)

    def _route_input(self, state: State) -> Ways:
        """Routing decision of a packet that came in (ip_route_input_slow())."""
        packet, device = state.packet, state.iif or LOOPBACK
        refusal = _source_check.martian(self.namespace, packet, device)
        if refusal is not None:
            yield self._refuse(state, refusal, device)
            return
        query = Query(
            packet.family,
            packet.dst,
            packet.src,
            iif=device,
            mark=packet.mark,
            tos=packet.tos,
            protocol=packet.protocol,
            sport=packet.sport,
            dport=packet.dport,
        )
        for found in self.routing.look_up(query):
            yield from self._routed_input(self._decided(state, found, device), found, device)

    def _routed_input(self, state: State, found: Lookup, device: str) -> Ways:
        if found.type == LOCAL:
            refusal = _source_check.refused_source(self.namespace, state.packet, device, None)
            if refusal is not None:
                yield self._refuse(state, refusal, device)
            else:
                yield from self.hook(state, "input", "ip", self._taken_in, iif=device, physin=state.port)
            return
        forwards = self.settings.forwarding(state.packet.family, device)
        if forwards is False:
            text = f"{state.packet.dst} is not an address of ours, and packets from {device} are not forwarded."
            yield end(
                state,
                Disposition.DROPPED,
                Reason.FORWARDING_OFF,
                Stage.FORWARDING,
                f"forwarding of {device}",
                self.namespace.links.get(device),
                text,
                device,
            )
            return
        if forwards is None:
            state = state.assume(f"packets from {device} are forwarded", True)
        if not found.found:
            yield self._no_route(state, found, forwarded=True)
            return
        if found.type != "unicast":
            text = f"{state.packet.dst} is of type {found.type}: it is not forwarded."
            yield end(
                state, Disposition.DROPPED, Reason.NOT_LOCAL, Stage.ROUTING, "routing tables", found.route, text, device
            )
            return
        refusal = _source_check.refused_source(self.namespace, state.packet, device, found.dev)
        if refusal is not None:
            yield self._refuse(state, refusal, device)
            return
        yield from self._forward(state, found, device)

    def _taken_in(self, state: State) -> Ways:
        blocked = _ipsec.decided(self, state, _ipsec.IN, state.iif)
        if blocked is not None and state.packet.protocol in _ipsec.CHECKED:
            yield blocked
            return
        for passed in _opaque.sees_received(self, state):
            if isinstance(passed, Outcome):
                yield passed
            else:
                yield from _local.deliver(self, passed)

    def _forward(self, state: State, found: Lookup, device: str) -> Ways:
        """ip_forward(): lifetime, size, hook forward."""
        packet = state.packet
        blocked = _ipsec.decided(self, state, _ipsec.FORWARD, device)
        if blocked is not None:
            yield blocked
            return
        if packet.to_all:
            text = "It came in a frame that was not for this machine alone, and such ones are not forwarded."
            yield end(
                state,
                Disposition.NOT_FOR_US,
                Reason.NEIGHBOUR_WRONG,
                Stage.FORWARDING,
                f"frame of {device}",
                None,
                text,
                device,
            )
            return
        if packet.ttl <= 1:
            text = "Its time to live is over."
            answers = _answers.icmp_error(packet, "time-exceeded")
            yield end(
                state,
                Disposition.TTL_EXCEEDED,
                Reason.TTL,
                Stage.FORWARDING,
                "time to live",
                None,
                text,
                device,
                answers,
            )
            return
        link = self.namespace.links.get(found.dev or "")
        if link is not None:
            size = _mtu.fits(self.namespace, packet, found, link, True)
            if size.fit is _mtu.Fit.TOO_BIG:
                yield self._too_big(state, link, size)
                return
        yield from self.hook(
            state.with_packet(ttl=packet.ttl - 1),
            "forward",
            "ip",
            lambda after: self._postrouting(after, found),
            iif=device,
            oif=found.dev,
            physin=state.port,
        )

    # -- a packet is sent ------------------------------------------------------------------------------------------
    def originate(self, state: State, oif: str | None = None) -> Ways:
        """A packet of the namespace's own, of IP or ARP."""
        link = self.namespace.links.get(oif or "")
        if state.packet.protocol == ARP and link is not None:
            yield from self.hook(state, "output", "arp", lambda after: self.transmit(after, link, None), oif=link.name)
            return
        for passed in _opaque.sees_connected(self, state):
            if isinstance(passed, Outcome):
                yield passed
            else:
                yield from self.send(passed, oif)

    def send(self, state: State, oif: str | None = None) -> Ways:
        """A packet of the namespace's own (__ip_local_out()). An empty source is chosen by the route.

        oif: the one device that it may leave by, as a tunnel that is bound to a device wants it.
        """
        if state.packet.dst in _ITSELF:
            own = state.packet.src if state.packet.family == 4 else ""
            state = state.with_packet(dst=own or _ITSELF[state.packet.dst])
        packet = state.packet
        for source, found in self._routes_out(packet, oif):
            branch = self._decided(state, found, None)
            if not found.found:
                yield self._no_route(branch, found, forwarded=False)
                continue
            if not packet.src:
                if source is None:
                    text = f"There is no address to send from to {packet.dst}."
                    yield end(
                        branch,
                        Disposition.NO_ROUTE,
                        Reason.NO_ROUTE,
                        Stage.ROUTING,
                        "source address",
                        found.route,
                        text,
                    )
                    continue
                branch = branch.with_packet(src=source)
                branch = branch.change(before=dataclasses.replace(branch.before, src=source))
            refusal = self._refused_output(branch, found)
            if refusal is not None:
                yield refusal
                continue
            if packet.protocol == "tcp" and "syn" in packet.flags:
                branch = branch.with_packet(mss=_mtu.segment(self.namespace, packet, found))
            if packet.ttl == LIFETIME:
                lives = found.route.hoplimit if found.route is not None else None
                branch = branch.with_packet(ttl=lives or self.settings.lifetime(packet.family))
            yield from self._output(branch, found)

    def _routes_out(self, packet: Packet, oif: str | None) -> t.Iterator[tuple[str | None, Lookup]]:
        """The source address that a packet leaves with, and its route. connect() of IPv4 asks for the route once more
        with the address that the first one lent (ip_route_connect()): rules may send that elsewhere.
        """
        first = self.routing.look_up(self._own_query(packet, oif))
        for found in first:
            if packet.src or not found.found:
                yield packet.src or None, found
                continue
            source = _source.source_address(self.namespace, packet.family, packet.dst, found)
            if source is None or packet.family != 4 or packet.protocol not in _CONNECTED:
                yield source, found
                continue
            again = self.routing.look_up(self._own_query(dataclasses.replace(packet, src=source), oif))
            if again == first:
                yield source, found
                continue
            for one in again:
                guesses = (*found.guesses, *(each for each in one.guesses if each not in found.guesses))
                yield source, dataclasses.replace(one, share=one.share * found.share, guesses=guesses)

    def lent(self, packet: Packet) -> str | None:
        """The source address that the route lends to a packet without one; None where there is no route."""
        for found in self.routing.look_up(self._own_query(packet)):
            if found.found:
                return _source.source_address(self.namespace, packet.family, packet.dst, found)
        return None

    def _refused_output(self, state: State, found: Lookup) -> Outcome | None:
        """What routing refuses to send (__mkroute_output())."""
        if found.type != "unicast" or found.dev is None:
            return None
        refusal = _source_check.martian_output(self.namespace, state.packet, found.dev)
        return self._refuse(state, refusal, found.dev) if refusal is not None else None

    @staticmethod
    def _own_query(packet: Packet, oif: str | None = None) -> Query:
        return Query(
            packet.family,
            packet.dst,
            packet.src or None,
            oif=oif,
            mark=packet.mark,
            tos=packet.tos,
            protocol=packet.protocol,
            sport=packet.sport,
            dport=packet.dport,
            uid=packet.uid,
        )

    def _output(self, state: State, found: Lookup) -> Ways:
        def sent(after: State, result: FilterResult | None = None) -> Ways:
            if result is not None and result.reroute:
                yield from self._reroute(after)
            else:
                yield from self._leave(after, found)

        oif = (found.vrf or LOOPBACK) if found.type == LOCAL else found.dev
        yield from self.hook(state, "output", "ip", sent, oif=oif, with_result=sent)

    def _reroute(self, state: State) -> Ways:
        """ip_route_me_harder(): after the output hook changed what routing looks at."""
        for found in self.routing.look_up(self._own_query(state.packet)):
            branch = self._decided(state, found, None)
            refusal = self._refused_output(branch, found)
            if refusal is not None:
                yield refusal
            elif found.found:
                yield from self._leave(branch, found)
            else:
                yield self._no_route(branch, found, forwarded=False)

    def _leave(self, state: State, found: Lookup) -> Ways:
        if found.type == LOCAL:
            device = found.vrf or LOOPBACK
            yield from self.hook(state, "postrouting", "ip", lambda after: self._loop_back(after, device), oif=device)
        elif found.type == "unicast":
            yield from self._postrouting(state, found)
        else:
            text = f"{state.packet.dst} is of type {found.type}."
            yield end(state, Disposition.DROPPED, Reason.NOT_LOCAL, Stage.ROUTING, "routing tables", found.route, text)

    def _loop_back(self, state: State, device: str = LOOPBACK) -> Ways:
        """Through the loopback device, or the VRF device, which is that of its domain: it comes in again with what
        conntrack said of it.
        """
        link = self.namespace.links.get(device)
        if link is not None and not link.up:
            text = f"{device} is set down, and what a namespace sends to itself goes through it."
            what = f"device {device}"
            yield end(state, Disposition.DROPPED, Reason.LINK_DOWN, Stage.DEVICE, what, link, text, device)
            return
        yield from self.ip_receive(state.through(device).change(iif=device, port=None))

    # -- a packet goes out -----------------------------------------------------------------------------------------
    def _postrouting(self, state: State, found: Lookup) -> Ways:
        taken = _ipsec.decided(self, state, _ipsec.OUT, found.dev)
        if taken is not None:
            yield taken
            return
        for passed in _opaque.by_route(state, found.route):
            if isinstance(passed, Outcome):
                yield passed
            else:
                yield from self.hook(
                    passed, "postrouting", "ip", lambda after: self._finish(after, found), oif=found.dev
                )

    def _finish(self, state: State, found: Lookup) -> Ways:
        """ip_finish_output(): fragments, then the neighbour."""
        link = self.namespace.links.get(found.dev or "")
        if link is None:
            text = f"There is no device {found.dev}."
            yield end(
                state,
                Disposition.DROPPED,
                Reason.LINK_MISSING,
                Stage.DEVICE,
                f"device {found.dev}",
                None,
                text,
                found.dev,
            )
            return
        for passed in _opaque.sees_sent(self, state):
            if isinstance(passed, Outcome):
                yield passed
            else:
                yield from self._sized(passed, found, link)

    def _sized(self, state: State, found: Lookup, link: Link) -> Ways:
        size = _mtu.fits(self.namespace, state.packet, found, link, state.iif is not None)
        if size.fit is _mtu.Fit.TOO_BIG:
            yield self._too_big(state, link, size)
            return
        if size.fit is _mtu.Fit.FRAGMENTED:
            text = f"{state.packet.size} bytes are sent in fragments of at most {size.mtu}."
            state = state.step(Stage.MTU, f"MTU of {link.name}", link, text, link.name).with_packet(size=size.mtu)
        yield from self._to_neighbour(state, link, found.gateway or state.packet.dst)

    def _to_neighbour(self, state: State, link: Link, next_hop: str) -> Ways:
        entry = _neighbour.look_up(self.namespace, link, next_hop)
        if entry.knows is _neighbour.Knows.NEEDLESS:
            yield from self.transmit(state.with_packet(src_mac=None, dst_mac=None), link, next_hop)
            return
        looked_at = f"neighbour {next_hop} on {link.name}"
        if entry.knows is _neighbour.Knows.MAC:
            yield from self._known_neighbour(state, link, next_hop, entry, looked_at)
            return
        answers = self.wires.resolve(state.at(link.name), next_hop, state.packet.src)
        for answer in answers:
            branch = state
            if len(answers) > 1:
                branch = branch.assume(f"{next_hop} is resolved by {answer.place}", True)
            if answer.owner is Owner.NOBODY:
                yield self._unresolved(branch, link, next_hop, entry.entry)
            elif answer.owner is Owner.FOUND and entry.knows is _neighbour.Knows.NOTHING:
                yield from self._resolved(branch, link, next_hop, answer, looked_at)
            elif answer.owner is Owner.OUTSIDE and entry.knows is _neighbour.Knows.NOTHING:
                branch = branch.assume(f"{next_hop} answers on the wire of {link.name}", True, None, Doubt.FABRIC)
                yield from self._resolved(branch, link, next_hop, answer, looked_at)
            else:
                # Not read, or the kernel asked in vain before: it may or may not be answered now.
                text = f"{next_hop} answers on the wire of {link.name}"
                taken = branch.assume(text, True, entry.entry)
                yield from self._resolved(taken, link, next_hop, answer, looked_at)
                yield self._unresolved(branch.assume(text, False, entry.entry), link, next_hop, entry.entry)

    def _known_neighbour(
        self, state: State, link: Link, next_hop: str, entry: _neighbour.Entry, looked_at: str
    ) -> Ways:
        """The table has an entry. One that is wrong and not fixed is renewed once nobody answers to it."""
        state = state.step(Stage.NEIGHBOUR, looked_at, entry.entry, f"{next_hop} is at {entry.mac}.", link.name)
        if entry.mac is not None and _address.is_group(entry.mac):
            yield from self._to_group(state, link, next_hop, entry.mac)
            return
        known = self._frame(state, link, entry.mac)
        others = [] if entry.fixed else self.wires.resolve(state.at(link.name), next_hop, state.packet.src)
        wrong = [each for each in others if each.owner is Owner.FOUND and each.mac not in (None, entry.mac)]
        if not wrong or len(wrong) < len(others):
            yield from self.transmit(known, link, next_hop)
            return
        text = f"the entry of {next_hop} ({entry.mac}) is still used"
        yield from self.transmit(known.assume(text, True, entry.entry), link, next_hop)
        renewed = self._frame(state, link, wrong[0].mac).assume(text, False, entry.entry)
        yield from self.transmit(renewed, link, next_hop)

    def _to_group(self, state: State, link: Link, next_hop: str, mac: str) -> Ways:
        """A frame for all, or for a group of them. The copy that counts is that for who has the address; yet it is none
        for that machine alone."""
        answers = self.wires.resolve(state.at(link.name), next_hop, state.packet.src)
        owner = next((each.mac for each in answers if each.owner is Owner.FOUND), None)
        yield from self.transmit(self._frame(state, link, owner or mac).with_packet(to_all=True), link, next_hop)

    def _resolved(self, state: State, link: Link, next_hop: str, answer: Resolved, looked_at: str) -> Ways:
        where = f" ({answer.place})" if answer.place else ""
        state = state.step(
            Stage.NEIGHBOUR,
            looked_at,
            None,
            f"{next_hop} is asked for, and answers from {answer.mac or 'beyond'}{where}.",
            link.name,
        )
        yield from self.transmit(self._frame(state, link, answer.mac), link, next_hop)

    def _frame(self, state: State, link: Link, mac: str | None) -> State:
        return state.with_packet(src_mac=link.mac.lower() if link.mac else None, dst_mac=mac, to_all=False)

    def _unresolved(self, state: State, link: Link, next_hop: str, entry: t.Any) -> Outcome:
        text = f"Nobody on the wire of {link.name} answers for {next_hop}."
        answers = _answers.icmp_error(state.packet, "host-unreachable")
        return end(
            state,
            Disposition.NO_NEIGHBOUR,
            Reason.NEIGHBOUR_FAILED,
            Stage.NEIGHBOUR,
            f"neighbour {next_hop} on {link.name}",
            entry,
            text,
            link.name,
            answers,
        )

    def transmit(self, state: State, link: Link, next_hop: str | None) -> Ways:
        """A device gets a frame to send (dev_queue_xmit())."""
        if not link.up or link.carrier is False:
            reason = Reason.NO_CARRIER if link.up else Reason.LINK_DOWN
            text = f"{link.name} has no carrier." if link.up else f"{link.name} is set down."
            yield end(state, Disposition.DROPPED, reason, Stage.DEVICE, f"device {link.name}", link, text, link.name)
            return
        for passed in _opaque.look(self, state, link, "egress"):
            if isinstance(passed, Outcome):
                yield passed
            else:
                sent = functools.partial(self._device, link, next_hop)
                yield from self.hook(passed, "egress", "netdev", sent, oif=link.name)

    def _device(self, link: Link, next_hop: str | None, state: State) -> Ways:
        state = state.through(link.name)
        if link.kind == "loopback":
            yield from self._loop_back(state)
        elif link.kind == "bridge":
            yield from _bridge.send(self, state, link)
        elif link.kind == "vxlan":
            yield from _vxlan.wrap(self, state, link)
        elif link.kind in _ipip.KINDS:
            yield from _ipip.wrap(self, state, link)
        elif link.kind == _wireguard.KIND:
            yield from _wireguard.wrap(state, link)
        elif link.kind == "dummy":
            text = f"{link.name} is a dummy: what is sent by it is gone."
            yield end(
                state, Disposition.DROPPED, Reason.ADDRESS_NOWHERE, Stage.DEVICE, link.name, link, text, link.name
            )
        elif link.kind == _vrf.KIND:
            yield from self._by_domain(state, link)
        elif link.kind in _opaque.KINDS:
            yield _opaque.lost(state, link)
        else:
            lower = _stacked.below(self, state, link)
            if lower is not None:
                yield from self.transmit(lower.state, lower.link, next_hop)
            else:
                left = state.change(packet=leaving(state.packet))
                yield Outcome(Exit.FRAME, left, link.name, next_hop)

    def _by_domain(self, state: State, link: Link) -> Ways:
        """vrf_xmit(): a packet that a route gives to a VRF device is routed once more, in its domain."""
        if any(step.stage is Stage.ROUTING and step.decided is link for step in state.steps):
            text = f"The routes of VRF {link.name} lead to {link.name} again."
            yield end(state, Disposition.DROPPED, Reason.LOOP, Stage.ROUTING, link.name, link, text, link.name)
            return
        text = f"{link.name} routes it once more, in table {link.vrf_table}."
        inside = state.step(Stage.ROUTING, f"VRF {link.name}", link, text, link.name)
        yield from self.send(inside.change(iif=None, port=None, slave=None), link.name)

    # -- helpers -----------------------------------------------------------------------------------------------------
    def hook(
        self,
        state: State,
        hook: str,
        layer: str,
        then: t.Callable[[State], Ways],
        with_result: t.Callable[[State, FilterResult], Ways] | None = None,
        **devices: str | None,
    ) -> Ways:
        """A hook of the packet filter: what it ends ends, what it lets pass goes on with then."""
        for after, result in _filter.run(self, state, hook, layer, **devices):
            if isinstance(after, Outcome):
                yield after
            elif result is not None and result.action is Action.LOCAL_OUT:
                yield from self.send(after.change(iif=None, port=None))
            elif with_result is not None and result is not None:
                yield from with_result(after, result)
            else:
                yield from then(after)

    def _decided(self, state: State, found: Lookup, device: str | None) -> State:
        """The routing decision as a step, with what it took for granted."""
        packet = state.packet
        decided = found.route or found.rule
        what = str(found.route) if found.route else "no route"
        state = state.change(share=state.share * found.share)
        for guess in found.guesses:
            state = state.assume(guess.text, guess.taken, guess.decided)
        rule = (
            f" (rule {found.rule})" if found.rule is not None and found.rule.priority not in (0, 32766, 32767) else ""
        )
        state = state.step(
            Stage.ROUTING,
            f"route to {packet.dst}" + (f" from {packet.src} iif {device}" if device else ""),
            decided,
            f"{packet.dst}: {what}{rule}.",
            device,
            led=found.rule,
        )
        if not self.routing.known:
            state = state.assume("routes and rules are all that was read of them", True)
        return state

    def _no_route(self, state: State, found: Lookup, forwarded: bool) -> Outcome:
        packet = state.packet
        reason, kind = _REFUSALS.get(found.type, (Reason.NO_ROUTE, "net-unreachable"))
        answers = _answers.icmp_error(packet, kind) if forwarded and kind else ()
        by = f"rule {found.rule}" if found.route is None and found.rule is not None else str(found.route)
        text = f"There is no route to {packet.dst}." if reason is Reason.NO_ROUTE else f"{packet.dst}: {by}."
        disposition = Disposition.NO_ROUTE
        if not self.routing.known:
            disposition, reason, answers = Disposition.UNKNOWN, Reason.NOT_READ, ()
        return end(
            state,
            disposition,
            reason,
            Stage.ROUTING,
            f"route to {packet.dst}",
            found.route or found.rule,
            text,
            state.iif,
            answers,
            found.rule,
        )

    def _too_big(self, state: State, link: Link, size: _mtu.Size) -> Outcome:
        packet = state.packet
        why = f"MTU {size.mtu}" if size.learned is None else str(size.learned)
        text = f"{packet.size} bytes do not fit {link.name} ({why}), and the packet must not be split."
        answers = _answers.icmp_error(packet, "too-big") if state.iif is not None else ()
        decided = size.learned or link
        return end(
            state, Disposition.TOO_BIG, Reason.MTU, Stage.MTU, f"MTU of {link.name}", decided, text, link.name, answers
        )

    @staticmethod
    def _refuse(state: State, refusal: _source_check.Refusal, device: str) -> Outcome:
        stage = Stage.RP_FILTER if refusal.reason is Reason.RP_FILTER else Stage.ROUTING
        return end(
            state,
            Disposition.DROPPED,
            refusal.reason,
            stage,
            f"source check of {device}",
            refusal.decided,
            refusal.text,
            device,
        )


def _not_for(packet: Packet, link: Link) -> str:
    """Why a device does not take a frame; empty when it does."""
    if packet.other_host:
        return "A rule has marked the frame as one for another machine, which IP does not take (ip_rcv())."
    if packet.dst_mac is None or link.mac is None or link.kind == "loopback":
        return ""
    if packet.dst_mac == link.mac.lower() or _address.is_group(packet.dst_mac):
        return ""
    return f"The frame is for {packet.dst_mac}, and {link.name} has {link.mac}."


def begin(place: t.Any, packet: Packet, tracking: Tracking, **parts: t.Any) -> State:
    """The state of a packet that comes into a namespace, or is sent there."""
    return State(place, packet, packet, tracking, **parts)
