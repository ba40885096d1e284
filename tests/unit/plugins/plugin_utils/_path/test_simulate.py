# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A packet through a cluster of two nodes: where it ends, by which decision, and what its sender sees."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Place, Reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import Paths
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer, RoundTrip, round_trip
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._simulate import MAX_BRANCHES, simulate
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import (
    VTEPS,
    Json,
    World,
    address,
    netfilter,
    route,
    rule,
    socket,
)

CLIENT = Place("node-1", "pod:default/client-1")
POD = "pod:default/web-b"
Change = t.Callable[[World], object]


def network(world: World) -> Network:
    return Network({name: node_from_snapshot(snapshot) for name, snapshot in world.snapshots.items()})


def syn(destination: str = "10.244.2.4", port: int = 8080, source: str = "10.244.1.2", size: int = 60) -> Packet:
    return Packet(4, source, destination, "tcp", 40000, port, size=size, df=True)


def ping(destination: str, source: str = "10.244.1.2", size: int = 84) -> Packet:
    return Packet(4, source, destination, "icmp", 7, 7, size=size, df=True, icmp_type=8, icmp_code=0)


def go(world: World, packet: Packet | None = None, start: Place = CLIENT) -> RoundTrip:
    return round_trip(network(world), start, packet or syn())


def masquerading(text: str = "") -> str:
    """The rules of a node, and those by which kube-proxy and flannel masquerade."""
    rules = (
        "[0:0] -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\n"
        "[0:0] -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\n"
        "[0:0] -A KUBE-SEP-WEB-A -s 10.244.1.3/32 -j KUBE-MARK-MASQ\n"
    )
    head, _nat, tail = (text or netfilter()).rpartition("[0:0] -A KUBE-SEP-WEB-A -p")
    return head + rules + _nat + tail


def with_masquerade(world: World) -> None:
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, masquerading())


# -- what works ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "packet"),
    [
        (CLIENT, syn()),
        (CLIENT, syn("10.244.1.3")),
        (CLIENT, syn("10.96.0.20", 80)),
        (CLIENT, ping("10.244.2.2")),
        (CLIENT, ping("192.0.2.11")),
        (CLIENT, ping("192.0.2.12")),
        (CLIENT, ping("198.51.100.10")),
        (CLIENT, ping("10.244.1.2")),
        (CLIENT, Packet(4, "10.244.1.2", "127.0.0.1", "icmp", 7, 7, icmp_type=8, icmp_code=0)),
        (CLIENT, ping("0.0.0.0")),
        (CLIENT, ping("0.0.0.0", source="")),
        (Place("node-1", "host"), syn(source="")),
        (Place("node-1", "host"), ping("192.0.2.12", "192.0.2.11")),
        (Place("node-1", "host"), syn("10.96.0.20", 80, "192.0.2.11")),
        (Place("outside", "host"), syn("192.0.2.12", 30080, "198.51.100.10")),
        (Place("node-1", "pod:default/web-a"), syn("10.96.0.20", 80, "10.244.1.3")),
        (CLIENT, syn(size=1450)),
        (CLIENT, ping("10.244.2.2", size=1450)),
    ],
)
def test_an_answer_comes_back(start: Place, packet: Packet) -> None:
    world = World()
    with_masquerade(world)
    world.link("node-1", "vethweba")["bridge_port"]["hairpin"] = True
    found = go(world, packet, start)
    assert found.arrives is True, [(way.answer, way.broken) for way in found.ways]


def test_a_service_is_shared_by_its_backends() -> None:
    found = go(World(), syn("10.96.0.20", 80))
    assert sorted((str(way.forward.place), way.share) for way in found.ways) == [
        ("node-1 in pod:default/web-a", 0.5),
        ("node-2 in pod:default/web-b", 0.5),
    ]


def test_the_devices_on_the_way() -> None:
    forward = go(World()).ways[0].forward
    assert [(hop.node, hop.netns, hop.devices) for hop in forward.hops] == [
        ("node-1", "pod:default/client-1", ("eth0",)),
        ("node-1", "host", ("vethclient1", "cni0", "flannel.1")),
        ("node-1", "host", ("eth0",)),
        ("node-2", "host", ("eth0",)),
        ("node-2", "host", ("flannel.1", "cni0", "vethwebb")),
        ("node-2", "pod:default/web-b", ("eth0",)),
    ]
    assert forward.certain and forward.share == 1.0


