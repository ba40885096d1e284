# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What the kernel says of marked packets: the devices that each passed, and why and where it was dropped.

A marked packet is one of a length that nothing else on the way has (see the probe kind marker). The events of a device
tell the length, those of a drop do not: they are joined by the address of the packet's buffer (skbaddr), within a short
time, since a buffer that was freed is soon used for another packet.
"""

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t

# How long after its last device a drop still belongs to a packet (seconds); longer where it waited for a neighbour.
WINDOW = 0.05
NEIGHBOUR_WINDOW = 4.0
# A buffer that begins its way anew after such a pause is another packet: one that arrived leaves no event, and marked
# packets are sent 20 ms apart.
ANEW = 0.005
MAX_WAYS = 64
# What IP packets of length L are counted as on the first device that shows them: queued behind an Ethernet header,
# received without it, and the same of a VXLAN packet around it, over IPv4 and over IPv6.
FIRST_OVERHEADS = frozenset((0, 14, 50, 64, 70, 84))
_LINE = re.compile(r"\]\s+\S+\s+(?P<time>\d+\.\d+): (?P<event>\w+): (?P<fields>.*)$")
_NET = re.compile(r"dev=(?P<dev>\S+) .*?skbaddr=(?P<skb>\S+) len=(?P<len>\d+)")
_DROP = re.compile(r"skbaddr=(?P<skb>\S+) .*?location=(?P<location>\S+?)(?:\+0x\S+)?(?: reason: (?P<reason>\w+))?$")


@dataclasses.dataclass(frozen=True)
class Sighting:
    """A device that a packet was queued on (queue) or received from (receive)."""

    device: str
    event: str

    def to_json(self) -> list[str]:
        """As the module returns it."""
        return [self.device, self.event]


@dataclasses.dataclass(frozen=True)
class Way:
    """A way that packets of one marked length took. reason and location: of the drop, None where none was seen."""

    length: int
    sightings: tuple[Sighting, ...]
    reason: str | None
    location: str | None

    def to_json(self, packets: int) -> dict[str, t.Any]:
        """As the module returns it. packets: how many took it."""
        return {
            "length": self.length,
            "devices": [sighting.to_json() for sighting in self.sightings],
            "reason": self.reason,
            "location": self.location,
            "packets": packets,
        }


@dataclasses.dataclass
class _Open:
    """A packet that is still on its way."""

    length: int
    first: int  # as the first device counts it
    time: float
    sightings: list[Sighting]

    def begins_anew(self, time: float, sighting: Sighting, length: int) -> bool:
        """Whether this is where it was first, some time later."""
        return time - self.time > ANEW and sighting == self.sightings[0] and length == self.first

    def way(self, reason: str | None = None, location: str | None = None) -> Way:
        return Way(self.length, tuple(self.sightings), reason, location)


def ways(text: str, lengths: t.Sequence[int]) -> list[dict[str, t.Any]]:
    """The ways of marked packets in the text of a trace, each with the number of packets that took it."""
    found: collections.Counter[Way] = collections.Counter()
    waiting: dict[str, _Open] = {}
    for line in text.splitlines():
        parsed = _LINE.search(line)
        if parsed is None:
            continue
        time, fields = float(parsed["time"]), parsed["fields"]
        if parsed["event"] == "kfree_skb":
            drop = _DROP.search(fields)
            if drop is not None:
                _dropped(found, waiting, time, drop)
            continue
        seen = _NET.search(fields)
        if seen is not None:
            event = "queue" if parsed["event"] == "net_dev_queue" else "receive"
            _passed(found, waiting, time, Sighting(seen["dev"], event), seen["skb"], int(seen["len"]), lengths)
    found.update(packet.way() for packet in waiting.values())
    return [way.to_json(count) for way, count in found.most_common(MAX_WAYS)]


def _passed(
    found: collections.Counter[Way],
    waiting: dict[str, _Open],
    time: float,
    sighting: Sighting,
    skb: str,
    length: int,
    lengths: t.Sequence[int],
) -> None:
    known = waiting.get(skb)
    if known is not None and (time - known.time > WINDOW or known.begins_anew(time, sighting, length)):
        found[waiting.pop(skb).way()] += 1
        known = None
    if known is not None:
        known.sightings.append(sighting)
        known.time = time
        return
    marked = next((one for one in lengths if length - one in FIRST_OVERHEADS), None)
    if marked is not None:
        waiting[skb] = _Open(marked, length, time, [sighting])


def _dropped(found: collections.Counter[Way], waiting: dict[str, _Open], time: float, drop: t.Match[str]) -> None:
    known = waiting.pop(drop["skb"], None)
    if known is None:
        return
    reason = drop["reason"]
    limit = NEIGHBOUR_WINDOW if (reason or "").startswith("NEIGH") else WINDOW
    if time - known.time > limit:
        found[known.way()] += 1
    else:
        found[known.way(reason, drop["location"])] += 1
