# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Which way a packet leaves this namespace: one route lookup by the kernel, over netlink (rtnetlink(7))."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address

RTM_GETROUTE = 26
NLM_F_REQUEST = 1
NLMSG_ERROR = 2
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC, RTA_METRICS = 1, 4, 5, 7, 8
RTAX_MTU = 2
SIOCGIFMTU = 0x8921
_TYPES = {
    1: "unicast",
    2: "local",
    3: "broadcast",
    4: "anycast",
    5: "multicast",
    6: "blackhole",
    7: "unreachable",
    8: "prohibit",
    9: "throw",
}


@dataclasses.dataclass(frozen=True)
class Route:
    """The answer of one lookup. mtu: of the route itself, where it has one; device_mtu: of the outgoing interface."""

    type: str
    device: str
    device_mtu: int
    gateway: str | None
    source: str | None
    mtu: int | None

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def lookup(address: Address) -> Route:
    """Ask the kernel; OSError (ENETUNREACH and the like) when there is no usable route."""
    family = socket.AF_INET if address.family == 4 else socket.AF_INET6
    packed = socket.inet_pton(family, address.text)
    body = struct.pack("=BBBBBBBBI", family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body += _attribute(RTA_DST, packed)
    if address.scope:
        index = int(address.scope) if address.scope.isdigit() else socket.if_nametoindex(address.scope)
        body += _attribute(RTA_OIF, struct.pack("=I", index))
    header = struct.pack("=IHHII", 16 + len(body), RTM_GETROUTE, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(2.0)
        sock.sendto(header + body, (0, 0))
        answer = sock.recv(16384)
    return _parse(answer, family)


def _parse(answer: bytes, family: int) -> Route:
    length, kind = struct.unpack_from("=IH", answer)
    if kind == NLMSG_ERROR:
        number = -struct.unpack_from("=i", answer, 16)[0]
        raise OSError(number, os.strerror(number))
    route_type = answer[16 + 7]
    attributes = dict(_attributes(answer[16 + 12 : length]))
    if RTA_OIF not in attributes:
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
    device = socket.if_indextoname(struct.unpack("=I", attributes[RTA_OIF])[0])
    metrics = dict(_attributes(attributes.get(RTA_METRICS, b"")))
    return Route(
        type=_TYPES.get(route_type, str(route_type)),
        device=device,
        device_mtu=device_mtu(device),
        gateway=_text(family, attributes.get(RTA_GATEWAY)),
        source=_text(family, attributes.get(RTA_PREFSRC)),
        mtu=struct.unpack("=I", metrics[RTAX_MTU])[0] if RTAX_MTU in metrics else None,
    )


def device_mtu(device: str) -> int:
    """The MTU of an interface of this namespace, in bytes of IP packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, SIOCGIFMTU, struct.pack("16sI20x", device.encode(), 0))
    return int(struct.unpack_from("=I", answer, 16)[0])


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def _attributes(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def _text(family: int, packed: bytes | None) -> str | None:
    return socket.inet_ntop(family, packed) if packed else None
