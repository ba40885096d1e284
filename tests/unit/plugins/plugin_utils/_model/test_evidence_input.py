# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain files of a bundle as typed evidence."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Socket, node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import World


def test_a_snapshot() -> None:
    node = node_from_snapshot(World().snapshots["node-1"])
    tunnel = node.host.links["flannel.1"]
    assert tunnel.vxlan is not None and (tunnel.vxlan.id, tunnel.vxlan.local, tunnel.vxlan.port) == (
        1,
        "192.0.2.11",
        8472,
    )
    owner, port = node.host.owner_of("10.244.1.1"), node.pod_port("pod:default/client-1")
    assert owner is not None and owner.name == "cni0"
    assert port is not None and port.name == "vethclient1"
    assert node.namespaces["pod:default/client-1"].resolvers() == [builders.CLUSTER_DNS]


def test_a_snapshot_of_which_hardly_anything_could_be_read() -> None:
    node = node_from_snapshot(
        {"node": "node-9", "netns": None, "nic_config": None, "errors": [{"what": "netns", "text": "no"}]}
    )
    assert node.host.links == {} and node.errors == ("no",)


def test_ends_and_targets() -> None:
    evidence = World().evidence("pod:default/client-1", "service:default/web", 80)
    assert evidence.service is not None and str(evidence.service) == "default/web"
    assert [target.address for target in evidence.targets] == ["10.244.1.3", "10.244.2.4"]
    assert evidence.entry_node == "node-1"
    assert World().evidence("host:outside", "node:node-2", builders.NODE_PORT).entry_node == "node-2"


def test_addresses_by_which_a_node_is_known() -> None:
    world = World()
    world.item("nodes", "node-1")["metadata"]["annotations"]["flannel.alpha.coreos.com/public-ip"] = "198.51.100.11"
    evidence = world.evidence("pod:default/client-1", "pod:default/client-2", protocol="icmp")
    assert evidence.node_addresses("node-1") == ["192.0.2.11", "198.51.100.11"]
    assert evidence.node_addresses("nobody") == []


def test_probes_by_role_and_status() -> None:
    evidence = World().evidence(
        "pod:default/client-1",
        "service:default/web",
        80,
        outcomes={"backend-tcp 10.244.2.4": "timed_out", "ping 10.244.2.4": "no_reply"},
    )
    assert [probe.outcome for probe in evidence.failed("backend-tcp")] == ["timed_out"]
    assert [probe.request["target"] for probe in evidence.passed("backend-tcp")] == ["10.244.1.3"]
    assert [target.name for target in evidence.targets if evidence.cut_off(target)] == ["web-b"]


@pytest.mark.parametrize(
    ("local", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.244.1.3", False),
    ],
)
def test_loopback_sockets(local: str, loopback: bool) -> None:
    assert record(Socket, {"protocol": "tcp", "local": local, "port": 80}).loopback is loopback


def test_nothing() -> None:
    evidence = load(plan={"options": {}}, cluster={}, snapshots={}, probes=[], captures={}, events=[])
    assert evidence.targets == () and evidence.source is None
