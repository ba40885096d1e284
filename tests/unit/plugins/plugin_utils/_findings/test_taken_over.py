# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices, programs and servers that take what was meant for others, or answer in another's name."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, SERVER, NODE = "pod:default/client-1", "pod:default/web-b", "node-2"
SILENT: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
LOST: dict[str, Outcome] = {"tcp": SILENT, **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply")}


def _on_nic(world: World, mode: str, **more: object) -> None:
    """A macvlan that stands on node-2's NIC."""
    nic = world.link(NODE, "eth0")
    upper = builders.link("mv0", 90, "macvlan", 1500, mode=mode, lower="eth0", peer_index=nic["index"], **more)
    upper["mac"] = nic["mac"] if mode == "passthru" else "02:00:00:00:00:90"
    world.netns(NODE)["links"].append(upper)


def test_a_macvlan_takes_every_frame_of_a_nic() -> None:
    world = World()
    _on_nic(world, "passthru", up=False)
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=LOST)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], ["device-taken-over"])
    assert found["verdict"]["location"] == {"node": NODE, "device": "mv0"}
    assert "ip link del mv0" in found["verdict"]["remediation"]


@pytest.mark.parametrize(("mode", "up"), [("bridge", True), ("bridge", False), ("private", True), ("passthru", True)])
def test_a_macvlan_that_leaves_them_is_none(mode: str, up: bool) -> None:
    """One for its own address, and one that hands them to the same namespace."""
    world = World()
    _on_nic(world, mode, up=up)
    found = world.diagnose(CLIENT, SERVER, 8080)
    assert (found["errors"], found["disagreements"], found["verdict"]["result"]) == ([], [], "healthy")


def test_a_port_in_another_bridge() -> None:
    world = World()
    port = world.netns(NODE, SERVER)["links"][1]["peer_index"]
    link = next(one for one in world.netns(NODE)["links"] if one["index"] == port)
    world.netns(NODE)["links"].append(builders.link("br9", 91, "bridge", 1500))
    link["master"] = "br9"
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=LOST)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], ["bridge-port-detached"])
    assert "br9" in found["verdict"]["summary"]


def _program(hook: str) -> Json:
    return {
        "dev": "prober",
        "hook": hook,
        "kind": "bpf",
        "actions": [],
        "direct": True,
        "text": "cgroup guard id 9",
        "attached": "cgroup",
    }


@pytest.mark.parametrize(("forbidden", "confidence"), [(4, "likely"), (None, "possible")])
def test_a_program_that_sees_connections_may_refuse_them(forbidden: int | None, confidence: str) -> None:
    world = World()
    world.netns("node-1", CLIENT)["tc_filters"] = [_program("connect4")]
    refused = {**SILENT, "data": {"forbidden": forbidden} if forbidden else {}}
    verdict = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": refused})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["bpf-program-drop"], confidence), verdict["summary"]
    assert "cgroup_inet4_connect id 9" in verdict["remediation"]


@pytest.mark.parametrize("hook", ["connect4", "connect6", "sendmsg4"])
def test_a_program_that_lets_connections_pass_is_none(hook: str) -> None:
    world = World()
    world.netns("node-1", CLIENT)["tc_filters"] = [_program(hook)]
    assert world.diagnose(CLIENT, SERVER, 8080)["verdict"]["result"] == "healthy"


def test_a_program_sends_connections_elsewhere() -> None:
    world = World()
    world.netns("node-1", CLIENT)["tc_filters"] = [_program("connect4")]
    elsewhere = {**SILENT, "data": {"connected_to": ["10.244.2.250", 8080]}}
    verdict = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": elsewhere})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["bpf-program-redirect"], "proven"), verdict["summary"]
    assert "10.244.2.250" in verdict["summary"]


def test_a_program_in_place_of_kube_proxy_sends_to_a_backend() -> None:
    """What becomes of a packet to the backend is asked, and the program is no cause."""
    world = World()
    world.netns("node-1", CLIENT)["tc_filters"] = [_program("connect4")]
    address = world.item("pods", "web-b")["status"]["podIP"]
    there = {**SILENT, "data": {"connected_to": [address, 8080]}}
    found = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": there})
    assert "bpf-program-redirect" not in {one["id"] for one in found["findings"]}


ECHO = builders.socket(5353, protocol="udp")
UNSURE: Json = {"status": "error", "outcome": "no_reply", "received": 0, "error": "neither a reply nor an ICMP error"}


