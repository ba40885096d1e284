# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import (
    DeviceCapture,
    Point,
    pcapng_of_node,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

A, B, VIP, N1, N2, ROUTER = "10.244.1.5", "10.244.2.7", "10.96.0.20", "192.0.2.11", "192.0.2.12", "10.244.1.1"
CLIENT, SERVER = "pod:default/client-1", "pod:default/web-1"
POD_A = Point("node-1", "eth0", CLIENT)
VETH_A, CNI_1, FLANNEL_1, NIC_1 = (Point("node-1", name) for name in ("veth1", "cni0", "flannel.1", "eth0"))
NIC_2, FLANNEL_2, CNI_2, VETH_B = (Point("node-2", name) for name in ("eth0", "flannel.1", "cni0", "veth2"))
POD_B = Point("node-2", "eth0", SERVER)
WAY = (POD_A, VETH_A, CNI_1, FLANNEL_1, NIC_1, NIC_2, FLANNEL_2, CNI_2, VETH_B, POD_B)
PATH = ExpectedPath(WAY)
ISN, SERVER_ISN = 0xFFFFFFFF, 777000
Json = dict[str, t.Any]
_Change = t.Callable[[bytes], bytes]


class World:
    """What each device of the way saw; packets are put on a stretch of it, as the wire would have them there."""

    def __init__(self, way: t.Sequence[Point] = WAY) -> None:
        self.way = way
        self.packets: dict[Point, list[bytes]] = {point: [] for point in way}
        self.changes: dict[Point, Json] = {}

    def forward(self, packet: bytes, until: Point = POD_B, since: Point = POD_A) -> World:
        for point in self.way[self.way.index(since) : self.way.index(until) + 1]:
            self.packets[point].append(_on_wire(point, packet, N1, N2))
        return self

    def reply(self, packet: bytes, until: Point = POD_A, since: Point = POD_B) -> World:
        for point in self.way[self.way.index(until) : self.way.index(since) + 1]:
            self.packets[point].append(_on_wire(point, packet, N2, N1))
        return self

    def only(self, point: Point, packet: bytes) -> World:
        self.packets.setdefault(point, []).append(packet)
        return self

    def change(self, point: Point, **fields: t.Any) -> World:
        self.changes[point] = fields
        return self

    def captures(self) -> list[DeviceCapture]:
        return [
            DeviceCapture.from_result(
                point.node, build.result(point.device, packets, point.netns, **self.changes.get(point, {}))
            )
            for point, packets in self.packets.items()
        ]

    def flows(self, *probes: Probe) -> list[Json]:
        index = match(self.captures(), probes).to_json()
        return t.cast(list[Json], json.loads(json.dumps(index))["flows"])

    def flow(self, probe: Probe) -> Json:
        (flow,) = self.flows(probe)
        return flow


def _on_wire(point: Point, packet: bytes, src: str, dst: str) -> bytes:
    return build.vxlan(packet, src, dst) if point in (NIC_1, NIC_2) else packet


def ends(flow: Json) -> tuple[str | None, ...]:
    """last_forward, missing_forward, last_reply, missing_reply; short."""
    names = ("last_forward", "missing_forward", "last_reply", "missing_reply")
    return tuple(
        f"{flow[name]['device']}@{flow[name]['netns'][:3] if flow[name]['netns'] != 'host' else ''}"
        f"{flow[name]['node'][-1]}"
        if flow[name]
        else None
        for name in names
    )


def count(flow: Json, point: Point, direction: str) -> int:
    return sum(
        sighting["count"]
        for sighting in flow["sightings"]
        if Point(sighting["node"], sighting["device"], sighting["netns"]) == point
        and sighting["direction"] == direction
    )


def icmp_probe(**fields: t.Any) -> Probe:
    return Probe(
        **{"id": "ping-1", "kind": "icmp", "token": build.TOKEN, "clients": frozenset([A]), "paths": (PATH,), **fields}
    )


def tcp_probe(*ports: int, **fields: t.Any) -> Probe:
    request = {"id": "tcp-1", "kind": "tcp", "target": B, "port": 8080, "from": {"address": A}}
    result = {"attempts": [{"source_port": port, "address": B} for port in ports or (40000,)], "local_address": A}
    return dataclasses.replace(Probe.from_record(request, result, [PATH]), **fields)


def syn(sport: int = 40000, isn: int = ISN, src: str = A, dst: str = B, dport: int = 8080, **fields: t.Any) -> bytes:
    return build.tcp(src, sport, dst, dport, isn, **fields)


def syn_ack(sport: int = 40000, isn: int = ISN, src: str = B, dst: str = A, dport: int = 8080) -> bytes:
    return build.tcp(src, dport, dst, sport, SERVER_ISN, isn + 1, "SA")


