# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracked connections between two addresses, of a real table with entries that the test writes."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _connections, _netlink
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Reader, ReadError

CLIENT, SERVICE, OLD, OTHER = "10.244.1.5", "10.96.0.9", "10.244.2.7", "10.244.1.6"
NEW, CREATE, ACK = (1 << 8) | 0, 0x600, 4
NAT_DST, NAT_MINIP, NAT_PROTO = 13, 1, 3


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _tuple(kind: int, src: str, dst: str, protocol: int, sport: int, dport: int) -> bytes:
    family = 6 if ":" in src else 4
    return _netlink.nested(
        kind,
        _netlink.nested(
            _connections.TUPLE_IP,
            _netlink.attribute(_connections.SOURCE[family], _packed(src)),
            _netlink.attribute(_connections.DESTINATION[family], _packed(dst)),
        ),
        _netlink.nested(
            _connections.TUPLE_PROTO,
            _netlink.attribute(_connections.PROTO_NUM, bytes([protocol])),
            _netlink.attribute(_connections.PROTO_SRC_PORT, struct.pack("!H", sport)),
            _netlink.attribute(_connections.PROTO_DST_PORT, struct.pack("!H", dport)),
        ),
    )


def add_entry(src: str, dst: str, sport: int, dport: int, to: str | None = None, protocol: int = 17) -> None:
    """Write an entry into the calling thread's table, as conntrack -I does; to: the address of a DNAT."""
    family = _connections.FAMILIES[6 if ":" in src else 4]
    body = _connections.NFGENMSG.pack(family, 0, 0)
    body += _tuple(_connections.TUPLE_ORIG, src, dst, protocol, sport, dport)
    body += _tuple(_connections.TUPLE_REPLY, dst, src, protocol, dport, sport)
    body += _netlink.attribute(_connections.TIMEOUT, struct.pack("!I", 300))
    body += _netlink.attribute(_connections.STATUS, struct.pack("!I", 1 << 3))
    if to is not None:
        body += _netlink.nested(NAT_DST, _netlink.attribute(NAT_MINIP, _packed(to)))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _netlink.NETFILTER) as channel:
        channel.settimeout(5)
        length = _netlink.HEADER.size + len(body)
        channel.send(_netlink.HEADER.pack(length, NEW, _netlink.NLM_F_REQUEST | CREATE | ACK, 1, 0) + body)
        _netlink.split(channel.recv(65536))


@pytest.fixture(name="table", scope="module")
def real_table() -> t.Iterator[subprocess.Popen[bytes]]:
    """A process in a namespace of its own, whose table has entries."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make a network namespace")
    code = "import sys; print(flush=True); sys.stdin.read()"
    argv = ["unshare", "-n", sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline() != b"\n":
            pytest.skip("this machine does not let root make network namespaces")

        def fill() -> None:
            add_entry(CLIENT, SERVICE, 5000, 53, OLD)
            add_entry(CLIENT, SERVICE, 5001, 53)
            add_entry(CLIENT, OTHER, 5002, 53)
            add_entry(OTHER, SERVICE, 5003, 53)
            add_entry("fd00::5", "fd00::9", 5004, 53)

        try:
            _netns.call_in(process.pid, fill)
        except OSError as exc:
            pytest.skip(f"this kernel takes no entries of connection tracking: {exc}")
        yield process
        process.stdin.close()


def read(process: subprocess.Popen[bytes], sources: t.Sequence[str], destinations: t.Sequence[str]) -> t.Any:
    return _netns.call_in(process.pid, lambda: _connections.ask(sources, destinations))


def test_entries_between_the_two_and_no_others(table: subprocess.Popen[bytes]) -> None:
    entries = sorted(read(table, [CLIENT], [SERVICE]), key=lambda entry: entry.sport)
    assert [(one.src, one.dst, one.sport, one.dport) for one in entries] == [
        (CLIENT, SERVICE, 5000, 53),
        (CLIENT, SERVICE, 5001, 53),
    ]
    translated, plain = entries
    assert (translated.reply_src, translated.reply_sport, translated.reply_dst) == (OLD, 53, CLIENT)
    assert "DNAT" in translated.status and "SEEN_REPLY" not in translated.status
    assert (plain.reply_src, plain.reply_dport) == (SERVICE, 5001)
    assert "DNAT" not in plain.status
    assert translated.seconds_left is not None and 0 < translated.seconds_left <= 300
    assert str(translated) == f"udp {CLIENT}:5000 → {SERVICE}:53 [UNREPLIED], answers from {OLD}:53"


def test_both_families(table: subprocess.Popen[bytes]) -> None:
    assert [one.sport for one in read(table, ["fd00::5"], ["fd00::9"])] == [5004]


def test_kernel_that_filters_nothing(table: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "_filter", lambda source, family: b"")
    assert {one.src for one in read(table, [CLIENT], [SERVICE, OTHER])} == {CLIENT}
    assert len(read(table, [CLIENT], [SERVICE])) == 2


def test_no_more_than_the_bound(table: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "MAX_ENTRIES", 1)
    assert len(read(table, [CLIENT], [SERVICE])) == 1


def test_name_in_place_of_an_address(table: subprocess.Popen[bytes]) -> None:
    assert read(table, ["w1.example"], [SERVICE]) == []


def test_nothing_is_asked_where_nothing_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "ask", lambda *arguments: pytest.fail("the kernel was asked"))
    assert _connections.read_connections(Reader("w1", 5), HOST, [], [SERVICE]) == []


@pytest.mark.parametrize("code", [errno.EPROTONOSUPPORT, errno.EINVAL])
def test_kernel_without_connection_tracking(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: t.Any) -> t.Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(_connections, "ask", refuse)
    assert _connections.read_connections(Reader("w1", 5), HOST, [CLIENT], [SERVICE]) == []


def test_table_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_arguments: t.Any) -> t.Any:
        raise TimeoutError(errno.ETIMEDOUT, "timed out")

    monkeypatch.setattr(_connections, "ask", late)
    with pytest.raises(ReadError, match="Cannot read connections of node w1: the table was too long for 2 s"):
        _connections.read_connections(Reader("w1", 5), HOST, [CLIENT], [SERVICE])


def test_damaged_messages_are_left_out() -> None:
    good = (
        _connections.NFGENMSG.pack(2, 0, 0)
        + _tuple(1, CLIENT, SERVICE, 17, 1, 2)
        + _tuple(2, SERVICE, CLIENT, 17, 2, 1)
    )
    assert _connections.parse_entry(good) is not None
    for length in range(len(good)):
        _connections.parse_entry(good[:length])
    assert _connections.parse_entry(good[: len(good) // 2]) is None


def test_error_of_the_kernel_is_raised() -> None:
    message = _netlink.HEADER.pack(20, _netlink.NLMSG_ERROR, 0, 1, 0) + struct.pack("=i", -errno.EPERM)
    with pytest.raises(OSError, match="not permitted"):
        _netlink.split(message)
