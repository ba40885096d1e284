# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sender that may not make its segments as small as its way takes them."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, WEB = "pod:default/client-1", "service:default/web"
SETTING = "net.ipv4.tcp_min_snd_mss"


def _diagnosed(least: int | None, mss: int, mtu: int) -> Json:
    world = World()
    if least is not None:
        world.netns("node-1", CLIENT)["sysctls"][SETTING] = str(least)
    failed: Json = {
        "status": "error",
        "outcome": "no_reply",
        "data": {"largest": None, "smallest_failed": 576, "mss": mss, "kernel_mtu": mtu, "device_mtu": mtu},
    }
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp-mtu": failed})
    assert found["errors"] == []
    return found


def test_segments_are_larger_than_the_way_takes() -> None:
    verdict = _diagnosed(1460, 1448, 1450)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["path-mtu-blackhole"], "proven")
    assert (verdict["location"]["node"], verdict["location"]["pod"]) == ("node-1", "client-1")
    assert f"sysctl -w {SETTING}=48" in verdict["remediation"]


@pytest.mark.parametrize(("least", "mss", "mtu"), [(None, 1398, 1450), (48, 1398, 1450), (1400, 1398, 1450)])
def test_segments_that_may_be_as_small_as_the_way_takes(least: int | None, mss: int, mtu: int) -> None:
    found = _diagnosed(least, mss, mtu)
    assert all(SETTING.rpartition(".")[2] not in one["observed"] for one in found["findings"])
