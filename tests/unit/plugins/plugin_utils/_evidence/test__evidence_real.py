# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where real packets are lost: see real_network for the nodes and pods."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import pcapng_of_node
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence.real_network import (
    MACS,
    N1,
    N2,
    SAME_NODE,
    VIP,
    WAY,
    A,
    B,
    C,
    Experiment,
    Network,
    counts,
    ends,
    outcomes,
    outers,
)

HEALTHY = ["pod-b eth0", None, "pod-a eth0", None]


def test_ping_is_seen_on_every_device(experiment: Experiment) -> None:
    flow = experiment("icmp", B, count=3)
    assert outcomes(experiment) == {"reply"}
    assert ends(flow) == HEALTHY
    assert counts(flow, "forward") == counts(flow, "reply") == [3] * len(WAY)
    assert outers(flow, "node-1") == outers(flow, "node-2") == [{"src": N1, "dst": N2, "vni": 1}]
    assert flow["lossless"] and not flow["loss"]
    written = pcapng_of_node("node-1", experiment.captures, "icmp")
    assert written and b"flannel.1 of node-1" in written


def test_a_bridge_shows_what_it_forwards_from_port_to_port(experiment: Experiment) -> None:
    flow = experiment("icmp", C, way=SAME_NODE)
    assert outcomes(experiment) == {"reply"}
    assert ends(flow) == ["pod-c eth0", None, "pod-a eth0", None]
    assert {(sighting["device"], sighting["count"]) for sighting in flow["sightings"]} == {
        ("eth0", 2),
        ("veth-a", 2),
        ("cni0", 2),
        ("veth-c", 2),
    }


def test_a_packet_that_forwarding_drops(experiment: Experiment, network: Network) -> None:
    with network.rule("node-2", "FORWARD", "-d", B, "-j", "DROP"):
        flow = experiment("icmp", B)
        tcp = experiment("tcp", B, 8080, count=1)
    assert ends(flow) == ends(tcp) == ["node-2 flannel.1", "node-2 cni0", None, None]
    assert flow["lossless"] and tcp["lossless"]


def test_a_reply_that_forwarding_drops(experiment: Experiment, network: Network) -> None:
    with network.rule("node-1", "FORWARD", "-d", A, "-j", "DROP"):
        flow = experiment("icmp", B)
    assert ends(flow) == ["pod-b eth0", None, "node-1 flannel.1", "node-1 cni0"]
    assert flow["loss"] and flow["lossless"]


def test_a_rejected_packet(experiment: Experiment, network: Network) -> None:
    with network.rule("node-2", "FORWARD", "-d", B, "-j", "REJECT", "--reject-with", "icmp-admin-prohibited"):
        flow = experiment("icmp", B)
    assert ends(flow)[:2] == ["node-2 flannel.1", "node-2 cni0"]
    assert {(error["type"], error["code"], error["about"]) for error in flow["errors"]} == {(3, 13, "forward")}
    assert {(error["node"], error["device"]) for error in flow["errors"]} >= {
        ("pod-a", "eth0"),
        ("node-2", "flannel.1"),
    }


def test_connection_to_a_service_address(experiment: Experiment) -> None:
    flow = experiment("tcp", VIP, 80)
    assert outcomes(experiment) == {"open"}
    assert ends(flow) == HEALTHY and flow["lossless"]
    assert {(sighting["dst"], sighting["port"]) for sighting in flow["sightings"] if sighting["what"] == "syn"} == {
        (VIP, 80),
        (B, 8080),
    }


def test_connection_whose_source_is_translated_too(experiment: Experiment, network: Network) -> None:
    with network.rule("node-1", "POSTROUTING", "-d", B, "-j", "MASQUERADE", "--random-fully"):
        flow = experiment("tcp", VIP, 80)
    assert outcomes(experiment) == {"open"}
    assert ends(flow) == HEALTHY and flow["lossless"]
    assert {sighting["src"] for sighting in flow["sightings"] if sighting["what"] == "syn"} == {A, "10.244.1.0"}


def test_no_listener(experiment: Experiment) -> None:
    flow = experiment("tcp", B, 80)
    assert outcomes(experiment) == {"refused"}
    assert ends(flow) == HEALTHY
    assert {sighting["what"] for sighting in flow["sightings"]} == {"syn", "reset"}
    assert experiment("tcp", B, 8081)["sightings"] == [], "the filter has only the ports that it was given"


def test_a_reset_comes_from_the_server(experiment: Experiment, network: Network) -> None:
    with network.rule("pod-b", "INPUT", "-p", "tcp", "--dport", "8080", "-j", "REJECT", "--reject-with", "tcp-reset"):
        flow = experiment("tcp", VIP, 80)
    assert outcomes(experiment) == {"refused"}
    assert ends(flow) == HEALTHY
    assert {sighting["what"] for sighting in flow["sightings"] if sighting["direction"] == "reply"} == {"reset"}


def test_a_tunnel_that_leads_elsewhere(experiment: Experiment, network: Network) -> None:
    change = ("bridge", "fdb", "replace", MACS["node-2"], "dev", "flannel.1", "dst")
    network.ip("node-1", "neighbour", "replace", "192.0.2.99", "lladdr", "02:00:00:00:99:99", "dev", "eth0")
    network.inside("node-1", *change, "192.0.2.99")
    try:
        flow = experiment("icmp", B)
    finally:
        network.inside("node-1", *change, N2)
    # The wire is a cable: the packet comes out at its end, for somebody else.
    assert ends(flow)[:2] == ["node-2 eth0", "node-2 flannel.1"]
    assert outers(flow, "node-1") == [{"src": N1, "dst": "192.0.2.99", "vni": 1}]


def test_packets_too_large_for_the_tunnel(experiment: Experiment) -> None:
    flow = experiment("icmp", B, count=1, size=1472)
    assert outcomes(experiment) == {"no_reply"}
    assert ends(flow)[:2] == ["node-1 cni0", "node-1 flannel.1"]
    assert [(packet["length"], packet["lost"]) for packet in flow["packets"]] == [(1500, True)]
    assert {(error["from"], error["mtu"]) for error in flow["errors"]} == {("10.244.1.1", 1450)}
    assert flow["lossless"]


def test_datagram_and_its_answer(experiment: Experiment) -> None:
    flow = experiment("udp", B, 8080)
    assert outcomes(experiment) == {"reply"}
    assert ends(flow) == HEALTHY
    assert counts(flow, "forward") == counts(flow, "reply") == [2] * len(WAY)


def test_a_device_that_is_down(experiment: Experiment, network: Network) -> None:
    network.ip("node-2", "link", "set", "veth-b", "nomaster")
    try:
        flow = experiment("icmp", B)
    finally:
        network.ip("node-2", "link", "set", "veth-b", "master", "cni0")
    assert ends(flow)[0] in ("node-2 flannel.1", "node-2 cni0")
    assert ends(flow)[1] in ("node-2 cni0", "node-2 veth-b")
