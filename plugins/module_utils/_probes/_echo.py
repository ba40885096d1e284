# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""ICMP echo: packets of our own, and the answers that are really ours.

A raw socket receives every ICMP packet of its namespace, also the replies to other programs. A kernel filter lets
only our identifier through; identifier, sequence number and token decide. Without CAP_NET_RAW a ping socket serves
(SOCK_DGRAM with IPPROTO_ICMP), where the kernel chooses the identifier and sorts the answers.
"""

from __future__ import annotations

import dataclasses
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, IcmpError

ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
IP_HEADER = {4: 20, 6: 40}
ICMP_HEADER = 8
SOL_RAW = 255
ICMP_FILTER = 1
ICMP6_FILTER = 1
RECEIVE_BUFFER = 4 << 20
_FILLER = bytes(range(256)) * 257


class CannotPing(Exception):
    """No ICMP socket can be had here."""


@dataclasses.dataclass(frozen=True)
class EchoReply:
    """seconds: when it came, on the monotonic clock; kernel_ns: the same on the kernel's wall clock, where told."""

    seq: int
    source: str
    seconds: float
    kernel_ns: int | None
    ttl: int | None
    intact: bool


@dataclasses.dataclass(frozen=True)
class EchoRefused:
    """An ICMP error about one of our packets."""

    seq: int
    error: IcmpError


@dataclasses.dataclass(frozen=True)
class _Sent:
    seconds: float
    wall_ns: int
    payload: bytes


def token_payload(token: bytes, size: int) -> bytes:
    """A payload of exactly that size which begins with the token, as far as it fits."""
    return (token + _FILLER)[:size]


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(family: int, ident: int, seq: int, payload: bytes) -> bytes:
    """An ICMP echo request without IP header; the kernel fills in the checksum of ICMPv6."""
    header = struct.pack("!BBHHH", ECHO_REQUEST[family], 0, 0, ident, seq)
    number = checksum(header + payload) if family == 4 else 0
    return struct.pack("!BBHHH", ECHO_REQUEST[family], 0, number, ident, seq) + payload


