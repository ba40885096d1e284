# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Connection tracking of one network namespace: what it says of a packet, and what it keeps.

Sources: net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_*.c of Linux.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _tcp_states
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import (
    Ct,
    CtState,
    Flow,
    Packet,
    Zones,
)

NO_ZONES = Zones()
# Queries begin a connection, everything else of ICMP answers one (icmp_new(), icmpv6_new()).
QUERIES = {"icmp": {8: 0, 13: 14, 15: 16, 17: 18}, "icmpv6": {128: 129, 139: 140}}
# Types that carry the head of the packet that they are about.
ERRORS = {"icmp": frozenset((3, 4, 5, 11, 12)), "icmpv6": frozenset((1, 2, 3, 4))}
# Never tracked (nf_conntrack_icmpv6_error()).
NEIGHBOUR_DISCOVERY = frozenset((130, 131, 132, 133, 134, 135, 136, 137, 143))


@dataclasses.dataclass(frozen=True)
class Connection:
    """An entry of the table. original and reply: what its packets look like when they come in, per direction.

    status: SEEN_REPLY, ASSURED, SNAT, DNAT … as /proc/net/nf_conntrack and --ctstatus name them. tcp: its state.
    collected: it was in the snapshot, so it is older than the packet that is simulated.
    """

    original: Flow
    reply: Flow
    zones: Zones = NO_ZONES
    mark: int | None = 0
    status: frozenset[str] = frozenset()
    tcp: str = _tcp_states.NONE
    collected: bool = False


Key = tuple[int, Flow]


# An element that a rule of nft has added: family, table and name of its set, and the parts of its key.
Added = tuple[str, str, str, tuple[t.Any, ...]]


class Tracking:
    """What a namespace keeps of packets: its table, and what rules have added to sets. It never changes:
    with_connection() and with_element() give another one.
    """

    __slots__ = ("_collected", "_own", "added")

    def __init__(
        self,
        collected: t.Mapping[Key, Connection] | None = None,
        own: t.Mapping[Key, Connection] | None = None,
        added: frozenset[Added] = frozenset(),
    ) -> None:
        self.added = added
        self._collected: t.Mapping[Key, Connection] = collected if collected is not None else {}
        self._own: t.Mapping[Key, Connection] = own if own is not None else {}

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tracking)
            and self._own == other._own
            and self.added == other.added
            and (self._collected is other._collected or self._collected == other._collected)
        )

    def __hash__(self) -> int:
        return hash(frozenset(self._own))

    def __len__(self) -> int:
        return len(set(self._collected.values()) | set(self._own.values()))

    def find(self, flow: Flow, zone: int = 0) -> tuple[Connection, bool] | None:
        """The connection that a packet of this flow belongs to, and whether it is a reply."""
        found = self._own.get((zone, flow)) or self._collected.get((zone, flow))
        if found is None and self._own and flow.dport is not None:
            # To a port that NAT chose at random, and that nobody could foretell.
            icmp = flow.protocol in QUERIES
            flow = dataclasses.replace(flow, dport=None, sport=None if icmp else flow.sport)
            found = self._own.get((zone, flow))
        if found is None:
            return None
        return found, not (found.original == flow and found.zones.original == zone)

    def with_connection(self, connection: Connection) -> Tracking:
        """The table with an entry added, or replaced by a newer state of it."""
        own = dict(self._own)
        own[connection.zones.reply, connection.reply] = connection
        own[connection.zones.original, connection.original] = connection
        return Tracking(self._collected, own, self.added)

    def with_element(self, element: Added) -> Tracking:
        """The same, with an element that a rule has added to a set."""
        return Tracking(self._collected, self._own, self.added | {element})

    def connections(self) -> tuple[Connection, ...]:
        """All entries, those of this simulation last."""
        return tuple(dict.fromkeys([*self._collected.values(), *self._own.values()]))

    @property
    def made(self) -> tuple[Connection, ...]:
        """The entries that the simulated packets made or changed."""
        return tuple(dict.fromkeys(self._own.values()))


def tracking_of(connections: t.Iterable[Connection]) -> Tracking:
    """The table as it was collected."""
    table: dict[Key, Connection] = {}
    for each in connections:
        table[each.zones.reply, each.reply] = each
        table[each.zones.original, each.original] = each
    return Tracking(table)


def leaving(packet: Packet) -> Packet:
    """The packet once it is out of the namespace: through a veth or a wire, conntrack's opinion stays behind."""
    return dataclasses.replace(packet, ct=None) if packet.ct is not None else packet


def is_error(packet: Packet) -> bool:
    """Whether it is an ICMP error, which speaks of another packet."""
    return packet.icmp_type is not None and packet.icmp_type in ERRORS.get(packet.protocol, ())


def untracked(packet: Packet) -> Packet:
    """The packet after NOTRACK."""
    flow = packet.flow
    return dataclasses.replace(packet, ct=Ct(CtState.UNTRACKED, flow, flow.reversed()))