def test_the_third_packet_of_a_handshake_is_followed() -> None:
    world = World()
    drop = "[0:0] -A FORWARD -d 10.244.2.4/32 -p tcp -m tcp --tcp-flags SYN,ACK ACK -j DROP\n"
    world.set_netfilter("node-2", netfilter(first=drop))
    (way,) = go(world).ways
    assert way.forward.delivered and way.back is not None and way.back.delivered
    assert way.answer is Answer.SILENT and way.broken is way.later[-1] and way.broken.reason is Reason.RULE


def test_the_error_of_a_reject_belongs_to_the_connection_that_it_ends() -> None:
    """Even where that is not in conntrack's table yet: the client sees it come from the Service that it asked."""
    world = World()
    reject = "[0:0] -A FORWARD -p tcp -m tcp --dport 8080 -j REJECT --reject-with icmp-port-unreachable\n"
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, netfilter(first=reject))
    found = go(world, syn("10.96.0.20", 80))
    assert found.answers == {Answer.REFUSED}
    assert {way.back.packet.src for way in found.ways if way.back is not None and way.back.packet is not None} == {
        "10.96.0.20"
    }


def test_what_a_namespace_sends_to_itself_goes_through_its_loopback_device() -> None:
    world = World()
    assert go(world, ping("10.244.1.2")).arrives is True
    world.netns("node-1", CLIENT.netns)["links"].append(builders.link("lo", 1, "loopback", 65536, up=False, flags=[]))
    (way,) = go(world, ping("10.244.1.2")).ways
    assert (way.forward.disposition, way.forward.reason) == (Disposition.DROPPED, Reason.LINK_DOWN)
    assert go(world).arrives is True


# -- what does not ------------------------------------------------------------------------------------------------
def _sysctl(node: str, netns: str = "host", **values: str) -> Change:
    return lambda world: world.netns(node, netns)["sysctls"].update(
        {name.replace("__", "."): value for name, value in values.items()}
    )


def _host(node: str, part: str, *items: Json) -> Change:
    return lambda world: world.netns(node)[part].extend(items)


def _without(node: str, part: str, **wanted: t.Any) -> Change:
    def change(world: World) -> None:
        host = world.netns(node)
        host[part] = [each for each in host[part] if any(each.get(key) != value for key, value in wanted.items())]

    return change


def _set(node: str, device: str, netns: str = "host", **values: t.Any) -> Change:
    return lambda world: world.link(node, device, netns).update(values)


def _vxlan(node: str, **values: t.Any) -> Change:
    return lambda world: world.link(node, "flannel.1")["vxlan"].update(values)


def _entry(node: str, part: str, address_or_mac: str, **values: t.Any) -> Change:
    def change(world: World) -> None:
        for each in world.netns(node)[part]:
            if address_or_mac in (each.get("address"), each.get("mac")):
                each.update(values)

    return change


def _rules(node: str, first: str) -> Change:
    return lambda world: world.set_netfilter(node, netfilter(first=first))


def _listen(**values: t.Any) -> Change:
    def change(world: World) -> None:
        world.netns("node-2", POD)["sockets"] = [{**socket(8080), **values}]

    return change


