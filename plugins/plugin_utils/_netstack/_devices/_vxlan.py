# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""VXLAN: a frame in a UDP packet. Source: vxlan_xmit(), vxlan_rcv(), vxlan_set_mac() and vxlan_snoop() of the
kernel.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import FdbEntry, Link
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._answers import icmp_error
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import leaving
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOCAL, Query
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

DEFAULT = "00:00:00:00:00:00"
# Outer headers with the inner Ethernet header: IPv4 or IPv6, UDP, VXLAN, Ethernet.
OVERHEAD = {4: 50, 6: 70}
PORT = 8472
# The group policy's part of a mark (VXLAN_GBP_ID_MASK).
GROUP = 0xFFFF


@dataclasses.dataclass(frozen=True)
class _End:
    """An end that a frame is sent to. share: of all frames, where one of several is chosen by a hash; None where each
    gets a copy."""

    address: str
    entry: FdbEntry | None
    share: float | None = None


def entries(stack: Stack, link: Link, mac: str | None) -> tuple[FdbEntry, ...]:
    """Where a frame for a MAC address is sent: its own entries, else the default ones (vxlan_find_mac())."""
    own = _usable(stack.namespace.fdb_entries(link.name, mac)) if mac else ()
    return own or _usable(stack.namespace.fdb_entries(link.name, DEFAULT))


def _usable(found: tuple[FdbEntry, ...]) -> tuple[FdbEntry, ...]:
    return tuple(entry for entry in found if entry.dst or entry.nexthop_id is not None)


def _ends(stack: Stack, found: tuple[FdbEntry, ...]) -> list[_End]:
    """What entries lead to. One that names a nexthop object sends to one of its group (vxlan_xmit_nh())."""
    ends: list[_End] = []
    objects = {one.id: one for one in stack.namespace.nexthops}
    for entry in found:
        if entry.dst:
            ends.append(_End(entry.dst, entry))
            continue
        named = objects.get(entry.nexthop_id or 0)
        members = [(member[0], member[1]) for member in named.group if len(member) > 1] if named is not None else []
        chosen = [(objects.get(number), weight) for number, weight in members] or [(named, 1)]
        total = sum(max(weight, 1) for _one, weight in chosen)
        for one, weight in chosen:
            if one is not None and one.gateway:
                # Each end has an entry of its own, as if it were the only one.
                own = dataclasses.replace(entry, dst=one.gateway)
                ends.append(_End(one.gateway, own, max(weight, 1) / total))
    return ends


def wrap(stack: Stack, state: State, link: Link) -> t.Iterator[Outcome]:
    """The outer packet, for each end that the forwarding table names."""
    vxlan, mac = link.vxlan, state.packet.dst_mac
    looked_at = f"forwarding table of {link.name} for {mac}"
    if vxlan is None or vxlan.external:
        text = f"Where {link.name} sends to is decided per packet."
        yield end(state, Disposition.UNKNOWN, Reason.OPAQUE, Stage.TUNNEL, link.name, link, text, link.name)
        return
    found = entries(stack, link, mac)
    ends = _ends(stack, found)
    if not found and vxlan.remote:
        ends = [_End(vxlan.remote, None)]
    if not ends:
        # What names a nexthop object that is not known leads somewhere.
        unread = "fdb" in stack.namespace.unread or bool(found)
        text = "The forwarding table was not read." if unread else f"{link.name} knows no end of the tunnel for {mac}."
        disposition, reason = Disposition.DROPPED, Reason.FDB_MISSING
        if unread:
            disposition, reason = Disposition.UNKNOWN, Reason.NOT_READ
        yield end(state, disposition, reason, Stage.TUNNEL, looked_at, None, text, link.name)
        return
    if vxlan.local and stack.routing.known and not _is_own(stack, vxlan.local):
        text = f"{link.name} sends from {vxlan.local}, which is no address of ours."
        yield end(state, Disposition.DROPPED, Reason.TUNNEL_SOURCE, Stage.TUNNEL, link.name, link, text, link.name)
        return
    for one in ends:
        branch = state
        if one.share is not None:
            branch = state.change(share=state.share * one.share)
        elif len(ends) > 1:
            # Flooded: only the end that has the MAC address takes it, so every copy is followed.
            branch = state.assume(f"the copy for {one.address} is the one that counts", True, one.entry)
        yield _bypass(stack, branch, link, one.address, one.entry) or _outer(
            branch, link, one.address, one.entry, looked_at
        )


