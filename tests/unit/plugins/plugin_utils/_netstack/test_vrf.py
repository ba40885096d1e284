# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing domains (VRF): tables, sockets, source checks and answers. The data is made after the kernel's words."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _source, _source_check, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query, routing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import Listening, look_up
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Place, Reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer, round_trip
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, address, link, route, rule, socket

PEER = "198.51.100.10"
# As `ip -j -d link show` prints the two (iproute2 6.1).
PRINTED = [
    {"ifname": "mgmt", "ifindex": 9, "mtu": 65575, "flags": ["UP", "LOWER_UP"], "link_type": "ether",
     "address": "02:00:00:00:00:09", "linkinfo": {"info_kind": "vrf", "info_data": {"table": 10}}},
    {"ifname": "eth1", "ifindex": 3, "mtu": 1500, "flags": ["UP", "LOWER_UP"], "link_type": "ether", "master": "mgmt",
     "address": "02:00:00:00:00:03", "linkinfo": {"info_slave_kind": "vrf", "info_slave_data": {"table": 10}}},
]  # fmt: skip


def parts(table: str = "10", sockets: t.Sequence[Json] = (), **sysctls: str) -> Json:
    """A node with eth0 in no domain, and eth1 in VRF mgmt: both have a default route."""
    return {
        "id": "host",
        "links": [
            link("lo", 1, "loopback", 65536, addresses=[address("127.0.0.1", 8, scope="host")]),
            link("eth0", 2, "ether", 1500, addresses=[address("192.0.2.11")]),
            link("eth1", 3, "ether", 1500, addresses=[address("198.51.100.11")], master="mgmt"),
            link("mgmt", 9, "vrf", 65575, vrf_table=10),
        ],
        "routes": [
            route("192.0.2.11/32", "eth0", table="local", type="local"),
            route("192.0.2.0/24", "eth0", scope="link"),
            route("0.0.0.0/0", "eth0", "192.0.2.1"),
            route("198.51.100.11/32", "eth1", table=table, type="local"),
            route("198.51.100.0/24", "eth1", scope="link", table=table),
            route("0.0.0.0/0", "eth1", "198.51.100.1", table=table),
        ],
        "rules": [rule(0, "local"), rule(1000, None, l3mdev=True), rule(32766, "main"), rule(32767, "default")],
        "sockets": list(sockets),
        "sysctls": {"net.ipv4.ip_forward": "1", **sysctls},
    }


def namespace(data: Json | None = None) -> Namespace:
    return node_from_snapshot({"node": "n", "netns": [data or parts()]}).host


def leaves_by(space: Namespace, query: Query) -> tuple[str | None, str | None]:
    (found,) = routing(space).look_up(query)
    return found.dev or found.type, found.gateway


def test_the_table_is_read_from_the_device() -> None:
    vrf, slave = _links.parse_links(PRINTED)
    assert (vrf.kind, vrf.vrf_table) == ("vrf", 10)
    assert (slave.master, slave.vrf_table) == ("mgmt", None)


@pytest.mark.parametrize("table", ["10", "management"])
def test_each_domain_has_its_own_routes(table: str) -> None:
    space = namespace(parts(table))
    assert leaves_by(space, Query(4, "203.0.113.9")) == ("eth0", "192.0.2.1")
    assert leaves_by(space, Query(4, "203.0.113.9", oif="mgmt")) == ("eth1", "198.51.100.1")
    assert leaves_by(space, Query(4, "203.0.113.9", PEER, iif="eth1")) == ("eth1", "198.51.100.1")
    assert leaves_by(space, Query(4, "203.0.113.9", PEER, iif="mgmt")) == ("eth1", "198.51.100.1")
    assert leaves_by(space, Query(4, "203.0.113.9", PEER, iif="eth0")) == ("eth0", "192.0.2.1")