def _asked(local: str = "0.0.0.0", source: str | None = "172.30.9.5", seen: bool = False) -> Json:
    """A server of UDP; source: what its route to the client lends."""
    world = World()
    inside = world.netns(NODE, SERVER)
    address = world.item("pods", "web-b")["status"]["podIP"]
    client = world.item("pods", "client-1")["status"]["podIP"]
    inside["sockets"].append({**ECHO, "local": address if local == "own" else local})
    if source is not None:
        own = inside["links"][1]
        own["addresses"].append(builders.address(source, 32))
        way = next(one for one in inside["routes"] if one["dst"] == "0.0.0.0/0")
        inside["routes"].append({**way, "dst": f"{client}/32", "source": source})
    if seen:
        sighting = {"node": "node-1", "device": "cni0", "direction": "reply", "what": "datagram", "count": 3}
        foreign = [{**sighting, "src": source, "dst": client, "port": 5353}]
        world.captures["flows"] = [{"probe_id": "udp-1", "foreign": foreign, "ambiguous": False}]
    found = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp": UNSURE})
    assert found["errors"] == []
    return found


@pytest.mark.parametrize("seen", [True, False])
def test_answers_of_udp_without_a_sender(seen: bool) -> None:
    """The server's only address is of scope link, which its route to the client does not lend."""
    world = World()
    inside = world.netns(NODE, SERVER)
    inside["sockets"].append({**ECHO, "local": "0.0.0.0"})
    for link, scope in zip(inside["links"], ("host", "link")):
        link["addresses"][0]["scope"] = scope
    if seen:
        client = world.item("pods", "client-1")["status"]["podIP"]
        sighting = {"node": "node-1", "device": "cni0", "direction": "reply", "what": "datagram", "count": 3}
        foreign = [{**sighting, "src": "0.0.0.0", "dst": client, "port": 5353}]
        world.captures["flows"] = [{"probe_id": "udp-1", "foreign": foreign, "ambiguous": False}]
    found = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp": UNSURE})
    # Unseen, the program may set its source itself.
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], ["source-address-wrong"] if seen else [])
    if seen:
        assert (found["verdict"]["location"]["pod"], found["verdict"]["confidence"]) == ("web-b", "proven")


def test_answers_of_udp_were_seen_to_come_from_elsewhere() -> None:
    verdict = _asked(seen=True)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["udp-answer-from-elsewhere"], "proven"), verdict
    assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}
    assert "172.30.9.5" in verdict["summary"]


def test_datagrams_that_came_and_were_not_answered_are_told() -> None:
    world = World()
    world.netns(NODE, SERVER)["sockets"].append(ECHO)
    door = {"node": NODE, "netns": "host", "device": "veth2"}
    came = {"last_forward": door, "missing_forward": None, "last_reply": None, "missing_reply": door}
    world.captures["flows"] = [{"probe_id": "udp-1", "lossless": True, "ambiguous": False, **came}]
    verdict = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp": UNSURE})["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "came to veth2 of node-2" in verdict["summary"] and "5353" in verdict["summary"]


@pytest.mark.parametrize(("local", "source"), [("0.0.0.0", "172.30.9.5"), ("own", "172.30.9.5"), ("0.0.0.0", None)])
def test_a_silent_server_of_udp_may_be_silent(local: str, source: str | None) -> None:
    """What its program does with the source of its answers cannot be read."""
    assert _asked(local, source)["verdict"]["result"] == "inconclusive"


def test_answers_of_udp_that_come_are_right_whatever_the_route_lends() -> None:
    world = World()
    inside = world.netns(NODE, SERVER)
    inside["sockets"].append(ECHO)
    way = next(one for one in inside["routes"] if one["dst"] == "0.0.0.0/0")
    way["source"] = "172.30.9.5"
    found = world.diagnose(CLIENT, SERVER, 5353, protocol="udp")
    assert (found["disagreements"], found["verdict"]["result"]) == ([], "healthy")


@pytest.mark.parametrize("listens", [False, True])
def test_pings_that_a_rule_takes_are_beside_a_question_about_a_port(listens: bool) -> None:
    """The connection was followed there and back: nothing that takes pings alone is on its way, also where it is lost
    by what no snapshot shows."""
    world = World()
    world.set_netfilter(NODE, builders.netfilter(first="[9:756] -A FORWARD -p icmp -j DROP\n"))
    sockets = world.netns(NODE, SERVER)["sockets"]
    sockets[:] = [one for one in sockets if one["port"] != 8080]
    pings = dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply")
    failed = SILENT if listens else {**SILENT, "outcome": "refused"}
    outcomes = t.cast("dict[str, Outcome]", {**pings, "tcp": failed})
    if listens:
        sockets.append(builders.socket(8080))
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=outcomes)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], [] if listens else ["port-not-listening"])
    assert [one["severity"] for one in found["findings"] if one["id"] == "netfilter-drop"] == ["info"]
    asked = world.diagnose(CLIENT, SERVER, protocol="icmp", outcomes=outcomes)
    assert asked["verdict"]["root_causes"] == ["netfilter-drop"]


