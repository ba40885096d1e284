# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection carries and no probe sends: packets that only confirm, and answers of full size."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER, ADDRESS = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
ONLY_ACK = "--tcp-flags FIN,SYN,RST,PSH,ACK ACK"


def _found(rule: str) -> Json:
    world = World()
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] -A FORWARD {rule} -j DROP\n"))
    found = world.diagnose(CLIENT, SERVER, 8080)
    assert found["errors"] == []
    return found


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (f"-d {ADDRESS}/32 -p tcp -m tcp {ONLY_ACK}", "a packet that only confirms"),
        (f"-s {ADDRESS}/32 -p tcp -m tcp {ONLY_ACK}", "a packet that only confirms"),
        (f"-s {ADDRESS}/32 -p tcp -m length --length 1000:65535", "an answer in packets of 1450 bytes"),
    ],
)
def test_what_no_probe_sends_is_lost(rule: str, what: str) -> None:
    found = _found(rule)
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": "node-2"}
    assert f"small requests pass; {what} does not" in verdict["summary"]
    assert found["disagreements"] == []


@pytest.mark.parametrize(
    "rule",
    [
        f"-s {ADDRESS}/32 -p tcp -m length --length 1451:65535",
        f"-s {ADDRESS}/32 -p udp -m length --length 1000:65535",
        f"-s {ADDRESS}/32 -p tcp -m tcp --sport 9090 {ONLY_ACK}",
        f"-s {ADDRESS}/32 -p tcp -m length --length 1000:65535 -m u32 --u32 0x0=0x0",
    ],
)
def test_other_packets_or_a_condition_that_is_not_known_are_no_fault(rule: str) -> None:
    assert _found(rule)["verdict"]["result"] == "healthy"


def test_a_rule_that_the_probes_contradict_says_nothing_of_answers() -> None:
    found = _found(f"-s {ADDRESS}/32 -p tcp")
    assert found["disagreements"] and found["verdict"]["result"] == "healthy"
