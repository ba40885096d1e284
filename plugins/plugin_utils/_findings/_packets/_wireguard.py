# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""WireGuard: ends of a tunnel that do not know one another, or not as they are.

What each end says of itself (its key, its port) is true; what another end says of it may be old.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    Link,
    Namespace,
    WireGuard,
    WireGuardPeer,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._devices._wireguard import age
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Hop, Place, Reason


@dataclasses.dataclass(frozen=True)
class _End:
    """A WireGuard device of a node."""

    node: str
    link: Link

    @property
    def wireguard(self) -> WireGuard:
        """What was read of it."""
        return t.cast(WireGuard, self.link.wireguard)

    def peer(self, key: str | None) -> WireGuardPeer | None:
        """What it says of the end with that key."""
        return next((one for one in self.wireguard.peers if one.public_key == key), None)

    def __str__(self) -> str:
        return f"{self.link.name} of {self.node}"


def wireguard_ends(view: View) -> t.Iterator[Cause]:
    """A WireGuard device that ended the packet, and which end is wrong about the other."""
    link = view.decided
    if not isinstance(link, Link) or link.wireguard is None or view.place.netns != HOST:
        return
    here = _End(view.place.node, link)
    if view.reason in (Reason.WIREGUARD_PEER, Reason.WIREGUARD_ENDPOINT):
        yield from _sender(view, here)
        return
    outer = view.packet
    hop = _wrapping(view, outer)
    there = _with_key(view.case, outer.keys[0], hop) if outer.keys is not None and hop is not None else None
    if there is None or outer.keys is None:
        return
    if view.reason is Reason.WIREGUARD_PORT:
        yield _port(view, there, here)
    elif view.reason is Reason.WIREGUARD_KEY and outer.keys[1] != here.wireguard.public_key:
        yield _old_key(view, there, here, outer.keys[1])
    elif view.reason is Reason.WIREGUARD_KEY:
        yield _unknown_sender(view, there, here)
    elif view.reason is Reason.WIREGUARD_SOURCE and outer.inner is not None:
        yield _not_allowed(view, here, there, outer.inner.src)


def _wrapping(view: View, outer: Packet) -> Hop | None:
    """Where the packet was encrypted."""
    return next((hop for hop in view.trace.hops if hop.after.keys == outer.keys and hop.before.keys is None), None)


def _with_key(case: Case, key: str | None, hop: Hop) -> _End | None:
    return next((end for end in _ends(case) if end.node == hop.node and end.wireguard.public_key == key), None)


def _ends(case: Case) -> t.Iterator[_End]:
    for name, node in case.evidence.nodes.items():
        for link in node.host.links.values():
            if link.wireguard is not None:
                yield _End(name, link)


def _at(case: Case, node: str | None, like: Link) -> _End | None:
    """A node's device of that name."""
    return next((end for end in _ends(case) if end.node == node and end.link.name == like.name), None)


# -- at the sender ---------------------------------------------------------------------------------------------------
def _sender(view: View, here: _End) -> t.Iterator[Cause]:
    """The packet's own node does not know to whom, or to where, it is to be sent."""
    case, destination = view.case, view.packet.dst
    there = _at(case, case.pods.node_of(destination) or _owner(case, destination), here.link)
    if there is None or there.node == here.node:
        return
    if view.reason is Reason.WIREGUARD_PEER:
        yield _not_allowed(view, here, there, destination)
        return
    address = next(iter(case.evidence.node_addresses(there.node)), None)
    if address is None or there.wireguard.listen_port is None:
        return
    yield _cause(
        view,
        here,
        f"{here} knows where {there.node} is: {address}, UDP {there.wireguard.listen_port}",
        f"it has no endpoint for {there.node}",
        _set(here, there, f"endpoint {address}:{there.wireguard.listen_port}"),
        _changed(here, there, endpoint=address, endpoint_port=there.wireguard.listen_port),
    )


def _owner(case: Case, address: str) -> str | None:
    found = case.index.node_by_address(address)
    return str(found["metadata"]["name"]) if found is not None else None


# -- at the far end --------------------------------------------------------------------------------------------------
def _port(view: View, there: _End, here: _End) -> Cause:
    """there sends to a port that here does not listen on. Who is odd: the one that no other node agrees with."""
    known = there.peer(here.wireguard.public_key)
    said = [peer.endpoint_port for end in _ends(view.case) if (peer := end.peer(here.wireguard.public_key)) is not None]
    agreeing = known is not None and len(said) > 1 and said.count(known.endpoint_port) == len(said)
    port = here.wireguard.listen_port
    odd = here if agreeing else there
    asked = known.endpoint_port if known is not None else view.packet.dport
    text = f"{here} listens on UDP {port}; {there} sends to UDP {asked}"
    right = _set(there, here, f"endpoint ADDRESS:{port}")
    if agreeing:
        right = f"Set the port that all other nodes send to:\n$ wg set {here.link.name} listen-port {asked}"
    change = (
        repair.at(Place(here.node, HOST), _device(here.link.name, listen_port=asked))
        if agreeing
        else _changed(there, here, endpoint_port=port)
    )
    return _cause(view, odd, "both ends have the same port", text, right, change)