def test_an_address_is_local_in_its_own_domain_only() -> None:
    space = namespace()
    assert leaves_by(space, Query(4, "198.51.100.11", PEER, iif="mgmt"))[0] == "eth1"
    assert routing(space).first(Query(4, "198.51.100.11", PEER, iif="mgmt")).type == "local"
    assert routing(space).first(Query(4, "198.51.100.11", "192.0.2.10", iif="eth0")).type == "unicast"


def test_without_the_rule_nobody_asks_the_table() -> None:
    data = parts()
    data["rules"] = [each for each in data["rules"] if not each["l3mdev"]]
    assert leaves_by(namespace(data), Query(4, "203.0.113.9", oif="mgmt")) == ("eth0", "192.0.2.1")


def test_the_rule_alone_means_nothing() -> None:
    data = parts()
    data["links"] = data["links"][:2]
    (found,) = routing(namespace(data)).look_up(Query(4, "203.0.113.9"))
    assert (found.dev, found.guesses) == ("eth0", ())


def test_a_source_of_the_domain() -> None:
    data = parts()
    data["links"][2]["addresses"] = []
    data["links"][3]["addresses"] = [address("198.51.100.77", 32)]
    space = namespace(data)
    assert _source.device_address(space, "eth1", 4) == "198.51.100.77"
    assert _source.device_address(space, "eth0", 4) == "192.0.2.11"


@pytest.mark.parametrize(("source", "passes"), [(PEER, True), ("192.0.2.10", True)])
def test_the_source_check_knows_the_domain(source: str, passes: bool) -> None:
    space = namespace(parts(**{"net.ipv4.conf.all.rp_filter": "1"}))
    packet = Packet(4, source, "198.51.100.11", "tcp", 1, 22)
    # The way back is asked for in the domain, which has a default route of its own.
    assert (_source_check.refused_source(space, packet, "mgmt", None) is None) is passes


def test_the_source_check_refuses_what_the_domain_has_no_way_to() -> None:
    data = parts(**{"net.ipv4.conf.all.rp_filter": "1"})
    data["routes"] = [each for each in data["routes"] if (each["dst"], each["table"]) != ("0.0.0.0/0", "10")]
    data["rules"] = data["rules"][:2]
    packet = Packet(4, "192.0.2.10", "198.51.100.11", "tcp", 1, 22)
    refused = _source_check.refused_source(namespace(data), packet, "mgmt", None)
    assert refused is not None and refused.reason is Reason.RP_FILTER


# -- sockets ---------------------------------------------------------------------------------------------------------
PACKET = Packet(4, PEER, "198.51.100.11", "tcp", 50000, 22)


@pytest.mark.parametrize(
    ("dev", "accept", "device", "takes"),
    [
        (None, "0", "eth1", False),
        (None, "1", "eth1", True),
        (None, "0", "eth0", True),
        ("mgmt", "0", "eth1", True),
        ("eth1", "0", "eth1", True),
        ("eth0", "1", "eth1", False),
        ("mgmt", "1", "eth0", False),
    ],
)
def test_sockets_of_a_domain(dev: str | None, accept: str, device: str, takes: bool) -> None:
    data = parts(sockets=[{**socket(22), "dev": dev}], **{"net.ipv4.tcp_l3mdev_accept": accept})
    found = look_up(namespace(data), PACKET, device).listening
    assert found is (Listening.SOCKET if takes else Listening.ELSEWHERE)


# -- there and back --------------------------------------------------------------------------------------------------
def network(**more: t.Any) -> Network:
    """Two such nodes on one wire of the management network, and no other between them."""
    nodes = {}
    for number, name in enumerate(("one", "two"), 11):
        data = copy.deepcopy(parts(**more))
        for each in data["links"]:
            each["mac"] = f"02:00:00:00:{number:02x}:{each['index']:02x}"
            for one in each["addresses"]:
                one["address"] = one["address"].replace(".11", f".{number}")
        for each in data["routes"]:
            each["dst"] = each["dst"].replace(".11/", f".{number}/")
        nodes[name] = node_from_snapshot({"node": name, "netns": [data]})
    return Network(nodes)


