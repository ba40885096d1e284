# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many packets per second the matching looks at, and in how much memory, on generated captures; beside scapy, and
tshark where there is one, on the same file. Needs no lab and no root.

Each measurement is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

MILLION = 1_000_000
# scapy needs half a minute for so many.
# What the slow ones are given at most.
SCAPY_PACKETS = 100_000
TSHARK_PACKETS = MILLION
TOKEN = bytes.fromhex("00112233445566ff")
OWN_PORT, ISN = 40000, 4711


@dataclasses.dataclass(frozen=True)
class Measure:
    """A reader on one file. seconds: processor time; mib: the most memory it held; found: packets of the probe."""

    reader: str
    packets: int
    seconds: float
    mib: float
    found: int

    @property
    def rate(self) -> float:
        """Packets per second of one core."""
        return self.packets / self.seconds if self.seconds else 0.0


def measure(sizes: t.Sequence[int]) -> list[Measure]:
    """All readers on files of so many packets."""
    found: list[Measure] = []
    for packets in sizes:
        with tempfile.TemporaryDirectory(prefix="podnet-bench-") as folder:
            path = Path(folder, "capture.pcap")
            generate(path, packets)
            found.append(_child("podnet", path))
            with contextlib.suppress(subprocess.CalledProcessError):
                few = path if packets <= SCAPY_PACKETS else Path(folder, "few.pcap")
                if few != path:
                    generate(few, SCAPY_PACKETS)
                found.append(_child("scapy", few))
            if shutil.which("tshark") and packets <= TSHARK_PACKETS:
                found.append(_tshark(path, packets))
    return found


def generate(path: Path, packets: int) -> None:
    """A busy node's capture: connections of others, a third of it in VXLAN; every 10 000th packet is the probe's."""
    dice = random.Random(packets)
    frames = [_frame(dice) for _number in range(997)]
    own = _ethernet(_ipv4(1, struct.pack("!BBHHH", 8, 0, 0, 1, 1) + TOKEN + bytes(48)))
    with open(path, "wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        block = io.BytesIO()
        for number in range(packets):
            frame = own if number % 10_000 == 0 else frames[number % len(frames)]
            block.write(
                struct.pack("<IIII", 1_700_000_000 + number // MILLION, number % MILLION, len(frame), len(frame))
            )
            block.write(frame)
            if block.tell() > 1 << 22:
                stream.write(block.getvalue())
                block = io.BytesIO()
        stream.write(block.getvalue())


def _frame(dice: random.Random) -> bytes:
    port, seq = dice.randrange(41000, 60000), dice.randrange(1 << 32)
    segment = struct.pack("!HHIIBBHHH", port, 8080, seq, 1, 0x80, 0x10, 501, 0, 0) + bytes(12 + dice.randrange(60))
    frame = _ethernet(_ipv4(6, segment))
    if dice.random() < 0.33:
        udp = struct.pack("!HHHH", dice.randrange(1 << 16), 8472, 16 + len(frame), 0)
        frame = _ethernet(_ipv4(17, udp + bytes((8, 0, 0, 0, 0, 0, 1, 0)) + frame))
    return frame


def _ipv4(protocol: int, payload: bytes) -> bytes:
    ends = bytes((10, 244, 1, 5, 10, 244, 2, 7))
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + ends + payload


def _ethernet(packet: bytes) -> bytes:
    return bytes(range(12)) + b"\x08\x00" + packet


# -- readers -------------------------------------------------------------------------------------------------------
def _child(reader: str, path: Path) -> Measure:
    argv = [sys.executable, "-m", "podnet_bench.matching", reader, str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parents[1])
    return Measure(**json.loads(done.stdout))


def _tshark(path: Path, packets: int) -> Measure:
    argv = ["tshark", "-n", "-r", str(path), "-Y", "icmp.type == 8", "-T", "fields", "-e", "frame.number"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        found = sum(1 for _line in process.stdout or ())
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measure("tshark", packets, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found)


def _podnet(path: str) -> tuple[int, int]:
    """Both passes over the file: which connections are the probe's, then what may be its packets, taken apart."""
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._headers import Interest
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Dissector
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import stream_frames
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import Attempt, Probe

    probes = [Probe("ping-1", "icmp", token=TOKEN), Probe("tcp-1", "tcp", attempts=(Attempt(OWN_PORT, "10.244.2.7"),))]
    interest, dissector = Interest(probes), Dissector()
    with open(path, "rb") as stream:
        for frame in stream_frames(stream):
            interest.learn(frame.data)
    total = found = 0
    with open(path, "rb") as stream:
        for frame in stream_frames(stream):
            total += 1
            if interest.wanted(frame.data) and dissector.frame(frame, 1) is not None:
                found += 1
    return total, found


def _scapy(path: str) -> tuple[int, int]:
    from scapy.layers.inet import ICMP
    from scapy.layers.l2 import Ether
    from scapy.utils import RawPcapReader

    total = found = 0
    for data, _about in RawPcapReader(path):
        total += 1
        packet = Ether(data)
        found += int(ICMP in packet)
    return total, found


def main() -> int:
    """One reader on one file, as JSON."""
    reader, path = sys.argv[1:]
    total, found = {"podnet": _podnet, "scapy": _scapy}[reader](path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps(dataclasses.asdict(Measure(reader, total, time.process_time(), used.ru_maxrss / 1024, found))))
    return 0


def table(measures: t.Sequence[Measure]) -> str:
    """For people, in Markdown."""
    lines = [
        "| reader | packets | processor seconds | packets/s per core | memory, MiB | of the probe |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.reader} | {one.packets:,} | {one.seconds:.1f} | {one.rate:,.0f} | {one.mib:.0f} | {one.found:,} |"
        for one in measures
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
