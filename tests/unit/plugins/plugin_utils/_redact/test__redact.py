# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses are exchanged consistently, none of them stays, checksums stay what they were, and the key leads back."""

from __future__ import annotations

import ipaddress
import itertools
import pathlib
import random
import stat

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._frames import Rewriter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import (
    KeyFileError,
    key_path,
    make_key,
    read_key,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping

KEY = bytes(range(32))
ETHERNET = 1
MAC_A, MAC_B = bytes.fromhex("0a58c0a80001"), bytes.fromhex("0a58c0a80002")
V4_A, V4_B = ipaddress.ip_address("10.244.1.5").packed, ipaddress.ip_address("192.0.2.12").packed
V6_A, V6_B = ipaddress.ip_address("2001:db8:7::5").packed, ipaddress.ip_address("fe80::58ff:fea8:2").packed


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(protocol: int, payload: bytes, src: bytes = V4_A, dst: bytes = V4_B, options: bytes = b"") -> bytes:
    size = 20 + len(options)
    head = bytes([0x40 | size // 4, 0]) + (size + len(payload)).to_bytes(2, "big") + bytes(4) + bytes([64, protocol])
    total = checksum(head + b"\0\0" + src + dst + options)
    return head + total.to_bytes(2, "big") + src + dst + options + payload


def ipv6(protocol: int, payload: bytes, src: bytes = V6_A, dst: bytes = V6_B) -> bytes:
    return bytes([0x60, 0, 0, 0]) + len(payload).to_bytes(2, "big") + bytes([protocol, 64]) + src + dst + payload


def with_sum(segment: bytes, at: int, protocol: int, src: bytes, dst: bytes) -> bytes:
    pseudo = src + dst + len(segment).to_bytes(4, "big") + bytes([0, 0, 0, protocol])
    total = checksum(pseudo + segment) or 0xFFFF
    return segment[:at] + total.to_bytes(2, "big") + segment[at + 2 :]


def tcp(src: bytes = V4_A, dst: bytes = V4_B, payload: bytes = b"secret words", options: bytes = b"") -> bytes:
    offset = (20 + len(options)) // 4 << 4
    head = b"\x9c\x40\x00\x50" + bytes(8) + bytes([offset, 0x18]) + b"\xff\xff\0\0\0\0"
    return with_sum(head + options + payload, 16, 6, src, dst)


def udp(payload: bytes, port: int = 53, src: bytes = V4_A, dst: bytes = V4_B, summed: bool = True) -> bytes:
    head = b"\x9c\x40" + port.to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big") + b"\0\0"
    return with_sum(head + payload, 6, 17, src, dst) if summed else head + payload


def ethernet(kind: int, payload: bytes, src: bytes = MAC_A, dst: bytes = MAC_B) -> bytes:
    return dst + src + kind.to_bytes(2, "big") + payload


def vxlan(inner: bytes, summed: bool = False) -> bytes:
    return ethernet(0x0800, ipv4(17, udp(b"\x08\0\0\0\0\0\x01\0" + inner, 8472, V4_B, V4_A, summed), V4_B, V4_A))


def icmp(kind: int, rest: bytes) -> bytes:
    message = bytes([kind, 1, 0, 0]) + rest
    return message[:2] + checksum(message).to_bytes(2, "big") + message[4:]


def icmpv6(kind: int, rest: bytes, src: bytes = V6_A, dst: bytes = V6_B) -> bytes:
    return with_sum(bytes([kind, 0, 0, 0]) + rest, 2, 58, src, dst)


ARP = b"\0\1\x08\0\6\4\0\1" + MAC_A + V4_A + MAC_B + V4_B
FRAMES = {
    "tcp": ethernet(0x0800, ipv4(6, tcp())),
    "tcp-options": ethernet(0x0800, ipv4(6, tcp(options=b"\x02\x04\x05\xb4\x01\x01\x04\x02"))),
    "udp": ethernet(0x0800, ipv4(17, udp(b"a question"))),
    "udp-without-sum": ethernet(0x0800, ipv4(17, udp(b"a question", summed=False))),
    "vlan": ethernet(0x8100, b"\0\x07\x08\0" + ipv4(6, tcp())),
    "arp": ethernet(0x0806, ARP, dst=b"\xff" * 6),
    "vxlan": vxlan(ethernet(0x0800, ipv4(6, tcp()))),
    "vxlan-with-sum": vxlan(ethernet(0x0800, ipv4(6, tcp())), summed=True),
    "vxlan-arp": vxlan(ethernet(0x0806, ARP)),
    "echo": ethernet(0x0800, ipv4(1, icmp(8, b"\0\1\0\1" + b"payload"))),
    "icmp-error": ethernet(0x0800, ipv4(1, icmp(3, bytes(4) + ipv4(6, tcp())[:28]), V4_B, V4_A)),
    "redirect": ethernet(0x0800, ipv4(1, icmp(5, V4_B + ipv4(17, udp(b"x"))[:28]), V4_B, V4_A)),
    "fragment": ethernet(0x0800, bytes.fromhex("4500001c0001200a40110000") + V4_A + V4_B + b"more of it"),
    "ipip": ethernet(0x0800, ipv4(4, ipv4(6, tcp()), V4_B, V4_A)),
    "tcp-6": ethernet(0x86DD, ipv6(6, tcp(V6_A, V6_B))),
    "neighbour": ethernet(0x86DD, ipv6(58, icmpv6(135, bytes(4) + V6_A + b"\x01\x01" + MAC_A))),
    "router": ethernet(0x86DD, ipv6(58, icmpv6(134, bytes(12) + b"\x01\x01" + MAC_A + b"\x03\x04" + bytes(14) + V6_A))),
    "icmp-error-6": ethernet(0x86DD, ipv6(58, icmpv6(1, bytes(4) + ipv6(6, tcp(V6_A, V6_B)[:20])))),
}


def frame(data: bytes) -> Frame:
    return Frame(1, len(data), data)


def sums(data: bytes) -> list[tuple[int, int]]:
    """Where the sums of an IPv4 header stand in the outermost packet of a frame without a tag, and what they give."""
    at = 14
    return [(at, checksum(data[at : at + 20]))] if data[12:14] == b"\x08\0" and data[14] == 0x45 else []


@pytest.mark.parametrize("name", FRAMES)
def test_no_address_stays_and_the_key_leads_back(name: str) -> None:
    headers = Rewriter().frame(frame(FRAMES[name]), ETHERNET)
    redacted = Rewriter(Mapping(KEY)).frame(frame(FRAMES[name]), ETHERNET)
    for address in (MAC_A, MAC_B, V4_A, V4_B, V6_A, V6_B[8:]):
        assert address not in redacted.data
    assert len(redacted.data) == len(headers.data) and redacted.length == len(FRAMES[name])
    assert b"secret" not in redacted.data and b"question" not in redacted.data
    assert Rewriter(Mapping(KEY, restore=True)).frame(redacted, ETHERNET) == headers
    if name != "fragment":
        assert all(total == 0 for _at, total in sums(redacted.data))


def test_sums_of_transport_stay_right() -> None:
    """The headers alone are kept, so the words are put back behind the new ones, and the sum is made as a host does."""
    data = Rewriter(Mapping(KEY)).frame(frame(FRAMES["tcp"]), ETHERNET).data
    src, dst = data[26:30], data[30:34]
    segment = data[34:54] + b"secret words"
    assert checksum(src + dst + len(segment).to_bytes(4, "big") + b"\0\0\0\x06" + segment) == 0
    data = Rewriter(Mapping(KEY)).frame(frame(FRAMES["udp-without-sum"]), ETHERNET).data
    assert data[40:42] == b"\0\0"
    whole = FRAMES["vxlan-with-sum"]
    data = Rewriter(Mapping(KEY)).frame(frame(whole), ETHERNET).data
    datagram = data[34:] + whole[len(data) :]
    assert checksum(data[26:34] + len(datagram).to_bytes(4, "big") + b"\0\0\0\x11" + datagram) == 0
    whole = FRAMES["icmp-error"]
    data = Rewriter(Mapping(KEY)).frame(frame(whole), ETHERNET).data
    assert checksum(data[34:] + whole[len(data) :]) == 0


def test_a_sum_that_was_wrong_stays_wrong() -> None:
    data = bytearray(FRAMES["tcp"])
    data[24] ^= 0x55
    assert sums(bytes(data))[0][1] != 0
    assert sums(Rewriter(Mapping(KEY)).frame(frame(bytes(data)), ETHERNET).data)[0][1] != 0


def test_what_could_hold_an_address_is_cut_off() -> None:
    rewriter = Rewriter(Mapping(KEY))
    route = b"\x07\x07\x08" + V4_A + b"\0"
    assert V4_A not in rewriter.frame(frame(ethernet(0x0800, ipv4(6, tcp(), options=route))), ETHERNET).data
    announced = b"\x1e\x08\x34\x01" + V4_A
    assert V4_A not in rewriter.frame(frame(ethernet(0x0800, ipv4(6, tcp(options=announced)))), ETHERNET).data
    assert len(rewriter.frame(frame(ethernet(0x88CC, b"neighbour " + V4_A)), ETHERNET).data) == 14
    assert rewriter.frame(frame(V4_A * 10), 147).data == b""
    assert rewriter.frame(frame(ethernet(0x0800, ipv4(89, V4_A * 4))), ETHERNET).data[34:] == b""


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_of_any_length_and_any_garbage_ends(name: str) -> None:
    chance, mapping = random.Random(name), Mapping(KEY)
    for size in range(len(FRAMES[name])):
        data = FRAMES[name][:size]
        redacted = Rewriter(mapping).frame(frame(data), ETHERNET).data
        assert len(redacted) <= size
        for address in (V4_A, V4_B, V6_A):
            assert address not in redacted
        dirty = bytearray(data)
        for _turn in range(min(4, size)):
            dirty[chance.randrange(size)] = chance.randrange(256)
        Rewriter(mapping).frame(frame(bytes(dirty)), ETHERNET)
        Rewriter().frame(frame(bytes(dirty)), ETHERNET)


# -- the mapping ---------------------------------------------------------------------------------------------
def shared(one: bytes, two: bytes) -> int:
    """How many first bits are the same."""
    width = len(one) * 8
    return width - (int.from_bytes(one, "big") ^ int.from_bytes(two, "big")).bit_length()


def test_prefixes_are_kept_exactly_and_nothing_is_met_twice() -> None:
    chance = random.Random(4)
    mapping = Mapping(KEY)
    addresses = [bytes(chance.randrange(256) for _byte in range(4)) for _address in range(60)]
    addresses += [address[:3] + bytes([address[3] ^ 1]) for address in addresses]
    for one, two in itertools.combinations(sorted(set(addresses)), 2):
        assert shared(mapping.ipv4(one), mapping.ipv4(two)) == shared(one, two)
    assert mapping.ipv4(V4_A) != Mapping(KEY[::-1]).ipv4(V4_A)


@pytest.mark.parametrize("text", ["0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255", "::", "::1", "ff02::1"])
def test_what_is_no_hosts_address_stays(text: str) -> None:
    assert Mapping(KEY).text(text) == text


@pytest.mark.parametrize(
    "text",
    ["10.244.1.5", "0.0.0.1", "128.0.0.0", "254.255.255.255", "fe80::1", "2001:db8::1", "ff02::1:ff00:5", "223.1.1.1"],
)
def test_a_hosts_address_stays_one_and_comes_back(text: str) -> None:
    true = ipaddress.ip_address(text)
    other = Mapping(KEY).text(text)
    assert Mapping(KEY, restore=True).text(other) == text
    for kind in ("is_multicast", "is_loopback", "is_unspecified", "is_link_local"):
        if true.version == 6 or kind != "is_link_local":
            assert getattr(ipaddress.ip_address(other), kind) == getattr(true, kind)


@pytest.mark.parametrize("text", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "33:33:00:00:00:01"])
def test_a_groups_mac_address_stays(text: str) -> None:
    assert Mapping(KEY).text(text) == text


def test_the_mac_address_of_a_host_does_not_show_in_that_of_a_group() -> None:
    group = bytes.fromhex("3333ffa80002")
    other = Mapping(KEY).mac(group)
    assert other[:3] == group[:3] and other != group and Mapping(KEY, restore=True).mac(other) == group
    assert Mapping(KEY).mac(MAC_A)[0] & 3 == MAC_A[0] & 3


def test_addresses_in_texts() -> None:
    text = "eth0 of pod:default/web on ip-10-0-3-4.internal, host 10.244.1.5 or 0xaf40105, via 2001:db8::5"
    text += " at 12:30:45 v1.2.3"
    other = Mapping(KEY).text(text)
    for address in ("10-0-3-4", "10.244.1.5", "0xaf40105", "2001:db8::5"):
        assert address not in other
    for word in ("eth0", "pod:default/web", ".internal", "12:30:45", "v1.2.3"):
        assert word in other
    assert Mapping(KEY, restore=True).text(other) == text


# -- the key -------------------------------------------------------------------------------------------------
def test_a_key_is_made_once_and_for_its_user_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "keys" / "redact.key"
    key = make_key(path)
    assert len(key) == 32 and make_key(path) == key == read_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_others_may_read_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "key"
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="others may read it"):
        make_key(path)


def test_what_is_no_key_is_refused_without_a_word_of_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "key"
    path.write_text("hunter2")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="64 hexadecimal digits") as caught:
        read_key(path)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(KeyFileError, match="No such file"):
        read_key(tmp_path / "other")
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(KeyFileError, match="Cannot read the key"):
        read_key(tmp_path / "link")


def test_a_key_within_the_evidence_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KeyFileError, match="within the evidence"):
        key_path(str(tmp_path / "bundle" / "x" / "key"), tmp_path / "bundle")
    assert key_path(str(tmp_path / "key"), tmp_path / "bundle") == tmp_path / "key"
