# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hardware addresses that a bridge tells its pods out of its node's own table."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, BESIDE, ADDRESS, WRONG = "pod:default/client-1", "pod:default/web-a", "10.244.1.3", "02:00:5e:00:53:99"
SILENT: dict[str, Outcome] = dict.fromkeys(("ping", "reverse-ping"), "no_reply")


def _entry(dev: str, state: str) -> Json:
    fixed = {"family": 4, "router": False, "proxy": False}
    return {**fixed, "address": ADDRESS, "mac": WRONG, "dev": dev, "state": state}


@pytest.mark.parametrize(
    ("state", "suppresses", "place"),
    [
        ("PERMANENT", True, {"node": "node-1", "device": "cni0"}),
        ("PERMANENT", False, {"node": "node-1", "device": "eth0", "namespace": "default", "pod": "client-1"}),
        ("STALE", True, {"node": "node-1", "device": "eth0", "namespace": "default", "pod": "client-1"}),
    ],
)
def test_who_is_told_a_wrong_address(state: str, suppresses: bool, place: Json) -> None:
    """Only where the node's entry is fixed, and its bridge answers with it."""
    world = World()
    for link in world.netns("node-1")["links"]:
        if link["bridge_port"]:
            link["bridge_port"] = {**link["bridge_port"], "neigh_suppress": suppresses}
    for space, dev, known in (("host", "cni0", state), (CLIENT, "eth0", "REACHABLE")):
        entries = world.netns("node-1", space)["neighbours"]
        entries[:] = [one for one in entries if one["address"] != ADDRESS] + [_entry(dev, known)]
    found = world.diagnose(CLIENT, BESIDE, protocol="icmp", outcomes=SILENT)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], ["neighbour-failed"])
    assert found["verdict"]["location"] == place
