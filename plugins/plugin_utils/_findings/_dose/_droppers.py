# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a device's counters are about: its queue, its processors, or the filters that see its packets first.

The disciplines of filters (ingress, clsact) hold nothing: what they count as dropped, a filter has dropped.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence


@dataclasses.dataclass(frozen=True)
class Dropper:
    """What a finding says of what drops. observed: behind the numbers; DEVICE stands for its name."""

    identifier: str
    title: str
    expected: str
    change: str
    observed: str = ""


OF_NODE = Dropper(
    "node-overloaded",
    "The node's processors do not keep up with its packets",
    "no device or queue drops packets",
    "Spread the load: more queues (ethtool -L), receive packet steering, fewer pods on the node.",
)
OF_DEVICE = Dropper(
    "nic-drops",
    "A device drops packets",
    "no device or queue drops packets",
    "Look at the device: ethtool -S DEVICE, tc -s qdisc show dev DEVICE; a queue that is too short, a cable, a driver.",
)


def filters_of(evidence: Evidence, node: str, netns: str, device: str) -> Dropper:
    """The filters of traffic control of a device, one of which dropped packets; a program where all of them are some.

    Programs of tcx and netkit are before the discipline, and do not move its counter."""
    space = evidence.namespace(node, netns)
    there = [one for one in (space.tc_filters if space else ()) if one.dev == device and one.attached is None]
    program = bool(there) and all(one.decides for one in there)
    what = "program" if program else "filter"
    shown = ", ".join(f'"{one.text}" at {one.hook}' for one in there[:3])
    return Dropper(
        "bpf-program-drop" if program else "tc-filter-drop",
        f"A {what} of traffic control drops a part of the packets",
        f"no {what} of a device takes a part of the packets",
        f"Find out whose {what} it is, and mend or remove what loaded it:\n"
        + "\n".join(f"$ tc -s filter show dev DEVICE {hook}" for hook in sorted({one.hook for one in there})),
        f"; only its {what}s move that counter" + (f": {shown}" if shown else ""),
    )


def is_tunnel(evidence: Evidence, node: str, netns: str, device: str) -> bool:
    """Whether a device only wraps packets: it has no queue, and drops what it has no other end or no route for."""
    space = evidence.namespace(node, netns)
    link = space.links.get(device) if space else None
    return link is not None and (link.vxlan is not None or link.tunnel is not None)
