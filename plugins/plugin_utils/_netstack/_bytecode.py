# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Classic BPF: what a program of tc's bpf filter, or of the match of that name, returns for a packet.

Bytes of the packet that nobody knows (checksums, sequence numbers, data) make what depends on them unknown.
Source: Documentation/networking/filter.rst, include/uapi/linux/filter.h, net/core/filter.c.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import ARP, Packet

# Code, jump if true, jump if false, and the constant.
Instruction = tuple[int, int, int, int]
Value = t.Optional[int]
_Bytes = list[Value]

_WORD = 0xFFFFFFFF
_SIZES: t.Mapping[int, int] = {0x00: 4, 0x08: 2, 0x10: 1}
_ETHER_TYPES: t.Mapping[int, int] = {4: 0x0800, 6: 0x86DD}
_PROTOCOLS: t.Mapping[str, int] = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")
# Negative offsets: what the kernel knows beside the packet, its network header, its frame.
_BESIDE, _NETWORK, _FRAME = 0xFFFFF000, 0xFFF00000, 0xFFE00000
_ETHERNET = 14
# Ends that are followed where a condition depends on what is not known.
_MOST_ENDS = 64


def parse(text: str) -> tuple[Instruction, ...]:
    """A program as tc and iptables take it: "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0". ValueError where it is none."""
    length, *lines = text.strip().split(",")
    program = tuple(instruction([int(word) for word in line.split()]) for line in lines if line.strip())
    if len(program) != int(length):
        raise ValueError(text)
    return program


def instruction(numbers: t.Sequence[int]) -> Instruction:
    """One instruction of four numbers. ValueError where there are others."""
    code, if_true, if_false, constant = numbers
    return code, if_true, if_false, constant & _WORD


def run(program: t.Sequence[Instruction], packet: Packet, framed: bool) -> Value:
    """What a program returns; None where that depends on what is not known, or the program is not understood.

    framed: whether it sees the Ethernet frame, as filters of a device do, and not the IP packet alone.
    """
    ends: set[Value] = set()
    open_states: list[tuple[int, Value, Value, tuple[Value, ...]]] = [(0, 0, 0, (0,) * 16)]
    data = _Data(packet, framed)
    while open_states:
        found = _follow(program, data, *open_states.pop(), open_states)
        ends.add(found)
        if found is None or len(ends) + len(open_states) > _MOST_ENDS:
            return None
    return ends.pop() if len(ends) == 1 else None


def _follow(
    program: t.Sequence[Instruction],
    data: _Data,
    at: int,
    accumulator: Value,
    index: Value,
    memory: tuple[Value, ...],
    others: list[tuple[int, Value, Value, tuple[Value, ...]]],
) -> Value:
    """Run from one instruction to a return; where a condition is not known, the other way is left in others."""
    while at < len(program):
        code, if_true, if_false, constant = program[at]
        kind, at = code & 0x07, at + 1
        if kind == 0x06:
            return {0x00: constant, 0x10: accumulator}.get(code & 0x18)
        if kind in (0x00, 0x01):
            loaded = data.load(code, constant, index, memory)
            if loaded is _BEYOND:
                return 0  # a load behind the end of the packet ends the program
            value = t.cast(Value, loaded)
            accumulator, index = (value, index) if kind == 0x00 else (accumulator, value)
        elif kind in (0x02, 0x03):
            kept = list(memory)
            kept[constant & 0x0F] = accumulator if kind == 0x02 else index
            memory = tuple(kept)
        elif kind == 0x04:
            operand = index if code & 0x08 else constant
            if code & 0xF0 in (0x30, 0x90) and operand == 0:
                return 0  # division by zero ends the program, too
            accumulator = _calculate(code & 0xF0, accumulator, operand)
        elif kind == 0x05:
            if code & 0xF0 == 0x00:
                at += constant
                continue
            holds = _compare(code & 0xF0, accumulator, index if code & 0x08 else constant)
            if holds is None:
                others.append((at + if_false, accumulator, index, memory))
            at += if_false if holds is False else if_true
        else:
            accumulator, index = (accumulator, accumulator) if code & 0xF8 == 0x00 else (index, index)
    return None


def _calculate(operation: int, left: Value, right: Value) -> Value:
    if operation == 0x80:
        return None if left is None else -left & _WORD
    if operation == 0x50 and 0 in (left, right):
        return 0
    if left is None or right is None:
        return None
    function = {
        0x00: int.__add__,
        0x10: int.__sub__,
        0x20: int.__mul__,
        0x30: int.__floordiv__,
        0x40: int.__or__,
        0x50: int.__and__,
        0x60: lambda one, by: one << (by & 31),
        0x70: lambda one, by: one >> (by & 31),
        0x90: int.__mod__,
        0xA0: int.__xor__,
    }.get(operation)
    return None if function is None else function(left, right) & _WORD


