# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What captures cost the node they run on: processor time and memory of their processes, what they make each packet
cost, and what they lose, with and without traffic. Needs root, no lab.

A node in a network namespace of its own forwards what one pod sends to another: veth, bridge, NIC. Captures are those
of the capture module, on these three devices, with the filter of a diagnosis.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import json
import os
import subprocess
import sys
import time
import typing as t
import uuid
from pathlib import Path

POD, SERVER, OTHER = "10.244.1.5", "10.244.2.7", "10.244.2.8"
PORT = 8080
DEVICES = ("veth-a", "cni0", "eth0")
SECONDS = 10.0
TICKS = os.sysconf("SC_CLK_TCK")
# So many packets are sent at once, then the rest of their time is waited for.
BURST = 50
SENDER = """
import resource, socket, sys, time
address, port, rate, seconds, burst = (kind(text) for kind, text in zip((str, int, float, float, int), sys.argv[1:]))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.connect((address, port))
    payload, sent, begin = bytes(64), 0, time.monotonic()
    while True:
        now = time.monotonic() - begin
        if now >= seconds: break
        if sent < rate * now:
            for _number in range(burst): sock.send(payload)
            sent += burst
        else:
            time.sleep(0.0002)
used = resource.getrusage(resource.RUSAGE_SELF)
print(sent, seconds, used.ru_utime + used.ru_stime)
"""
SINK = """
import socket, time
sockets = []
for address in ("10.244.2.7", "10.244.2.8"):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 8080))
    sockets.append(sock)
print("ready", flush=True)
time.sleep(3600)
"""


@dataclasses.dataclass(frozen=True)
class Case:
    """capture: none, plain (ends after 20 000 packets of a device) or ring; matching: whether the filter takes the
    traffic; rate: packets per second that are asked for."""

    name: str
    capture: str
    matching: bool
    rate: int


@dataclasses.dataclass(frozen=True)
class Cost:
    """rate: packets per second that were sent; cores: what the capture's processes used, 1.0 is one core; each:
    microseconds of the sender for each packet, which are spent in the kernel up to the server's socket; mib: of the
    capture's processes (RSS); captured and dropped: packets of all devices."""

    case: str
    rate: float
    cores: float
    each: float | None
    mib: float
    captured: int
    dropped: int


CASES = (
    Case("idle node, ring", "ring", False, 0),
    Case("busy node, no capture", "none", False, 50_000),
    Case("busy node, capture of other packets", "plain", False, 50_000),
    Case("busy node, ring for other packets", "ring", False, 50_000),
    Case("busy node, ring that takes all of them", "ring", True, 50_000),
    Case("busy node, capture that takes them until it is full", "plain", True, 50_000),
)


def measure(say: t.Callable[[str], None]) -> list[Cost]:
    """Every case in namespaces of its own."""
    found = []
    for case in CASES:
        argv = [
            "unshare",
            "--net",
            sys.executable,
            "-m",
            "podnet_bench.capturing",
            json.dumps(dataclasses.asdict(case)),
        ]
        where = Path(__file__).resolve().parents[1]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=where, timeout=120)
        if done.returncode:
            say(f"bench: {case.name}: not measured: {done.stderr.strip()[-300:]}")
            continue
        found.append(Cost(**json.loads(done.stdout)))
    return found


def table(costs: t.Sequence[Cost]) -> str:
    """For people, in Markdown."""
    lines = [
        "| case | packets/s | cores of the capture | µs of the sender a packet | memory, MiB | captured | lost |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.case} | {one.rate:,.0f} | {one.cores:.3f} | {'' if one.each is None else f'{one.each:.1f}'} | "
        f"{one.mib:.0f} | {one.captured:,} | {one.dropped:,} |"
        for one in costs
    ]
    return "\n".join(lines)


# -- in the node's namespace -------------------------------------------------------------------------------------------
def main() -> int:
    """One case, as JSON."""
    case = Case(**json.loads(sys.argv[1]))
    with _network() as (pod, sink):
        print(json.dumps(dataclasses.asdict(_run(case, pod, sink))))
    return 0


