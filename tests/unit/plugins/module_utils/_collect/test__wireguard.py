# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers of WireGuard devices, from messages made after linux/wireguard.h; what is secret in them does not come out."""

from __future__ import annotations

import base64
import errno
import ipaddress
import json
import os
import socket
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links, _netlink, _wireguard
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Reader, ReadError

PRIVATE, PRESHARED = b"\x51" * 32, b"\x52" * 32
OWN, FIRST, SECOND = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32
NOW = 1_800_000_000
# The numbers of the two attributes that must not be read.
PRIVATE_KEY, PRESHARED_KEY = 3, 2


def endpoint(address: str, port: int) -> bytes:
    """A sockaddr."""
    packed = ipaddress.ip_address(address).packed
    if len(packed) == 4:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + packed + bytes(8)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!H", port) + bytes(4) + packed + bytes(4)


def network(text: str) -> bytes:
    """An allowed network."""
    parsed = ipaddress.ip_network(text)
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6
    return _netlink.nested(
        0,
        _netlink.attribute(_wireguard.ALLOWED_FAMILY, struct.pack("=H", family)),
        _netlink.attribute(_wireguard.ALLOWED_ADDRESS, parsed.network_address.packed),
        _netlink.attribute(_wireguard.ALLOWED_LENGTH, bytes([parsed.prefixlen])),
    )


def peer(key: bytes, networks: t.Sequence[str], where: bytes = b"", handshake: int = 0) -> bytes:
    """A peer, with its preshared key."""
    parts = [
        _netlink.attribute(_wireguard.PEER_PUBLIC_KEY, key),
        _netlink.attribute(PRESHARED_KEY, PRESHARED),
        _netlink.attribute(_wireguard.PEER_HANDSHAKE, struct.pack("=qq", handshake, 5)),
        _netlink.attribute(_wireguard.PEER_KEEPALIVE, struct.pack("=H", 25)),
        _netlink.attribute(_wireguard.PEER_RX, struct.pack("=Q", 1 << 40)),
        _netlink.attribute(_wireguard.PEER_TX, struct.pack("=Q", 7)),
        _netlink.nested(_wireguard.PEER_ALLOWED, *map(network, networks)),
    ]
    if where:
        parts.append(_netlink.attribute(_wireguard.PEER_ENDPOINT, where))
    return _netlink.nested(0, *parts)


def device(*peers: bytes, public: bytes = OWN) -> bytes:
    """The body of a message about a device, with its private key."""
    return _wireguard.GENLMSG.pack(0, 1, 0) + b"".join(
        (
            _netlink.attribute(1, struct.pack("=I", 7)),
            _netlink.attribute(_wireguard.DEVICE_IFNAME, b"wg0\0"),
            _netlink.attribute(PRIVATE_KEY, PRIVATE),
            _netlink.attribute(_wireguard.DEVICE_PUBLIC_KEY, public),
            _netlink.attribute(_wireguard.DEVICE_LISTEN_PORT, struct.pack("=H", 51820)),
            _netlink.attribute(_wireguard.DEVICE_FWMARK, struct.pack("=I", 0xCA6C)),
            _netlink.nested(_wireguard.DEVICE_PEERS, *peers),
        )
    )


WHOLE = device(
    peer(FIRST, ["10.244.2.0/24", "0.0.0.0/0"], endpoint("192.0.2.12", 51821), NOW - 90),
    peer(SECOND, ["fd00:2::/64"], endpoint("2001:db8::2", 51820)),
)


def test_a_device_and_its_peers() -> None:
    found = _wireguard.parse_device([WHOLE], NOW)
    assert (found.public_key, found.listen_port, found.fwmark) == (base64.b64encode(OWN).decode(), 51820, 0xCA6C)
    first, second = found.peers
    assert first.public_key == base64.b64encode(FIRST).decode()
    assert (first.endpoint, first.endpoint_port, first.handshake_seconds) == ("192.0.2.12", 51821, 90)
    assert first.allowed == ["10.244.2.0/24", "0.0.0.0/0"]
    assert (first.keepalive_seconds, first.rx_bytes, first.tx_bytes) == (25, 1 << 40, 7)
    assert (second.endpoint, second.allowed, second.handshake_seconds) == ("2001:db8::2", ["fd00:2::/64"], None)


