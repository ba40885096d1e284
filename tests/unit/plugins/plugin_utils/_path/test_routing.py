# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route look-ups as the kernel makes them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._routing import look_up
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World, route, rule


def _host(change: t.Callable[[Json], None] = lambda host: None) -> Namespace:
    world = World()
    change(world.netns("node-1"))
    return node_from_snapshot(world.snapshots["node-1"]).host


def _routes(*routes: Json) -> t.Callable[[Json], None]:
    return lambda host: host["routes"].extend(routes)


@pytest.mark.parametrize(
    ("address", "device", "gateway"),
    [
        ("10.244.1.3", "cni0", None),
        ("10.244.2.9", "flannel.1", "10.244.2.0"),
        ("192.0.2.12", "eth0", None),
        ("203.0.113.9", "eth0", "192.0.2.1"),
        ("192.0.2.11", "eth0", None),
        ("10.244.1.1", "cni0", None),
    ],
)
def test_longest_prefix(address: str, device: str, gateway: str | None) -> None:
    found = look_up(_host(), address)
    assert found.route is not None and (found.route.dev, found.route.gateway, found.certain) == (device, gateway, True)


def test_lowest_metric() -> None:
    host = _host(_routes(route("203.0.113.0/24", "cni0", metric=200), route("203.0.113.0/24", "eth0", metric=100)))
    found = look_up(host, "203.0.113.7").route
    assert found is not None and found.dev == "eth0"


@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit"])
def test_routes_that_drop(kind: str) -> None:
    found = look_up(_host(_routes(route("10.244.2.2/32", None, type=kind))), "10.244.2.2")
    assert found.rejected and found.certain


def test_throw_goes_on_with_the_next_rule() -> None:
    def change(host: Json) -> None:
        host["rules"].insert(1, rule(100, "100"))
        host["routes"].append(route("10.244.2.2/32", None, type="throw", table="100"))

    found = look_up(_host(change), "10.244.2.2").route
    assert found is not None and found.dev == "flannel.1"


def test_an_empty_table_falls_through() -> None:
    found = look_up(_host(lambda host: host["rules"].insert(1, rule(100, "100"))), "10.244.2.2").route
    assert found is not None and found.dev == "flannel.1"


def _from_rule(host: Json) -> None:
    host["rules"].insert(1, rule(100, "100", **{"from": "10.244.1.2"}))
    host["routes"].append(route("0.0.0.0/0", None, type="blackhole", table="100"))


@pytest.mark.parametrize(("source", "dropped"), [("10.244.1.2", True), ("10.244.1.3", False), (None, False)])
def test_rules_by_source(source: str | None, dropped: bool) -> None:
    assert look_up(_host(_from_rule), "10.244.2.2", source, "cni0").rejected is dropped


@pytest.mark.parametrize(("iif", "dropped"), [("cni0", True), ("eth0", False), (None, False)])
def test_rules_by_device(iif: str | None, dropped: bool) -> None:
    def change(host: Json) -> None:
        host["rules"].insert(1, rule(100, "main", action="blackhole", iif="cni0"))

    assert look_up(_host(change), "10.244.2.2", "10.244.1.2", iif).rejected is dropped


def test_a_condition_that_is_not_evaluated_leaves_doubt() -> None:
    def change(host: Json) -> None:
        host["rules"].insert(1, rule(100, "100", fwmark=0x77, fwmask=0xFF))
        host["routes"].append(route("0.0.0.0/0", None, type="blackhole", table="100"))

    found = look_up(_host(change), "10.244.2.2")
    assert found.route is not None and not found.rejected and not found.certain


def test_nothing_matches() -> None:
    found = look_up(_host(lambda host: host["routes"].clear()), "10.244.2.2")
    assert found.route is None and found.certain


def test_what_was_not_read_is_not_certain() -> None:
    def change(host: Json) -> None:
        host["routes"].clear()
        host["errors"].append({"what": "routes", "text": "Cannot read routes"})

    assert not look_up(_host(change), "10.244.2.2").certain


def test_two_families() -> None:
    host = _host(_routes({**route("fd00:10:244:2::/64", "flannel.1"), "family": 6}))
    found = look_up(host, "fd00:10:244:2::2").route
    assert found is not None and found.dev == "flannel.1"
