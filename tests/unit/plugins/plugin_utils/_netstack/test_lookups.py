# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route look-ups, source addresses and source checks of one namespace, as the kernel makes them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _source, _source_check
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query, routing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, address, link, route, rule

_BORN = {4: (rule(0, "local"), rule(32766, "main"), rule(32767, "default"))}
_BORN[6] = tuple({**each, "family": 6} for each in _BORN[4][:2])


def namespace(routes: t.Sequence[Json], rules: t.Sequence[Json] = (), family: int = 4, **more: t.Any) -> Namespace:
    """A namespace with two NICs and these routes and rules, besides those that it is born with."""
    links = [
        link("lo", 1, "loopback", 65536, addresses=[address("127.0.0.1", 8, scope="host")]),
        link("eth0", 2, "ether", 1500, addresses=[address("192.0.2.11"), address("192.0.2.99", secondary=True)]),
        link("eth1", 3, "ether", 1500, addresses=[address("198.51.100.11")]),
    ]
    own = [route(f"{each}/32", "eth0", table="local", type="local") for each in ("192.0.2.11", "198.51.100.11")]
    snapshot = {
        "node": "n",
        "netns": [
            {
                "id": "host",
                "links": links,
                "routes": [*own, *({**each, "family": family} for each in routes)],
                "rules": [*_BORN[family], *({**each, "family": family} for each in rules)],
                **more,
            }
        ],
    }
    return node_from_snapshot(snapshot).host


def devices(space: Namespace, query: Query) -> list[tuple[str | None, float, tuple[bool, ...]]]:
    """Device, share and what was guessed, for each answer."""
    return [
        (each.dev or each.type, each.share, tuple(guess.taken for guess in each.guesses))
        for each in routing(space).look_up(query)
    ]


def one(space: Namespace, query: Query) -> str | None:
    (found,) = routing(space).look_up(query)
    return found.dev or found.type


def _via(rule_: Json, query: Query, family: int = 4) -> list[tuple[str | None, float, tuple[bool, ...]]]:
    """A rule to a table by eth1, in front of everything; all other packets leave by eth0."""
    everything = "0.0.0.0/0" if family == 4 else "::/0"
    routes = [route(everything, "eth0", "192.0.2.1"), route(everything, "eth1", "198.51.100.1", table="7")]
    return devices(namespace(routes, [{**rule_, "priority": 10}], family), query)


_TO = "203.0.113.7"
SELECTORS: list[tuple[Json, Query, bool | None]] = [
    ({}, Query(4, _TO), True),
    ({"from": "192.0.2.0/24"}, Query(4, _TO, "192.0.2.11"), True),
    ({"from": "192.0.2.0/24"}, Query(4, _TO, "192.0.3.11"), False),
    ({"from": "192.0.2.0/24"}, Query(4, _TO, None), False),
    ({"from": "192.0.2.0/24", "not": True}, Query(4, _TO, "192.0.3.11"), True),
    ({"to": "203.0.113.0/24"}, Query(4, _TO), True),
    ({"to": "203.0.112.0/24"}, Query(4, _TO), False),
    ({"iif": "eth0"}, Query(4, _TO, iif="eth0"), True),
    ({"iif": "eth0"}, Query(4, _TO), False),
    ({"iif": "lo"}, Query(4, _TO), True),
    ({"oif": "eth1"}, Query(4, _TO, oif="eth1"), True),
    ({"fwmark": 1}, Query(4, _TO, mark=1), True),
    ({"fwmark": 1}, Query(4, _TO, mark=3), False),
    ({"fwmark": 1, "fwmask": 1}, Query(4, _TO, mark=3), True),
    ({"fwmark": 1}, Query(4, _TO, mark=None), None),
    ({"tos": "0x10"}, Query(4, _TO, tos=0x10), True),
    ({"tos": "0x10"}, Query(4, _TO), False),
    ({"protocol": "udp"}, Query(4, _TO, protocol="udp"), True),
    ({"protocol": "17"}, Query(4, _TO, protocol="udp"), True),
    ({"protocol": "tcp"}, Query(4, _TO, protocol="udp"), False),
    ({"dport": [80, 90]}, Query(4, _TO, dport=85), True),
    ({"dport": [80, 90]}, Query(4, _TO, dport=91), False),
    ({"sport": [80, 80]}, Query(4, _TO, sport=None), None),
    ({"uid_range": [1000, 2000]}, Query(4, _TO, uid=1500), True),
    ({"uid_range": [1000, 2000]}, Query(4, _TO), False),
    ({"uid_range": [1000, 2000]}, Query(4, _TO, uid=None), None),
    ({"other": ["tun_id"]}, Query(4, _TO), None),
    ({"other": ["tun_id"], "to": "10.0.0.0/8"}, Query(4, _TO), False),
]


