# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A far device tells of its limit, and larger packets are lost before it; errors that the kernel limits look alike."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, TARGET = "pod:default/client-1", "pod:default/web-b"


def _sizes(*tried: tuple[int, str]) -> Json:
    found = builders.sizes(1450, 8950, 1450, "10.244.2.0")
    found["data"]["tried"] = [{"size": size, "outcome": outcome} for size, outcome in tried]
    return found


LOST_FIRST = ((8950, "no_reply"), (5000, "no_reply"), (2000, "no_reply"), (1450, "reply"), (1451, "frag_needed"))
LIMITED = ((8950, "frag_needed"), (5000, "frag_needed"), (2000, "no_reply"), (1450, "reply"), (1451, "no_reply"))
MIXED = ((8950, "no_reply"), (5000, "no_reply"), (2000, "no_reply"), (1450, "reply"), (6000, "frag_needed"))


def _world(jumbo: bool) -> World:
    world = World()
    if jumbo:
        world.link("node-1", "eth0")["mtu"] = 9000
    return world


@pytest.mark.parametrize("jumbo", [True, False])
def test_large_ones_are_lost_before_the_device_that_tells(jumbo: bool) -> None:
    verdict = _world(jumbo).diagnose(CLIENT, TARGET, protocol="icmp", outcomes={"mtu": _sizes(*LOST_FIRST)})["verdict"]
    assert verdict["root_causes"] == ["path-mtu-blackhole"]
    assert verdict["location"].get("node") == ("node-1" if jumbo else None)
    assert verdict["confidence"] != "proven"


@pytest.mark.parametrize("tried", [LIMITED, MIXED])
def test_errors_that_come_now_and_then(tried: tuple[tuple[int, str], ...]) -> None:
    verdict = _world(False).diagnose(CLIENT, TARGET, protocol="icmp", outcomes={"mtu": _sizes(*tried)})["verdict"]
    assert verdict["result"] == "healthy"