@contextlib.contextmanager
def _network() -> t.Iterator[tuple[str, str]]:
    """The node is the namespace that this runs in; the names of the pod's and of the other node's."""
    mark = uuid.uuid4().hex[:6]
    pod, sink = f"pdb{mark}-pod", f"pdb{mark}-sink"
    try:
        for space in (pod, sink):
            _ip("netns", "add", space)
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "cni0", "type", "bridge")
        _ip("link", "add", "veth-a", "type", "veth", "peer", "name", "eth0", "netns", pod)
        _ip("link", "set", "veth-a", "master", "cni0")
        _ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", sink)
        for device, address in (("veth-a", ""), ("cni0", "10.244.1.1/24"), ("eth0", "10.244.2.1/24")):
            if address:
                _ip("address", "add", address, "dev", device)
            _ip("link", "set", device, "up")
        for space, addresses, gateway in ((pod, [POD], "10.244.1.1"), (sink, [SERVER, OTHER], "10.244.2.1")):
            for address in addresses:
                _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "route", "add", "default", "via", gateway)
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")
        yield pod, sink
    finally:
        for space in (pod, sink):
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


def _run(case: Case, pod: str, sink: str) -> Cost:
    with subprocess.Popen(
        ["ip", "netns", "exec", sink, sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            if server.stdout is None or server.stdout.readline() != "ready\n":
                raise RuntimeError("the server did not start")
            return _captured(case, pod)
        finally:
            server.kill()


def _captured(case: Case, pod: str) -> Cost:
    from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session
    from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import StartOptions
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import FlowFilter

    address = SERVER if case.matching else OTHER
    flow = FlowFilter(
        (ipaddress.ip_address(POD), ipaddress.ip_address(SERVER)), udp_ports=(PORT if case.matching else 53,)
    )
    run_id = f"bench-{uuid.uuid4().hex[:8]}"
    processes: list[int] = []
    if case.capture != "none":
        ring = case.capture == "ring"
        devices = [{"name": name, "netns": "host"} for name in DEVICES]
        started = _session.start(
            StartOptions.from_dict(
                {"run_id": run_id, "devices": devices, "filter": flow.text(), "deadline": 60, "grace": 1, "ring": ring}
            )
        )
        errors = [status.error for status in started if status.error]
        if errors:
            raise RuntimeError("; ".join(errors))
        processes = _family([status.pid or 0 for status in started])
    before = _cpu(processes)
    rate, each = _send(case, pod, address)
    cores = (_cpu(processes) - before) / SECONDS
    mib = sum(_rss(pid) for pid in processes) / 2**20
    captured = _session.stop(run_id, 64 << 20) or [] if processes else []
    return Cost(
        case.name,
        rate,
        cores,
        each,
        mib,
        sum(one.captured or 0 for one in captured),
        sum(one.dropped_by_kernel or 0 for one in captured),
    )


def _send(case: Case, pod: str, address: str) -> tuple[float, float | None]:
    """The rate that was reached, and microseconds of the sender for each packet."""
    if not case.rate:
        time.sleep(SECONDS)
        return 0.0, None
    options = [address, str(PORT), str(case.rate), str(SECONDS), str(BURST)]
    argv = ["ip", "netns", "exec", pod, sys.executable, "-c", SENDER, *options]
    told = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=SECONDS * 3).stdout.split()
    sent, seconds, used = int(told[0]), float(told[1]), float(told[2])
    return sent / seconds, used / sent * 1e6


def _family(pids: t.Sequence[int]) -> list[int]:
    """The one that watches over these processes, then they."""
    return [*dict.fromkeys(int(_stat(pid)[1]) for pid in pids), *pids]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _cpu(pids: t.Sequence[int]) -> float:
    """Seconds of all of them; of those that have ended, their parent knows."""
    total = 0
    for number, pid in enumerate(pids):
        with contextlib.suppress(OSError):
            total += sum(int(ticks) for ticks in _stat(pid)[11 : 15 if number == 0 else 13])
    return total / TICKS


def _rss(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(_stat(pid)[21]) * os.sysconf("SC_PAGE_SIZE")
    return 0


if __name__ == "__main__":
    sys.exit(main())
