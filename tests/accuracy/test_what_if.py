# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of healthy nodes that are taken away or changed, one at a time: the one that is, and no other, is named."""

from __future__ import annotations

import random
import typing as t

import pytest
from podnet_accuracy.what_if import Change, changes, healthy, suffering

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse

# Harmless variations whose nodes are as they should be, with what was asked: a Service, pods, another data path.
HEALTHY = (("nic-files-agree", "iptables"), ("zone-of-both-directions", "nftables"), ("drops-for-others", "host-gw"))
EXPECTED: dict[str, tuple[str, ...]] = {
    "unicast route gone": ("route-missing",),
    "local route gone": ("address-missing",),
    "route blackhole": ("route-blackhole",),
    "gateway wrong": ("route-wrong",),
    "device down": ("device-down",),
    "no carrier": ("device-down",),
    "device gone": ("device-missing",),
    "port detached": ("bridge-port-detached",),
    # What goes with an address of the bridge or the tunnel is its route.
    "address gone": ("address-missing", "bridge-address-wrong", "route-missing"),
    "neighbour wrong": ("neighbour-failed",),
    "forwarding entry gone": ("fdb-entry-missing",),
    "forwarding entry wrong": ("fdb-entry-wrong",),
    "forwarding off": ("ip-forwarding-off",),
    "socket gone": ("port-not-listening",),
    "socket on loopback": ("port-listening-on-loopback",),
    "drop": ("netfilter-drop",),
}
# Of each kind and recording, by chance; the seed is fixed, so that a failure can be looked at.
OF_EACH = 2


def _chosen(fault: str, mode: str) -> list[Change]:
    by_kind: dict[str, list[Change]] = {}
    for one in changes(healthy(fault, mode)):
        by_kind.setdefault(one.kind, []).append(one)
    generator = random.Random(f"{fault}@{mode}")
    for several in by_kind.values():
        generator.shuffle(several)
    return [one for kind in EXPECTED for one in by_kind.get(kind, [])]


@pytest.mark.parametrize(("fault", "mode"), HEALTHY)
def test_what_was_changed_is_named_and_nothing_else(fault: str, mode: str) -> None:
    wrong: list[str] = []
    tried: dict[str, int] = {}
    for change in _chosen(fault, mode):
        if tried.get(change.kind, 0) >= OF_EACH:
            continue
        evidence = suffering(change.evidence)
        if evidence is None:
            continue
        found = analyse(evidence)
        verdict = found.verdict
        if verdict.result == "healthy" and not _asked_suffers(evidence):
            continue
        tried[change.kind] = tried.get(change.kind, 0) + 1
        right = verdict.result == "fault" and len(verdict.root_causes) == 1 and not found.errors
        if not (right and verdict.root_causes[0] in EXPECTED[change.kind] and verdict.location.node == change.node):
            wrong.append(f"{change}: {verdict.result} {verdict.root_causes} ({verdict.location}) {found.errors}")
    assert not wrong, "\n".join(wrong)
    assert len(tried) >= len(EXPECTED) - 4, "too few kinds had an effect"


def _asked_suffers(evidence: t.Any) -> bool:
    """Whether what was asked for failed. Pings and single backends were not, where a Service or a port was reached."""
    source = evidence.source
    asked = [probe for probe in evidence.probes if probe.request.get("netns") == source.netns]
    main = [probe for probe in asked if probe.role in ("tcp", "udp")] if evidence.service is not None else []
    return any(probe.status == "fail" for probe in main or asked)
