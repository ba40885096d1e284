# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node whose NIC is in a VRF: programs that do not hear it, and a management network that carries no pods."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER, NODE, PORT = "pod:default/client-1", "pod:default/client-2", "node:node-2", 9100


def in_vrf(device: str, table: int = 10) -> World:
    """A world in which a device of node-2 and its routes are in a VRF; a program listens on a port of the node."""
    world = World()
    host = world.netns("node-2")
    if not any(one["name"] == device for one in host["links"]):
        host["links"].append(builders.link(device, 40, "ether", 1500, addresses=[builders.address("203.0.113.12")]))
        host["routes"] += [
            builders.route("203.0.113.0/24", device, scope="link"),
            builders.route("203.0.113.12/32", device, table="local", type="local"),
            builders.route("0.0.0.0/0", device, "203.0.113.1", table=str(table)),
        ]
    world.link("node-2", device)["master"] = "vrf-1"
    host["links"].append(builders.link("vrf-1", 41, "vrf", 65575, vrf_table=table))
    for one in host["routes"]:
        if one["dev"] == device:
            one["table"] = str(table)
    host["rules"].insert(1, builders.rule(1000, None, l3mdev=True))
    host["sockets"].append(builders.socket(PORT))
    return world


def test_a_program_in_no_vrf_does_not_hear_the_nic() -> None:
    world = in_vrf("eth0")
    found = world.diagnose("host:outside", NODE, PORT, outcomes={"tcp": "refused", "node-tcp": "refused"})
    assert found["errors"] == []
    verdict = found["verdict"]
    assert verdict["root_causes"] == ["port-not-listening"], verdict["summary"]
    assert "bound to no VRF" in verdict["summary"] and "tcp_l3mdev_accept=1" in verdict["remediation"]


@pytest.mark.parametrize("protocol", ["icmp", "tcp"])
def test_a_management_network_in_a_vrf_carries_no_pods(protocol: str) -> None:
    world = in_vrf("eth9")
    port = 8080 if protocol == "tcp" else None
    found = world.diagnose(CLIENT, "pod:default/web-b" if port else PEER, port, protocol=protocol)
    assert found["errors"] == [] and found["disagreements"] == []
    assert (found["verdict"]["result"], _ids(found)) == ("healthy", [])


def _ids(found: Json) -> list[str]:
    return [one["id"] for one in found["findings"]]
