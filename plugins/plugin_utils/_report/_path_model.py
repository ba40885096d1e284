# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The path as a picture needs it: both directions in one where they can be, hops grouped by node, traffic per wire."""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Hop, Report

OUTSIDE = "outside the cluster"
# What a packet does on a wire: seen at both ends, lost between them, none seen, not captured but not cut off either.
FLOW, LOST, IDLE, ASSUMED = "flow", "lost", "idle", "assumed"
# The worse state wins when both directions share a hop; what one direction knows is known.
_WORST_FIRST = ("broken", "suspect", "ok", "unknown")


@dataclasses.dataclass(frozen=True)
class Wire:
    """The connection of a hop to the next: traffic along the way, and back (None: not part of the picture)."""

    along: str
    back: str | None


@dataclasses.dataclass(frozen=True)
class Group:
    """Hops in travel order that are on one node (or outside all nodes)."""

    title: str
    is_node: bool
    hops: tuple[Hop, ...]


@dataclasses.dataclass(frozen=True)
class Picture:
    """What is drawn as one picture: between two groups there is always a network.

    `travelling` says which packets go this way (forward or reply); `has_replies` that replies come back the same way.
    """

    title: str
    groups: tuple[Group, ...]
    networks: tuple[Hop, ...]
    travelling: str
    has_replies: bool

    def hops(self) -> tuple[Hop, ...]:
        """Every hop in travel order."""
        found = list(self.groups[0].hops)
        for network, group in zip(self.networks, self.groups[1:]):
            found += [network, *group.hops]
        return tuple(found)

    def wires(self) -> tuple[Wire, ...]:
        """One wire for each pair of neighbours in `hops`."""
        hops = self.hops()
        return tuple(
            Wire(_along(hops, index, self.travelling), _back(hops, index) if self.has_replies else None)
            for index in range(len(hops) - 1)
        )

    def loses(self) -> bool:
        """Whether packets were seen before a wire and not after it."""
        return any(LOST in (wire.along, wire.back) for wire in self.wires())


def pictures(report: Report) -> tuple[Picture, ...]:
    """The pictures of a report: one where replies take the same way back, else one for each direction."""
    both = merged(report.forward, report.reverse)
    if both:
        return (_picture("There and back", _with_destination(both, report), "forward", True),)
    found = []
    if report.forward:
        counted = not report.reverse and any(hop.reply is not None for hop in report.forward)
        found.append(_picture("The way there", _with_destination(report.forward, report), "forward", counted))
    if report.reverse:
        found.append(_picture("The way back", report.reverse, "reply", False))
    return tuple(found)