class EchoSocket:
    """Sends echo requests to one address and collects what comes back. Use it as a context manager."""

    def __init__(self, context: Context, address: Address, dont_fragment: int | None = None) -> None:
        self.family = address.family
        self._context = context
        self._target = socket_address(address, 0)
        self._sent: dict[int, _Sent] = {}
        self._buffer = 65536
        self.sock, self.raw = _open(context, address)
        try:
            self.ident = self._prepare(dont_fragment)
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self) -> EchoSocket:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back."""
        self.sock.close()

    def _prepare(self, dont_fragment: int | None) -> int:
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, _kernel.SO_TIMESTAMPNS, 1)
        _widen(self.sock)
        if dont_fragment is not None:
            _kernel.set_dont_fragment(self.sock, self.family, dont_fragment)
        if self.raw:
            ident = self._context.random.randrange(1, 0x10000)
            _only_ours(self.sock, self.family, ident)
            return ident
        _kernel.report_errors(self.sock, self.family)
        self.sock.bind(("", 0) if self.family == 4 else ("::", 0))
        return int(self.sock.getsockname()[1])

    def send(self, seq: int, payload: bytes) -> None:
        """Send one request; OSError when the kernel refuses (EMSGSIZE: larger than the interface's MTU)."""
        packet = echo_request(self.family, self.ident, seq, payload)
        self._sent[seq] = _Sent(self._context.now(), int(self._context.clock.wall() * 1e9), payload)
        try:
            self.sock.sendto(packet, self._target)
        except OSError:
            if self.raw:
                raise
            # A ping socket may only be reporting the ICMP error to an earlier packet; that one is in its error queue.
            self.sock.sendto(packet, self._target)

    def receive(self, until: float) -> EchoReply | EchoRefused | None:
        """The next answer to one of our requests; None when none has come until that moment."""
        while True:
            events = self._context.wait(self.sock, 1, until)
            answer = self._next(events) if events else None
            if answer is not None or self._context.now() >= until:
                return answer

    def rtt_ms(self, reply: EchoReply) -> float:
        """Milliseconds from request to reply.

        The kernel's receive time is used, as ping does: a busy Python reads a reply late. It is taken only when it
        agrees with the monotonic clock, since someone may set the wall clock meanwhile.
        """
        sent = self._sent[reply.seq]
        elapsed = reply.seconds - sent.seconds
        if reply.kernel_ns is not None:
            by_kernel = (reply.kernel_ns - sent.wall_ns) / 1e9
            if 0 < by_kernel < elapsed:
                elapsed = by_kernel
        return round(elapsed * 1000, 3)

    # -- receiving -----------------------------------------------------------------------------------------------
    def _next(self, events: int) -> EchoReply | EchoRefused | None:
        if events & 8 and not self.raw:  # POLLERR: there is something in the error queue
            queued = _kernel.next_error(self.sock, self.family)
            if queued is not None:
                return self._refused(queued.payload, queued.icmp)
        try:
            data, ancillary, _flags, source = self.sock.recvmsg(self._buffer, 64)
        except OSError:
            return None
        seconds = self._context.now()
        ttl = None
        if self.raw and self.family == 4:
            ttl, data = data[8] if len(data) > 8 else None, data[_header_length(data) :]
        if len(data) < ICMP_HEADER:
            return None
        if data[0] != ECHO_REPLY[self.family]:
            return self._error_packet(data, source[0])
        return self._reply(data, source[0], seconds, _timestamp(ancillary), ttl)

    def _reply(
        self, data: bytes, source: str, seconds: float, kernel_ns: int | None, ttl: int | None
    ) -> EchoReply | None:
        ident, seq = struct.unpack_from("!HH", data, 4)
        sent = self._sent.get(seq)
        payload = data[ICMP_HEADER:]
        if ident != self.ident or sent is None or payload[:8] != sent.payload[:8]:
            return None
        return EchoReply(seq, source, seconds, kernel_ns, ttl, payload == sent.payload)

    def _error_packet(self, data: bytes, source: str) -> EchoRefused | None:
        kind, code, _sum, rest = struct.unpack_from("!BBHI", data)
        if not _is_error(self.family, kind):
            return None
        mtu = None
        if _kernel.is_too_big(self.family, kind, code):
            mtu = (rest & 0xFFFF if self.family == 4 else rest) or None
        error = IcmpError(source, kind, code, _kernel.icmp_text(self.family, kind, code), mtu)
        return self._refused(_embedded_echo(self.family, data[ICMP_HEADER:]), error)

    def _refused(self, packet: bytes, error: IcmpError | None) -> EchoRefused | None:
        """Match the request that an ICMP error quotes: its identifier, sequence number and as much token as it has."""
        if error is None or len(packet) < ICMP_HEADER or packet[0] != ECHO_REQUEST[self.family]:
            return None
        ident, seq = struct.unpack_from("!HH", packet, 4)
        sent = self._sent.get(seq)
        if sent is None or (self.raw and ident != self.ident):
            return None
        quoted = packet[ICMP_HEADER : ICMP_HEADER + 8]
        if quoted != sent.payload[: len(quoted)]:
            return None
        return EchoRefused(seq, dataclasses.replace(error, seq=seq))


def _is_error(family: int, kind: int) -> bool:
    return kind in (3, 4, 11, 12) if family == 4 else kind < 128


def _header_length(packet: bytes) -> int:
    return (packet[0] & 0x0F) * 4 if packet else 0


def _embedded_echo(family: int, packet: bytes) -> bytes:
    """The ICMP part of the packet that an ICMP error quotes; empty when that was not ICMP."""
    if family == 4:
        if len(packet) < 20 or packet[9] != socket.IPPROTO_ICMP:
            return b""
        return packet[_header_length(packet) :]
    if len(packet) < 40 or packet[6] != socket.IPPROTO_ICMPV6:
        return b""
    return packet[40:]


def _timestamp(ancillary: t.Iterable[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _kernel.SO_TIMESTAMPNS and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("@qq", data)
            return int(seconds * 1000000000 + nanoseconds)
    return None


# -- opening -----------------------------------------------------------------------------------------------------
def _open(context: Context, address: Address) -> tuple[socket.socket, bool]:
    family = socket_family(address)
    protocol = socket.IPPROTO_ICMP if address.family == 4 else socket.IPPROTO_ICMPV6
    try:
        return context.new_socket(family, socket.SOCK_RAW, protocol), True
    except PermissionError:
        pass
    except OSError as exc:
        raise CannotPing(f"Cannot open an ICMP socket: {exc.strerror}") from exc
    try:
        return context.new_socket(family, socket.SOCK_DGRAM, protocol), False
    except OSError as exc:
        raise CannotPing(
            "Cannot open an ICMP socket: CAP_NET_RAW is missing, and net.ipv4.ping_group_range does not allow "
            f"a ping socket ({exc.strerror})"
        ) from exc


def _widen(sock: socket.socket) -> None:
    """A larger receive buffer, so that a burst of large replies is not lost in it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _kernel.SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _only_ours(sock: socket.socket, family: int, ident: int) -> None:
    """Keep foreign packets out of the receive buffer: only replies with our identifier and ICMP errors pass."""
    if family == 4:
        wanted = sum(1 << kind for kind in (0, 3, 4, 11, 12))
        sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", ~wanted & 0xFFFFFFFF))
    else:
        blocked = [0xFFFFFFFF] * 8
        for kind in (1, 2, 3, 4, ECHO_REPLY[6]):
            blocked[kind // 32] &= ~(1 << kind % 32)
        sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, struct.pack("=8I", *blocked))
    _attach(sock, _filter_program(family, ident))


def _filter_program(family: int, ident: int) -> list[tuple[int, int, int, int]]:
    """Classic BPF: "not an echo reply, or our identifier". An IPv4 raw socket sees the IP header, an IPv6 one not."""
    load_header_length = [(0xB1, 0, 0, 0)] if family == 4 else [(0x01, 0, 0, 0)]  # X = 4*([0]&0xf); X = 0
    return [
        *load_header_length,
        (0x50, 0, 0, 0),  # A = byte [X+0], the type
        (0x15, 0, 2, ECHO_REPLY[family]),  # not a reply: accept
        (0x48, 0, 0, 4),  # A = half word [X+4], the identifier
        (0x15, 0, 1, ident),  # not ours: drop
        (0x06, 0, 0, 0x40000),  # accept
        (0x06, 0, 0, 0),  # drop
    ]


def _attach(sock: socket.socket, program: list[tuple[int, int, int, int]]) -> None:
    """Best effort: the filter spares buffer space, it does not decide."""
    try:
        import ctypes  # not a part of the smallest Python packages

        code = b"".join(struct.pack("=HBBI", *step) for step in program)
        held = ctypes.create_string_buffer(code, len(code))
        sock.setsockopt(
            socket.SOL_SOCKET, _kernel.SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(held))
        )
    except (ImportError, OSError):
        return
