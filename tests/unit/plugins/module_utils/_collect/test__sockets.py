# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening and bound sockets, from lines of /proc/net."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _sockets
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Reader

# As a little-endian kernel prints them.
TCP = """\
   0: 00000000:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 81001 1 0000000000000000
   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 81002 1 0000000000000000
   2: 050BF40A:1F90 0300F40A:C350 01 00000000:00000000 02:000A0F3E 00000000     0        0 81003 2 0000000000000000 20 4 30 10 -1
   3: 050BF40A:1F90 0300F40A:C351 06 00000000:00000000 03:00000F3E 00000000     0        0 0 3 0000000000000000
garbage
"""
TCP6 = """\
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 81010 1 0
   1: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 81011 1 0
"""
UDP = """\
  10: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 81020 2 0000000000000000 7
  11: 050BF40A:C000 0300F40A:0035 01 00000000:00000000 00:00000000 00000000     0        0 81021 2 0000000000000000 0
"""
SS = """\
LISTEN 3      5            0.0.0.0:8080      0.0.0.0:*
LISTEN 0      128        127.0.0.1:3306      0.0.0.0:*
LISTEN 0      4096               *:8081            *:*
LISTEN 0      511  [2001:db8::1]:22             [::]:*
LISTEN 0      128  [fe80::1]%eth0:22            [::]:*
"""

little_endian = pytest.mark.skipif(sys.byteorder == "big", reason="the lines are those of a little-endian machine")


def parse(table: str, text: str, family: int, **kwargs: t.Any) -> tuple[list[_sockets.Socket], dict[str, int]]:
    counts: dict[str, int] = {}
    found = _sockets.parse_table(
        table, family, text.splitlines(), counts, kwargs.get("owners", {}), kwargs.get("limits", {})
    )
    return found, counts


@little_endian
def test_tcp() -> None:
    found, counts = parse("tcp", TCP, 4, owners={81001: "python3"}, limits=_sockets.parse_limits(SS))
    assert [
        (entry.local, entry.port, entry.state, entry.process, entry.backlog, entry.max_backlog, entry.uid)
        for entry in found
    ] == [("0.0.0.0", 8080, "LISTEN", "python3", 3, 5, 0), ("127.0.0.1", 3306, "LISTEN", None, 0, 128, 1000)]
    assert counts == {"LISTEN": 2, "ESTABLISHED": 1, "TIME_WAIT": 1}


@little_endian
def test_tcp6() -> None:
    found, _counts = parse("tcp6", TCP6, 6, limits=_sockets.parse_limits(SS))
    assert [(entry.protocol, entry.family, entry.local, entry.port, entry.max_backlog) for entry in found] == [
        ("tcp", 6, "::", 8081, 4096),
        ("tcp", 6, "2001:db8::1", 22, 511),
    ]


@little_endian
def test_udp_that_is_connected_is_only_counted() -> None:
    found, counts = parse("udp", UDP, 4)
    assert [(entry.protocol, entry.local, entry.port, entry.state, entry.drops) for entry in found] == [
        ("udp", "0.0.0.0", 53, "UNCONN", 7)
    ]
    assert counts == {"UDP": 2}


def test_addresses_in_the_machines_byte_order() -> None:
    packed = int.from_bytes(socket.inet_aton("192.0.2.11"), sys.byteorder)
    assert _sockets.decode_address(f"{packed:08X}", 4) == "192.0.2.11"


@pytest.mark.parametrize("text", ["", "ss: unknown option\n", "LISTEN 0 x 0.0.0.0:1 *:*\n"])
def test_limits_from_other_output(text: str) -> None:
    assert _sockets.parse_limits(text) == {}


def test_owners(tmp_path: pathlib.Path) -> None:
    for pid, inode, comm, target in (
        (10, 77, "web", "socket:[81001]"),
        (11, 77, "aux", "socket:[81001]"),
        (12, 78, "other", "socket:[81002]"),
        (13, 77, "file", "/dev/null"),
    ):
        folder = tmp_path / str(pid)
        (folder / "ns").mkdir(parents=True)
        (folder / "fd").mkdir()
        (folder / "ns" / "net").symlink_to(f"net:[{inode}]")
        (folder / "fd" / "3").symlink_to(target)
        (folder / "comm").write_text(f"{comm}\n")
    (tmp_path / "14").mkdir()
    (tmp_path / "self").mkdir()
    assert list(_sockets.owners_in(77, str(tmp_path))) == [81001]
    assert _sockets.owners_in(77, str(tmp_path))[81001] in ("web", "aux")


# -- real sockets ------------------------------------------------------------------------------------------------
CODE = """
import socket, sys
tcp = socket.create_server(("127.0.0.1", 8080), backlog=7)
six = socket.create_server(("::", 8081), family=socket.AF_INET6)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 5353))
waiting = socket.create_connection(("127.0.0.1", 8080))
print("ready", flush=True)
sys.stdin.read()
"""


def test_real_sockets(net: t.Any) -> None:
    argv = ["ip", "netns", "exec", net.pod, sys.executable, "-c", CODE]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        owners = _sockets.owners_in(net.as_pod.inode)
        found, problems = _sockets.read_sockets(Reader("w1", 10), net.as_pod, True, owners)
        process.communicate()
    assert problems == []
    by_port = {entry.port: entry for entry in found.sockets}
    assert (by_port[8080].local, by_port[8080].backlog) == ("127.0.0.1", 1)
    assert by_port[8080].process is not None and by_port[8080].process.startswith("python")
    assert (by_port[8081].local, by_port[8081].family) == ("::", 6)
    assert (by_port[5353].protocol, by_port[5353].state) == ("udp", "UNCONN")
    assert found.counts["LISTEN"] == 2 and found.counts["ESTABLISHED"] == 2
    if os.path.exists("/usr/bin/ss"):
        assert by_port[8080].max_backlog == 7


def test_namespace_that_is_gone() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    gone = _sockets.Namespace("pod:default/web-0", process.pid, 1)
    found, problems = _sockets.read_sockets(Reader("w1", 10), gone, False)
    assert found.sockets == []
    assert problems[0].text == ("Cannot read sockets of pod default/web-0 on node w1: tcp: No such file or directory")
