# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real packets: two nodes with a pod each, a bridge, VXLAN between them and a Service address that is translated.

pod-a eth0 — veth-a, cni0, flannel.1, eth0 of node-1 — eth0, flannel.1, cni0, veth-b of node-2 — eth0 pod-b;
and a third pod, pod-c, on node-1.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session, _tcpdump, _workspace
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import StartOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import DeviceCapture, Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import FlowFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import KernelDrop, kernel_drops
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe

ENVIRONMENT = _tcpdump.environment()
MISSING = [
    tool for tool in ("ip", "tcpdump", "iptables", "nft") if shutil.which(tool, path=ENVIRONMENT["PATH"]) is None
]
REASON = "needs root" if os.geteuid() != 0 else f"not installed: {', '.join(MISSING)}" if MISSING else ""

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
# Of a SYN and its answer where windows are not scaled: the length that nobody else's have on a busy machine.
UNUSUAL_SYN = 56
LATE = 2.0
# More than the buffer of tcpdump takes (2 MiB), fewer than a capture ends at.
FLOODED = 15000
Json = dict[str, t.Any]

PROBE = """
import json, random, socket, struct, sys, time
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
kind, target, port, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
token = bytes.fromhex(sys.argv[6])
attempts, ident = [], random.randrange(1, 1 << 16)  # of another ident connection tracking knows nothing yet
for seq in range(1, count + 1):
    if kind == "icmp":
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(0.5)
            body = (token + bytes(size))[:size]
            head = struct.pack("!BBHHH", 8, 0, 0, ident, seq)
            sock.setsockopt(socket.IPPROTO_IP, 10, 3)  # IP_MTU_DISCOVER, IP_PMTUDISC_PROBE
            sock.sendto(struct.pack("!BBHHH", 8, 0, checksum(head + body), ident, seq) + body, (target, 0))
            try:
                while sock.recv(4096)[20] != 0: pass
                outcome = "reply"
            except OSError as exc:
                outcome = "no_reply"
            attempts.append({"seq": seq, "outcome": outcome, "address": target, "source_port": None})
            time.sleep(0.02)  # as far apart as marked packets are
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
# Where br_netfilter is there, routed packets would meet the first rules on the bridge already.
SYSCTLS = """
import os
open("/proc/sys/net/ipv4/ip_forward", "w").write("1")
bridge = "/proc/sys/net/bridge/bridge-nf-call-iptables"
if os.path.exists(bridge): open(bridge, "w").write("0")
"""
UNSCALED = "open('/proc/sys/net/ipv4/tcp_window_scaling', 'w').write('0')"
FLOOD = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(("", 8080))
    for number in range(int(sys.argv[2])):
        sock.sendto(b"flood", (sys.argv[1], 9))
"""
# A SYN whose checksum is made by hand: right, or, with a size of 1, wrong. The kernel sends it as it is.
RAW_SYN = """
import json, random, socket, struct, sys
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
target, port, wrong = sys.argv[2], int(sys.argv[3]), sys.argv[5] == "1"
source, own = socket.inet_aton("10.244.1.5"), random.randrange(20000, 30000)
head = struct.pack("!HHIIBBHHH", own, port, random.randrange(1 << 32), 0, 5 << 4, 2, 64240, 0, 0)
right = checksum(source + socket.inet_aton(target) + struct.pack("!HH", 6, len(head)) + head)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as sock:
    sock.settimeout(1.0)
    sock.sendto(head[:16] + struct.pack("!H", right ^ (0x0100 if wrong else 0)) + head[18:], (target, 0))
    try:
        while True:
            packet = sock.recv(4096)
            if packet[12:16] == socket.inet_aton(target) and packet[22:24] == struct.pack("!H", own): break
        outcome = "open" if packet[33] & 18 == 18 else "refused"
    except OSError:
        outcome = "timed_out"
attempts = [{"seq": 1, "outcome": outcome, "address": target, "source_port": own}]
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
            self.inside(node, sys.executable, "-c", SYSCTLS)
            self.ip(node, "address", "add", f"{own}/24", "dev", "eth0")
            self.ip(node, "link", "add", "cni0", "type", "bridge")
            self.ip(node, "address", "add", f"10.244.{near}.1/24", "dev", "cni0")
            self.ip(node, "link", "set", "cni0", "up")
            self._wire(node, veth, pod, "eth0")
            self.inside(pod, sys.executable, "-c", UNSCALED)
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
    def mirror(self, space: str, address: str, gateway: str) -> t.Iterator[None]:
        """Copies of what goes to an address, for a while."""
        rule = ("POSTROUTING", "-d", address, "-p", "icmp", "-j", "TEE", "--gateway", gateway)
        self.inside(space, "iptables", "-t", "mangle", "-A", *rule)
        try:
            yield
        finally:
            self.inside(space, "iptables", "-t", "mangle", "-D", *rule)

    @contextlib.contextmanager
    def nft(self, space: str, family: str, hook: str, rule: str, priority: int = 0) -> t.Iterator[None]:
        """A chain of nftables for a while."""
        head = f"type filter hook {hook} priority {priority}; policy accept;"
        table = f"table {family} podnet_test {{ chain first {{ {head} {rule}; }}; }}"
        self.inside(space, "nft", table)
        try:
            yield
        finally:
            self.inside(space, "nft", "delete", "table", family, "podnet_test")

    @contextlib.contextmanager
    def changed(self, space: str, make: str, undo: str) -> t.Iterator[None]:
        """A command, and the one that takes it back."""
        self.inside(space, *make.split())
        try:
            yield
        finally:
            self.inside(space, *undo.split())

    @contextlib.contextmanager
    def rule(self, space: str, *argv: str) -> t.Iterator[None]:
        """An iptables rule for a while."""
        table = ("-t", _table_of(argv))
        self.inside(space, "iptables", *table, "-I", *argv)
        try:
            yield
        finally:
            self.inside(space, "iptables", *table, "-D", *argv)


def _table_of(rule: t.Sequence[str]) -> str:
    if "MASQUERADE" in rule:
        return "nat"
    return {"PREROUTING": "raw", "POSTROUTING": "mangle"}.get(rule[0], "filter")


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, size: int) -> t.Iterator[None]:
    """A disk of so many bytes in the place of a folder, for a while."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"podnet-test", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()):
        pytest.skip(f"no disk can be mounted here: {os.strerror(ctypes.get_errno())}")
    try:
        yield
    finally:
        libc.umount2(str(folder).encode(), 2)  # MNT_DETACH