def test_a_rule_that_takes_pings_and_connections_is_on_the_way() -> None:
    world = World()
    world.set_netfilter(NODE, builders.netfilter(first="[9:756] -A FORWARD -d 10.244.2.0/24 -j DROP\n"))
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=LOST)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], ["netfilter-drop"])


@pytest.mark.parametrize(("asked", "result"), [(5353, "fault"), (69, "inconclusive")])
def test_answers_from_another_port_are_refused_by_the_client(asked: int, result: str) -> None:
    """But clients of TFTP expect that."""
    world = World()
    world.netns(NODE, SERVER)["sockets"].append({**ECHO, "port": asked, "local": "0.0.0.0"})
    address, client = (world.item("pods", name)["status"]["podIP"] for name in ("web-b", "client-1"))
    sighting = {"node": "node-1", "device": "cni0", "direction": "reply", "what": "datagram", "count": 2}
    foreign = [{**sighting, "src": address, "dst": client, "port": 41999}]
    world.captures["flows"] = [{"probe_id": "udp-1", "foreign": foreign, "ambiguous": False}]
    verdict = world.diagnose(CLIENT, SERVER, asked, protocol="udp", outcomes={"udp": UNSURE})["verdict"]
    assert verdict["result"] == result, verdict["summary"]
    if result == "fault":
        assert (verdict["root_causes"], verdict["confidence"]) == (["udp-answer-from-elsewhere"], "proven")
        assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}
        assert "port 41999" in verdict["summary"]


@pytest.mark.parametrize(("port", "result"), [(5060, "fault"), (48231, "inconclusive")])
def test_answers_to_a_port_that_the_client_does_not_have(port: int, result: str) -> None:
    """An answer to a port that the kernel gave to a client may only be late."""
    world = World()
    world.netns(NODE, SERVER)["sockets"].append(ECHO)
    address, client = (world.item("pods", name)["status"]["podIP"] for name in ("web-b", "client-1"))
    sighting = {"node": "node-1", "device": "cni0", "direction": "reply", "what": "datagram", "count": 2}
    told = [{**sighting, "src": address, "dst": client, "port": port}]
    world.captures["flows"] = [{"probe_id": "udp-1", "misdirected": told, "ambiguous": False}]
    verdict = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp": UNSURE})["verdict"]
    assert verdict["result"] == result, verdict["summary"]
    if result == "fault":
        assert (verdict["root_causes"], verdict["confidence"]) == (["backend-unhealthy"], "likely")
        assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}
        assert "port 5060" in verdict["summary"]


def _arrived(**protocols: int) -> Json:
    """Two datagrams came to the pod's device, and no answer out of there; by how much its counters moved meanwhile."""
    world = World()
    world.netns(NODE, SERVER)["sockets"].append(ECHO)
    door = {"node": NODE, "netns": "host", "device": "veth2"}
    packet = {"direction": "forward", "last_forward": door}
    came = {"last_forward": door, "missing_forward": None, "last_reply": None, "missing_reply": door}
    flow = {"probe_id": "udp-1", "lossless": True, "ambiguous": False, "packets": [packet, packet], **came}
    world.captures["flows"] = [flow]
    space = {"protocols": {name: [5, 5 + moved] for name, moved in protocols.items()}}
    times = {"before": "2026-11-28T10:00:00Z", "after": "2026-11-28T10:00:02Z"}
    world.counters = {NODE: {"schema": "podnet.diagnostics/counters/v1", **times, "netns": {SERVER: space}}}
    verdict: Json = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp": UNSURE})["verdict"]
    return verdict


def test_datagrams_that_no_program_reads() -> None:
    verdict = _arrived(IpInDelivers=5, IcmpInMsgs=3)
    assert (verdict["root_causes"], verdict["confidence"]) == (["process-backlog-full"], "proven"), verdict["summary"]
    assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}
    assert "no program of pod default/web-b read one" in verdict["summary"]


@pytest.mark.parametrize(
    "protocols",
    [
        {"IpInDelivers": 5, "UdpInDatagrams": 1},
        {"IpInDelivers": 5, "UdpInErrors": 2},
        {"IpInDelivers": 5, "IcmpInMsgs": 3, "TcpInSegs": 2},
        {},
    ],
)
def test_datagrams_that_were_read_or_did_not_come_while_the_counters_ran(protocols: dict[str, int]) -> None:
    assert "process-backlog-full" not in _arrived(**protocols)["root_causes"]
