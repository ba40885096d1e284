# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes, rules and neighbours: what ip prints, and what is made of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _routes
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST as NODE
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Reader, ReadError
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import NextHop, Route, Rule


@pytest.fixture(name="routes")
def parsed_routes(load: t.Callable[[str], t.Any]) -> dict[tuple[str, str], Route]:
    routes = [route for family in (4, 6) for route in _routes.parse_routes(load(f"route{family}.json"), family)]
    return {(route.table, route.dst): route for route in routes}


@pytest.fixture(name="rules")
def parsed_rules(load: t.Callable[[str], t.Any]) -> dict[tuple[int, int], Rule]:
    rules = [rule for family in (4, 6) for rule in _routes.parse_rules(load(f"rule{family}.json"), family)]
    return {(rule.family, rule.priority): rule for rule in rules}


@pytest.mark.parametrize(
    "table, dst, kind, gateway, dev",
    [
        ("main", "0.0.0.0/0", "unicast", "192.0.2.1", "eth0"),
        ("main", "10.99.0.0/16", "blackhole", None, None),
        ("main", "10.98.0.0/16", "unreachable", None, None),
        ("main", "10.97.0.0/16", "prohibit", None, None),
        ("100", "0.0.0.0/0", "unicast", "192.0.2.12", "eth0"),
        ("100", "10.0.0.0/8", "throw", None, None),
        ("local", "127.0.0.0/8", "local", None, "lo"),
        ("local", "192.0.2.255/32", "broadcast", None, "eth0"),
        ("main", "10.244.1.0/24", "unicast", "10.244.1.0", "flannel.1"),
        ("main", "2001:db8:1::/64", "unicast", "2001:db8::2", "eth0"),
        ("main", "2001:db8:2::/64", "blackhole", None, "lo"),
        ("local", "::1/128", "local", None, "lo"),
    ],
)
def test_routes(
    routes: dict[tuple[str, str], Route], table: str, dst: str, kind: str, gateway: str | None, dev: str | None
) -> None:
    route = routes[table, dst]
    assert (route.type, route.gateway, route.dev) == (kind, gateway, dev)
    assert route.family == (6 if ":" in dst else 4)


def test_route_details(routes: dict[tuple[str, str], Route]) -> None:
    assert routes["main", "0.0.0.0/0"].source == "192.0.2.11"
    assert routes["main", "0.0.0.0/0"].protocol == "boot"
    assert routes["main", "10.244.0.0/24"].protocol == "kernel"
    assert routes["main", "10.244.0.0/24"].scope == "link"
    assert routes["main", "10.97.0.0/16"].metric == 7
    assert routes["main", "10.244.1.0/24"].onlink
    assert routes["main", "203.0.113.0/24"].mtu == 1400
    assert routes["main", "203.0.114.0/24"].gateway == "fe80::1"
    assert routes["main", "198.51.100.0/24"].nexthops == [
        NextHop("192.0.2.12", "eth0", 1, []),
        NextHop("192.0.2.13", "eth0", 2, []),
    ]
    assert not any(route.other for route in routes.values())


def test_multicast_routes_are_left_out(routes: dict[tuple[str, str], Route]) -> None:
    assert not any(dst.startswith("ff00") for _table, dst in routes)


def test_attribute_that_is_not_carried_is_named() -> None:
    route = _routes.parse_routes([{"dst": "10.1.0.0/16", "encap": "mpls", "dev": "eth0", "flags": []}], 4)[0]
    assert route.other == ["encap"]


@pytest.mark.parametrize(
    "key, expected",
    [
        ((4, 0), {"from_": None, "to": None, "table": "local", "action": "lookup", "not_": False}),
        ((4, 994), {"from_": "10.9.9.8/32", "other": ["suppress_ifgroup"]}),
        ((4, 996), {"protocol": "tcp", "dport": [8080, 8090], "sport": None, "table": "100"}),
        ((4, 997), {"not_": True, "from_": "192.0.2.0/24", "iif": "eth0", "suppress_prefix_length": 0}),
        ((4, 998), {"iif": "cni0", "action": "blackhole", "table": None}),
        ((4, 999), {"fwmark": 0x4000, "fwmask": 0x4000}),
        ((4, 1000), {"from_": "10.244.0.0/24", "to": "203.0.113.0/24", "table": "100"}),
        ((4, 1001), {"action": "goto", "goto": 1005}),
        ((4, 1002), {"action": "prohibit", "tos": "0x10", "oif": "eth0", "uid_range": [0, 99]}),
        ((4, 1003), {"sport": [53, 53], "dport": None}),
        ((4, 1004), {"l3mdev": True}),
        ((4, 1005), {"action": "nop"}),
        ((6, 995), {"from_": "2001:db8::/32", "table": "100"}),
    ],
)
def test_rules(rules: dict[tuple[int, int], Rule], key: tuple[int, int], expected: dict[str, t.Any]) -> None:
    rule = rules[key]
    assert {name: getattr(rule, name) for name in expected} == expected
    assert rule.other == expected.get("other", [])