@pytest.mark.parametrize(("selector", "query", "matches"), SELECTORS)
def test_selectors_of_rules(selector: Json, query: Query, matches: bool | None) -> None:
    found = _via(rule(0, "7", **selector), query)
    expected = {
        True: [("eth1", 1.0, ())],
        False: [("eth0", 1.0, ())],
        None: [("eth1", 1.0, (True,)), ("eth0", 1.0, (False,))],
    }
    assert found == expected[matches]


def test_rules_of_ipv6_take_the_same_way() -> None:
    query = Query(6, "2001:db8:1::7", "2001:db8::11", mark=4)
    assert _via(rule(0, "7", fwmark=4), query, 6) == [("eth1", 1.0, ())]
    assert _via(rule(0, "7", fwmark=5), query, 6) == [("eth0", 1.0, ())]


def test_rules_that_reject() -> None:
    for action in ("blackhole", "unreachable", "prohibit"):
        assert _via(rule(0, "", action=action), Query(4, _TO)) == [(action, 1.0, ())]


def test_goto_nop_and_a_table_that_is_empty() -> None:
    routes = [route("0.0.0.0/0", "eth0", "192.0.2.1"), route("0.0.0.0/0", "eth1", "198.51.100.1", table="7")]
    rules = [
        {**rule(5, ""), "action": "nop"},
        {**rule(6, "99")},
        {**rule(10, ""), "action": "goto", "goto": 30},
        rule(20, "7"),
        rule(30, "main"),
    ]
    assert one(namespace(routes, rules), Query(4, _TO)) == "eth0"
    rules[2]["goto"] = 25  # not there: it is passed over
    assert one(namespace(routes, rules), Query(4, _TO)) == "eth1"


def test_suppressed_routes_do_not_count() -> None:
    routes = [route("0.0.0.0/0", "eth0", "192.0.2.1"), route("0.0.0.0/0", "eth1", "198.51.100.1", table="7")]
    rules = [rule(10, "main", suppress_prefix_length=0), rule(20, "7")]
    assert one(namespace(routes, rules), Query(4, _TO)) == "eth1"
    assert one(namespace([*routes, route("203.0.113.0/24", "eth0")], rules), Query(4, _TO)) == "eth0"


def test_throw_goes_on_with_the_next_rule() -> None:
    routes = [route("0.0.0.0/0", "eth0", "192.0.2.1"), route("203.0.113.0/24", None, table="7", type="throw")]
    assert one(namespace(routes, [rule(10, "7")]), Query(4, _TO)) == "eth0"


def test_longest_prefix_then_metric_then_tos() -> None:
    routes = [
        route("203.0.0.0/16", "eth1"),
        route("203.0.113.0/24", "eth1", metric=200),
        route("203.0.113.0/24", "eth0", metric=100),
        route("203.0.113.0/24", "eth1", metric=300, tos="0x10"),
    ]
    assert one(namespace(routes), Query(4, _TO)) == "eth0"
    assert one(namespace(routes), Query(4, "203.0.112.1")) == "eth1"
    assert one(namespace(routes), Query(4, _TO, tos=0x10)) == "eth1"
    assert one(namespace(routes), Query(4, "192.0.99.1")) == "none"


def test_shares_of_several_next_hops() -> None:
    hops = [
        {"gateway": "192.0.2.1", "dev": "eth0", "weight": 3, "flags": []},
        {"gateway": "198.51.100.1", "dev": "eth1", "weight": 1, "flags": []},
    ]
    found = devices(namespace([route("0.0.0.0/0", None, nexthops=hops)]), Query(4, _TO))
    assert found == [("eth0", 0.75, ()), ("eth1", 0.25, ())]
    hops[1]["flags"] = ["dead"]
    assert devices(namespace([route("0.0.0.0/0", None, nexthops=hops)]), Query(4, _TO)) == [("eth0", 1.0, ())]


def test_equal_routes_of_ipv6_are_one_multipath() -> None:
    routes = [
        route("2001:db8:1::/48", "eth0", "fe80::1", metric=1024),
        route("2001:db8:1::/48", "eth1", "fe80::2", metric=1024),
    ]
    found = devices(namespace(routes, family=6), Query(6, "2001:db8:1::7"))
    assert found == [("eth0", 0.5, ()), ("eth1", 0.5, ())]


def test_a_route_that_only_names_its_nexthop_object() -> None:
    objects = [
        {"id": 1, "gateway": "192.0.2.1", "dev": "eth0", "blackhole": False, "group": [], "flags": []},
        {"id": 2, "gateway": None, "dev": None, "blackhole": True, "group": [], "flags": []},
        {"id": 3, "gateway": None, "dev": None, "blackhole": False, "group": [[1, 1]], "flags": []},
    ]
    for number, expected in ((1, "eth0"), (2, "blackhole"), (3, "eth0")):
        space = namespace([route("0.0.0.0/0", None, nexthop_id=number)], nexthops=objects)
        assert one(space, Query(4, _TO)) == expected