def ask(space: Network, protocol: str = "tcp") -> t.Any:
    packet = Packet(4, "192.0.2.11", "192.0.2.12", protocol, 50000, 22, df=True)
    return round_trip(space, Place("one", "host"), packet)


def test_a_management_network_that_carries_nothing_else_is_not_met() -> None:
    trip = ask(network(sockets=[socket(22)]))
    assert trip.answers == {Answer.REPLY}


def _moved(**more: t.Any) -> Network:
    """The second node has all its devices in the domain, and the sender none."""
    space = network(**more)
    two = space.nodes["two"].host
    links = {name: link_ if name != "eth0" else _enslaved(link_) for name, link_ in two.links.items()}
    routes = tuple(_in_table(each) for each in two.routes if each.dev == "eth0" and not each.gateway)
    return space.with_namespace("two", "host", two.change(links=links, routes=routes))


def _enslaved(one: t.Any) -> t.Any:
    return dataclasses.replace(one, master="mgmt")


def _in_table(one: t.Any) -> t.Any:
    return dataclasses.replace(one, table="10")


@pytest.mark.parametrize(
    ("dev", "accept", "answer"), [("mgmt", "0", Answer.REPLY), (None, "1", Answer.REPLY), (None, "0", Answer.REFUSED)]
)
def test_a_server_in_a_domain_and_the_answer_in_it(dev: str | None, accept: str, answer: Answer) -> None:
    space = _moved(sockets=[{**socket(22), "dev": dev}], **{"net.ipv4.tcp_l3mdev_accept": accept})
    trip = ask(space)
    assert trip.answers == {answer}
    texts = [step.text for way in trip.ways for trace in way.traces for step in trace.steps()]
    assert any("belongs to VRF mgmt (table 10)" in text for text in texts)


def test_an_unbound_socket_of_udp_answers_by_the_main_table() -> None:
    listening = {**socket(22, protocol="udp"), "state": "UNCONN"}
    trip = ask(_moved(sockets=[listening], **{"net.ipv4.udp_l3mdev_accept": "1"}), "udp")
    (way,) = trip.ways
    assert way.forward.delivered and way.back is not None
    assert way.back.disposition is Disposition.NO_ROUTE


def test_a_route_that_gives_a_packet_to_the_domain() -> None:
    data = parts()
    data["routes"].append(route("203.0.113.0/24", "mgmt"))
    space = Network({"one": node_from_snapshot({"node": "one", "netns": [data]})})
    trip = round_trip(space, Place("one", "host"), Packet(4, "", "203.0.113.9", "tcp", 1, 80))
    assert {way.forward.hops[0].oif for way in trip.ways} == {"eth1"}


def test_routes_that_lead_into_the_domain_again_and_again() -> None:
    data = parts()
    data["routes"] += [route("203.0.113.0/24", "mgmt"), route("203.0.113.0/24", "mgmt", table="10")]
    space = Network({"one": node_from_snapshot({"node": "one", "netns": [data]})})
    trip = round_trip(space, Place("one", "host"), Packet(4, "192.0.2.11", "203.0.113.9", "tcp", 1, 80))
    (way,) = trip.ways
    assert (way.forward.disposition, way.forward.reason) == (Disposition.DROPPED, Reason.LOOP)


def test_a_domain_that_is_set_down() -> None:
    space = _moved(sockets=[{**socket(22), "dev": "mgmt"}])
    two = space.nodes["two"].host
    down = {**two.links, "mgmt": dataclasses.replace(two.links["mgmt"], up=False)}
    (way,) = ask(space.with_namespace("two", "host", two.change(links=down))).ways
    assert (way.forward.disposition, way.forward.reason) == (Disposition.DROPPED, Reason.LINK_DOWN)


def test_names_of_tables() -> None:
    assert _vrf.table_of(namespace(parts("management")), "mgmt") == "management"
    assert _vrf.table_of(namespace(), "mgmt") == "10"
    assert _vrf.table_of(namespace(), None) is None
