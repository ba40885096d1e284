# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of packets, read by Wireshark's own programs: no complaint, every name, every packet, every count.

No lab is needed: the files are those of recorded runs, and one that has what a recording has not.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import typing as t

import pytest
from podnet_accuracy.recording import path_of, unpack

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import Interface, write_pcapng

RECORDED = [("drop-udp-server", "iptables"), ("loss-statistic", "nftables"), ("neighbour-wrong-in-server", "host-gw")]
# A port of the lab's echo server is that of multicast DNS, which it does not speak.
PLAIN = ("-n", "--disable-protocol", "mdns")


@dataclasses.dataclass(frozen=True)
class Read:
    """One interface as another program reads it. received and dropped: None where the file does not say."""

    name: str
    packets: int
    received: int | None
    dropped: int | None


def _run(tool: str, *arguments: str) -> str:
    """What a program prints; it must not complain."""
    path = shutil.which(tool)
    assert path is not None, f"{tool} is declared in tests/lab/machine.toml and is not there"
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=120)
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert (done.returncode, complaints) == (0, []), done.stderr
    return done.stdout


def _read(file: pathlib.Path) -> list[Read]:
    """The interfaces of a file: names and packets by capinfos, what each captured and lost by tshark."""
    names = re.findall(r"^ +Name = (.*)$", _run("capinfos", "-I", str(file)), re.MULTILINE)
    frames = _run("tshark", "-n", "-r", str(file), "-T", "fields", "-e", "frame.interface_id")
    packets = collections.Counter(int(number) for number in frames.split())
    blocks = _run("tshark", "-X", "read_format:MIME Files Format", "-r", str(file), "-V")
    assert "Malformed" not in blocks and "Expert Info" not in blocks, blocks[-2000:]
    counts: list[dict[str, int]] = []
    for block in blocks.split("Block: Interface Statistics Block")[1:]:
        found = re.findall(r"^ +Number of (Received|Dropped) Packets: (\d+)$", block, re.MULTILINE)
        counts.append({kind: int(number) for kind, number in found})
    assert len(counts) == len(names), "one statistics block for each interface"
    return [
        Read(name, packets[number], told.get("Received"), told.get("Dropped"))
        for number, (name, told) in enumerate(zip(names, counts))
    ]


@pytest.mark.parametrize("what", RECORDED, ids=["@".join(what) for what in RECORDED])
def test_the_files_of_a_run_open_without_a_complaint(tmp_path: pathlib.Path, what: tuple[str, str]) -> None:
    unpack(path_of(*what), tmp_path)
    index: dict[str, t.Any] = json.loads((tmp_path / "captures" / "index.json").read_text())
    captures = [one for one in index["captures"] if one["file"]]
    assert sum(one["packets"] for one in captures) > 0
    for name in (index["merged"], captures[0]["file"]):
        merged = name == index["merged"]
        mine = [one for one in captures if merged or one["file"] == name]
        file = tmp_path / "captures" / name
        wanted = [
            Read(
                f"{one['node']} {one['device']}" if merged else one["device"],
                one["packets"],
                one["received"],
                one["dropped_by_kernel"],
            )
            for one in mine
        ]
        assert _read(file) == wanted
        assert _run("tshark", *PLAIN, "-r", str(file), "-Y", "_ws.malformed") == ""
        assert "Strict time order:   True" in _run("capinfos", "-o", str(file))


def test_names_and_counts_that_no_recording_has(tmp_path: pathlib.Path) -> None:
    """Losses, counts that nobody knows, a device without packets, names in any script and of any length, a file that is
    not Ethernet's, a time of long ago."""
    ethernet = bytes.fromhex("0a00000000020a00000000010806") + bytes(46)
    raw = bytes.fromhex("4500001c00010000400166cf0af401050af402070800f7ff00000000")
    interfaces = [
        Interface(
            "node-1 eth0", 1, 160, [Frame(1_700_000_000_000_000_009, 60, ethernet)] * 3, "eth0 of node-1", "ip", 9, 6
        ),
        Interface("nøde-2 häst", 101, 65535, [Frame(1, len(raw), raw)], "räksmörgås", "", 1, None),
        Interface("node-3 empty", 1, 160, [], "", "", 0, 1 << 40),
        Interface("x" * 300, 1, 14, [Frame(1_700_000_001_000_000_000, 60, ethernet[:14])], "y" * 3000),
    ]
    file = tmp_path / "made.pcapng"
    file.write_bytes(write_pcapng(interfaces, "clocks: unknown\nüber"))
    assert _read(file) == [
        Read("node-1 eth0", 3, 9, 6),
        Read("nøde-2 häst", 1, 1, None),
        Read("node-3 empty", 0, 0, 1 << 40),
        Read("x" * 300, 1, None, None),
    ]
    times = _run("tshark", "-n", "-r", str(file), "-T", "fields", "-e", "frame.time_epoch").split()
    assert times == ["0.000000001", *["1700000000.000000009"] * 3, "1700000001.000000000"]
