# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What captures and kernels told of a recorded run, in the few words in which a truth can be written."""

from __future__ import annotations

import fnmatch
import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

Json = dict[str, t.Any]
# Of packets that a bridge floods or a promiscuous device takes, each copy that is not for the host: no loss.
OF_COPIES = frozenset(("OTHERHOST",))


@dataclass(frozen=True)
class Gap:
    """Where packets were lost: "NODE DEVICE" of the last device that saw them and the first that did not. packets: how
    many of how many were seen at the last one last."""

    way: str
    last: str
    missing: str
    packets: int
    sent: int

    def __str__(self) -> str:
        return f"{self.way}: {self.last or '-'} | {self.missing or '-'} ({self.packets} of {self.sent})"


@dataclass(frozen=True)
class Drop:
    """What a kernel said: REASON in FUNCTION, behind "DEVICE" (the last one), for how many of how many."""

    reason: str
    function: str
    device: str
    packets: int
    sent: int

    def __str__(self) -> str:
        return f"{self.reason} in {self.function} behind {self.device} ({self.packets} of {self.sent})"


def index_of(bundle: Path) -> Json:
    """captures/index.json; empty where nothing was captured."""
    path = bundle / "captures" / "index.json"
    index: Json = json.loads(path.read_text()) if path.exists() else {}
    return index


def gaps(index: Json) -> list[Gap]:
    """Of every flow, where its packets were lost, as far as captures without loss prove it."""
    found = []
    for flow in index.get("flows") or []:
        if not flow["lossless"] or flow["ambiguous"]:
            continue
        opening = [one for one in flow["packets"] if one["what"] != "data"]
        for way in ("forward", "reply"):
            lost = [one for one in (flow, *flow["packets"]) if one[f"missing_{way}"]]
            for last, missing in dict.fromkeys(
                (_name(one[f"last_{way}"]), _name(one[f"missing_{way}"])) for one in lost
            ):
                here = [one for one in opening if _name(one[f"last_{way}"]) == last and one[f"missing_{way}"]]
                found.append(Gap(way, last, missing, len(here), len(opening)))
    return found


def _name(point: Json | None) -> str:
    return f"{point['node']} {point['device']}" if point else ""


def drops(index: Json) -> list[Drop]:
    """What kernels said that may be relied upon, most packets first."""
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import kernel_drops

    told = [drop for drop in kernel_drops(index) if drop.reason not in OF_COPIES]
    return [
        Drop(str(drop.reason), drop.location, drop.devices[-1], drop.dropped, drop.sent)
        for drop in sorted(told, key=lambda drop: -drop.dropped)
    ]


def matches(name: str, pattern: str) -> bool:
    """Whether a device is meant: "node-1 veth*"; an empty pattern means that there is none."""
    return fnmatch.fnmatchcase(name, pattern)