# -- echo --------------------------------------------------------------------------------------------------------
def test_ping_that_came_back() -> None:
    world = World()
    for seq in (1, 2, 3):
        world.forward(build.ping(A, B, seq)).reply(build.ping(B, A, seq, reply=True))
    flow = world.flow(icmp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)
    assert {(count(flow, point, "forward"), count(flow, point, "reply")) for point in WAY} == {(3, 3)}
    assert (flow["loss"], flow["lossless"], flow["ambiguous"], flow["known"]) == (False, True, False, True)
    outer = [
        sighting["outer"]
        for sighting in flow["sightings"]
        if sighting["node"] == "node-2"
        and sighting["device"] == "eth0"
        and sighting["netns"] == "host"
        and sighting["direction"] == "forward"
    ]
    assert outer == [{"src": N1, "dst": N2, "vni": 1}]
    assert [packet["answered"] for packet in flow["packets"]] == [True] * 3


@pytest.mark.parametrize("number", range(len(WAY) - 1))
def test_a_request_lost_between_two_devices_is_placed_there(number: int) -> None:
    flow = World().forward(build.ping(A, B), until=WAY[number]).flow(icmp_probe())
    assert flow["last_forward"] == WAY[number].to_json()
    assert flow["missing_forward"] == WAY[number + 1].to_json()
    assert (flow["last_reply"], flow["missing_reply"]) == (None, None)
    assert flow["loss"] and flow["lossless"]


@pytest.mark.parametrize("number", range(1, len(WAY)))
def test_a_reply_lost_between_two_devices_is_placed_there(number: int) -> None:
    flow = World().forward(build.ping(A, B)).reply(build.ping(B, A, reply=True), until=WAY[number]).flow(icmp_probe())
    assert (flow["last_forward"], flow["missing_forward"]) == (POD_B.to_json(), None)
    assert (flow["last_reply"], flow["missing_reply"]) == (WAY[number].to_json(), WAY[number - 1].to_json())
    assert flow["loss"] and flow["lossless"]


def test_no_answer_from_a_server_that_got_the_request() -> None:
    flow = World().forward(build.ping(A, B)).flow(icmp_probe())
    assert ends(flow) == ("eth0@pod2", None, None, "eth0@pod2")


def test_nothing_ever_sent() -> None:
    flow = World().flow(icmp_probe())
    assert ends(flow) == (None, "eth0@pod1", None, None)
    assert flow["lossless"] and flow["sightings"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"dropped_by_kernel": 3},
        {"dropped_by_kernel": None},
        {"truncated": True},
        {"ended": "deadline"},
        {"ended": "max_packets"},
        {"ended": "died", "error": "Cannot capture to the end"},
    ],
)
def test_silence_of_a_capture_that_may_have_missed_something_proves_nothing(change: Json) -> None:
    world = World().forward(build.ping(A, B), until=FLANNEL_1).change(NIC_1, **change)
    flow = world.flow(icmp_probe())
    assert ends(flow)[:2] == ("flannel.1@1", "eth0@1")
    assert flow["loss"] and not flow["lossless"]
    assert any("eth0 of node-1" in note for note in flow["notes"])
    other = World().forward(build.ping(A, B), until=FLANNEL_1).change(CNI_1, **change).flow(icmp_probe())
    assert other["lossless"], "a weak capture elsewhere takes nothing from the proof"


def test_a_device_that_was_not_captured_on_is_not_missing() -> None:
    world = World().forward(build.ping(A, B), until=FLANNEL_1)
    world.change(NIC_1, pcap=None, error="Cannot capture on eth0: permission denied", ended="not_started")
    flow = world.flow(icmp_probe())
    assert ends(flow)[:2] == ("flannel.1@1", "eth0@2")
    assert flow["not_captured"] == [NIC_1.to_json()]


def test_an_intermittent_loss_shows_in_the_packets_not_in_the_way() -> None:
    world = World().forward(build.ping(A, B, 1)).reply(build.ping(B, A, 1, reply=True))
    world.forward(build.ping(A, B, 2), until=NIC_1)
    flow = world.flow(icmp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)
    assert flow["loss"] and flow["lossless"]
    lost = [packet for packet in flow["packets"] if packet["lost"]]
    assert [(packet["label"], packet["missing_forward"]) for packet in lost] == [
        ("echo 2 of 84 bytes", NIC_2.to_json())
    ]


