# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sender's own kernel says at once proves the route that it met, and no other."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

SERVER = "pod:default/web-b"
# All that goes to the same address.
ROLES = ("ping", "tcp", "tcp-mtu", "mtu", "burst", "connections")
# And what comes from there, whose answers meet the same route.
BACK: t.Mapping[str, builders.Outcome] = {
    "reverse-ping": "no_reply",
    "reverse-mtu": {"status": "error", "outcome": None},
}
UNREACHABLE = "the route to it is of type unreachable (EHOSTUNREACH)"


def _confidence(kind: str, *details: str) -> str:
    world = World()
    world.netns("node-1")["routes"].append(builders.route("10.244.2.4/32", None, type=kind))
    attempts = [{"outcome": "no_route", "detail": detail} for detail in details]
    told: Json = {"status": "fail", "outcome": "no_route", "received": 0, "attempts": attempts}
    found = world.diagnose("node:node-1", SERVER, 8080, outcomes={**BACK, **dict.fromkeys(ROLES, told)})
    assert found["errors"] == []
    assert found["verdict"]["root_causes"] == ["route-blackhole"], found["verdict"]["summary"]
    return str(found["verdict"]["confidence"])


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("unreachable", UNREACHABLE),
        ("blackhole", "the route to it is of type blackhole (EINVAL)"),
        ("prohibit", "the route to it is of type prohibit, or it is a broadcast address (EACCES)"),
    ],
)
def test_the_kind_of_route_that_the_kernel_names(kind: str, detail: str) -> None:
    assert _confidence(kind, detail, detail) == "proven"


@pytest.mark.parametrize(
    "details", [(UNREACHABLE, "the interface is down (ENETDOWN)"), ("no route to it (ENETUNREACH)",)]
)
def test_another_answer_proves_nothing(details: tuple[str, ...]) -> None:
    assert _confidence("blackhole", *details) == "likely"