def test_rule_keys_in_json(rules: dict[tuple[int, int], Rule]) -> None:
    assert rules[4, 1000].to_dict()["from"] == "10.244.0.0/24"
    assert rules[4, 997].to_dict()["not"] is True


def test_neighbours(load: t.Callable[[str], t.Any]) -> None:
    found = {entry.address: entry for entry in _routes.parse_neighbours(load("neigh.json"))}
    assert {address: entry.state for address, entry in found.items()} == {
        "10.244.1.0": "PERMANENT",
        "192.0.2.12": "REACHABLE",
        "192.0.2.200": "FAILED",
        "192.0.2.201": "FAILED",
        "192.0.2.202": "INCOMPLETE",
    }
    assert found["10.244.1.0"].mac == "0a:58:00:00:00:01"
    assert found["192.0.2.200"].mac is None
    proxy = _routes.parse_neighbours(load("neigh_proxy.json"), proxy=True)[0]
    assert (proxy.address, proxy.proxy, proxy.mac) == ("192.0.2.50", True, None)


def test_entries_that_the_kernel_made_for_itself_are_left_out() -> None:
    """Those in state NOARP that somebody else made are as fixed as permanent ones."""
    items = [
        {"dst": "10.244.2.1", "dev": "eth0", "lladdr": "00:00:00:00:00:01", "state": ["NOARP"]},
        {"dst": "224.0.0.22", "dev": "cni0", "lladdr": "01:00:5e:00:00:16", "state": ["NOARP"]},
        {"dst": "ff02::16", "dev": "eth0", "lladdr": "33:33:00:00:00:16", "state": ["NOARP"]},
        {"dst": "0.0.0.0", "dev": "lo", "lladdr": "00:00:00:00:00:00", "state": ["NOARP"]},
        {"dst": "10.244.2.9", "dev": "eth0", "state": ["NONE"]},
    ]
    assert [entry.address for entry in _routes.parse_neighbours(items)] == ["10.244.2.1"]


# -- commands ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "output, cause",
    [
        ('Option "-j" is unknown, try "ip -help".', "ip did not print JSON; iproute2 4.18 or newer is needed"),
        ('{"dst": "default"}', "ip did not print a JSON list"),
        (OSError("ip exited 1: Cannot open netlink socket"), "ip exited 1: Cannot open netlink socket"),
    ],
)
def test_what_cannot_be_read_is_named(scripted: t.Any, output: t.Any, cause: str) -> None:
    with pytest.raises(ReadError) as caught:
        _routes.read_routes(scripted({_routes.ROUTES[4]: output}), NODE, 4)
    assert caught.value.problem.to_dict() == {"what": "routes", "text": f"Cannot read routes of node w1: {cause}"}


def test_no_output_is_no_routes(scripted: t.Any) -> None:
    assert _routes.read_routes(scripted({_routes.ROUTES[6]: "\n"}), NODE, 6) == []
    assert _routes.read_routes(scripted({_routes.ROUTES[6]: "[{},{ }]"}), NODE, 6) == []


def test_real_routes(net: t.Any) -> None:
    reader = Reader("w1", 10)
    routes = {(route.table, route.dst): route for route in _routes.read_routes(reader, net.as_node, 4)}
    assert routes["main", "10.99.0.0/16"].type == "blackhole"
    assert routes["main", "10.244.2.0/24"].onlink
    assert routes["100", "0.0.0.0/0"].gateway == "192.0.2.1"
    assert [rule.to for rule in _routes.read_rules(reader, net.as_node, 4) if rule.priority == 1000] == [
        "203.0.113.0/24"
    ]
    assert [entry.mac for entry in _routes.read_neighbours(reader, net.as_node)] == ["0a:58:00:00:00:02"]
    inside = {(route.table, route.dst): route for route in _routes.read_routes(reader, net.as_pod, 4)}
    assert inside["main", "0.0.0.0/0"].gateway == "10.244.1.1"


def test_a_kernel_without_ipv6_has_no_routes_of_it_and_that_is_no_error(
    scripted: t.Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mocked, because no test can boot a kernel with ipv6.disable=1: there ip -6 rule ends with EAFNOSUPPORT."""
    monkeypatch.setattr(_routes.os.path, "exists", lambda path: path != "/proc/self/net/if_inet6")
    reader = scripted({_routes.RULES[4]: OSError("EAFNOSUPPORT")})
    assert _routes.read_rules(reader, NODE, 6) == [] and _routes.read_routes(reader, NODE, 6) == []
    with pytest.raises(ReadError):
        _routes.read_rules(reader, NODE, 4)
