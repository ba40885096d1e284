# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the kernels of the nodes said of marked packets: which devices they passed, and why they were dropped.

A drop is told by the kernel for a packet's buffer, not for the packet, and a buffer is used again. So a drop counts
only when it happened to at least two marked packets of one kind in the same way, and no buffer lost an event.
"""

from __future__ import annotations

import dataclasses
import typing as t

JsonObject = dict[str, t.Any]
ENOUGH = 2


@dataclasses.dataclass(frozen=True)
class KernelDrop:
    """Marked packets that a kernel dropped. devices: what they passed before, in order, each once.

    reason: of enum skb_drop_reason (include/net/dropreason-core.h), None on kernels before 5.17; location: the function
    that dropped them. dropped of sent packets went this way.
    """

    node: str
    probe_id: str
    devices: tuple[str, ...]
    reason: str | None
    location: str
    dropped: int
    sent: int

    def __str__(self) -> str:
        reason = f"{self.reason} in {self.location}" if self.reason else self.location
        return (
            f"the kernel of {self.node} dropped {self.dropped} of {self.sent} marked packets behind "
            f"{self.devices[-1]}: {reason}"
        )


def kernel_drops(captures: t.Mapping[str, t.Any]) -> list[KernelDrop]:
    """The drops in captures/index.json that can be relied upon."""
    kernel = captures.get("kernel") or {}
    marked = {one["size"]: one for one in kernel.get("marked") or [] if isinstance(one.get("size"), int)}
    found = []
    for node, told in sorted((kernel.get("nodes") or {}).items()):
        if told.get("error") or told.get("lost"):
            continue
        for way in told.get("ways") or []:
            request = marked.get(way.get("length"))
            if request is None or not way.get("location") or not way.get("devices"):
                continue
            sent = int(request.get("sent") or 0)
            if ENOUGH <= int(way["packets"]) <= max(sent, ENOUGH):
                found.append(
                    KernelDrop(
                        node,
                        str(request["id"]),
                        passed(way["devices"]),
                        way.get("reason"),
                        str(way["location"]),
                        int(way["packets"]),
                        sent,
                    )
                )
    return found


def passed(sightings: t.Iterable[t.Sequence[str]]) -> tuple[str, ...]:
    """Device names in order. A device that a packet is queued on, or received from, twice in a row is passed once."""
    names: list[str] = []
    for device, _event in sightings:
        if not names or names[-1] != device:
            names.append(device)
    return tuple(names)


def at(drop: KernelDrop, devices: t.Sequence[str]) -> bool:
    """Whether a drop happened behind the last of these devices of a simulated way, which are in order.

    The kernel of a node sees only the packet's way there, so the drop's devices are compared with the way's last ones;
    a single device is too little to tell one place from another, unless the way has no other.
    """
    told, way = drop.devices, tuple(devices)
    common = min(len(told), len(way))
    return common > 0 and told[-common:] == way[-common:] and (common > 1 or len(way) == 1)