def test_large_packets_of_a_path_mtu_probe_are_lost_alone() -> None:
    world = World()
    for seq, size in ((1, 1222), (2, 1422), (3, 1472)):
        until = POD_B if size < 1400 else CNI_1
        world.forward(build.ping(A, B, seq, size=size), until=until)
        if size < 1400:
            world.reply(build.ping(B, A, seq, size=size, reply=True))
        else:
            about = build.ping(A, B, seq, size=size)
            world.only(VETH_A, build.error(ROUTER, about, 3, 4, 1400, quote=548))
    flow = world.flow(icmp_probe(kind="path_mtu"))
    fates = [
        (packet["length"], packet["answered"], (packet["missing_forward"] or {}).get("device"))
        for packet in flow["packets"]
    ]
    assert fates == [(1250, True, None), (1450, False, "flannel.1"), (1500, False, "flannel.1")]
    assert flow["errors"] == [
        {**VETH_A.to_json(), "from": ROUTER, "about": "forward", "type": 3, "code": 4, "mtu": 1400, "count": 2}
    ]


def test_other_echoes_are_not_ours() -> None:
    other = bytes.fromhex("ffeeddccbbaa9988")
    world = World().forward(build.ping(A, B, 1, token=other)).reply(build.ping(B, A, 1, token=other, reply=True))
    assert world.flow(icmp_probe())["sightings"] == []


def test_snat_of_an_echo_changes_address_and_identifier_not_the_token() -> None:
    world = World()
    world.forward(build.ping(A, B, 1), until=CNI_1).forward(build.ping(N1, B, 1, ident=9), since=FLANNEL_1)
    world.reply(build.ping(B, N1, 1, reply=True, ident=9), until=FLANNEL_1).reply(
        build.ping(B, A, 1, reply=True), since=CNI_1
    )
    flow = world.flow(icmp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)


def test_ipv6_echo() -> None:
    a6, b6 = "fd00:1::5", "fd00:2::7"
    way = (POD_A, VETH_A, POD_B)
    world = World(way).forward(build.ping(a6, b6)).reply(build.ping(b6, a6, reply=True))
    flow = world.flow(icmp_probe(paths=(ExpectedPath(way),)))
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)


@pytest.mark.parametrize("size", [14 + 20 + 4, 14 + 20 + 8, 14 + 20 + 12])
def test_an_echo_cut_before_its_token_proves_nothing(size: int) -> None:
    data = build.result("cni0", [build.ping(A, B)], snaplen=size)
    flow = match([DeviceCapture.from_result("node-1", data)], [icmp_probe(paths=(ExpectedPath((CNI_1,)),))]).to_json()[
        "flows"
    ][0]
    assert flow["ambiguous"] and not flow["lossless"]


def test_a_short_echo_of_somebody_else_is_no_doubt() -> None:
    world = World().forward(build.ping(A, B)).reply(build.ping(B, A, reply=True))
    for size in (0, 4):
        world.forward(build.ping(A, B, 9, size=size))
    flow = world.flow(icmp_probe())
    assert not flow["ambiguous"] and flow["lossless"] and len(flow["packets"]) == 1


def test_two_probes_with_one_token_prove_nothing() -> None:
    flows = World().forward(build.ping(A, B), until=CNI_1).flows(icmp_probe(), icmp_probe(id="ping-2"))
    assert [(flow["ambiguous"], flow["lossless"]) for flow in flows] == [(True, False)] * 2
    assert "ping-1, ping-2" in flows[0]["notes"][0]


def test_a_probe_without_token_proves_nothing() -> None:
    flow = World().flow(icmp_probe(token=b""))
    assert not flow["known"] and not flow["lossless"]


# -- TCP ---------------------------------------------------------------------------------------------------------
def test_connection_that_opened() -> None:
    world = World().forward(syn()).reply(syn_ack()).forward(build.tcp(A, 40000, B, 8080, ISN + 1, SERVER_ISN + 1, "A"))
    flow = world.flow(tcp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)
    assert {sighting["what"] for sighting in flow["sightings"]} == {"syn", "syn-ack"}
    assert flow["lossless"] and not flow["loss"]


def test_the_syn_that_is_sent_again_is_counted_and_still_lost() -> None:
    world = World()
    for _repeated in range(3):
        world.forward(syn(), until=CNI_1)
    flow = world.flow(tcp_probe())
    assert ends(flow) == ("cni0@1", "flannel.1@1", None, None)
    assert count(flow, CNI_1, "forward") == 3
    assert flow["lossless"]


def test_the_service_address_is_translated_and_the_connection_followed() -> None:
    world = World().forward(syn(dst=VIP, dport=80), until=CNI_1).forward(syn(), since=FLANNEL_1, until=NIC_2)
    probe = tcp_probe(servers=frozenset([(VIP, 80), (B, 8080)]))
    flow = world.flow(probe)
    assert ends(flow)[:2] == ("eth0@2", "flannel.1@2")
    assert {(sighting["dst"], sighting["port"]) for sighting in flow["sightings"]} == {(VIP, 80), (B, 8080)}


