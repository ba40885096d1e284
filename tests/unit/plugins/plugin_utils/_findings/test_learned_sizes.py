# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path MTU that a node has learned: where the kernel heeds it, and where it does not."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, TARGET, ADDRESS = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
SILENCE = "[9:5184] -A OUTPUT -p icmp -m icmp --icmp-type 3/4 -j DROP\n"
VANISH = {"tcp-mtu": builders.sizes(552, 1450), "mtu": builders.sizes(552, 1450)}


def learned(lock: bool, silent: bool, **parts: object) -> World:
    world = World()
    entry = {"family": 4, "dst": ADDRESS, "gateway": None, "dev": "cni0", "mtu": 552, "locked": lock}
    world.netns("node-2")["path_mtus"] = [{**entry, "seconds_left": 300, **parts}]
    if silent:
        world.set_netfilter("node-2", builders.netfilter(first=SILENCE))
    return world


def cause(found: Json) -> Json:
    assert found["errors"] == []
    assert found["verdict"]["root_causes"] == ["path-mtu-blackhole"], found["verdict"]["summary"]
    (finding,) = (one for one in found["findings"] if one["id"] == "path-mtu-blackhole")
    assert isinstance(finding, dict)
    return finding


def test_locked_size_and_nobody_is_told() -> None:
    finding = cause(learned(True, True).diagnose(CLIENT, TARGET, 8080, outcomes=VANISH))
    assert finding["location"] == {"node": "node-2", "device": "cni0"}
    assert "the path MTU 552 that was learned for 10.244.2.4" in finding["observed"]
    assert "ip route flush cache" in finding["remediation"] and "--icmp-type 3/4" in finding["remediation"]


def test_setting_that_makes_forwarded_packets_heed_it() -> None:
    world = learned(False, True)
    world.netns("node-2")["sysctls"]["net.ipv4.ip_forward_use_pmtu"] = "1"
    assert cause(world.diagnose(CLIENT, TARGET, 8080, outcomes=VANISH))["location"]["node"] == "node-2"


@pytest.mark.parametrize(
    "parts", [{"locked": False}, {"dst": "10.244.2.99"}, {"dev": "eth0"}, {"gateway": "10.244.2.1"}], ids=str
)
def test_size_that_these_packets_do_not_meet(parts: dict[str, object]) -> None:
    found = learned(True, True, **parts).diagnose(CLIENT, TARGET, 8080, outcomes=VANISH)
    assert "was learned for" not in str(found["findings"])


def test_size_that_harms_nothing() -> None:
    found = learned(True, False).diagnose(CLIENT, TARGET, 8080)
    assert found["errors"] == []
    assert (found["verdict"]["result"], found["findings"]) == ("healthy", [])
