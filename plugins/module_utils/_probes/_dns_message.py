# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""DNS messages (RFC 1035): a query out, a checked answer in."""

from __future__ import annotations

import dataclasses
import ipaddress
import socket
import struct
import typing as t

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
CLASS_IN, CLASS_CHAOS = 1, 3
# EDNS (RFC 6891): the type of its record, the size that a client takes, where its version is, an option for local use.
OPT, OPT_SIZE, OPT_VERSION, OPT_LOCAL = 41, 1232, 1 << 16, 65001
RCODES = ("noerror", "formerr", "servfail", "nxdomain", "notimp", "refused")
FLAG_RESPONSE, FLAG_TRUNCATED, FLAG_RECURSION = 0x8000, 0x0200, 0x0100
MAX_RECORDS = 512


class BadMessage(ValueError):
    """What came back is no valid DNS answer."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One resource record of the answer section. value: as text, an address, a name, or hexadecimal."""

    name: str
    type: str
    ttl: int
    value: str

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Message:
    """An answer. question: name in lower case, type number."""

    ident: int
    rcode: str
    truncated: bool
    authoritative: bool
    question: tuple[str, int] | None
    answers: tuple[Record, ...]

    def outcome(self, qtype: str) -> str:
        """answer, no_data (the name exists, without such a record), nxdomain, servfail, refused, formerr, notimp."""
        if self.rcode != "noerror":
            return self.rcode
        return "answer" if any(record.type == qtype for record in self.answers) else "no_data"


def reverse_name(address: str) -> str:
    """The name under which the PTR record of an address is kept (RFC 1035, RFC 3596)."""
    return ipaddress.ip_address(address).reverse_pointer


def query(ident: int, name: str, qtype: str) -> bytes:
    """A recursive query of one question. BadMessage when the name cannot be written in a message."""
    header = struct.pack("!HHHHHH", ident, FLAG_RECURSION, 1, 0, 0, 0)
    return header + _encode_name(name) + struct.pack("!HH", TYPES[qtype], CLASS_IN)


def marked_query(token: bytes) -> bytes:
    """A query that each server answers by itself, and forwards to no other: its version of EDNS is one that there is
    not, which is an error of its own (BADVERS), and it asks for the server's name (RFC 4892). The token is in an option
    that servers have to ignore."""
    header = struct.pack("!HHHHHH", int.from_bytes(token[:2], "big"), 0, 1, 0, 0, 1)
    question = _encode_name("id.server") + struct.pack("!HH", TYPES["TXT"], CLASS_CHAOS)
    option = struct.pack("!HH", OPT_LOCAL, len(token)) + token
    return header + question + b"\0" + struct.pack("!HHIH", OPT, OPT_SIZE, OPT_VERSION, len(option)) + option


def _encode_name(name: str) -> bytes:
    encoded = b""
    for label in name.rstrip(".").split("."):
        raw = label.encode("ascii", "replace")
        if not 0 < len(raw) < 64:
            raise BadMessage(f"a label of the name is empty or longer than 63 bytes: {label!r}")
        encoded += bytes([len(raw)]) + raw
    if len(encoded) > 254:
        raise BadMessage("the name is longer than 253 bytes")
    return encoded + b"\0"


def question_of(message: bytes) -> tuple[str, int]:
    """The question of a query of ours, as Message.question has it."""
    name, offset = _decode_name(message, 12)
    return name.lower(), struct.unpack_from("!H", message, offset)[0]


def parse(data: bytes) -> Message:
    """Read an answer; BadMessage for anything that is cut off, loops, or is not an answer."""
    try:
        return _parse(data)
    except (struct.error, IndexError) as exc:
        raise BadMessage("the message is cut off") from exc


def _parse(data: bytes) -> Message:
    ident, flags, questions, answers, _authority, _additional = struct.unpack_from("!HHHHHH", data)
    if not flags & FLAG_RESPONSE:
        raise BadMessage("it is a query, not an answer")
    offset, question = 12, None
    for _number in range(questions):
        name, offset = _decode_name(data, offset)
        kind, _class = struct.unpack_from("!HH", data, offset)
        offset += 4
        question = question or (name.lower(), kind)
    records: list[Record] = []
    truncated = bool(flags & FLAG_TRUNCATED)
    for _number in range(min(answers, MAX_RECORDS)):
        if truncated and offset >= len(data):
            break
        record, offset = _record(data, offset)
        records.append(record)
    rcode = flags & 0xF
    name = RCODES[rcode] if rcode < len(RCODES) else f"rcode{rcode}"
    return Message(ident, name, truncated, bool(flags & 0x0400), question, tuple(records))


def _record(data: bytes, offset: int) -> tuple[Record, int]:
    name, offset = _decode_name(data, offset)
    kind, _class, ttl, length = struct.unpack_from("!HHIH", data, offset)
    offset += 10
    if offset + length > len(data):
        raise BadMessage("a record is cut off")
    value = _value(data, kind, offset, length)
    return Record(name, TYPE_NAMES.get(kind, f"TYPE{kind}"), ttl, value), offset + length


def _value(data: bytes, kind: int, offset: int, length: int) -> str:
    raw = data[offset : offset + length]
    if kind == TYPES["A"] and length == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if kind == TYPES["AAAA"] and length == 16:
        return socket.inet_ntop(socket.AF_INET6, raw)
    if kind in (TYPES["CNAME"], TYPES["NS"], TYPES["PTR"]):
        return _decode_name(data, offset)[0]
    if kind == TYPES["SRV"] and length > 6:
        priority, weight, port = struct.unpack("!HHH", raw[:6])
        return f"{priority} {weight} {port} {_decode_name(data, offset + 6)[0]}"
    if kind == TYPES["TXT"]:
        return _text_strings(raw)
    if kind == TYPES["SOA"]:
        primary, after = _decode_name(data, offset)
        mailbox, after = _decode_name(data, after)
        numbers = struct.unpack_from("!IIIII", data, after)
        return " ".join([primary, mailbox, *map(str, numbers)])
    return raw.hex()


def _text_strings(raw: bytes) -> str:
    parts: list[str] = []
    while raw:
        parts.append(raw[1 : 1 + raw[0]].decode("ascii", "backslashreplace"))
        raw = raw[1 + raw[0] :]
    return "".join(parts)


def _decode_name(data: bytes, offset: int) -> tuple[str, int]:
    """A name and the offset after it. A compression pointer must point back, so that it cannot form a circle."""
    labels: list[str] = []
    after: int | None = None
    limit = offset
    total = 0
    while True:
        length = data[offset]
        if length & 0xC0 == 0xC0:
            target = struct.unpack_from("!H", data, offset)[0] & 0x3FFF
            if target >= limit:
                raise BadMessage("a compressed name points forward")
            after = offset + 2 if after is None else after
            offset = limit = target
            continue
        if length & 0xC0:
            raise BadMessage("a label has an unknown type")
        if length == 0:
            return ".".join(labels) or ".", offset + 1 if after is None else after
        label = data[offset + 1 : offset + 1 + length]
        total += length + 1
        if len(label) < length or total > 254:
            raise BadMessage("a name is cut off or too long")
        labels.append(label.decode("ascii", "backslashreplace"))
        offset += 1 + length