def test_source_address_and_port_are_translated_and_the_connection_followed() -> None:
    world = World().forward(syn(), until=CNI_1).forward(syn(61000, src=N1), since=FLANNEL_1)
    world.reply(syn_ack(61000, dst=N1), until=FLANNEL_1).reply(syn_ack(), since=CNI_1)
    flow = world.flow(tcp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)


def test_a_reset_of_the_server() -> None:
    reset = build.tcp(B, 8080, A, 40000, 0, ISN + 1, "RA")
    flow = World().forward(syn()).reply(reset).flow(tcp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)
    assert {s["what"] for s in flow["sightings"] if s["direction"] == "reply"} == {"reset"}


def test_a_reset_from_the_way_leaves_the_rest_of_the_way_missing() -> None:
    reset = build.tcp(B, 8080, A, 40000, 0, ISN + 1, "RA")
    flow = World().forward(syn(), until=CNI_1).reply(reset, since=CNI_1).flow(tcp_probe())
    assert ends(flow) == ("cni0@1", "flannel.1@1", "eth0@pod1", None)
    assert flow["lossless"]


def test_an_icmp_error_about_the_syn_is_told() -> None:
    world = World().forward(syn(), until=CNI_1).only(VETH_A, build.error(ROUTER, syn(), 3, 13, quote=28))
    flow = world.flow(tcp_probe())
    assert [(error["from"], error["type"], error["code"]) for error in flow["errors"]] == [(ROUTER, 3, 13)]


def test_a_connection_of_somebody_else_is_not_ours() -> None:
    world = World().forward(syn(40001, isn=5)).reply(syn_ack(40001, isn=5)).forward(syn(isn=6, dst="10.9.9.9"))
    world.forward(syn(isn=7, src="10.244.1.9"))
    assert world.flow(tcp_probe(clients=frozenset([A])))["sightings"] == []


def test_nothing_found_and_nothing_else_there_proves_that_nothing_was_sent() -> None:
    flow = World().flow(tcp_probe())
    assert ends(flow)[:2] == (None, "eth0@pod1")
    assert flow["known"] and flow["lossless"]


def test_connections_of_others_at_the_server_do_not_hide_that_nothing_was_sent() -> None:
    """The kubelet of the server's node asks whether its pod is ready."""
    world = World().only(CNI_2, syn(41234, isn=9, src="10.244.2.1"))
    flow = world.flow(tcp_probe(clients=frozenset([A])))
    assert ends(flow)[:2] == (None, "eth0@pod1")
    assert flow["known"] and flow["lossless"]


def test_nothing_found_but_a_translated_connection_proves_nothing() -> None:
    way = (FLANNEL_1, NIC_1, NIC_2)
    world = World(way).forward(syn(61000, src="10.244.1.0"), since=FLANNEL_1, until=NIC_1)
    flow = world.flow(tcp_probe(clients=frozenset([N1]), paths=(ExpectedPath(way),)))
    assert not flow["known"] and not flow["lossless"]
    assert "may be the probe's" in flow["notes"][0]


def test_without_source_ports_nothing_is_known() -> None:
    request = {"id": "t", "kind": "tcp", "target": B, "port": 8080, "from": {"address": A}}
    flow = World().forward(syn(), until=CNI_1).flow(Probe.from_record(request, {"attempts": []}, [PATH]))
    assert not flow["known"] and not flow["lossless"] and flow["sightings"] == []
    assert ends(flow) == (None, None, None, None) and not flow["loss"]


def test_more_connections_from_a_port_than_the_probe_made_prove_nothing() -> None:
    flow = World().forward(syn(isn=5), until=CNI_1).forward(syn(isn=90), until=CNI_1).flow(tcp_probe())
    assert flow["ambiguous"] and not flow["lossless"]


def test_another_syn_with_the_same_sequence_number_proves_nothing() -> None:
    other = syn(5, src="10.9.9.9", options=bytes.fromhex("020405b4"))
    flow = World().forward(syn(), until=CNI_1).only(NIC_2, other).flow(tcp_probe())
    assert flow["ambiguous"] and count(flow, NIC_2, "forward") == 0


def test_the_first_device_without_a_capture_does_not_stop_the_search() -> None:
    world = World().forward(syn(), until=FLANNEL_1)
    world.change(POD_A, pcap=None, error="x", ended="not_started")
    assert ends(world.flow(tcp_probe()))[:2] == ("flannel.1@1", "eth0@1")


