# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the routers on the way and the kernels of the nodes told while packets were captured, as lines of the step."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._text import mtr_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import (
    kernel_drops,
    refusals,
    rule_ends,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._ladder import shares
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence


def heard(evidence: Evidence) -> list[str]:
    """One packet of each probe from device to device, traces as mtr prints them, drops in the kernels' own words, nodes
    whose kernel could not be heard, and ways back that are not the ways there."""
    return [*_rungs(evidence), *_traces(evidence), *_kernels(evidence), *_other_ways(evidence)]


def _rungs(evidence: Evidence) -> t.Iterator[str]:
    for ladder in evidence.captures.get("ladders") or []:
        for packet in (ladder.get("packets") or [])[:1]:
            for direction, name in (("forward", "there"), ("reply", "back")):
                seen = [rung for rung in packet.get("rungs") or [] if rung.get("direction") == direction]
                if seen:
                    yield f"{ladder.get('probe_id')}, {packet.get('label')}, {name}: {', '.join(map(_rung, seen))}"
        yield from (f"{ladder.get('probe_id')}, {text}" for text in shares(ladder))


def _rung(rung: JsonObject) -> str:
    again = f", sent {rung['retransmitted'] + 1} times" if rung.get("retransmitted") else ""
    copies = f", {rung['copies'] + 1} copies" if rung.get("copies") else ""
    wrong = ", checksum invalid" if rung.get("checksum") == "invalid" else ""
    more = f" ({(again + copies + wrong).lstrip(', ')})" if again or copies or wrong else ""
    return f"{rung.get('device')} of {rung.get('node')} {float(rung.get('first') or 0) / 1e6:.3f} ms{more}"


def _traces(evidence: Evidence) -> t.Iterator[str]:
    for probe in evidence.probes:
        if probe.request.get("kind") != "trace":
            continue
        if probe.data.get("hops"):
            port = f" port {probe.request['port']}" if probe.request.get("port") else ""
            yield f"{probe.data.get('protocol')} trace to {probe.request.get('target')}{port}"
            yield from mtr_text(probe.result).rstrip("\n").splitlines()
        elif probe.result.get("error"):
            yield f"trace to {probe.request.get('target')}: {probe.result['error']}"


def _kernels(evidence: Evidence) -> t.Iterator[str]:
    yield from dict.fromkeys(map(str, refusals(evidence.probes)))
    yield from dict.fromkeys(map(str, kernel_drops(evidence.captures)))
    yield from dict.fromkeys(map(str, rule_ends(evidence.captures)))
    kernel = evidence.captures.get("kernel") or {}
    for node, told in sorted((kernel.get("nodes") or {}).items()):
        if (told.get("rules") or {}).get("error"):
            yield f"the rules of {node} were not traced: {told['rules']['error']}"
        if told.get("error"):
            yield f"the kernel of {node} was not heard: {told['error']}"
        elif told.get("lost"):
            yield f"the kernel of {node} lost {told['lost']} events: what it told proves nothing"


def _other_ways(evidence: Evidence) -> t.Iterator[str]:
    """Where the answers of a probe came back over other devices. Only of flows with an answer at the start of the
    way: one that was lost has not shown its way."""
    for flow in evidence.flows():
        seen: dict[str, set[tuple[str, str]]] = {"forward": set(), "reply": set()}
        for one in flow.get("sightings") or []:
            seen.setdefault(str(one.get("direction")), set()).add((str(one.get("node")), str(one.get("device"))))
        there, back = seen["forward"], seen["reply"]
        if not there or not back or flow.get("missing_reply") or flow.get("ambiguous") or not there & back:
            continue
        only_there, only_back = sorted(there - back), sorted(back - there)
        if only_there and only_back:
            yield (
                f"{flow.get('probe_id')}: the answers come back another way: requests pass {_devices(only_there)}, "
                f"answers {_devices(only_back)}"
            )


def _devices(points: t.Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{device} of {node}" for node, device in points)
