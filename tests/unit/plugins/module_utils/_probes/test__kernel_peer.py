# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a socket is really connected to, and connections that the kernel lets nobody begin."""

from __future__ import annotations

import errno
import socket
import struct
from pathlib import Path

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _connect, _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp import note_peer
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Measured

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def _line(local: int, address: str, port: int, state: str) -> str:
    there = f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}:{port:04X}"
    return f"   0: 0100007F:{local:04X} {there} {state} 00000000:00000000 01:00000019 00000001     0        0 77 2\n"


def _table(folder: Path, *lines: str) -> str:
    path = folder / "thread-self" / "net" / "tcp"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + "".join(lines), encoding="ascii")
    return str(folder)


def test_of_an_open_connection_the_socket_itself_says_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert _kernel.peer_of(client, None) == server.getsockname()


@pytest.mark.parametrize(
    ("state", "port", "found"),
    [("02", 41000, ("10.244.2.250", 8080)), ("01", 41000, None), ("02", 41001, None), ("02", None, None)],
)
def test_of_one_that_waits_the_kernels_table_says_it(
    tmp_path: Path, state: str, port: int | None, found: tuple[str, int] | None
) -> None:
    proc = _table(tmp_path, _line(40999, "192.0.2.9", 9, "02"), _line(41000, "10.244.2.250", 8080, state))
    with socket.socket() as sock:
        assert _kernel.peer_of(sock, port, proc) == found


def test_a_table_that_is_broken_says_nothing(tmp_path: Path) -> None:
    with socket.socket() as sock:
        assert _kernel.peer_of(sock, 41000, _table(tmp_path, "x y\n")) is None
        assert _kernel.peer_of(sock, 41000, str(tmp_path / "nowhere")) is None


def test_what_is_noted_of_a_connection() -> None:
    measured = Measured()
    note_peer(measured, _connect.Connection("open", 0.1))
    assert measured.data == {}
    note_peer(measured, _connect.Connection("timed_out", 1.0, peer=("10.244.2.250", 8080)))
    for _unused in range(2):
        note_peer(measured, _connect.Connection("timed_out", 0.0, forbidden=True))
    assert measured.data == {"connected_to": ["10.244.2.250", 8080], "forbidden": 2}


def test_a_refusal_of_connect_itself_is_no_packet_filters() -> None:
    with socket.socket() as sock:
        told = _connect._explain(sock, Address(4, "192.0.2.1"), errno.EPERM, True)
    assert told[:2] == ("timed_out", _connect.FORBIDDEN)
