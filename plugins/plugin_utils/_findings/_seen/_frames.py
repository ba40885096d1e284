# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets of failing probes that captures saw leave for the wrong hardware address: an entry's, or a twin's."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


def sent_astray(case: Case, cause: Cause, probes: t.Sequence[Probe]) -> Proof | None:
    """A packet of these probes on the device that the cause's frames leave by, with the hardware address that they
    leave for. A namespace of a pod is not captured in: there its node's end of the wire is looked at."""
    frames = cause.frames
    point = _captured_at(case, frames.place) if frames is not None else None
    if frames is None or point is None:
        return None
    macs = {mac.lower() for mac in frames.macs}
    way = {"dst": frames.to} if frames.to else {"direction": "reply" if cause.backwards else "forward"}
    wanted = {**dict(zip(("node", "netns", "device"), point)), **way}
    for probe in probes:
        if frames.missing is not None and not _never_at(case, probe, point[0], frames.missing):
            continue
        for rung in rungs(case, probe.id):
            found = macs & {rung.get("dst_mac"), rung.get("outer_dst_mac")}
            if found and all(rung.get(key) == value for key, value in wanted.items()):
                text = f"packets to {rung.get('dst')} were seen on {point[2]} of {point[0]}, sent to {min(found)}"
                never = f", and never on {frames.missing}" if frames.missing is not None else ""
                return Proof("capture", f"{INDEX}#{probe.id}", text + never)
    return None


def _never_at(case: Case, probe: Probe, node: str, device: str) -> bool:
    """Whether captures that lost nothing say that the probe's packets, or their answers, never came to a device."""
    return any(
        (missing.get("node"), missing.get("device")) == (node, device)
        for flow in case.evidence.flows(probe.id)
        if flow.get("lossless") and not flow.get("ambiguous")
        for missing in (flow.get("missing_forward") or {}, flow.get("missing_reply") or {})
    )


def rungs(case: Case, probe_id: str) -> t.Iterator[JsonObject]:
    """The packets of a probe and their answers as each device saw them."""
    for _probe_id, packet in case.evidence.climbed(probe_id):
        yield from packet.get("rungs") or []


def _captured_at(case: Case, place: Place) -> tuple[str, str, str] | None:
    if place.netns == HOST:
        return (place.node, HOST, place.device) if place.device else None
    node = case.evidence.nodes.get(place.node)
    port = node.pod_port(place.netns) if node is not None else None
    return (place.node, HOST, port.name) if port is not None else None
