# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes and comes while it is watched, told by a real kernel in a namespace."""

from __future__ import annotations

import pathlib
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _route_watch
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._route_watch import RouteWatch
from tests.unit.plugins.module_utils._probes.conftest import Namespace, need_namespaces

ROUTE = "10.9.0.0/24 via 192.0.2.9 dev va onlink"


@pytest.fixture(name="space")
def one_namespace() -> t.Iterator[Namespace]:
    need_namespaces()
    space = Namespace("watched")
    try:
        space.ip("link add va type veth peer name vb")
        space.ip("link set va up")
        space.ip("link set vb up")
        space.ip("addr add 192.0.2.1/24 dev va")
        yield space
    finally:
        space.close()


def watched(space: Namespace, *commands: str) -> list[dict[str, t.Any]]:
    watch = space.call(RouteWatch)
    for words in commands:
        space.ip(words)
    return space.call(watch.finish)


@pytest.mark.parametrize(
    ("commands", "kind", "name", "states"),
    [
        ((f"route add {ROUTE}", f"route del {ROUTE}"), "route", "10.9.0.0/24", {"gone", "via 192.0.2.9 dev va"}),
        (("link set vb down", "link set vb up"), "link", "va", {"without carrier", "up"}),
        (("link set va down", "link set va up"), "link", "va", {"down", "up"}),
        (("rule add pref 77 to 10.9.0.0/24 lookup 9", "rule del pref 77"), "rule", "77:", {"there", "gone"}),
        (
            (
                "neigh replace 192.0.2.5 lladdr 02:00:00:00:00:01 dev va nud reachable",
                "neigh replace 192.0.2.5 lladdr 02:00:00:00:00:02 dev va nud reachable",
            ),
            "neighbour",
            "192.0.2.5 dev va",
            {"02:00:00:00:00:01", "02:00:00:00:00:02"},
        ),
    ],
)
def test_what_goes_and_comes_is_told(
    space: Namespace, commands: tuple[str, ...], kind: str, name: str, states: set[str]
) -> None:
    found = [one for one in watched(space, *commands * 3) if one["kind"] == kind and one["name"].startswith(name)]
    assert len(found) == 1
    assert set(found[0]["states"]) == states
    assert found[0]["changes"] >= 5


def test_forwarding_that_is_turned_off_and_on_is_told_once(space: Namespace) -> None:
    def turn(watch: RouteWatch) -> list[dict[str, t.Any]]:
        for value in "0101010":
            pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text(value, encoding="ascii")
        return watch.finish()

    watch = space.call(RouteWatch)
    found = [one for one in space.call(lambda: turn(watch)) if one["kind"] == "forwarding"]
    assert [(one["name"], set(one["states"])) for one in found] == [("all", {"on", "off"})]


def test_what_is_written_as_it_was_is_no_change(space: Namespace) -> None:
    space.ip(f"route add {ROUTE}")
    written = (f"route replace {ROUTE}", "neigh replace 192.0.2.5 lladdr 02:00:00:00:00:01 dev va nud permanent")
    assert watched(space, *written * 4) == []


def test_one_repair_is_no_flapping(space: Namespace) -> None:
    assert watched(space, f"route add {ROUTE}", f"route del {ROUTE}") == []


def test_messages_that_are_cut_off_tell_nothing() -> None:
    whole = struct.pack("=IHHII", 32, 24, 0, 0, 0) + bytes(16)
    assert [list(_route_watch.read(whole[:length])) for length in (0, 3, 15, 20, 31)] == [[]] * 5
    short = struct.pack("=IHHII", 18, 28, 0, 0, 0) + bytes(2)
    assert list(_route_watch.read(short)) == []
