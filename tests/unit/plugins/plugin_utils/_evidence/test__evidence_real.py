# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real packets: two nodes with a pod each, a bridge, VXLAN between them and a Service address that is translated.

pod-a eth0 — veth-a, cni0, flannel.1, eth0 of node-1 — eth0, flannel.1, cni0, veth-b of node-2 — eth0 pod-b;
and a third pod, pod-c, on node-1.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session, _tcpdump, _workspace
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import StartOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import (
    DeviceCapture,
    Point,
    pcapng_of_node,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import FlowFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe

ENVIRONMENT = _tcpdump.environment()
MISSING = [tool for tool in ("ip", "tcpdump", "iptables") if shutil.which(tool, path=ENVIRONMENT["PATH"]) is None]
REASON = "needs root" if os.geteuid() != 0 else f"not installed: {', '.join(MISSING)}" if MISSING else ""
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "-")

A, B, C, VIP, N1, N2 = "10.244.1.5", "10.244.2.7", "10.244.1.6", "10.96.0.20", "192.0.2.11", "192.0.2.12"
SPACES = ("pod-a", "node-1", "node-2", "pod-b", "pod-c")
WAY = (
    Point("pod-a", "eth0"),
    *(Point("node-1", name) for name in ("veth-a", "cni0", "flannel.1", "eth0")),
    *(Point("node-2", name) for name in ("eth0", "flannel.1", "cni0", "veth-b")),
    Point("pod-b", "eth0"),
)
SAME_NODE = (*WAY[:3], Point("node-1", "veth-c"), Point("pod-c", "eth0"))
EVERYWHERE = tuple(dict.fromkeys([*WAY, *SAME_NODE]))
MACS = {"node-1": "02:00:00:00:01:01", "node-2": "02:00:00:00:02:02"}
TOKEN = "00112233aabbccdd"
Json = dict[str, t.Any]

PROBE = """
import json, socket, struct, sys
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
kind, target, port, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
token = bytes.fromhex(sys.argv[6])
attempts = []
for seq in range(1, count + 1):
    if kind == "icmp":
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(0.5)
            body = (token + bytes(size))[:size]
            head = struct.pack("!BBHHH", 8, 0, 0, 4242, seq)
            sock.setsockopt(socket.IPPROTO_IP, 10, 3)  # IP_MTU_DISCOVER, IP_PMTUDISC_PROBE
            sock.sendto(struct.pack("!BBHHH", 8, 0, checksum(head + body), 4242, seq) + body, (target, 0))
            try:
                while sock.recv(4096)[20] != 0: pass
                outcome = "reply"
            except OSError as exc:
                outcome = "no_reply"
            attempts.append({"seq": seq, "outcome": outcome, "address": target, "source_port": None})
        continue
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as sock:
        sock.settimeout(1.5)
        sock.bind(("", 0))
        try:
            sock.connect((target, port))
            outcome = "open"
            if kind == "udp":
                sock.send(token + bytes([seq]))
                sock.recv(100)
                outcome = "reply"
        except ConnectionRefusedError:
            outcome = "refused"
        except OSError:
            outcome = "timed_out"
        attempts.append({"seq": seq, "outcome": outcome, "address": target, "source_port": sock.getsockname()[1]})
print(json.dumps({"attempts": attempts, "address": target, "local_address": "10.244.1.5"}))
"""
SERVERS = """
import select, socket
tcp = socket.socket(); tcp.setsockopt(1, 2, 1); tcp.bind(("", 8080)); tcp.listen(8)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("", 8080))
print("ready", flush=True)
while True:
    for sock in select.select([tcp, udp], [], [])[0]:
        if sock is tcp: tcp.accept()[0].close()
        else: udp.sendto(b"answer", udp.recvfrom(100)[1])
"""


def run(*argv: str) -> str:
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=30, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr}")
    return done.stdout