def _is_own(stack: Stack, address: str) -> bool:
    """Whether IPv4 lets a packet be sent from an address: that of a device, or a local one (__ip_dev_find())."""
    if ":" in address or stack.namespace.owner_of(address) is not None:
        return True
    return stack.routing.address_type(4, address) == LOCAL


def _bypass(stack: Stack, state: State, link: Link, remote: str, entry: FdbEntry | None) -> Outcome | None:
    """encap_bypass_if_local(): the other end is here. The frame is handed over as it is, whatever its MAC address."""
    vxlan = t.cast(t.Any, link.vxlan)
    found = stack.routing.first(Query(6 if ":" in remote else 4, remote, vxlan.local, oif=entry.via if entry else None))
    if found.type != LOCAL:
        return None
    port = (entry.port if entry else None) or vxlan.port or PORT
    for other in stack.namespace.links.values():
        if other.up and other.vxlan is not None and (other.vxlan.id, other.vxlan.port or PORT) == (vxlan.id, port):
            text = f"{remote} is an address of ours: the frame goes straight to {other.name}."
            done = state.step(Stage.TUNNEL, f"tunnel {link.name}", found.route, text, link.name)
            return Outcome(Exit.INNER, done.with_packet(dst_mac=None, src_mac=None, ct=None), other.name)
    text = f"{remote} is an address of ours, and no VXLAN device here takes the packet."
    return end(state, Disposition.DROPPED, Reason.NO_TUNNEL, Stage.TUNNEL, link.name, found.route, text, link.name)


def _outer(state: State, link: Link, remote: str, entry: FdbEntry | None, looked_at: str) -> Outcome:
    vxlan = t.cast(t.Any, link.vxlan)
    port = (entry.port if entry else None) or vxlan.port or PORT
    vni = entry.vni if entry is not None and entry.vni is not None else vxlan.id
    family = 6 if ":" in remote else 4
    done = state.step(Stage.TUNNEL, looked_at, entry or link, f"It goes to {remote}, UDP {port}, VNI {vni}.", link.name)
    outer = Packet(
        family,
        vxlan.local if vxlan.local and (":" in vxlan.local) == (family == 6) else "",
        remote,
        "udp",
        None,
        port,
        size=state.packet.size + OVERHEAD[family],
        inner=leaving(state.packet),
        vni=vni,
        group=(state.packet.mark or 0) & GROUP if vxlan.gbp else 0,
        mark=state.packet.mark,
        # The tunnel keeps the socket of what it carries (iptunnel_xmit()).
        uid=state.packet.uid,
        gid=state.packet.gid,
        cgroup=state.packet.cgroup,
        owned=state.packet.owned,
    )
    return Outcome(Exit.OUTER, done.change(packet=outer), link.name, oif=_bound_to(vxlan.dev, entry))


def _bound_to(dev: str | None, entry: FdbEntry | None) -> str | None:
    """The device that outer packets must leave by: of an entry its own, the tunnel's only for its default remote."""
    return entry.via if entry is not None else dev


