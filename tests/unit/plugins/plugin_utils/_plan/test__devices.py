# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What captures have to know of a node's devices."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._devices import NodeDevices
from ansible_collections.podnet.diagnostics.tests.unit.builders import World


def test_ports_of_tunnels_are_those_of_devices_and_of_entries() -> None:
    world = World()
    snapshot, work = world.snapshots["node-1"], {"address": "192.0.2.11"}
    assert NodeDevices(snapshot, work).vxlan_ports() == [8472]
    world.netns("node-1")["fdb"][0]["port"] = 4789
    assert NodeDevices(snapshot, work).vxlan_ports() == [4789, 8472]
    world.netns("node-1")["fdb"][0]["dst"] = None
    assert NodeDevices(snapshot, work).vxlan_ports() == [8472], "an entry of a bridge leads nowhere"