def test_nothing_secret_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the result, nor as a value anywhere on the way to it."""
    seen: list[bytes] = []
    real = _netlink.each_attribute

    def watched(data: bytes, wanted: t.Container[int] | None = None) -> t.Iterator[tuple[int, bytes]]:
        for kind, value in real(data, wanted):
            seen.append(value)
            yield kind, value

    monkeypatch.setattr(_netlink, "each_attribute", watched)
    text = json.dumps(_wireguard.parse_device([WHOLE], NOW).to_dict())
    for secret in (PRIVATE, PRESHARED):
        assert secret not in seen
        assert base64.b64encode(secret).decode() not in text and secret.hex() not in text
    assert OWN in seen and FIRST in seen
    assert PRIVATE_KEY not in _wireguard.DEVICE_WANTED and PRESHARED_KEY not in _wireguard.PEER_WANTED


def test_a_peer_that_goes_on_in_the_next_message() -> None:
    more = _wireguard.GENLMSG.pack(0, 1, 0) + _netlink.nested(
        _wireguard.DEVICE_PEERS,
        _netlink.nested(
            0,
            _netlink.attribute(_wireguard.PEER_PUBLIC_KEY, FIRST),
            _netlink.nested(_wireguard.PEER_ALLOWED, network("10.244.9.0/24")),
        ),
    )
    first, _second = _wireguard.parse_device([WHOLE, more], NOW).peers
    assert first.allowed == ["10.244.2.0/24", "0.0.0.0/0", "10.244.9.0/24"]
    assert first.endpoint == "192.0.2.12"


def test_a_device_without_a_key() -> None:
    assert _wireguard.parse_device([device(public=bytes(32))], NOW).public_key is None


def test_damaged_messages() -> None:
    for length in range(len(WHOLE)):
        _wireguard.parse_device([WHOLE[:length]], NOW)


# -- asking ----------------------------------------------------------------------------------------------------------
LINKS = _links.parse_links(
    [
        {"ifname": "wg0", "ifindex": 7, "mtu": 1420, "flags": ["UP"], "linkinfo": {"info_kind": "wireguard"}},
        {"ifname": "eth0", "ifindex": 2, "mtu": 1500, "flags": ["UP"], "link_type": "ether"},
    ]
)


def test_the_family_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bytes]] = []

    def dump(_protocol: int, kind: int, body: bytes, _seconds: float, **_more: t.Any) -> t.Iterator[bytes]:
        asked.append((kind, body))
        if kind == _wireguard.CONTROLLER:
            yield _wireguard.GENLMSG.pack(1, 2, 0) + _netlink.attribute(_wireguard.FAMILY_ID, struct.pack("=H", 33))
        else:
            yield WHOLE

    monkeypatch.setattr(_netlink, "dump", dump)
    found = _wireguard.read_wireguard(Reader("w1", 5), HOST, LINKS)
    assert [kind for kind, _body in asked] == [16, 33] and b"wg0\0" in asked[1][1]
    wg0, eth0 = _wireguard.with_peers(LINKS, found)
    assert wg0.wireguard is not None and len(wg0.wireguard.peers) == 2 and eth0.wireguard is None


def test_nothing_is_asked_without_such_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_netlink, "dump", lambda *_arguments, **_more: pytest.fail("the kernel was asked"))
    assert _wireguard.read_wireguard(Reader("w1", 5), HOST, LINKS[1:]) == {}


def test_a_kernel_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: t.Any, **_more: t.Any) -> t.Any:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(_netlink, "dump", refuse)
    with pytest.raises(ReadError, match="Cannot read wireguard of node w1: Operation not permitted"):
        _wireguard.read_wireguard(Reader("w1", 5), HOST, LINKS)


def test_a_real_kernel_answers_for_a_family() -> None:
    """Generic netlink works as it is asked here; whether this kernel has WireGuard is another question."""
    body = _wireguard.GENLMSG.pack(_wireguard.GET_FAMILY, 1, 0) + _netlink.attribute(2, b"nlctrl\0")
    (answer,) = _netlink.dump(_netlink.GENERIC, _wireguard.CONTROLLER, body, 5.0, flags=0)
    parts = _netlink.attributes(answer[_wireguard.GENLMSG.size :])
    assert _netlink.number(parts[_wireguard.FAMILY_ID]) == _wireguard.CONTROLLER
