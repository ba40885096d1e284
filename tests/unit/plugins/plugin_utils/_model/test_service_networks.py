# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a cluster's Services, which nobody tells, and addresses in it that none of them has."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import service_networks
from ansible_collections.podnet.diagnostics.tests.unit.builders import World


@pytest.mark.parametrize(
    ("addresses", "networks"),
    [
        ([], []),
        (["10.96.0.1"], []),
        (["10.96.0.1", "None", ""], []),
        (["10.96.0.1", "10.96.0.10"], ["10.96.0.0/28"]),
        (["10.96.0.1", "10.103.7.9"], ["10.96.0.0/13"]),
        (["10.96.0.1", "192.168.7.9"], []),
        (["fd00:10:96::1", "fd00:10:96::a", "10.96.0.1"], ["fd00:10:96::/124"]),
    ],
)
def test_what_addresses_span(addresses: list[str], networks: list[str]) -> None:
    assert service_networks(addresses) == networks


def test_nobody_has_the_address() -> None:
    world = World()
    known = sorted(item["spec"]["clusterIP"] for item in world.resources("services"))
    (network,) = service_networks(known)
    base = network.rpartition(".")[0]
    address = next(f"{base}.{number}" for number in range(1, 14) if f"{base}.{number}" not in known)
    silent = {"status": "fail", "outcome": "timed_out", "received": 0}
    found = world.diagnose("pod:default/client-1", address, 80, outcomes={"tcp": silent, "ping": "no_reply"})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["service-address-unknown"], "likely"), verdict[
        "summary"
    ]
    assert found["errors"] == [] and address in verdict["summary"]
    elsewhere = world.diagnose("pod:default/client-1", "203.0.113.7", 80, outcomes={"tcp": silent, "ping": "no_reply"})
    assert "service-address-unknown" not in elsewhere["verdict"]["root_causes"]