def _old_key(view: View, there: _End, here: _End, key: str) -> Cause:
    """there has a key for here that here does not have."""
    right = here.wireguard.public_key
    known = there.peer(key)
    observed = f"it has {key} for it"
    if right is None or known is None:
        change = None
    else:
        change = repair.at(Place(there.node, HOST), _replaced_key(there.link.name, key, right))
    return _cause(
        view,
        there,
        f"{there} has the public key of {here}, {right}",
        observed,
        f"Give {there.node} the key that {here.node} has; whatever publishes it (an annotation, a resource of the CNI)"
        " is old or was not read.",
        change,
    )


def _unknown_sender(view: View, there: _End, here: _End) -> Cause:
    """here has no peer with the key of there, so a handshake of there is not answered."""
    key = t.cast(str, there.wireguard.public_key)
    inner = view.packet.inner
    allowed = (f"{inner.src}/{128 if inner.family == 6 else 32}",) if inner is not None else ()
    peer = WireGuardPeer(key, None, None, allowed, None, None, None, None)
    return _cause(
        view,
        here,
        f"{here} has a peer with the public key of {there}, {key}",
        "it has none, and answers no handshake with a key that it does not know",
        f"Add {there.node} to the peers of {here.node}, with the networks of its pods; its CNI agent does so at its"
        " start.",
        repair.at(Place(here.node, HOST), _device(here.link.name, peers=[*here.wireguard.peers, peer])),
    )


def _not_allowed(view: View, here: _End, there: _End, address: str) -> Cause:
    """here does not send an address to there, or does not take it from there."""
    known = here.peer(there.wireguard.public_key)
    allowed = ", ".join(known.allowed) or "nothing" if known is not None else "nothing: it is no peer"
    network = f"{address}/{128 if ':' in address else 32}"
    change = _changed(here, there, allowed=[*known.allowed, network]) if known is not None else None
    return _cause(
        view,
        here,
        f"the peer {there.node} of {here} is allowed {address}",
        f"it is allowed {allowed}",
        _set(here, there, "allowed-ips NETWORKS") + f"\nwith the networks of {there.node}'s pods among them.",
        change,
    )


# -- changes ---------------------------------------------------------------------------------------------------------
def _set(here: _End, there: _End, what: str) -> str:
    key = there.wireguard.public_key
    return (
        f"Correct the peer on {here.node}, and find out why the CNI's agent there did not:\n"
        f"$ wg set {here.link.name} peer {key} {what}"
    )


def _device(name: str, **parts: t.Any) -> repair.Change:
    def change(namespace: Namespace) -> Namespace:
        link = namespace.links.get(name)
        if link is None or link.wireguard is None:
            return namespace
        changed = dataclasses.replace(link, wireguard=dataclasses.replace(link.wireguard, **parts))
        return namespace.change(links={**namespace.links, name: changed})

    return change


def _changed(here: _End, there: _End, **parts: t.Any) -> t.Any:
    """What here says of there, corrected."""
    key = there.wireguard.public_key
    peers = [dataclasses.replace(one, **parts) if one.public_key == key else one for one in here.wireguard.peers]
    return repair.at(Place(here.node, HOST), _device(here.link.name, peers=peers))


def _replaced_key(name: str, old: str, new: str) -> repair.Change:
    def change(namespace: Namespace) -> Namespace:
        link = namespace.links.get(name)
        known = link.wireguard.peers if link is not None and link.wireguard is not None else []
        peers = [dataclasses.replace(one, public_key=new) if one.public_key == old else one for one in known]
        return _device(name, peers=peers)(namespace)

    return change


def _cause(view: View, end: _End, expected: str, observed: str, remediation: str, change: t.Any) -> Cause:
    handshakes = "; ".join(f"peer {one.public_key[:8]}…: {age(one)}" for one in end.wireguard.peers[:3])
    return Cause(
        finding(
            "wireguard-peer-mismatch",
            Location(node=end.node, device=end.link.name),
            expected,
            observed,
            remediation,
            (Proof("config", ref_of(end.node), f"{end}: {observed}{'; ' + handshakes if handshakes else ''}"),),
        ),
        repair=change,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
