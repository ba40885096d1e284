# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two rules on the way whose conditions are not known, and a kernel that tells which of their nodes drops."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"
MAY = "[0:0] -A FORWARD -d 10.244.2.4/32 -p tcp -m u32 --u32 0x0=0x0 -j DROP\n"
LENGTH, SENT = 430, 3
# What the packet passed on each node before it was dropped there.
PASSED = {
    "node-1": [["{port}", "receive"], ["cni0", "receive"]],
    "node-2": [["eth0", "receive"], ["flannel.1", "receive"]],
}


def _found(dropped_by: str | None) -> Json:
    world = World()
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, builders.netfilter(first=MAY))
    if dropped_by is not None:
        port = world.netns("node-1", CLIENT)["links"][1]["peer_index"]
        names = {link["index"]: link["name"] for link in world.netns("node-1")["links"]}
        devices = [[name.format(port=names[port]), hook] for name, hook in PASSED[dropped_by]]
        way = {
            "length": LENGTH,
            "packets": SENT,
            "devices": devices,
            "location": "nft_do_chain",
            "reason": "NETFILTER_DROP",
        }
        world.captures["kernel"] = {
            "marked": [{"id": "tcp-1", "size": LENGTH, "sent": SENT}],
            "nodes": {dropped_by: {"ways": [way]}},
        }
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": silent})
    assert found["errors"] == []
    return found


@pytest.mark.parametrize("node", ["node-1", "node-2"])
def test_the_node_whose_kernel_drops_them_has_the_rule(node: str) -> None:
    verdict = _found(node)["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]
    assert verdict["location"] == {"node": node}
    assert f"the kernel of {node} dropped" in verdict["proof"]


def test_without_an_observation_neither_is_more_than_possible() -> None:
    assert _found(None)["verdict"]["confidence"] == "possible"