def test_attempts_are_followed_each_by_itself() -> None:
    world = World().forward(syn(40000, isn=5)).reply(syn_ack(40000, isn=5)).forward(syn(40001, isn=9), until=NIC_1)
    flow = world.flow(tcp_probe(40000, 40001))
    assert [(packet["label"], packet["answered"], packet["lost"]) for packet in flow["packets"]] == [
        ("SYN from port 40000", True, False),
        ("SYN from port 40001", False, True),
    ]


def test_large_data_lost_after_a_good_handshake() -> None:
    world = World().forward(syn()).reply(syn_ack())
    world.forward(build.tcp(A, 40000, B, 8080, ISN + 1, SERVER_ISN + 1, "PA", b"x" * 1200))
    world.forward(build.tcp(A, 40000, B, 8080, ISN + 1201, SERVER_ISN + 1, "PA", b"x" * 1460), until=FLANNEL_1)
    flow = world.flow(tcp_probe(kind="tcp_segment"))
    assert ends(flow) == ("eth0@pod2", None, "eth0@pod1", None)
    data = [
        (packet["length"], (packet["missing_forward"] or {}).get("device"))
        for packet in flow["packets"]
        if packet["what"] == "data"
    ]
    assert data == [(1240, None), (1500, "eth0")]
    assert flow["loss"] and flow["lossless"]


def test_large_answers_lost_on_the_way_back() -> None:
    world = World().forward(syn()).reply(syn_ack())
    world.reply(build.tcp(B, 8080, A, 40000, SERVER_ISN + 1, ISN + 1, "PA", b"x" * 1460), until=NIC_2)
    flow = world.flow(tcp_probe(kind="http"))
    lost = [packet for packet in flow["packets"] if packet["lost"]]
    assert [(packet["direction"], packet["missing_reply"], packet["last_reply"]) for packet in lost] == [
        ("reply", NIC_1.to_json(), NIC_2.to_json())
    ]


def test_data_that_an_offload_cuts_differently_are_not_lost() -> None:
    world = World().forward(syn()).reply(syn_ack())
    segments = [
        build.tcp(A, 40000, B, 8080, ISN + 1 + 1000 * number, SERVER_ISN + 1, "A", b"x" * 1000) for number in range(3)
    ]
    world.forward(build.tcp(A, 40000, B, 8080, ISN + 1, SERVER_ISN + 1, "PA", b"x" * 3000), until=CNI_1)
    for segment in segments:
        world.forward(segment, since=FLANNEL_1)
    assert not world.flow(tcp_probe(kind="http"))["loss"]


# -- several ways ------------------------------------------------------------------------------------------------
B1 = "10.244.1.8"
LOCAL = Point("node-1", "veth9")
WAYS = (ExpectedPath((POD_A, VETH_A, CNI_1, LOCAL), B1), ExpectedPath(WAY, B))
BOTH = frozenset([(VIP, 80), (B, 8080), (B1, 8080)])


def service_world() -> World:
    world = World()
    world.packets[LOCAL] = []
    return world


def test_packets_to_several_backends_are_flows_of_their_own() -> None:
    world = service_world()
    world.forward(syn(40000, isn=5, dst=VIP, dport=80), until=VETH_A).only(CNI_1, syn(40000, isn=5, dst=B1)).only(
        LOCAL, syn(40000, isn=5, dst=B1)
    )
    world.forward(syn(40001, isn=9, dst=VIP, dport=80), until=CNI_1).forward(
        syn(40001, isn=9), since=FLANNEL_1, until=NIC_1
    )
    flows = world.flows(tcp_probe(40000, 40001, paths=WAYS, servers=BOTH))
    assert {flow["destination"]: ends(flow)[:2] for flow in flows} == {B1: ("veth9@1", None), B: ("eth0@1", "eth0@2")}


def test_a_packet_lost_before_the_ways_part_is_placed() -> None:
    world = service_world().forward(syn(dst=VIP, dport=80), until=VETH_A)
    flow = world.flow(tcp_probe(paths=WAYS, servers=BOTH))
    assert ends(flow)[:2] == ("veth1@1", "cni0@1")
    assert flow["destination"] is None and flow["lossless"]


def test_a_packet_lost_where_the_ways_part_is_not_placed() -> None:
    world = service_world().forward(syn(dst=VIP, dport=80), until=CNI_1)
    flow = world.flow(tcp_probe(paths=WAYS, servers=BOTH))
    assert ends(flow) == ("cni0@1", None, None, None)
    assert not flow["loss"]
    assert "it is not known which of several ways the packets took" in flow["notes"]


