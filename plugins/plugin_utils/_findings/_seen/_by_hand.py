# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Answers that leave to a hardware address which somebody wrote into the neighbour table, while the questions came from
another one: a router that was exchanged. Of a machine's own router nobody else need know the address."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._frames import rungs
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

_BY_HAND = "PERMANENT"
_POINT = ("node", "netns", "device")
# Addresses that two routers share (VRRP, HSRP, GLBP): what they send comes from the address of the one that sends it.
_SHARED = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:")


def entry_by_hand(case: Case, one: Tried) -> t.Iterator[Cause]:
    """The entry for the next hop of answers that are seen last where they leave."""
    if one.causes:
        return
    for flow in case.evidence.flows(one.probe.id):
        last, missing = flow.get("last_reply"), flow.get("missing_reply")
        if flow.get("ambiguous") or not flow.get("lossless") or last is None or missing is None:
            continue
        if (last.get("node"), last.get("netns")) == (missing.get("node"), missing.get("netns")):
            continue
        place = Place(str(last.get("node")), str(last.get("netns")), str(last.get("device")))
        here = [rung for rung in rungs(case, one.probe.id) if all(rung.get(key) == last.get(key) for key in _POINT)]
        came = {rung.get("src_mac") for rung in here if rung.get("direction") == "forward"}
        left = {rung.get("dst_mac") for rung in here if rung.get("direction") == "reply"}
        if len(came) != 1 or len(left) != 1 or came == left or not all((*came, *left)):
            continue
        entry = _entry(case, place, str(*left))
        if entry is not None:
            yield _wrong(one, place, entry, str(*came))
            return


def _entry(case: Case, place: Place, mac: str) -> Neighbour | None:
    """An entry that a person wrote, with a hardware address that nobody who was read has."""
    namespace = case.namespace(place)
    if namespace is None or mac.startswith(_SHARED):
        return None
    known = {link.mac for node in case.evidence.nodes.values() for link in node.host.links.values()}
    return next(
        (
            entry
            for entry in namespace.neighbours
            if (entry.dev, entry.mac, entry.state) == (place.device, mac, _BY_HAND) and mac not in known
        ),
        None,
    )


def _wrong(one: Tried, place: Place, entry: Neighbour, came: str) -> Cause:
    where = label_of(place)
    observed = (
        f"{where} has {entry.mac} for {entry.address} by hand, and sends its answers there, which nobody gets; what it"
        f" is asked comes from {came}"
    )
    return Cause(
        finding(
            "neighbour-failed",
            location_of(place, place.device),
            f"{where} sends answers to the hardware address that {entry.address} has",
            observed,
            "Take the entry away, and what writes it, or correct it:\n"
            f"$ ip neigh del {entry.address} dev {place.device}",
            (
                Proof("config", ref_of(place.node), f"{entry.address} lladdr {entry.mac} {entry.state}"),
                Proof("capture", f"{INDEX}#{one.probe.id}", observed),
                probe_proof(one.probe),
            ),
            # Another router may have passed on what came, and this one be the right one for the answers.
            confidence=LIKELY,
        ),
        backwards=True,
        itself=True,
    )