class Experiment:
    """Captures everywhere, one probe, and what the evidence says about it."""

    def __init__(self, network: Network, monkeypatch: pytest.MonkeyPatch, parent: pathlib.Path) -> None:
        self.network = network
        self.captures: list[DeviceCapture] = []
        self.result: Json = {}
        self.index: Json = {}
        self.kernel: Json = {}
        monkeypatch.setattr(_workspace, "PARENTS", (str(parent),))
        processes = {
            f"pod:lab/{space}": _netns.PodProcess(process.pid, _netns.netns_inode(process.pid))
            for space, process in network.keepers.items()
        }
        monkeypatch.setattr(_netns, "find_pods", lambda pods: processes)

    def __call__(
        self,
        kind: str,
        target: str,
        port: int = 0,
        count: int = 2,
        size: int = 56,
        way: tuple[Point, ...] = WAY,
        program: str = PROBE,
        late: tuple[Point, ...] = (),
        deaf: Point | None = None,
        flooded: bool = False,
        marked: int | None = None,
    ) -> Json:
        """program: what sends. late: devices whose captures start LATE seconds after the others. flooded: node-2 has
        sent many packets to pod-b before. deaf: a device whose capture loses packets then, since its tcpdump stands
        still while more come than its buffer takes. marked: length of the IP packets that the kernel is asked about."""
        early = tuple(point for point in EVERYWHERE if point not in late)
        started = [self._start(early, marked)]
        try:
            if late:
                time.sleep(LATE)
                started.append(self._start(late))
            pid = next((pids[deaf] for _run, pids in started if deaf in pids), None)
            with self._standing_still(pid):
                if flooded or pid is not None:
                    self.network.inside("node-2", sys.executable, "-c", FLOOD, B, str(FLOODED))
                self.result = json.loads(
                    self.network.inside(
                        "pod-a", sys.executable, "-c", program, kind, target, str(port), str(count), str(size), TOKEN
                    )
                )
            self.kernel = _session.kernel_ways(started[0][0]) or {}
        finally:
            captured = [item for run_id, _pids in started for item in _session.stop(run_id, 64 << 20) or []]
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
        self.index = json.loads(json.dumps(match(self.captures, [probe]).to_json()))
        (flow,) = self.index["flows"]
        return t.cast(Json, flow)

    def _start(self, points: t.Sequence[Point], marked: int | None = None) -> tuple[str, dict[Point, int]]:
        """Start captures; the run and the process of each."""
        text = FlowFilter(tuple(map(ipaddress.ip_address, (A, B, C, VIP))), (80, 8080), (8080,)).text()
        run_id = f"evidence-{uuid.uuid4().hex[:8]}"
        devices = [{"name": point.device, "netns": f"pod:lab/{point.node}"} for point in points]
        asked = {"run_id": run_id, "devices": devices, "filter": text, "deadline": 30, "grace": 1}
        statuses = _session.start(StartOptions.from_dict({**asked, "marked": [marked] if marked else []}))
        assert [status.error for status in statuses] == [None] * len(points)
        return run_id, {point: status.pid or 0 for point, status in zip(points, statuses)}

    @contextlib.contextmanager
    def _standing_still(self, pid: int | None) -> t.Iterator[None]:
        """A tcpdump, if it is one, that reads nothing meanwhile."""
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            if pid is not None:
                os.kill(pid, signal.SIGCONT)

    def drops(self, marked: int, sent: int) -> list[KernelDrop]:
        """What the kernel said of the marked packets, as far as it may be relied upon."""
        told = {"marked": [{"id": "p", "size": marked, "sent": sent}], "nodes": {"node-1": self.kernel}}
        return kernel_drops({"kernel": told})

    def rungs(self, direction: str = "forward", packet: int = 0) -> list[Json]:
        """Where a packet of the ladder was seen, in order."""
        (ladder,) = self.index["ladders"]
        return [rung for rung in ladder["packets"][packet]["rungs"] if rung["direction"] == direction]


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