def test_data_go_the_way_of_their_connection() -> None:
    world = service_world().forward(syn(dst=VIP, dport=80), until=CNI_1).forward(syn(), since=FLANNEL_1)
    world.reply(syn_ack(), until=FLANNEL_1).reply(syn_ack(src=VIP, dport=80), since=CNI_1)
    world.forward(build.tcp(A, 40000, VIP, 80, ISN + 1, SERVER_ISN + 1, "PA", b"x" * 1400), until=CNI_1)
    flow = world.flow(tcp_probe(paths=WAYS, servers=BOTH))
    assert flow["destination"] == B and flow["lossless"]
    assert [packet["missing_forward"] for packet in flow["packets"] if packet["what"] == "data"] == [
        FLANNEL_1.to_json()
    ]


def test_a_device_passed_twice_needs_two_looks() -> None:
    way = (VETH_A, NIC_1, NIC_1, NIC_2)
    probe = tcp_probe(servers=frozenset([(N1, 30080), (B, 8080)]), paths=(ExpectedPath(way),))
    world = World((VETH_A, NIC_1, NIC_2))
    world.only(VETH_A, syn(dst=N1, dport=30080)).only(NIC_1, syn(dst=N1, dport=30080))
    world.only(NIC_1, syn(dst=N1, dport=30080))
    flow = world.flow(probe)
    assert (flow["last_forward"], flow["missing_forward"]) == (NIC_1.to_json(), NIC_1.to_json())
    world.only(NIC_1, syn(61000, src=N1))
    flow = world.flow(probe)
    assert (flow["last_forward"], flow["missing_forward"]) == (NIC_1.to_json(), NIC_2.to_json())


def test_packets_where_they_should_not_be_are_told() -> None:
    stray = Point("node-1", "eth1")
    world = World().forward(build.ping(A, B), until=FLANNEL_1)
    world.packets[stray] = [build.vxlan(build.ping(A, B), N1, "192.0.2.99")]
    flow = world.flow(icmp_probe())
    assert flow["unexpected"] == [stray.to_json()]
    assert ends(flow)[:2] == ("flannel.1@1", "eth0@1")


# -- UDP and DNS -------------------------------------------------------------------------------------------------
def udp_probe(**fields: t.Any) -> Probe:
    request = {
        "id": "udp-1",
        "kind": "udp",
        "target": B,
        "port": 5000,
        "token": build.TOKEN.hex(),
        "from": {"address": A},
    }
    result = {"attempts": [{"source_port": 41000, "address": B}]}
    return dataclasses.replace(Probe.from_record(request, result, [PATH]), **fields)


def test_datagram_and_an_answer_without_the_token() -> None:
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN + b"1")).reply(build.udp(B, 5000, A, 41000, b"ok"))
    assert ends(world.flow(udp_probe())) == ("eth0@pod2", None, "eth0@pod1", None)


def test_datagram_that_is_echoed() -> None:
    data = build.TOKEN + b"1"
    world = World().forward(build.udp(A, 41000, B, 5000, data)).reply(build.udp(B, 5000, A, 41000, data), until=NIC_1)
    flow = world.flow(udp_probe())
    assert ends(flow) == ("eth0@pod2", None, "eth0@1", "flannel.1@1")
    assert count(flow, POD_B, "forward") == count(flow, POD_B, "reply") == 1


def test_datagram_through_nat() -> None:
    data = build.TOKEN + b"1"
    world = (
        World()
        .forward(build.udp(A, 41000, VIP, 53, data), until=CNI_1)
        .forward(build.udp(N1, 62000, B, 5000, data), since=FLANNEL_1, until=NIC_2)
    )
    probe = udp_probe(servers=frozenset([(VIP, 53), (B, 5000)]))
    assert ends(world.flow(probe))[:2] == ("eth0@2", "flannel.1@2")


def test_datagrams_are_followed_each_by_itself() -> None:
    answer = build.udp(B, 5000, A, 41000, b"ok")
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN, ident=8)).reply(answer)
    world.forward(build.udp(A, 41001, B, 5000, build.TOKEN, ident=9), until=NIC_1)
    flow = world.flow(udp_probe())
    assert [(packet["answered"], packet["lost"]) for packet in flow["packets"]] == [(True, False), (False, True)]
    same = (
        World()
        .forward(build.udp(A, 41000, B, 5000, build.TOKEN, ident=8))
        .forward(build.udp(A, 41000, B, 5000, build.TOKEN, ident=9))
        .reply(answer)
    )
    flow = same.flow(udp_probe())
    assert [(packet["answered"], packet["lost"]) for packet in flow["packets"]] == [(True, False)]


def test_an_answer_on_another_way_than_the_datagram_is_seen() -> None:
    back = Point("node-1", "eth1")
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN)).only(back, build.udp(B, 5000, A, 41000, b"ok"))
    flow = world.flow(udp_probe())
    assert count(flow, back, "reply") == 1 and flow["unexpected"] == [back.to_json()]