class Network:
    """The namespaces, by the names above."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.keepers: dict[str, subprocess.Popen[str]] = {}

    def name(self, space: str) -> str:
        return f"pde{self.mark}-{space}"

    def ip(self, space: str, *argv: str) -> None:
        run("ip", "-n", self.name(space), *argv)

    def inside(self, space: str, *argv: str) -> str:
        return run("ip", "netns", "exec", self.name(space), *argv)

    def build(self) -> None:
        for space in SPACES:
            run("ip", "netns", "add", self.name(space))
            self.ip(space, "link", "set", "lo", "up")
        self._wire("node-1", "eth0", "node-2", "eth0")
        for node, pod, veth, own, other, far in (
            ("node-1", "pod-a", "veth-a", N1, N2, "2"),
            ("node-2", "pod-b", "veth-b", N2, N1, "1"),
        ):
            near = "1" if far == "2" else "2"
            self.inside(node, sys.executable, "-c", "open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')")
            self.ip(node, "address", "add", f"{own}/24", "dev", "eth0")
            self.ip(node, "link", "add", "cni0", "type", "bridge")
            self.ip(node, "address", "add", f"10.244.{near}.1/24", "dev", "cni0")
            self.ip(node, "link", "set", "cni0", "up")
            self._wire(node, veth, pod, "eth0")
            self.ip(node, "link", "set", veth, "master", "cni0")
            self.ip(pod, "address", "add", f"{A if near == '1' else B}/24", "dev", "eth0")
            self.ip(pod, "route", "add", "default", "via", f"10.244.{near}.1")
            self.ip(
                node,
                "link",
                "add",
                "flannel.1",
                "address",
                MACS[node],
                "type",
                "vxlan",
                "id",
                "1",
                "local",
                own,
                "dev",
                "eth0",
                "dstport",
                "8472",
                "nolearning",
            )
            self.ip(node, "address", "add", f"10.244.{near}.0/32", "dev", "flannel.1")
            self.ip(node, "link", "set", "flannel.1", "mtu", "1450", "up")
            peer = MACS["node-2" if node == "node-1" else "node-1"]
            self.ip(node, "route", "add", f"10.244.{far}.0/24", "via", f"10.244.{far}.0", "dev", "flannel.1", "onlink")
            self.ip(node, "neighbour", "add", f"10.244.{far}.0", "lladdr", peer, "dev", "flannel.1", "nud", "permanent")
            self.inside(node, "bridge", "fdb", "add", peer, "dev", "flannel.1", "dst", other)
        self._wire("node-1", "veth-c", "pod-c", "eth0")
        self.ip("node-1", "link", "set", "veth-c", "master", "cni0")
        self.ip("pod-c", "address", "add", f"{C}/24", "dev", "eth0")
        self.inside(
            "node-1",
            "iptables",
            "-t",
            "nat",
            "-A",
            "PREROUTING",
            "-d",
            VIP,
            "-p",
            "tcp",
            "--dport",
            "80",
            "-j",
            "DNAT",
            "--to-destination",
            f"{B}:8080",
        )
        for space in SPACES:
            code = SERVERS if space == "pod-b" else "print('ready', flush=True); import time; time.sleep(600)"
            self.keepers[space] = subprocess.Popen(
                ["ip", "netns", "exec", self.name(space), sys.executable, "-c", code],
                stdout=subprocess.PIPE,
                text=True,
                env=ENVIRONMENT,
            )
            stdout = self.keepers[space].stdout
            if stdout is None or stdout.readline() != "ready\n":
                raise RuntimeError(f"the process in {space} did not start")

    def _wire(self, one: str, device: str, other: str, peer: str) -> None:
        self.ip(one, "link", "add", device, "type", "veth", "peer", "name", peer, "netns", self.name(other))
        for space, name in ((one, device), (other, peer)):
            self.ip(space, "link", "set", name, "up")

    def destroy(self) -> None:
        for process in self.keepers.values():
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        for space in SPACES:
            subprocess.run(["ip", "netns", "del", self.name(space)], check=False, capture_output=True, env=ENVIRONMENT)

    @contextlib.contextmanager
    def rule(self, space: str, *argv: str) -> t.Iterator[None]:
        """An iptables rule for a while."""
        table = ("-t", "nat") if "MASQUERADE" in argv else ()
        self.inside(space, "iptables", *table, "-I", *argv)
        try:
            yield
        finally:
            self.inside(space, "iptables", *table, "-D", *argv)


@pytest.fixture(name="network", scope="module")
def _network() -> t.Iterator[Network]:
    network = Network(uuid.uuid4().hex[:6])
    try:
        try:
            network.build()
        except (RuntimeError, OSError) as exc:
            pytest.skip(f"the test network cannot be made here: {exc}")
        yield network
    finally:
        network.destroy()


class Experiment:
    """Captures everywhere, one probe, and what the evidence says about it."""

    def __init__(self, network: Network, monkeypatch: pytest.MonkeyPatch, parent: pathlib.Path) -> None:
        self.network = network
        self.captures: list[DeviceCapture] = []
        self.result: Json = {}
        monkeypatch.setattr(_workspace, "PARENTS", (str(parent),))
        processes = {
            f"pod:lab/{space}": _netns.PodProcess(process.pid, _netns.netns_inode(process.pid))
            for space, process in network.keepers.items()
        }
        monkeypatch.setattr(_netns, "find_pods", lambda pods: processes)

    def __call__(
        self, kind: str, target: str, port: int = 0, count: int = 2, size: int = 56, way: tuple[Point, ...] = WAY
    ) -> Json:
        text = FlowFilter(tuple(map(ipaddress.ip_address, (A, B, C, VIP))), (80, 8080), (8080,)).text()
        run_id = f"evidence-{uuid.uuid4().hex[:8]}"
        devices = [{"name": point.device, "netns": f"pod:lab/{point.node}"} for point in EVERYWHERE]
        statuses = _session.start(
            StartOptions.from_dict({"run_id": run_id, "devices": devices, "filter": text, "deadline": 30, "grace": 1})
        )
        assert [status.error for status in statuses] == [None] * len(EVERYWHERE)
        try:
            self.result = json.loads(
                self.network.inside(
                    "pod-a", sys.executable, "-c", PROBE, kind, target, str(port), str(count), str(size), TOKEN
                )
            )
        finally:
            captured = _session.stop(run_id, 1 << 20) or []
        self.captures = [
            DeviceCapture.from_result(item.device.netns.rpartition("/")[2], {**item.to_dict(), "netns": "host"})
            for item in captured
        ]
        request = {
            "id": "p",
            "kind": kind,
            "target": target,
            "port": port or None,
            "token": TOKEN,
            "from": {"address": A},
        }
        probe = Probe.from_record(request, self.result, [ExpectedPath(way)], servers=[(B, 8080), (VIP, 80)])
        (flow,) = match(self.captures, [probe]).to_json()["flows"]
        return t.cast(Json, json.loads(json.dumps(flow)))


@pytest.fixture(name="experiment")
def _experiment(network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Experiment:
    return Experiment(network, monkeypatch, tmp_path)


def outcomes(experiment: Experiment) -> set[str]:
    return {attempt["outcome"] for attempt in experiment.result["attempts"]}


def ends(flow: Json) -> list[str | None]:
    names = ("last_forward", "missing_forward", "last_reply", "missing_reply")
    return [f"{flow[name]['node']} {flow[name]['device']}" if flow[name] else None for name in names]


def counts(flow: Json, direction: str) -> list[int]:
    return [
        sum(
            sighting["count"]
            for sighting in flow["sightings"]
            if sighting["direction"] == direction
            and (sighting["node"], sighting["device"]) == (point.node, point.device)
        )
        for point in WAY
    ]


def outers(flow: Json, node: str) -> list[t.Any]:
    return [
        sighting["outer"]
        for sighting in flow["sightings"]
        if (sighting["node"], sighting["device"], sighting["direction"]) == (node, "eth0", "forward")
    ]


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