def _compare(operation: int, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    return {0x10: left == right, 0x20: left > right, 0x30: left >= right, 0x40: bool(left & right)}.get(operation)


class _Beyond:
    """A load from behind the end of a packet."""


_BEYOND = _Beyond()


class _Data:
    """What a program can load of a packet."""

    def __init__(self, packet: Packet, framed: bool) -> None:
        self._packet = packet
        self._frame = _ethernet(packet) if framed else []
        self._network = _network(packet)
        self._size = len(self._frame) + max(packet.size, len(self._network))

    def load(self, code: int, constant: int, index: Value, memory: t.Sequence[Value]) -> Value | _Beyond:
        """What an instruction of class LD or LDX loads."""
        mode, size = code & 0xE0, _SIZES.get(code & 0x18, 0)
        if mode == 0x00:
            return constant
        if mode == 0x60:
            return memory[constant & 0x0F]
        if mode == 0x80:
            return self._size
        if mode == 0xA0:
            length = self._at(constant, 1)
            return length if length is _BEYOND or length is None else (t.cast(int, length) & 0x0F) * 4
        if mode == 0x20:
            return self._at(constant, size)
        if mode == 0x40:
            return None if index is None else self._at((constant + index) & _WORD, size)
        return None

    def _at(self, offset: int, size: int) -> Value | _Beyond:
        if offset >= _BESIDE:
            return self._beside(offset - _BESIDE)
        if offset >= _NETWORK:
            offset = offset - _NETWORK + len(self._frame)
        elif offset >= _FRAME:
            if not self._frame:
                return None
            offset -= _FRAME
        if offset + size > self._size:
            return _BEYOND
        known = [*self._frame, *self._network][offset : offset + size]
        if len(known) < size or None in known:
            return None
        return int.from_bytes(bytes(t.cast("list[int]", known)), "big")

    def _beside(self, what: int) -> Value:
        """The ancillary data: the protocol, the mark, the tag of a VLAN."""
        packet = self._packet
        if what == 0:
            return _ether_type(packet)
        if what == 20:
            return packet.mark
        if what in (44, 48):
            return (packet.vlan or 0) if what == 44 else int(packet.vlan is not None)
        return None


def _ether_type(packet: Packet) -> Value:
    return 0x0806 if packet.protocol == ARP else _ETHER_TYPES.get(packet.family)


def _ethernet(packet: Packet) -> _Bytes:
    """The frame's header; a tag of a VLAN stands beside it."""
    macs = [_mac(packet.dst_mac), _mac(packet.src_mac)]
    return [*macs[0], *macs[1], *_number(_ether_type(packet), 2)]


def _mac(text: str | None) -> _Bytes:
    return [int(part, 16) for part in text.split(":")] if text else [None] * 6


def _network(packet: Packet) -> _Bytes:
    """The IP packet as far as it is known."""
    if packet.protocol == ARP:
        return []
    behind = _transport(packet)
    number = _PROTOCOLS.get(packet.protocol, int(packet.protocol) if packet.protocol.isdigit() else None)
    ends = [_address(packet.src, packet.family), _address(packet.dst, packet.family)]
    if packet.family == 6:
        rest = _number(max(packet.size - 40, 0), 2)
        return [0x60 | packet.tos >> 4, None, None, None, *rest, number, packet.ttl, *ends[0], *ends[1], *behind]
    piece: _Bytes = [None, None] if packet.piece else [0x40 if packet.df else 0, 0]
    head: _Bytes = [0x45, packet.tos, *_number(packet.size, 2), None, None, *piece, packet.ttl, number, None, None]
    return [*head, *ends[0], *ends[1], *behind]


def _transport(packet: Packet) -> _Bytes:
    ports = [*_number(packet.sport, 2), *_number(packet.dport, 2)]
    if packet.protocol == "tcp":
        flags = sum(1 << number for number, name in enumerate(_FLAGS) if name in packet.flags)
        return [*ports, *[None] * 9, flags, *[None] * 6]
    if packet.protocol == "udp":
        return [*ports, *_number(max(packet.size - (20 if packet.family == 4 else 40), 8), 2), None, None]
    if packet.protocol in ("icmp", "icmpv6"):
        return [packet.icmp_type, packet.icmp_code, None, None, None, None, None, None]
    return []


def _number(value: int | None, size: int) -> _Bytes:
    if value is None or not 0 <= value < 1 << 8 * size:
        return [None] * size
    return list(value.to_bytes(size, "big"))


def _address(text: str, family: int) -> _Bytes:
    try:
        return list(ipaddress.ip_address(text).packed)
    except ValueError:
        return [None] * (4 if family == 4 else 16)
