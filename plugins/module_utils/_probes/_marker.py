# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind marker: packets of a peculiar length, for the kernel's own events to be recognised by.

Nothing is measured by them and no answer is waited for. TCP markers are connection requests (SYN) that carry a filler,
as RFC 9293 allows; the kernel resets what comes back for them, so the application never sees a connection.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import (
    IP_HEADER,
    checksum,
    echo_request,
    token_payload,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_token
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import resolve_target, source_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Attempt, Measured

TCP_HEADER, UDP_HEADER, ICMP_HEADER = 20, 8, 8
SYN = 0x02
SENT = "sent"
HEADERS = {"tcp": TCP_HEADER, "udp": UDP_HEADER, "icmp": ICMP_HEADER}
PROTOCOLS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}


def probe_marker(context: Context, measured: Measured) -> None:
    """Send count packets whose IP length is size, with a pause of interval between them."""
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    source = source_address(context, address)
    measured.local_address = source
    protocol = context.request.protocol
    room = context.request.size - IP_HEADER[address.family] - HEADERS[protocol]
    measured.data["protocol"] = protocol
    if source is None or room < 0:
        measured.status = "error"
        measured.error = f"no route to {address}" if source is None else f"{context.request.size} bytes are too few"
        return
    filler = token_payload(probe_token(context), room)
    try:
        with _Reserved(context, address) as port:
            _send_all(context, measured, address, source, port, filler)
    except PermissionError:
        measured.status, measured.error = "error", "raw sockets are not allowed here"
        return
    refused = [attempt for attempt in measured.attempts if attempt.outcome != SENT]
    measured.outcome = refused[0].outcome if refused else SENT
    measured.status = "fail" if refused else "pass"


class _Reserved:
    """A local port that nobody else gets meanwhile; 0 for ICMP."""

    def __init__(self, context: Context, address: Address) -> None:
        self._socket: socket.socket | None = None
        if context.request.protocol != "icmp":
            kind = socket.SOCK_STREAM if context.request.protocol == "tcp" else socket.SOCK_DGRAM
            self._socket = context.new_socket(socket_family(address), kind, 0)

    def __enter__(self) -> int:
        if self._socket is None:
            return 0
        self._socket.bind(("", 0))
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_details: object) -> None:
        if self._socket is not None:
            self._socket.close()


def _send_all(context: Context, measured: Measured, address: Address, source: str, port: int, filler: bytes) -> None:
    protocol = context.request.protocol
    icmp = socket.IPPROTO_ICMP if address.family == 4 else socket.getprotobyname("ipv6-icmp")
    number = PROTOCOLS.get(protocol, icmp)
    target = socket_address(address, 0)
    with context.new_socket(socket_family(address), socket.SOCK_RAW, number) as sock:
        for seq in range(1, context.request.count + 1):
            context.check_time()
            packet = _packet(context, address, source, port, seq, filler)
            outcome, detail = SENT, None
            try:
                sock.sendto(packet, target)
            except OSError as exc:
                outcome, detail = "not_sent", errno.errorcode.get(exc.errno or 0, str(exc))
            measured.attempts.append(Attempt(seq, outcome, None, str(address), port or None, detail))
            if seq < context.request.count:
                context.pause(context.request.interval)


def _packet(context: Context, address: Address, source: str, port: int, seq: int, filler: bytes) -> bytes:
    """The packet above its IP header, which the kernel writes."""
    protocol, to = context.request.protocol, context.request.port or 0
    if protocol == "icmp":
        return echo_request(address.family, context.random.randrange(1, 65536), seq, filler)
    pseudo = _pseudo_header(address, source, PROTOCOLS[protocol], HEADERS[protocol] + len(filler))
    if protocol == "udp":
        head = struct.pack("!HHHH", port, to, UDP_HEADER + len(filler), 0)
        total = checksum(pseudo + head + filler) or 0xFFFF
        return head[:6] + struct.pack("!H", total) + filler
    head = struct.pack(
        "!HHIIBBHHH", port, to, context.random.randrange(1 << 32), 0, TCP_HEADER // 4 << 4, SYN, 64240, 0, 0
    )
    total = checksum(pseudo + head + filler)
    return head[:16] + struct.pack("!H", total) + head[18:] + filler


def _pseudo_header(address: Address, source: str, protocol: int, length: int) -> bytes:
    """What the checksums of TCP and UDP also cover (RFC 9293 section 3.1, RFC 8200 section 8.1)."""
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(address.text).packed
    if address.family == 4:
        return ends + struct.pack("!BBH", 0, protocol, length)
    return ends + struct.pack("!IHBB", length, 0, 0, protocol)