@pytest.mark.parametrize("source", ["10.244.2.9", VIP])
def test_an_answer_from_another_address_is_none_and_is_told(source: str) -> None:
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN))
    flow = world.reply(build.udp(source, 5000, A, 41000, b"ok"), since=NIC_2).flow(udp_probe())
    assert {(one["src"], one["count"]) for one in flow["foreign"]} == {(source, 1)}
    assert not any(one["direction"] == "reply" for one in flow["sightings"])


@pytest.mark.parametrize("ends", [(B, 5001, A, 41000), ("10.244.2.9", 5000, A, 41009), (B, 5000, A, 41000)])
def test_what_answers_others_is_no_foreign_answer(ends: tuple[str, int, str, int]) -> None:
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN)).reply(build.udp(*ends, b"ok"))
    assert world.flow(udp_probe())["foreign"] == []


@pytest.mark.parametrize(
    ("quoted", "foreign"),
    [
        ((B, 41999, A, 41000), [(B, 41999)]),
        ((B, 5000, A, 41000), []),
        ((B, 41999, A, 41007), []),
        (("10.244.2.9", 41999, A, 41000), []),
    ],
)
def test_an_answer_from_another_port_is_told_by_who_refuses_it(
    quoted: tuple[str, int, str, int], foreign: list[tuple[str, int]]
) -> None:
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN))
    world.forward(build.error(A, build.udp(*quoted, b"ok"), code=3))
    found = world.flow(udp_probe())["foreign"]
    assert list(dict.fromkeys((one["src"], one["port"]) for one in found)) == foreign


@pytest.mark.parametrize(
    ("quoted", "misdirected"),
    [
        ((B, 5000, A, 5060), [(B, 5060)]),
        ((B, 5000, A, 41000), []),
        ((B, 41999, A, 5060), []),
        (("10.244.2.9", 5000, A, 5060), []),
    ],
)
def test_an_answer_to_another_port_is_told_by_who_refuses_it(
    quoted: tuple[str, int, str, int], misdirected: list[tuple[str, int]]
) -> None:
    world = World().forward(build.udp(A, 41000, B, 5000, build.TOKEN))
    world.forward(build.error(A, build.udp(*quoted, b"ok"), code=3))
    found = world.flow(udp_probe())["misdirected"]
    assert list(dict.fromkeys((one["src"], one["port"]) for one in found)) == misdirected


def test_datagram_of_unknown_direction_proves_nothing() -> None:
    world = World().only(CNI_1, build.udp(A, 1, "10.9.9.9", 2, build.TOKEN))
    flow = world.flow(udp_probe())
    assert flow["ambiguous"] and not flow["lossless"]


def test_port_unreachable_about_a_datagram() -> None:
    data = build.udp(A, 41000, B, 5000, build.TOKEN)
    flow = World().forward(data).only(VETH_B, build.error(B, data, 3, 3)).flow(udp_probe())
    assert [(error["from"], error["code"]) for error in flow["errors"]] == [(B, 3)]


def dns_probe() -> Probe:
    request = {"id": "dns-1", "kind": "dns", "target": VIP, "nameserver": VIP, "from": {"address": A}}
    result = {"attempts": [{"source_port": 42000, "address": VIP}]}
    return Probe.from_record(request, result, [PATH], servers=[(B, 53)])


def test_query_is_followed_to_the_server_and_not_to_its_upstream() -> None:
    question, answer = build.dns(7, "web.default"), build.dns(7, "web.default", response=True)
    world = World().forward(build.udp(A, 42000, VIP, 53, question), until=CNI_1)
    world.forward(build.udp(A, 42000, B, 53, question), since=FLANNEL_1)
    world.only(VETH_B, build.udp(B, 9999, "198.51.100.1", 53, question))
    flow = world.flow(dns_probe())
    assert ends(flow) == ("eth0@pod2", None, None, "eth0@pod2")
    assert count(flow, VETH_B, "forward") == 1
    world.reply(build.udp(B, 53, A, 42000, answer), until=FLANNEL_1)
    assert ends(world.flow(dns_probe()))[2:] == ("flannel.1@1", "cni0@1")


def test_queries_of_others_are_not_ours() -> None:
    world = World().forward(build.udp(A, 42001, VIP, 53, build.dns(7, "web.default")))
    assert world.flow(dns_probe())["sightings"] == []


# -- odd input ---------------------------------------------------------------------------------------------------
def test_kind_that_is_not_known() -> None:
    flow = World().flow(icmp_probe(kind="smoke-signal"))
    assert not flow["known"] and not flow["lossless"]


