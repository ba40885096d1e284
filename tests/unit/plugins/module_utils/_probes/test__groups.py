# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of probes and the counters around the dose, over a real router (conftest.py)."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _looks
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._rule_watch import RuleWatch
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._groups import (
    Counting,
    group_of,
    run_in_groups,
)

SERVER = "198.51.100.2"


def iptables(namespace: t.Any, words: str) -> None:
    if not shutil.which("iptables"):
        pytest.skip("needs iptables")
    command = ["ip", "netns", "exec", namespace.name, "iptables", *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this kernel has no such rule: {done.stderr}")


def test_results_keep_the_order_of_the_probes_across_groups(network: t.Any) -> None:
    probes = [
        {"id": "idle", "kind": "idle", "target": SERVER, "port": 9, "idle": 1},
        {"id": "burst", "kind": "burst", "target": SERVER, "count": 20},
        {"id": "ping", "kind": "icmp", "target": SERVER, "count": 2, "interval": 0.01, "timeout": 9},
        {"id": "bad", "kind": "nonsense"},
        {"id": "growing", "kind": "connections", "target": SERVER, "port": 9},
    ]
    report, moved = network.client.call(lambda: run_in_groups(probes))
    assert [result.id for result in report.results] == ["idle", "burst", "ping", "bad", "growing"]
    assert [result.status for result in report.results] == ["fail", "pass", "pass", "error", "fail"]
    assert moved is None
    assert [group_of(probe) for probe in probes] == ["idle", "dose", "plain", "plain", "dose"]
    assert group_of("nonsense") == "plain"


def test_the_dose_begins_after_the_plain_probes(network: t.Any) -> None:
    probes = [
        {"id": "burst", "kind": "burst", "target": SERVER, "count": 5},
        {"id": "ping", "kind": "icmp", "target": SERVER, "count": 3, "interval": 0.1},
    ]
    report, _moved = network.client.call(lambda: run_in_groups(probes))
    burst, ping = report.results
    assert (burst.started or "") > (ping.started or "")


def test_a_rule_that_drops_moves_by_as_many_as_were_lost(network: t.Any) -> None:
    iptables(network.router, "-A FORWARD -p icmp -m statistic --mode random --probability 0.1 -j DROP")
    space = Namespace("pod:default/router", network.router.holder.pid, network.router.inode())
    looker = _looks.Looker("w1", [space])
    before = looker.look()
    result = network.client.probe(kind="burst", target=SERVER, timeout=0.3)
    moved = _looks.compare(before, looker.look())["netns"]["pod:default/router"]
    iptables(network.router, "-F FORWARD")
    (rule,) = [rule for rule in moved["rules"] if rule["chain"] == "FORWARD"]
    assert (rule["ends"], rule["share"], rule["number"]) == (True, True, 1)
    lost = result.sent - result.received
    assert lost <= rule["after"] - rule["before"] <= lost + 2  # the knocks may have been lost too
    assert "-m statistic" in rule["text"]
    assert moved["devices"]["right"]["tx_packets"][1] > moved["devices"]["right"]["tx_packets"][0]


def test_changes_of_rules_routes_and_neighbours_are_told(network: t.Any) -> None:
    space = Namespace("pod:default/router", network.router.holder.pid, network.router.inode())
    looker = _looks.Looker("w1", [space])
    before = looker.look()
    watch = network.router.call(RuleWatch)
    iptables(network.router, "-A FORWARD -s 203.0.113.7 -j DROP")
    network.router.ip("route add 203.0.113.128/25 via 198.51.100.2")
    network.router.ip("neigh replace 198.51.100.77 lladdr 02:00:00:00:00:77 dev right nud permanent")
    moved = _looks.compare(before, looker.look(), watch.finish())
    iptables(network.router, "-F FORWARD")
    space_moved = moved["netns"]["pod:default/router"]
    assert any("203.0.113.7" in line for chain in space_moved["chains_changed"] for line in chain["added"])
    volatile = space_moved["volatile"]
    assert any(
        "203.0.113.128/25" in line for line in set(volatile["routes"]["now"]) - set(volatile["routes"]["before"])
    )
    assert "198.51.100.77 dev right lladdr 02:00:00:00:00:77" in volatile["neighbours"]["now"]
    if "nf_tables" in subprocess.run(["iptables", "-V"], capture_output=True, text=True, check=True).stdout:
        assert moved["rule_writes"]["changes"] >= 1 and "iptables" in moved["rule_writes"]["writers"]


def test_counters_are_read_before_and_after_on_the_node_itself(network: t.Any) -> None:
    probes = [{"id": "burst", "kind": "burst", "target": SERVER, "count": 20}]
    _report, moved = network.client.call(
        lambda: run_in_groups(probes, counting=Counting(os.uname().nodename, ["pod:default/gone"], 0.3))
    )
    assert moved is not None
    assert list(moved["netns"]) == ["host"]  # a pod that is not there has no counters
    assert moved["before"] < moved["after"]
    assert moved["schema"] == _looks.SCHEMA