def test_a_device_without_carrier() -> None:
    routes = [
        route("203.0.113.0/24", "eth1", metric=1, flags=["linkdown"]),
        route("203.0.113.0/24", "eth0", "192.0.2.1", metric=2),
    ]
    ignore = {"net.ipv4.conf.eth1.ignore_routes_with_linkdown": "1"}
    assert one(namespace(routes), Query(4, _TO)) == "eth1"
    assert one(namespace(routes, sysctls=ignore), Query(4, _TO)) == "eth0"


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("192.0.2.50", "192.0.2.11"),
        ("203.0.113.7", "192.0.2.99"),
        ("203.0.112.7", "192.0.2.11"),
        ("198.51.100.7", "198.51.100.11"),
        ("192.0.2.11", "192.0.2.11"),
    ],
)
def test_source_addresses(destination: str, expected: str) -> None:
    routes = [
        route("192.0.2.0/24", "eth0", scope="link"),
        route("198.51.100.0/24", "eth1", scope="link"),
        route("203.0.113.0/24", "eth0", "192.0.2.1", source="192.0.2.99"),
        route("0.0.0.0/0", "eth0", "192.0.2.1"),
    ]
    space = namespace(routes)
    found = routing(space).first(Query(4, destination))
    assert _source.source_address(space, 4, destination, found) == expected


_BOTH = [route("192.0.2.0/24", "eth0", scope="link"), route("0.0.0.0/0", "eth1", "198.51.100.1")]


@pytest.mark.parametrize(
    ("source", "sysctls", "reason"),
    [
        ("203.0.113.7", {}, None),
        ("203.0.113.7", {"eth0.rp_filter": "1"}, Reason.RP_FILTER),
        ("203.0.113.7", {"all.rp_filter": "1"}, Reason.RP_FILTER),
        ("203.0.113.7", {"all.rp_filter": "1", "eth0.rp_filter": "2"}, None),
        ("192.0.2.7", {"eth0.rp_filter": "1"}, None),
        ("198.51.100.11", {}, Reason.MARTIAN),
        ("198.51.100.11", {"eth0.accept_local": "1"}, None),
        ("198.51.100.11", {"all.accept_local": "1", "eth0.rp_filter": "1"}, None),
    ],
)
def test_source_checks(source: str, sysctls: dict[str, str], reason: Reason | None) -> None:
    space = namespace(_BOTH, sysctls={f"net.ipv4.conf.{name}": value for name, value in sysctls.items()})
    found = _source_check.refused_source(space, Packet(4, source, "192.0.2.11", "tcp", 1, 2), "eth0", None)
    assert (found.reason if found else None) is reason


def test_loose_rp_filter_wants_any_route_back() -> None:
    space = namespace([route("192.0.2.0/24", "eth0")], sysctls={"net.ipv4.conf.eth0.rp_filter": "2"})
    packet = Packet(4, "203.0.113.7", "192.0.2.11", "tcp", 1, 2)
    found = _source_check.refused_source(space, packet, "eth0", None)
    assert found is not None and found.reason is Reason.RP_FILTER


@pytest.mark.parametrize(
    ("source", "destination", "localnet", "refused"),
    [
        ("192.0.2.7", "127.0.0.1", "0", True),
        ("192.0.2.7", "127.0.0.1", "1", False),
        ("127.0.0.1", "192.0.2.11", "0", True),
        ("224.0.0.1", "192.0.2.11", "1", True),
        ("0.0.0.0", "192.0.2.11", "1", True),
        ("192.0.2.7", "192.0.2.11", "0", False),
    ],
)
def test_martians(source: str, destination: str, localnet: str, refused: bool) -> None:
    space = namespace(_BOTH, sysctls={"net.ipv4.conf.all.route_localnet": localnet})
    found = _source_check.martian(space, Packet(4, source, destination, "tcp", 1, 2), "eth0")
    assert (found is not None) is refused


@pytest.mark.parametrize(
    ("source", "device", "localnet", "refused"),
    [
        ("127.0.0.1", "eth0", "0", True),
        ("127.0.0.1", "eth0", "1", False),
        ("127.0.0.1", "lo", "0", False),
        ("192.0.2.7", "eth0", "0", False),
    ],
)
def test_loopback_sources_leave_only_where_they_are_routed(
    source: str, device: str, localnet: str, refused: bool
) -> None:
    space = namespace(_BOTH, sysctls={"net.ipv4.conf.all.route_localnet": localnet})
    found = _source_check.martian_output(space, Packet(4, source, "192.0.2.11", "tcp", 1, 2), device)
    assert (found is not None) is refused