def merged(forward: tuple[Hop, ...], reverse: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """Both directions hop by hop, when the way back is the same way; else nothing."""
    back = {hop.key: hop for hop in reverse}
    if not reverse or _places(forward) != _places(tuple(reversed(reverse))):
        return ()
    return tuple(_merge(hop, back[hop.key]) if hop.key in back else hop for hop in forward)


def _places(hops: tuple[Hop, ...]) -> list[tuple[str, str, str, str]]:
    """The hops by which two ways are compared: a Service is only passed on the way there, networks have no name."""
    return [hop.key for hop in hops if hop.kind not in ("network", "service")]


def _merge(there: Hop, back: Hop) -> Hop:
    notes = [there.note] if there.note else []
    if back.note and back.note != there.note:
        notes.append(f"Way back: {back.note}")
    return dataclasses.replace(
        there,
        status=min(there.status, back.status, key=_WORST_FIRST.index),
        note="\n".join(notes),
        forward=back.forward if there.forward is None else there.forward,
        reply=back.reply if there.reply is None else there.reply,
        mtu=back.mtu if there.mtu is None else there.mtu,
        address=there.address or back.address,
        findings=tuple(dict.fromkeys(there.findings + back.findings)),
    )


def _with_destination(hops: tuple[Hop, ...], report: Report) -> tuple[Hop, ...]:
    """The hops; where they break off on the way, also the destination that was not reached, as not known."""
    end = report.destination
    if not hops or hops[-1].status != "broken" or hops[-1].kind not in ("veth", "bridge", "tunnel", "nic", "network"):
        return hops
    if end.kind == "service" and len(report.backends) == 1:
        end = report.backends[0]
    if end.kind not in ("pod", "node", "host") or (end.node and end.node == hops[-1].node):
        return hops
    name = f"{end.namespace}/{end.name}" if end.namespace else end.name or end.text
    kind = "pod" if end.kind == "pod" else "host"
    note = "The path ends before it."
    nothing = Hop(end.node, end.netns, "", kind, name, end.address, None, "unknown", note, None, None, ())
    return (*hops, nothing)


# -- groups --------------------------------------------------------------------------------------------------------
def _picture(title: str, hops: tuple[Hop, ...], travelling: str, has_replies: bool) -> Picture:
    groups: list[list[Hop]] = []
    networks: list[list[Hop]] = []
    pending: list[Hop] = []
    for hop in hops:
        if hop.kind == "network" and groups:
            pending.append(hop)
        elif groups and not pending and _belongs(hop, groups[-1]):
            groups[-1].append(hop)
        else:
            if groups:
                networks.append(pending)
            groups.append([hop])
            pending = []
    if pending:
        networks.append(pending[:-1])
        groups.append(pending[-1:])
    between = tuple(_network(each, groups[index][-1], groups[index + 1][0]) for index, each in enumerate(networks))
    return Picture(title, tuple(_group(group) for group in groups), between, travelling, has_replies)


def _belongs(hop: Hop, group: list[Hop]) -> bool:
    """Whether a hop is on the node of the group; a Service has no place of its own: it is where its packet is."""
    return hop.node == _node(group) or (not hop.node and hop.kind == "service")


def _node(group: list[Hop]) -> str:
    return next((hop.node for hop in group if hop.node), "")


def _group(hops: list[Hop]) -> Group:
    node = _node(hops)
    return Group(node or OUTSIDE, bool(node), tuple(hops))


def _network(hops: list[Hop], before: Hop, after: Hop) -> Hop:
    """The network between two groups: the one of the path, several as one, or one of which nothing is known."""
    if len(hops) == 1:
        return hops[0]
    if not hops:
        carried = bool(before.forward and after.forward)
        status = "ok" if carried else "unknown"
        return Hop("", "", "", "network", "network", "", None, status, "", None, None, ())
    label = " → ".join(_wording.hop_name(hop) for hop in hops)
    mtus = [hop.mtu for hop in hops if hop.mtu is not None]
    worst = min(hops, key=lambda hop: _WORST_FIRST.index(hop.status))
    findings = tuple(dict.fromkeys(name for hop in hops for name in hop.findings))
    return dataclasses.replace(worst, label=label, device="", mtu=min(mtus, default=None), findings=findings)


# -- traffic -------------------------------------------------------------------------------------------------------
def _along(hops: tuple[Hop, ...], index: int, direction: str) -> str:
    """Packets of that direction, from this hop to the next."""
    sent = _nearest(hops[index::-1], direction)
    measured = _traffic(sent, _count(hops[index + 1], direction), _is_passive(hops[index + 1]))
    if measured:
        return measured
    cut = any(hop.status == "broken" for hop in hops[: index + 1])
    return IDLE if cut or sent == 0 else ASSUMED


def _back(hops: tuple[Hop, ...], index: int) -> str:
    """Replies, from the next hop to this one."""
    sent = _nearest(hops[index + 1 :], "reply")
    measured = _traffic(sent, hops[index].reply, _is_passive(hops[index]))
    if measured:
        return measured
    return IDLE if any(hop.status == "broken" for hop in hops) else ASSUMED


def _count(hop: Hop, direction: str) -> int | None:
    return hop.forward if direction == "forward" else hop.reply


def _is_passive(hop: Hop) -> bool:
    """Whether the hop is a place at which nothing can be captured."""
    return hop.kind in ("network", "service")


def _nearest(hops: tuple[Hop, ...], direction: str) -> int | None:
    """The count of the first hop, or of the next one where the first is a place that has no capture."""
    for hop in hops:
        count = _count(hop, direction)
        if count is not None or not _is_passive(hop):
            return count
    return None


def _traffic(sent: int | None, arrived: int | None, into_passive: bool) -> str:
    """What the counts at both ends of a wire say; "" where they say nothing."""
    if arrived:
        return FLOW
    if sent is None:
        return ""
    if arrived is None:
        return (FLOW if sent else IDLE) if into_passive else ""
    return LOST if sent else IDLE
