# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A sender whose own setting makes its TCP segments larger than what its way takes."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import Settings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

SETTING = "net.ipv4.tcp_min_snd_mss"
# What the kernel begins with, and the headers of IPv4 and TCP without options.
USUAL, HEADERS = 48, 40


def least_segments(case: Case) -> t.Iterator[Cause]:
    """Segments that the kernel may not make as small as the way that it knows itself (tcp_mtu_to_mss()): it gives them
    up at its own device, and repeats them for ever."""
    for probe in case.evidence.sent("tcp-mtu"):
        mss, mtu = probe.data.get("mss"), probe.data.get("kernel_mtu")
        place = Place(probe.node, str(probe.request.get("netns") or HOST))
        namespace = case.namespace(place)
        if probe.outcome != "no_reply" or not mss or not mtu or namespace is None:
            continue
        least = Settings(namespace).number(SETTING, USUAL)
        if least + HEADERS <= mtu:
            continue
        observed = (
            f"{SETTING.rpartition('.')[2]} of {label_of(place)} is {least}: its TCP sends packets of up to"
            f" {least + HEADERS} bytes, and its way takes {mtu}"
        )
        yield Cause(
            finding(
                "path-mtu-blackhole",
                location_of(place),
                f"{label_of(place)} makes its TCP segments as small as its way takes them",
                observed,
                f"$ sysctl -w {SETTING}={USUAL}    # in {label_of(place)}\nand take it out of what sets it (sysctl.d,"
                " securityContext.sysctls of the pod).",
                (
                    Proof("config", ref_of(place.node), f"{SETTING} = {least}"),
                    Proof("probe", probe.id, f"the kernel sends segments of {mss} bytes on a way of {mtu}"),
                    probe_proof(probe),
                ),
                confidence=PROVEN if mss + HEADERS > mtu else LIKELY,
            ),
            repair.at(place, repair.sysctl(SETTING, str(USUAL))),
            itself=True,
        )
        return