def track(packet: Packet, tracking: Tracking, zones: Zones = NO_ZONES, loose: bool = True) -> tuple[Packet, Tracking]:
    """What conntrack says of a packet at prerouting or output (nf_conntrack_in()): the packet with its ct.

    One that it has seen before (on the loopback device) or that is not to be tracked keeps its ct. loose: the sysctl
    nf_conntrack_tcp_loose, a connection may be picked up in its middle.
    """
    if packet.ct is not None and packet.ct.state is not CtState.INVALID:
        return packet, tracking
    if packet.protocol == "icmpv6" and packet.icmp_type in NEIGHBOUR_DISCOVERY:
        return untracked(packet), tracking
    if is_error(packet):
        return _related(packet, tracking, zones), tracking
    found = tracking.find(packet.flow, zones.original)
    if found is None and zones.reply != zones.original:
        found = tracking.find(packet.flow, zones.reply)
    if found is None:
        return _new(packet, zones, loose), tracking
    return _known(packet, tracking, *found)


def _invalid(packet: Packet) -> Packet:
    flow = packet.flow
    return dataclasses.replace(packet, ct=Ct(CtState.INVALID, flow, flow.reversed()))


def _related(packet: Packet, tracking: Tracking, zones: Zones) -> Packet:
    """An ICMP error is RELATED to the connection of the packet in it, if there is one."""
    inner = packet.inner
    if inner is None:
        return _invalid(packet)
    found = tracking.find(inner.flow.reversed(), zones.original)
    if found is None:
        return _invalid(packet)
    connection, is_reply = found
    # What it quotes is a packet as it was when it left here, so the inverse is what comes in: the error travels in
    # the direction of that inverse.
    return dataclasses.replace(packet, ct=_ct(connection, CtState.RELATED, is_reply))


def _new(packet: Packet, zones: Zones, loose: bool) -> Packet:
    if packet.protocol in QUERIES and packet.icmp_type not in QUERIES[packet.protocol]:
        return _invalid(packet)
    if packet.protocol == "tcp":
        state = _tcp_states.first(packet.flags, loose)
        if state is None:
            return _invalid(packet)
    flow = packet.flow
    return dataclasses.replace(packet, ct=Ct(CtState.NEW, flow, flow.reversed(), zone=zones.original, zones=zones))


def _known(packet: Packet, tracking: Tracking, connection: Connection, is_reply: bool) -> tuple[Packet, Tracking]:
    changed = connection
    if packet.protocol == "tcp":
        state = _tcp_states.next_state(connection.tcp, packet.flags, is_reply)
        if state is None:
            return _invalid(packet), tracking
        changed = dataclasses.replace(changed, tcp=state)
    if is_reply and "SEEN_REPLY" not in changed.status:
        changed = dataclasses.replace(changed, status=changed.status | {"SEEN_REPLY"})
    elif not is_reply and "SEEN_REPLY" in changed.status and packet.protocol != "icmp":
        changed = dataclasses.replace(changed, status=changed.status | {"ASSURED"})
    if changed != connection:
        tracking = tracking.with_connection(changed)
    if is_reply or "SEEN_REPLY" in changed.status:
        answer = CtState.ESTABLISHED
    else:
        answer = CtState.RELATED if "EXPECTED" in changed.status else CtState.NEW
    return dataclasses.replace(packet, ct=_ct(changed, answer, is_reply)), tracking


def _ct(connection: Connection, state: CtState, is_reply: bool) -> Ct:
    return Ct(
        state,
        connection.original,
        connection.reply,
        is_reply,
        connection.status | {"CONFIRMED", "SNAT_DONE", "DNAT_DONE"},
        connection.mark,
        connection.zones.original,
        connection.zones,
    )


def confirm(packet: Packet, tracking: Tracking) -> tuple[Packet, Tracking]:
    """At the end of input and postrouting a new connection enters the table (nf_confirm())."""
    ct = packet.ct
    if ct is None or ct.state in (CtState.INVALID, CtState.UNTRACKED) or "CONFIRMED" in ct.status:
        return packet, tracking
    tcp = (_tcp_states.first(packet.flags, True) or _tcp_states.NONE) if packet.protocol == "tcp" else _tcp_states.NONE
    status = ct.status - {"SNAT_DONE", "DNAT_DONE"}
    connection = Connection(ct.original, ct.reply, ct.zones, ct.mark, status, tcp)
    return dataclasses.replace(
        packet, ct=dataclasses.replace(ct, status=ct.status | {"CONFIRMED"})
    ), tracking.with_connection(connection)


def set_mark(packet: Packet, tracking: Tracking, mark: int | None) -> tuple[Packet, Tracking]:
    """The connection's mark changed; one that is in the table already changes there, for all that follow."""
    ct = packet.ct
    if ct is None or ct.state in (CtState.INVALID, CtState.UNTRACKED) or ct.mark == mark:
        return packet, tracking
    changed = dataclasses.replace(packet, ct=dataclasses.replace(ct, mark=mark))
    if "CONFIRMED" in ct.status:
        found = tracking.find(ct.original, ct.zones.original)
        if found is not None:
            tracking = tracking.with_connection(dataclasses.replace(found[0], mark=mark))
    return changed, tracking