_OFF = {"net__ipv4__ip_forward": "0", "net__ipv4__conf__all__forwarding": "0"}
_FORBIDDEN = "[0:0] -A FORWARD -p tcp -m tcp --sport 8080 -j DROP\n"
FAULTS: dict[str, tuple[Change, str, Reason, Answer]] = {
    "forwarding off": (_sysctl("node-2", **_OFF), "flannel.1 of node-2", Reason.FORWARDING_OFF, Answer.SILENT),
    "blackhole": (
        _host("node-1", "routes", route("10.244.2.4/32", None, type="blackhole")),
        "cni0 of node-1",
        Reason.BLACKHOLE,
        Answer.SILENT,
    ),
    "unreachable": (
        _host("node-1", "routes", route("10.244.2.4/32", None, type="unreachable")),
        "cni0 of node-1",
        Reason.UNREACHABLE,
        Answer.REJECTED,
    ),
    "no route of the pod": (
        lambda world: world.netns("node-1", CLIENT.netns).update(routes=[]),
        str(CLIENT),
        Reason.NO_ROUTE,
        Answer.NO_ROUTE,
    ),
    "a policy rule diverts": (
        lambda world: (
            world.netns("node-1")["rules"].insert(1, rule(100, "100", **{"from": "10.244.1.0/24"})),
            world.netns("node-1")["routes"].append(route("0.0.0.0/0", None, table="100", type="prohibit")),
        ),
        "cni0 of node-1",
        Reason.PROHIBIT,
        Answer.REJECTED,
    ),
    "a local address takes the packets": (
        _host("node-1", "routes", route("10.244.2.4/32", "cni0", table="local", type="local", scope="host")),
        "node-1",
        Reason.NO_SOCKET,
        Answer.REFUSED,
    ),
    "rp_filter": (
        lambda world: (
            _sysctl("node-2", **{"net__ipv4__conf__flannel.1__rp_filter": "1"})(world),
            _host("node-2", "routes", route("10.244.1.2/32", "eth0", "192.0.2.1"))(world),
        ),
        "flannel.1 of node-2",
        Reason.RP_FILTER,
        Answer.SILENT,
    ),
    "the other node has the source's address": (
        lambda world: world.link("node-2", "eth0")["addresses"].append(address("10.244.1.2", 32)),
        "flannel.1 of node-2",
        Reason.MARTIAN,
        Answer.SILENT,
    ),
    "no neighbour entry in the tunnel": (
        _without("node-1", "neighbours", address="10.244.2.0"),
        "flannel.1 of node-1",
        Reason.NEIGHBOUR_FAILED,
        Answer.SILENT,
    ),
    "a wrong neighbour entry in the tunnel": (
        _entry("node-1", "neighbours", "10.244.2.0", mac="02:aa:00:00:00:01"),
        "flannel.1 of node-1",
        Reason.FDB_MISSING,
        Answer.SILENT,
    ),
    "no forwarding entry": (
        _without("node-1", "fdb", dev="flannel.1"),
        "flannel.1 of node-1",
        Reason.FDB_MISSING,
        Answer.SILENT,
    ),
    "a tunnel end with another MAC address": (
        _set("node-2", "flannel.1", mac="02:aa:00:00:00:02"),
        "flannel.1 of node-2",
        Reason.TUNNEL_MAC,
        Answer.SILENT,
    ),
    "two tunnel ends with one MAC address": (
        lambda world: (
            _set("node-2", "flannel.1", mac=VTEPS["node-1"])(world),
            _entry("node-1", "neighbours", "10.244.2.0", mac=VTEPS["node-1"])(world),
            _entry("node-1", "fdb", VTEPS["node-2"], mac=VTEPS["node-1"])(world),
        ),
        "flannel.1 of node-2",
        Reason.TUNNEL_MAC,
        Answer.SILENT,
    ),
    "another VNI": (_vxlan("node-2", id=2), "flannel.1 of node-2", Reason.TUNNEL_VNI, Answer.SILENT),
    "another tunnel port": (_vxlan("node-2", port=4789), "flannel.1 of node-2", Reason.TUNNEL_PORT, Answer.SILENT),
    "the far tunnel is down": (
        _set("node-2", "flannel.1", up=False),
        "flannel.1 of node-2",
        Reason.LINK_DOWN,
        Answer.SILENT,
    ),
    "a tunnel's packets are dropped": (
        _rules("node-2", "[0:0] -A INPUT -p udp -m udp --dport 8472 -j DROP\n"),
        "node-2",
        Reason.RULE,
        Answer.SILENT,
    ),
    "only answers are dropped": (_rules("node-1", _FORBIDDEN), "node-1", Reason.RULE, Answer.SILENT),
    "rejected": (
        _rules("node-2", "[0:0] -A FORWARD -d 10.244.2.4/32 -j REJECT --reject-with icmp-admin-prohibited\n"),
        "node-2",
        Reason.RULE,
        Answer.REJECTED,
    ),
    "reset by a rule": (
        _rules("node-2", "[0:0] -A FORWARD -d 10.244.2.4/32 -p tcp -j REJECT --reject-with tcp-reset\n"),
        "node-2",
        Reason.RULE,
        Answer.REFUSED,
    ),
    "a port that is detached": (
        _set("node-2", "vethwebb", master=None, bridge_port=None),
        "cni0 of node-2",
        Reason.PORT_DETACHED,
        Answer.SILENT,
    ),
    "a port that is blocked": (
        lambda world: world.link("node-2", "vethwebb")["bridge_port"].update(state="blocking"),
        "vethwebb of node-2",
        Reason.PORT_BLOCKED,
        Answer.SILENT,
    ),
    "a fixed wrong entry for a pod": (
        _entry("node-2", "neighbours", "10.244.2.4", mac="02:aa:00:00:00:03", state="PERMANENT"),
        "cni0 of node-2",
        Reason.NEIGHBOUR_WRONG,
        Answer.SILENT,
    ),
    "a fixed forwarding entry at another port": (
        lambda world: world.netns("node-2")["fdb"].append(
            {
                "mac": world.link("node-2", "eth0", POD)["mac"],
                "dev": "vethclient2",
                "state": "static",
                "master": "cni0",
                "self": False,
                "flags": ["sticky"],
            }
        ),
        "cni0 of node-2",
        Reason.FDB_WRONG,
        Answer.SILENT,
    ),
    "the pod's device is down": (
        _set("node-2", "eth0", POD, up=False),
        "cni0 of node-2",
        Reason.NEIGHBOUR_WRONG,
        Answer.SILENT,
    ),
    "nobody listens": (_listen(port=9090), f"node-2 in {POD}", Reason.NO_SOCKET, Answer.REFUSED),
    "only loopback listens": (_listen(local="127.0.0.1"), f"node-2 in {POD}", Reason.SOCKET_ELSEWHERE, Answer.REFUSED),
    "only IPv6 listens": (
        _listen(local="::", family=6, v6only=True),
        f"node-2 in {POD}",
        Reason.SOCKET_ELSEWHERE,
        Answer.REFUSED,
    ),
    "the accept queue is full": (
        _listen(backlog=6, max_backlog=5),
        f"node-2 in {POD}",
        Reason.BACKLOG_FULL,
        Answer.SILENT,
    ),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_where_it_ends(name: str) -> None:
    change, place, reason, answer = FAULTS[name]
    world = World()
    change(world)
    found = go(world)
    broken = [way.broken for way in found.ways]
    assert [(str(trace.place), trace.reason) for trace in broken if trace is not None] == [(place, reason)]
    assert found.answers == {answer} and found.arrives is False


def test_a_static_forwarding_entry_follows_its_address() -> None:
    world = World()
    FAULTS["a fixed forwarding entry at another port"][0](world)
    world.netns("node-2")["fdb"][-1]["flags"] = []
    assert go(world).arrives


def test_frames_that_the_other_end_of_a_pair_does_not_take() -> None:
    world = World()
    world.link("node-2", "eth0", "pod:default/client-2")["mtu"] = 1400
    (way,) = go(world, ping("10.244.2.2", size=1450)).ways
    assert (str(way.forward.place), way.forward.reason) == ("eth0 of node-2 in pod:default/client-2", Reason.MTU)
    assert way.answer is Answer.SILENT and go(world, ping("10.244.2.2", size=1400)).arrives


@pytest.mark.parametrize(("dropped", "answer"), [(False, Answer.UNKNOWN), (True, Answer.SILENT)])
def test_an_answer_from_beyond_comes_in_fragments_where_it_may(dropped: bool, answer: Answer) -> None:
    world = World()
    with_masquerade(world)
    world.link("node-1", "eth0")["kind"] = "veth"
    asked = Packet(4, "10.244.1.2", "203.0.113.53", "icmp", 7, 7, size=3028, piece=True, icmp_type=8, icmp_code=0)
    if dropped:
        world.set_netfilter("node-1", masquerading(netfilter(first="[0:0] -A FORWARD -s 203.0.113.53/32 -j DROP\n")))
    assert {way.answer for way in go(world, asked).ways} == {answer}


def test_a_tunnel_with_a_source_address_that_nobody_has() -> None:
    world = World()
    world.link("node-1", "flannel.1")["vxlan"]["local"] = "192.0.2.77"
    (way,) = go(world).ways
    assert (str(way.forward.place), way.forward.reason) == ("flannel.1 of node-1", Reason.TUNNEL_SOURCE)


def test_hairpin_mode_off_stops_a_pod_that_reaches_itself_through_a_service() -> None:
    world = World()
    with_masquerade(world)
    found = go(world, syn("10.96.0.20", 80, "10.244.1.3"), Place("node-1", "pod:default/web-a"))
    silent = [way for way in found.ways if way.answer is Answer.SILENT]
    assert [(way.share, way.broken.reason if way.broken else None) for way in silent] == [(0.5, Reason.HAIRPIN_OFF)]


def test_without_bridge_netfilter_answers_of_the_same_node_are_not_translated_back() -> None:
    world = World()
    world.netns("node-1")["sysctls"]["net.bridge.bridge-nf-call-iptables"] = "0"
    answers = {str(way.forward.place): way.answer for way in go(world, syn("10.96.0.20", 80)).ways}
    assert answers == {"node-1 in pod:default/web-a": Answer.SILENT, "node-2 in pod:default/web-b": Answer.REPLY}


@pytest.mark.parametrize("told", [True, False])
def test_a_packet_that_is_too_big(told: bool) -> None:
    world = World()
    world.link("node-1", "flannel.1")["mtu"] = 1400
    if not told:
        drop = "[0:0] -A OUTPUT -p icmp -m icmp --icmp-type 3/4 -j DROP\n"
        world.set_netfilter("node-1", netfilter(first=drop))
    (way,) = go(world, ping("10.244.2.2", size=1450)).ways
    assert (way.forward.disposition, way.forward.reason) == (Disposition.TOO_BIG, Reason.MTU)
    assert way.answer is (Answer.TOO_BIG if told else Answer.SILENT)
    assert go(world, ping("10.244.2.2", size=1400)).arrives


def test_data_that_is_too_big_on_a_connection_that_stands() -> None:
    world = World()
    world.link("node-1", "flannel.1")["mtu"] = 1400
    (way,) = go(world, syn(size=1450)).ways
    assert way.forward.delivered and way.answer is Answer.TOO_BIG


# -- what is not known --------------------------------------------------------------------------------------------
def test_a_node_that_was_not_read_is_unknown_and_no_fault() -> None:
    world = World()
    del world.snapshots["node-2"]
    nodes = {name: node_from_snapshot(snapshot) for name, snapshot in world.snapshots.items()}
    found = round_trip(Network(nodes, {"node-2": ("192.0.2.12",)}), CLIENT, syn())
    assert found.answers == {Answer.UNKNOWN} and found.arrives is None
    assert found.ways[0].forward.reason is Reason.NOT_READ and found.ways[0].forward.place.node == "node-2"


def test_a_pod_that_was_not_read_is_unknown() -> None:
    world = World()
    snapshot = world.snapshots["node-2"]
    gone = next(each for each in snapshot["netns"] if each["id"] == POD)
    snapshot["netns"].remove(gone)
    mac = next(link["mac"] for link in gone["links"] if link["name"] == "eth0")
    snapshot["pods"] = [
        {"id": POD, "pid": 1, "inode": gone["inode"], "host_network": False, "macs": [mac], "addresses": ["10.244.2.4"]}
    ]
    found = go(world)
    assert found.answers == {Answer.UNKNOWN}
    assert [(str(way.forward.place), way.forward.reason) for way in found.ways] == [
        (f"node-2 in {POD}", Reason.NOT_READ)
    ]


def test_an_ebpf_program_is_unknown_in_both_ways() -> None:
    world = World()
    world.link("node-2", "eth0")["xdp"] = "generic"
    found = go(world)
    assert found.answers == {Answer.REPLY, Answer.UNKNOWN} and found.arrives is None
    assert all(not way.certain for way in found.ways)


def test_a_pod_address_that_two_pods_have() -> None:
    world = World()
    twin = world.link("node-2", "eth0", "pod:default/client-2")
    twin["addresses"] = [address("10.244.2.4")]
    world.netns("node-2", "pod:default/client-2")["routes"].append(
        route("10.244.2.4/32", "eth0", table="local", type="local", scope="host")
    )
    _without("node-2", "neighbours", address="10.244.2.4")(world)
    found = go(world)
    assert {str(way.forward.place) for way in found.ways} == {f"node-2 in {POD}", "node-2 in pod:default/client-2"}
    assert found.answers == {Answer.REPLY, Answer.REFUSED} and found.arrives is None


# -- bounds -------------------------------------------------------------------------------------------------------
def test_routes_in_a_circle() -> None:
    world = World()
    world.netns("node-1")["routes"].append(route("203.0.113.7/32", "eth0", "192.0.2.12"))
    world.netns("node-2")["routes"].append(route("203.0.113.7/32", "eth0", "192.0.2.11"))
    (trace,) = simulate(network(world), CLIENT, ping("203.0.113.7")).traces
    assert (trace.disposition, trace.reason) == (Disposition.TTL_EXCEEDED, Reason.LOOP)


def test_a_device_that_is_its_own_other_end() -> None:
    world = World()
    port = world.link("node-1", "eth0", CLIENT.netns)
    port.update(peer_index=port["index"], peer_netns=world.netns("node-1", CLIENT.netns)["inode"])
    (trace,) = simulate(network(world), CLIENT, syn()).traces
    assert not trace.delivered


def test_more_ways_than_are_followed() -> None:
    world = World()
    chance = "".join(
        f"[0:0] -A FORWARD -m statistic --mode random --probability 0.5 -j MARK --or-mark {1 << number}\n"
        for number in range(11)
    )
    world.set_netfilter("node-1", netfilter(first=chance))
    traces = simulate(network(world), CLIENT, syn()).traces
    assert len(traces) <= 4 * MAX_BRANCHES
    assert any(trace.reason is Reason.BOUND for trace in traces)


@pytest.mark.parametrize("part", ["links", "routes", "rules", "neighbours", "fdb", "sysctls", "sockets", "netfilter"])
@pytest.mark.parametrize("rubbish", [None, [], {}, "text", 7, [None, 7, "text", {}], [{"name": 7, "dst": "x"}]])
def test_whatever_a_snapshot_holds(part: str, rubbish: t.Any) -> None:
    world = World()
    world.netns("node-2")[part] = rubbish
    world.netns("node-2", POD)[part] = rubbish
    assert go(world).ways


# -- repairs, probes ----------------------------------------------------------------------------------------------
def test_the_same_packet_after_a_repair() -> None:
    world = World()
    FAULTS["blackhole"][0](world)
    broken = network(world)
    host = broken.namespace("node-1", "host")
    assert host is not None and round_trip(broken, CLIENT, syn()).arrives is False
    repaired = host.change(routes=tuple(each for each in host.routes if each.type != "blackhole"))
    assert round_trip(broken.with_namespace("node-1", "host", repaired), CLIENT, syn()).arrives is True


def test_probes_of_a_healthy_run_agree() -> None:
    evidence = World().evidence("pod:default/client-1", "service:default/web", 80)
    paths = Paths.of(evidence)
    assert paths.disagreements(evidence) == ()
    tcp = next(probe for probe in evidence.probes if probe.role == "tcp")
    found = paths.of_probe(evidence, tcp)
    assert found is not None and found is paths.of_probe(evidence, tcp) and found.arrives


def test_a_passed_probe_whose_packet_dies_disagrees() -> None:
    world = World()
    world.set_netfilter("node-2", netfilter(first="[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP\n"))
    evidence = world.evidence("pod:default/client-1", "service:default/web", 80)
    roles = {found.probe.role for found in Paths.of(evidence).disagreements(evidence)}
    assert {"backend-tcp", "ping"} <= roles