def unwrap(stack: Stack, state: State) -> t.Iterator[Outcome]:
    """The tunnel device that takes an outer packet: of its UDP port and network."""
    packet = state.packet
    here = [link for link in stack.namespace.links.values() if link.vxlan is not None]
    on_port = [
        link for link in here if link.up and link.vxlan is not None and (link.vxlan.port or PORT) == packet.dport
    ]
    looked_at = f"VXLAN devices for UDP {packet.dport}, VNI {packet.vni}"
    if not on_port:
        yield _closed(stack, state, here, looked_at)
        return
    taking = next((link for link in on_port if link.vxlan is not None and link.vxlan.id == packet.vni), None)
    if taking is None:
        external = next((link for link in on_port if link.vxlan is not None and link.vxlan.external), None)
        if external is not None:
            text = f"What {external.name} does with VNI {packet.vni} is decided per packet."
            yield end(state, Disposition.UNKNOWN, Reason.OPAQUE, Stage.TUNNEL, looked_at, external, text, external.name)
            return
        text = f"No VXLAN device here has VNI {packet.vni}; {on_port[0].name} has {t.cast(t.Any, on_port[0].vxlan).id}."
        yield end(
            state, Disposition.NOT_FOR_US, Reason.TUNNEL_VNI, Stage.TUNNEL, looked_at, on_port[0], text, on_port[0].name
        )
        return
    yield _opened(stack, state, taking, looked_at)


def _opened(stack: Stack, state: State, link: Link, looked_at: str) -> Outcome:
    packet = state.packet
    inner = packet.inner
    if inner is None:
        return end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.TUNNEL, looked_at, link, "It has no content.")
    if inner.src_mac and link.mac and inner.src_mac == link.mac.lower():
        text = (
            f"The inner frame comes from {inner.src_mac}, which is the address of {link.name} itself: a loop, it seems."
        )
        return end(state, Disposition.DROPPED, Reason.TUNNEL_MAC, Stage.TUNNEL, looked_at, link, text, link.name)
    if link.vxlan is not None and link.vxlan.learning and inner.src_mac:
        for entry in stack.namespace.fdb_entries(link.name, inner.src_mac):
            if "permanent" in entry.state and entry.dst and entry.dst != packet.src:
                text = f"{inner.src_mac} is fixed to {entry.dst}, and the packet came from {packet.src}."
                return end(
                    state, Disposition.DROPPED, Reason.TUNNEL_SOURCE, Stage.TUNNEL, looked_at, entry, text, link.name
                )
    knows = link.vxlan is not None and link.vxlan.gbp
    if packet.group and not knows:
        text = f"Its header has a group policy, which {link.name} does not know (gbp)."
        return end(state, Disposition.DROPPED, Reason.TUNNEL_GROUP, Stage.TUNNEL, looked_at, link, text, link.name)
    done = state.step(Stage.TUNNEL, looked_at, link, f"{link.name} opens it.", link.name)
    mark = packet.group if knows and packet.group else packet.mark
    return Outcome(Exit.INNER, done.change(packet=dataclasses.replace(inner, ct=None, mark=mark)), link.name)


def _closed(stack: Stack, state: State, here: list[Link], looked_at: str) -> Outcome:
    packet = state.packet
    if "links" in stack.namespace.unread:
        return end(
            state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.TUNNEL, looked_at, None, "The devices were not read."
        )
    down = [
        link for link in here if not link.up and link.vxlan is not None and (link.vxlan.port or PORT) == packet.dport
    ]
    other = [link for link in here if link.up]
    reason = Reason.LINK_DOWN if down else Reason.TUNNEL_PORT if other else Reason.NO_TUNNEL
    decided = next(iter(down or other), None)
    text = f"No VXLAN device here is open at UDP {packet.dport}."
    if down:
        text = f"{down[0].name} is set down."
    elif other:
        text = f"{other[0].name} takes UDP {t.cast(t.Any, other[0].vxlan).port}, not {packet.dport}."
    return end(
        state,
        Disposition.NOT_FOR_US,
        reason,
        Stage.TUNNEL,
        looked_at,
        decided,
        text,
        decided.name if decided is not None else None,
        icmp_error(packet, "port-unreachable", packet.dst),
    )
