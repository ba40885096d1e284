# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Peers of WireGuard devices, by generic netlink (linux/wireguard.h, linux/genetlink.h).

The kernel's answer holds the private key and the preshared keys. They are passed over where attributes are told apart:
no value is made of them, so that nothing behind this file can show them.
"""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import struct
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netlink
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Link, WireGuard, WireGuardPeer

WHAT = "wireguard"
KIND = "wireguard"
# genlmsghdr: command, version, reserved; the controller, its question for a family, and its attributes.
GENLMSG = struct.Struct("=BBH")
CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 3, 1, 2
GET_DEVICE, VERSION = 0, 1
DEVICE_IFNAME, DEVICE_PUBLIC_KEY, DEVICE_LISTEN_PORT, DEVICE_FWMARK, DEVICE_PEERS = 2, 4, 6, 7, 8
PEER_PUBLIC_KEY, PEER_ENDPOINT, PEER_KEEPALIVE, PEER_HANDSHAKE, PEER_RX, PEER_TX, PEER_ALLOWED = 1, 4, 5, 6, 7, 8, 9
ALLOWED_FAMILY, ALLOWED_ADDRESS, ALLOWED_LENGTH = 1, 2, 3
# What is read. WGDEVICE_A_PRIVATE_KEY (3) and WGPEER_A_PRESHARED_KEY (2) must never be among them.
DEVICE_WANTED = frozenset((DEVICE_PUBLIC_KEY, DEVICE_LISTEN_PORT, DEVICE_FWMARK, DEVICE_PEERS))
PEER_WANTED = frozenset(
    (PEER_PUBLIC_KEY, PEER_ENDPOINT, PEER_KEEPALIVE, PEER_HANDSHAKE, PEER_RX, PEER_TX, PEER_ALLOWED)
)
TIMESPEC = struct.Struct("=qq")
AF_INET, AF_INET6 = 2, 10
SECONDS = 2.0
MAX_PEERS = 5000


def read_wireguard(reader: Reader, namespace: Namespace, links: t.Sequence[Link]) -> dict[str, WireGuard]:
    """The WireGuard devices of a namespace by name; ReadError."""
    names = [link.name for link in links if link.kind == KIND]
    if not names:
        return {}
    try:
        return _netns.call_in(namespace.pid, lambda: ask(names), namespace.inode)
    except _netns.NetnsError as exc:
        raise reader.fail(WHAT, namespace, str(exc)) from exc
    except OSError as exc:
        raise reader.fail(WHAT, namespace, str(exc.strerror or exc)) from exc


def with_peers(links: t.Sequence[Link], devices: t.Mapping[str, WireGuard]) -> list[Link]:
    """The links with what was read of their peers."""
    return [dataclasses.replace(link, wireguard=devices[link.name]) if link.name in devices else link for link in links]


def ask(names: t.Sequence[str]) -> dict[str, WireGuard]:
    """The same, of the calling thread's namespace; OSError."""
    body = GENLMSG.pack(GET_FAMILY, 1, 0) + _netlink.attribute(FAMILY_NAME, KIND.encode() + b"\0")
    answers = list(_netlink.dump(_netlink.GENERIC, CONTROLLER, body, SECONDS, flags=0))
    family = _netlink.number(_netlink.attributes(answers[0][GENLMSG.size :]).get(FAMILY_ID)) if answers else None
    found = {}
    for name in names if family else ():
        question = GENLMSG.pack(GET_DEVICE, VERSION, 0) + _netlink.attribute(DEVICE_IFNAME, name.encode() + b"\0")
        messages = list(_netlink.dump(_netlink.GENERIC, family or 0, question, SECONDS))
        found[name] = parse_device(messages, time.time())
    return found


# -- answers -----------------------------------------------------------------------------------------------------
def parse_device(messages: t.Sequence[bytes], now: float) -> WireGuard:
    """A device from the bodies of its messages: a peer with many networks goes on in the next one. now: seconds since
    the epoch.
    """
    parts: _netlink.Attributes = {}
    peers: dict[str, WireGuardPeer] = {}
    for message in messages:
        found = _netlink.attributes(message[GENLMSG.size :], DEVICE_WANTED)
        parts = {**found, **parts}
        for _number, data in _netlink.each_attribute(found.get(DEVICE_PEERS, b"")):
            peer = _peer(data, now)
            known = peers.get(peer.public_key) if peer is not None else None
            if peer is not None and known is not None:
                peers[peer.public_key] = dataclasses.replace(known, allowed=[*known.allowed, *peer.allowed])
            elif peer is not None and len(peers) < MAX_PEERS:
                peers[peer.public_key] = peer
    return WireGuard(
        public_key=_key(parts.get(DEVICE_PUBLIC_KEY)),
        listen_port=_netlink.number(parts.get(DEVICE_LISTEN_PORT)),
        fwmark=_netlink.number(parts.get(DEVICE_FWMARK)) or 0,
        peers=list(peers.values()),
    )


def _peer(data: bytes, now: float) -> WireGuardPeer | None:
    parts = _netlink.attributes(data, PEER_WANTED)
    key = _key(parts.get(PEER_PUBLIC_KEY))
    if key is None:
        return None
    address, port = _endpoint(parts.get(PEER_ENDPOINT, b""))
    moment = parts.get(PEER_HANDSHAKE, b"")
    seconds = TIMESPEC.unpack_from(moment)[0] if len(moment) >= TIMESPEC.size else 0
    return WireGuardPeer(
        public_key=key,
        endpoint=address,
        endpoint_port=port,
        allowed=[
            network
            for _number, each in _netlink.each_attribute(parts.get(PEER_ALLOWED, b""))
            for network in _network(each)
        ],
        handshake_seconds=max(0, int(now - seconds)) if seconds else None,
        keepalive_seconds=_netlink.number(parts.get(PEER_KEEPALIVE)) or None,
        rx_bytes=_netlink.number(parts.get(PEER_RX)),
        tx_bytes=_netlink.number(parts.get(PEER_TX)),
    )


def _key(data: bytes | None) -> str | None:
    """A public key as wg shows it; a device without a private key has one of zeros, which is none."""
    return base64.b64encode(data).decode("ascii") if data and any(data) else None


def _endpoint(data: bytes) -> tuple[str | None, int | None]:
    """A sockaddr_in or sockaddr_in6."""
    if len(data) < 8:
        return None, None
    family = _netlink.number(data[:2])
    port = struct.unpack("!H", data[2:4])[0]
    if family == AF_INET:
        return str(ipaddress.ip_address(data[4:8])), port
    if family == AF_INET6 and len(data) >= 24:
        return str(ipaddress.ip_address(data[8:24])), port
    return None, None


def _network(data: bytes) -> t.Iterator[str]:
    parts = _netlink.attributes(data)
    address, length = parts.get(ALLOWED_ADDRESS, b""), _netlink.number(parts.get(ALLOWED_LENGTH))
    # A length of zero is a number like any other.
    if len(address) in (4, 16) and length is not None:
        yield f"{ipaddress.ip_address(address)}/{length}"
