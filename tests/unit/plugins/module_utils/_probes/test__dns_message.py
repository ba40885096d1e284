# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import struct

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _dns_message as dns
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import BadMessage, Record


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def record(owner: bytes, kind: int, data: bytes, ttl: int = 30, length: int | None = None) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data) if length is None else length) + data


def answer(
    *records: bytes, flags: int = 0x8180, question: str = "web.example", kind: int = 1, count: int | None = None
) -> bytes:
    header = struct.pack("!HHHHHH", 7, flags, 1, len(records) if count is None else count, 0, 0)
    return header + name(question) + struct.pack("!HH", kind, 1) + b"".join(records)


def test_query_is_as_the_rfc_has_it() -> None:
    assert dns.query(0x1234, "www.example.com.", "AAAA") == bytes.fromhex(
        "1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 03636f6d 00 001c 0001"
    )
    assert dns.question_of(dns.query(1, "Www.Example.com", "PTR")) == ("www.example.com", 12)


@pytest.mark.parametrize("text", ["a" * 64, "a..b", ".".join(["a" * 60] * 5)])
def test_name_that_cannot_be_asked_for(text: str) -> None:
    with pytest.raises(BadMessage):
        dns.query(1, text, "A")


@pytest.mark.parametrize(
    "kind, data, value",
    [
        (1, bytes([192, 0, 2, 7]), "192.0.2.7"),
        (28, bytes.fromhex("20010db8000000000000000000000007"), "2001:db8::7"),
        (5, b"\x03www\xc0\x0c", "www.web.example"),
        (12, name("host.example"), "host.example"),
        (33, struct.pack("!HHH", 10, 20, 5432) + name("db.example"), "10 20 5432 db.example"),
        (16, b'\x05hello\x06 w\xfer"d', 'hello w\\xfer"d'),
        (
            6,
            name("ns.example") + name("admin.example") + struct.pack("!IIIII", 1, 2, 3, 4, 5),
            "ns.example admin.example 1 2 3 4 5",
        ),
        (99, b"\x01\x02", "0102"),
        (1, b"\x01\x02", "0102"),
        (33, b"\x01\x02", "0102"),
    ],
)
def test_records(kind: int, data: bytes, value: str) -> None:
    message = dns.parse(answer(record(b"\xc0\x0c", kind, data)))
    assert message.answers == (Record("web.example", dns.TYPE_NAMES.get(kind, f"TYPE{kind}"), 30, value),)
    assert message.question == ("web.example", 1)


@pytest.mark.parametrize(
    "flags, outcome",
    [
        (0x8180, "answer"),
        (0x8183, "nxdomain"),
        (0x8182, "servfail"),
        (0x8185, "refused"),
        (0x8181, "formerr"),
        (0x8184, "notimp"),
        (0x8189, "rcode9"),
    ],
)
def test_outcomes(flags: int, outcome: str) -> None:
    message = dns.parse(answer(record(b"\xc0\x0c", 1, bytes(4)), flags=flags))
    assert message.outcome("A") == outcome


def test_no_data_is_neither_an_answer_nor_a_missing_name() -> None:
    alias = record(b"\xc0\x0c", 5, name("other.example"))
    assert dns.parse(answer()).outcome("A") == "no_data"
    assert dns.parse(answer(alias)).outcome("A") == "no_data"
    assert dns.parse(answer(alias)).outcome("CNAME") == "answer"


def test_truncated_answer_may_end_early() -> None:
    message = dns.parse(answer(flags=0x8380, count=20))
    assert message.truncated
    assert message.answers == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 11,
        answer(flags=0x0100),  # a query
        answer(record(b"\xc0\x0c", 1, b"\1\2\3\4", length=400)),  # longer than the message
        answer(count=3),  # fewer records than announced
        answer(record(b"\xc0\x1d", 1, bytes(4))),  # a pointer to itself
        answer(record(b"\xc1\x00", 1, bytes(4))),  # a pointer forward
        answer(record(b"\x80\x00", 1, bytes(4))),  # an unknown label type
        answer(record(b"\x3fabc", 1, bytes(4))),  # a label that is cut off
        answer(record(b"\xc0\x0c", 5, b"\xc0\x2d\xc0\x2b")),  # two pointers in a circle
        answer(record(name("a" * 60) * 1, 5, name(".".join(["b" * 63] * 5)))),  # a name of more than 253 bytes
        answer(record(b"\xc0\x0c", 6, name("ns.example"))),  # a SOA without its numbers
    ],
)
def test_bad_messages(data: bytes) -> None:
    with pytest.raises(BadMessage):
        dns.parse(data)


def test_garbage_never_raises_anything_else() -> None:
    good = answer(record(b"\xc0\x0c", 5, b"\x03www\xc0\x0c"), record(b"\xc0\x0c", 16, b"\x05hello"))
    chance = random.Random(1)
    for _number in range(3000):
        data = bytearray(good)
        for _change in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            dns.parse(bytes(data[: chance.randrange(len(data) + 1)]))
        except BadMessage:
            continue


def test_reverse_names() -> None:
    assert dns.reverse_name("10.244.1.7") == "7.1.244.10.in-addr.arpa"
    assert dns.reverse_name("2001:db8::1").endswith(".8.b.d.0.1.0.0.2.ip6.arpa")


def test_a_query_that_is_told_by_its_token() -> None:
    message = dns.marked_query(b"\x3f\x9a\x1c\x02")
    assert dns.question_of(message) == ("id.server", dns.TYPES["TXT"])
    assert struct.unpack_from("!HHHHHH", message) == (0x3F9A, 0, 1, 0, 0, 1)
    assert b"\x00\x29\x04\xd0\x00\x01\x00\x00" in message
    # The option is the end of the message, and says its own length.
    assert message.endswith(b"\x00\x08\xfd\xe9\x00\x04\x3f\x9a\x1c\x02")
