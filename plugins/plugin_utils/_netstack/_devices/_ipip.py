# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Tunnels that put an IP packet right into another one: ipip, sit (IPv6 in IPv4) and GRE.

Source: ip_tunnel_xmit(), ip_tunnel_lookup() of the kernel: a tunnel takes the packets of its remote to its local
address, one without a remote those of everybody.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Tunnel
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import leaving
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

# Kind of device: protocol of its packets. An ipip device may carry IPv4 only, a sit device IPv6, GRE both.
KINDS = {"ipip": "4", "sit": "41", "gre": "47", "gretap": "47"}
PROTOCOLS = frozenset(KINDS.values())
_OVERHEAD = {"ipip": 20, "sit": 20, "gre": 24, "gretap": 38}


def wrap(stack: Stack, state: State, link: Link) -> t.Iterator[Outcome]:
    """The outer packet. Without a remote, the tunnel asks the route for the next hop, as Calico and flannel use it."""
    tunnel = link.tunnel
    remote = tunnel.remote if tunnel else None
    if tunnel is None or tunnel.external:
        text = f"Where {link.name} sends to is decided per packet."
        yield end(state, Disposition.UNKNOWN, Reason.OPAQUE, Stage.TUNNEL, link.name, link, text, link.name)
        return
    if remote is None:
        found = stack.routing.first(Query(state.packet.family, state.packet.dst, state.packet.src, mark=None))
        remote = found.gateway
    if remote is None:
        text = f"{link.name} has no remote address, and the route over it no gateway."
        yield end(state, Disposition.DROPPED, Reason.NO_TUNNEL, Stage.TUNNEL, link.name, link, text, link.name)
        return
    outer = Packet(
        6 if ":" in remote else 4,
        tunnel.local or "",
        remote,
        KINDS[link.kind],
        size=state.packet.size + _OVERHEAD[link.kind],
        df=tunnel.pmtu_discovery is not False and state.packet.df,
        inner=leaving(state.packet),
        mark=state.packet.mark,
        # The tunnel keeps the socket of what it carries (iptunnel_xmit()).
        uid=state.packet.uid,
        gid=state.packet.gid,
        cgroup=state.packet.cgroup,
        owned=state.packet.owned,
    )
    done = state.step(Stage.TUNNEL, f"tunnel {link.name}", link, f"It goes in a packet to {remote}.", link.name)
    yield Outcome(Exit.OUTER, done.change(packet=outer), link.name, oif=tunnel.dev)


def unwrap(stack: Stack, state: State) -> t.Iterator[Outcome]:
    """The tunnel device that takes an outer packet."""
    packet = state.packet
    ends = [link for link in stack.namespace.links.values() if KINDS.get(link.kind) == packet.protocol and link.tunnel]
    taking = sorted(
        (link for link in ends if link.up and _takes(t.cast(Tunnel, link.tunnel), packet)),
        key=lambda link: (
            link.tunnel is None or link.tunnel.remote is None,
            link.tunnel is None or not link.tunnel.local,
        ),
    )
    if not taking:
        reason = Reason.TUNNEL_SOURCE if ends else Reason.NO_TUNNEL
        text = f"No tunnel here takes packets of protocol {packet.protocol} from {packet.src}."
        decided = ends[0] if ends else None
        yield end(state, Disposition.NOT_FOR_US, reason, Stage.TUNNEL, "tunnels", decided, text)
        return
    if packet.inner is None:
        yield end(state, Disposition.UNKNOWN, Reason.NOT_READ, Stage.TUNNEL, "tunnels", taking[0], "It has no content.")
        return
    link = taking[0]
    done = state.step(Stage.TUNNEL, f"tunnel {link.name}", link, f"{link.name} opens it.", link.name)
    inner = dataclasses.replace(packet.inner, ct=None, mark=packet.mark, src_mac=None, dst_mac=None)
    yield Outcome(Exit.INNER, done.change(packet=inner), link.name)


def _takes(tunnel: Tunnel, packet: Packet) -> bool:
    return (not tunnel.remote or tunnel.remote == packet.src) and (not tunnel.local or tunnel.local == packet.dst)
