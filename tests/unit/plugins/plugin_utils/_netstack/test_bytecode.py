# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classic BPF against packets whose bytes are known, and those of which some are not."""

from __future__ import annotations

import ctypes
import dataclasses
import socket
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._bytecode import Instruction, parse, run
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

SYN = Packet(
    4,
    "10.244.1.4",
    "10.244.2.2",
    "tcp",
    41000,
    8080,
    flags=frozenset(("syn",)),
    src_mac="02:00:00:00:00:01",
    dst_mac="02:00:00:00:00:02",
)
SO_ATTACH_FILTER = 26
# As tcpdump -ddd writes them for an Ethernet device.
TCP_8080 = (
    "12,40 0 0 12,21 0 9 2048,48 0 0 23,21 0 7 6,40 0 0 20,69 5 0 8191,177 0 0 14,72 0 0 16,21 0 1 8080,"
    "6 0 0 2,6 0 0 0,6 0 0 0"
)


@pytest.mark.parametrize(
    ("program", "packet", "framed", "returns"),
    [
        ("1,6 0 0 2", SYN, True, 2),
        ("4,40 0 0 12,21 0 1 2048,6 0 0 2,6 0 0 0", SYN, True, 2),
        ("4,40 0 0 12,21 0 1 34525,6 0 0 2,6 0 0 0", SYN, True, 0),
        ("4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0", SYN, False, 1),
        ("4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0", SYN, False, 0),
        (TCP_8080, SYN, True, 2),
        (TCP_8080, dataclasses.replace(SYN, dport=80), True, 0),
        (TCP_8080, dataclasses.replace(SYN, dport=None), True, None),
        ("4,32 0 0 16,21 0 1 183763458,6 0 0 1,6 0 0 0", SYN, False, 1),
        ("4,32 0 0 16,21 0 1 183763970,6 0 0 1,6 0 0 0", SYN, False, 0),
        ("4,128 0 0 0,37 0 1 59,6 0 0 1,6 0 0 0", SYN, False, 1),
        ("4,48 0 0 4096,21 0 1 0,6 0 0 1,6 0 0 9", SYN, False, 0),
        ("4,48 0 0 10,21 0 1 0,6 0 0 1,6 0 0 0", SYN, False, None),
        ("4,48 0 0 10,21 0 1 0,6 0 0 1,6 0 0 1", SYN, False, 1),
        ("4,40 0 0 4294963200,21 0 1 2048,6 0 0 7,6 0 0 0", SYN, False, 7),
        ("4,48 0 0 4293918729,21 0 1 6,6 0 0 7,6 0 0 0", SYN, True, 7),
        ("5,48 0 0 33,84 0 0 2,21 0 1 2,6 0 0 7,6 0 0 0", SYN, False, 7),
        ("3,0 0 0 5,52 0 0 0,22 0 0 0", SYN, False, 0),
    ],
)
def test_what_a_program_returns(program: str, packet: Packet, framed: bool, returns: int | None) -> None:
    assert run(parse(program), packet, framed) == returns


@pytest.mark.parametrize("text", ["", "1", "2,6 0 0 1", "1,6 0 0", "1,6 0 0 x", "x,6 0 0 1"])
def test_what_is_no_program_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_a_program_of_many_doubts_ends() -> None:
    doubt = [(48, 0, 0, 10), (21, 0, 0, 1)] * 200
    program: list[Instruction] = [*doubt, (6, 0, 0, 1)]
    assert run(program, SYN, False) in (1, None)


def _kernel(program: t.Sequence[Instruction], payload: bytes) -> bool:
    """Whether the kernel lets a datagram pass a socket's filter, which sees it from its UDP header on."""
    receiver, sender = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _unused in range(2))
    with receiver, sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
        receiver.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(code))
        )
        sender.sendto(payload, receiver.getsockname())
        try:
            receiver.recv(100)
        except TimeoutError:
            return False
        return True


@pytest.mark.parametrize(
    "body",
    [
        # Network header by its negative offset: protocol, version, both addresses, lifetime, what is behind the end.
        [(48, 0, 0, 0xFFF00009), (21, 0, 1, 17), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(48, 0, 0, 0xFFF00000), (84, 0, 0, 0xF0), (21, 0, 1, 0x40), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(32, 0, 0, 0xFFF00010), (21, 0, 1, 0x7F000001), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(32, 0, 0, 0xFFF0000C), (37, 1, 0, 0x7F000001), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(48, 0, 0, 0xFFF00008), (53, 0, 1, 65), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(40, 0, 0, 0xFFFFF000), (21, 0, 1, 0x0800), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(0, 0, 0, 7), (2, 0, 0, 3), (0, 0, 0, 1), (96, 0, 0, 3), (21, 0, 1, 7), (6, 0, 0, 99), (6, 0, 0, 0)],
        [
            (0, 0, 0, 12),
            (20, 0, 0, 5),
            (100, 0, 0, 3),
            (7, 0, 0, 0),
            (135, 0, 0, 0),
            (21, 0, 1, 56),
            (6, 0, 0, 99),
            (6, 0, 0, 0),
        ],
        [(5, 0, 0, 1), (6, 0, 0, 0), (6, 0, 0, 99)],
        [(0, 0, 0, 9), (69, 0, 1, 6), (6, 0, 0, 99), (6, 0, 0, 0)],
        [(1, 0, 0, 0), (0, 0, 0, 8), (60, 0, 0, 0), (6, 0, 0, 99)],
    ],
)
def test_the_kernel_returns_the_same(body: list[Instruction]) -> None:
    datagram = Packet(4, "127.0.0.1", "127.0.0.1", "udp", None, None, size=20 + 8 + 6, ttl=64)
    found = run(body, datagram, False)
    assert found is not None
    assert _kernel(body, b"podnet") == (found != 0)
