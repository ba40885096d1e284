# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of device a hop is called."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

LINK_LOCAL = builders.address("fe80::b0b2:1cff:fe7a:7e55", 64, family=6, scope="link")


@pytest.mark.parametrize(
    "address, kind",
    [(None, "veth"), (LINK_LOCAL, "veth"), (builders.address("169.254.7.1", 32), "nic")],
    ids=["none", "that of the link, by the kernel", "one of its own: a machine's NIC in a network of namespaces"],
)
def test_an_end_of_a_pair_is_told_from_a_nic(address: Json | None, kind: str) -> None:
    world = World()
    device = next(one["name"] for one in world.netns("node-1")["links"] if one["kind"] == "veth" and one["master"])
    world.link("node-1", device)["addresses"] = [address] if address else []
    found = world.diagnose("pod:default/client-1", "pod:default/client-2", protocol="icmp")
    assert {hop["kind"] for hop in found["path"]["forward"] if hop["device"] == device} == {kind}