def test_no_captures_and_no_probes() -> None:
    index = match([], []).to_json()
    assert index.pop("schema") == "podnet.diagnostics/captures/v1"
    assert set(map(str, index.values())) == {"[]"}
    (flow,) = match([], [icmp_probe()]).to_json()["flows"]
    assert (flow["last_forward"], flow["missing_forward"], flow["lossless"]) == (None, None, False)


def test_no_path_is_known() -> None:
    flow = World().forward(build.ping(A, B), until=CNI_1).flow(icmp_probe(paths=()))
    assert count(flow, CNI_1, "forward") == 1
    assert (flow["last_forward"], flow["missing_forward"], flow["unexpected"]) == (None, None, [])


@pytest.mark.parametrize(
    ("pcap", "text"),
    [("@@@", "damaged"), ("AAAA", "damaged"), ("H4sIAAAAAAACAwMAAAAAAAAAAAA=", "not a pcap"), (None, "no capture")],
)
def test_a_capture_that_cannot_be_read_is_an_error_of_its_device(pcap: str | None, text: str) -> None:
    capture = DeviceCapture.from_result("node-1", {"device": "cni0", "pcap": pcap})
    assert text in str(capture.error) and not capture.readable and capture.weakness


def test_index_line_of_a_capture() -> None:
    capture = DeviceCapture.from_result("node-1", build.result("cni0", [build.ping(A, B)]))
    assert capture.to_json("node-1.pcapng") == {
        "node": "node-1",
        "device": "cni0",
        "netns": "host",
        "file": "node-1.pcapng",
        "packets": 1,
        "captured": 1,
        "received": 1,
        "dropped_by_kernel": 0,
        "dropped_by_interface": None,
        "snaplen": 160,
        "truncated": False,
        "ended": "stopped",
        "error": None,
        "lossless": True,
        "weakness": None,
    }
    assert pcapng_of_node("node-1", [capture], "icmp")
    assert pcapng_of_node("node-2", [capture]) is None


@pytest.mark.parametrize(("device", "unread"), [("cni0", 3), ("lo", 0)])
def test_what_a_capture_had_not_read_when_it_ended(device: str, unread: int) -> None:
    result = {**build.result(device, [build.ping(A, B)]), "captured": 1, "received": 4}
    assert DeviceCapture.from_result("node-1", result).unread == unread


def test_a_packet_may_be_among_those_that_a_capture_had_not_read() -> None:
    """Unless it read one that came later: then it had its turn."""
    lost = World().forward(build.ping(A, B), until=FLANNEL_2)
    assert lost.flow(icmp_probe())["lossless"]
    lost.change(CNI_2, received=2)
    flow = lost.flow(icmp_probe())
    assert not flow["lossless"] and flow["notes"] == ["cni0 of node-2: the capture ended before it had read 2 packets"]
    for _number in range(3):
        lost.only(CNI_2, build.udp("198.51.100.1", 1, "198.51.100.2", 2, b"later"))
    assert lost.change(CNI_2, received=5).flow(icmp_probe())["lossless"]


def test_files_have_headers_only() -> None:
    result = build.result("cni0", [build.tcp(A, 40000, B, 8080, 5, 6, "PA", b"Cookie: secret")])
    capture = DeviceCapture.from_result("node-1", result)
    assert capture.packets[0].payload_length == 14
    assert b"secret" not in (pcapng_of_node("node-1", [capture]) or b"secret")
    whole = DeviceCapture.from_result("node-1", result, headers_only=False)
    assert b"secret" in (pcapng_of_node("node-1", [whole]) or b"")


def test_device_that_never_started() -> None:
    status = {"name": "eth9", "netns": "host", "error": "Cannot capture on eth9: there is no such device"}
    capture = DeviceCapture.not_started("node-1", status)
    assert (capture.point, capture.weakness) == (Point("node-1", "eth9"), status["error"])
    assert capture.to_json("x")["file"] is None


def test_probe_from_a_record_takes_only_addresses() -> None:
    probe = Probe.from_record(
        {"id": "p", "kind": "tcp", "target": "web.default", "port": 80, "from": {"address": None}, "token": "zz"},
        {
            "address": "10.96.0.20",
            "local_address": "10.244.1.5",
            "attempts": [{"source_port": None, "address": "x"}, {"source_port": 1, "address": "2001:DB8:0::1%eth0"}],
        },
        servers=[("nonsense", 1), ("10.1.1.1", 8080)],
        clients=["192.0.2.1", ""],
    )
    assert probe.servers == {("10.96.0.20", 80), ("2001:db8::1", 80), ("10.1.1.1", 8080)}
    assert probe.clients == {"10.244.1.5", "192.0.2.1"} and probe.token == b""
    assert probe.source_ports == {1: 1}
