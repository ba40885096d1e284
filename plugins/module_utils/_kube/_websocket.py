# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A WebSocket (RFC 6455) to the API server that sends and receives at the same time without threads.

With a library that blocks while it sends, a command that writes while it is still being fed comes to a standstill. The
one that comes with kubernetes (websocket-client, 1.9) would also follow a redirect with our credentials, keep cookies
for the whole process, and set no bound to a frame or to the time of the handshake.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import http.client
import json
import os
import select
import socket
import ssl
import time
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._config import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import (
    KubeError,
    cause_text,
    kind_of_status,
)

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_CONTINUATION = 0
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_READ = 256 * 1024
_LONGEST_HEADER = 64 * 1024
_LONGEST_FRAME = 64 * 1024 * 1024
# Data that nobody acknowledges for this long: the way is cut.
_UNACKNOWLEDGED_SECONDS = 12
_SHORTAGE = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclasses.dataclass(frozen=True)
class Frame:
    """A message, or a control frame."""

    opcode: int
    data: bytes


def encode(opcode: int, data: bytes) -> bytes:
    """A frame of a client, which is always masked."""
    size = len(data)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 1 << 16:
        head = bytes([0x80 | opcode, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 0x80 | 127]) + size.to_bytes(8, "big")
    mask = os.urandom(4)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return head + mask + (int.from_bytes(data, "little") ^ key).to_bytes(size, "little")


class Decoder:
    """Bytes in, frames out; the parts of a message are put together. ValueError for what is not a server's frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._message = bytearray()
        self._opcode = 0

    def feed(self, data: bytes) -> t.Iterator[Frame]:
        """Every frame that is complete now."""
        self._buffer += data
        while True:
            frame = self._next()
            if frame is None:
                return
            yield frame

    def _next(self) -> Frame | None:
        while True:
            part = self._part()
            if part is None:
                return None
            final, opcode, data = part
            if opcode >= CLOSE:
                return Frame(opcode, data)
            if opcode != _CONTINUATION:
                self._opcode = opcode
            self._message += data
            if len(self._message) > _LONGEST_FRAME:
                raise ValueError("a message of more than 64 MiB")
            if final:
                frame = Frame(self._opcode, bytes(self._message))
                self._message = bytearray()
                return frame

    def _part(self) -> tuple[bool, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        if buffer[1] & 0x80 or buffer[0] & 0x70:
            raise ValueError("a frame with a mask or reserved bits")
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if size > _LONGEST_FRAME:
            raise ValueError("a frame of more than 64 MiB")
        if len(buffer) < start + size:
            return None
        part = (bool(buffer[0] & 0x80), buffer[0] & 0x0F, bytes(buffer[start : start + size]))
        del buffer[: start + size]
        return part


class _ProtocolError(OSError):
    """Nothing that comes now can be understood."""


class WebSocket:
    """An open connection. Its socket does not block; OSError where it is broken."""

    def __init__(self, sock: socket.socket, subprotocol: str, early: bytes) -> None:
        self.subprotocol = subprotocol
        self._sock = sock
        self._sock.setblocking(False)
        self._decoder = Decoder()
        self._early = early
        self._outgoing = memoryview(b"")
        self._broken: OSError | None = None
        self._poll = select.poll()
        self._mask = 0

    @property
    def sending(self) -> bool:
        """Whether something that was given to send() is not on its way yet."""
        return bool(self._outgoing)

    def send(self, opcode: int, data: bytes) -> None:
        """Have a frame sent, by this and the next calls of exchange()."""
        self._outgoing = memoryview(bytes(self._outgoing) + encode(opcode, data))

    def exchange(self, wait: float) -> list[Frame]:
        """Send and receive what is possible now; wait at most so many seconds for either. An end is a CLOSE frame.

        What the server sent before the connection broke is given first, and the OSError by the next call."""
        frames = self._receive()
        if not self._send_some() and not frames and self._broken is None:
            self._wait(wait)
            frames = self._receive()
            self._send_some()
        if self._broken is not None and not frames:
            frames = self._receive()
            if not frames:
                raise self._broken
        return frames

    def close(self) -> None:
        """Say goodbye if that is possible at once, and close."""
        try:
            self._sock.setblocking(False)
            if not self._outgoing:
                self._sock.send(encode(CLOSE, (1000).to_bytes(2, "big")))
        except (OSError, ValueError):
            pass
        self._sock.close()

    def _wait(self, seconds: float) -> None:
        mask = select.POLLIN | (select.POLLOUT if self._outgoing else 0)
        if mask != self._mask:
            self._poll.register(self._sock, mask)
            self._mask = mask
        self._poll.poll(max(0.0, seconds) * 1000)

    def _receive(self) -> list[Frame]:
        """All frames that are there. TLS has decrypted bytes that poll() does not see: read until there are none."""
        frames: list[Frame] = []
        if isinstance(self._broken, _ProtocolError):
            return frames
        data, self._early = self._early, b""
        try:
            while True:
                if data:
                    frames += self._decoder.feed(data)
                if len(frames) > 64:  # somebody may want to send, too
                    break
                data = self._sock.recv(_READ)
                if not data:
                    frames.append(Frame(CLOSE, b""))
                    break
        except _SHORTAGE:
            pass
        except ssl.SSLEOFError:
            frames.append(Frame(CLOSE, b""))
        except OSError as exc:
            self._broken = exc
        except ValueError as exc:
            self._broken = _ProtocolError(f"the server sent {exc}")
        return frames

    def _send_some(self) -> bool:
        """Whether anything could be sent."""
        sent = False
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[self._sock.send(self._outgoing[:_READ]) :]
                sent = True
        except _SHORTAGE:
            pass
        except OSError as exc:
            self._broken = exc
            self._outgoing = memoryview(b"")
        return sent


def open_websocket(access: Access, target: str, subprotocols: t.Sequence[str], timeout: float) -> WebSocket:
    """Connect and upgrade. target: path and query. Raises KubeError; then nothing has been run."""
    end = time.monotonic() + timeout
    try:
        sock = _connected(access, timeout)
        try:
            return _upgraded(sock, access, target, subprotocols, end)
        except BaseException:
            sock.close()
            raise
    except ssl.SSLError as exc:
        raise KubeError("tls", f"Cannot connect to {access.server}: {access.clean(cause_text(exc))}") from None
    except (socket.timeout, TimeoutError):
        raise KubeError("timeout", f"Cannot connect to {access.server}: no answer within {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as exc:
        raise KubeError("unreachable", f"Cannot connect to {access.server}: {access.clean(cause_text(exc))}") from None


def _connected(access: Access, timeout: float) -> socket.socket:
    server = urllib.parse.urlsplit(access.server)
    host = server.hostname or ""
    port = server.port or (443 if server.scheme == "https" else 80)
    if access.proxy is None:
        sock = socket.create_connection((host, port), timeout=timeout)
    else:
        sock = _through_proxy(access, host, port, timeout)
    try:
        _watch(sock)
        if access.tls is None:
            return sock
        return access.tls.wrap_socket(sock, server_hostname=access.server_hostname or host)
    except BaseException:
        sock.close()
        raise


def _through_proxy(access: Access, host: str, port: int, timeout: float) -> socket.socket:
    proxy = access.proxy
    if proxy is None or not proxy.url.startswith("http://"):
        raise KubeError(
            "config",
            "Cannot run commands through a proxy that is itself reached by TLS: give the proxy as http://HOST:PORT",
        )
    tunnel = http.client.HTTPConnection(proxy.host, proxy.port, timeout=timeout)
    tunnel.set_tunnel(host, port, {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {})
    try:
        tunnel.connect()
    except OSError as exc:
        tunnel.close()
        if isinstance(exc, socket.timeout):
            raise
        raise KubeError(
            "unreachable",
            f"Cannot connect to {access.server}: the proxy {proxy.url} does not let it pass: "
            f"{access.clean(cause_text(exc))}",
        ) from None
    return tunnel.sock


def _watch(sock: socket.socket) -> None:
    """Send at once, and notice within a quarter of a minute that nobody is there any more."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 5),
        ("TCP_KEEPINTVL", 3),
        ("TCP_KEEPCNT", 2),
        ("TCP_USER_TIMEOUT", _UNACKNOWLEDGED_SECONDS * 1000),
    ):
        option = getattr(socket, name, None)  # not on every operating system
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _upgraded(sock: socket.socket, access: Access, target: str, subprotocols: t.Sequence[str], end: float) -> WebSocket:
    server = urllib.parse.urlsplit(access.server)
    key = base64.b64encode(os.urandom(16))
    lines = [
        f"GET {server.path}{target} HTTP/1.1",
        f"Host: {server.netloc.rpartition('@')[2]}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key.decode('ascii')}",
        f"Sec-WebSocket-Protocol: {', '.join(subprotocols)}",
        "User-Agent: podnet.diagnostics",
    ]
    lines += [f"{name}: {value}" for name, value in access.headers()]
    sock.sendall("\r\n".join([*lines, "", ""]).encode("utf-8"))
    head, rest = _head(sock, end)
    status, headers = _parsed(head)
    if status != 101:
        raise KubeError(
            kind_of_status(status), f"HTTP {status}: {access.clean(_body(sock, headers, rest, end))}".rstrip(": ")
        )
    expected = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode("ascii")
    if headers.get("sec-websocket-accept") != expected:
        raise KubeError("server", f"{access.server} does not answer as a WebSocket server")
    return WebSocket(sock, headers.get("sec-websocket-protocol", ""), rest)


def _head(sock: socket.socket, end: float) -> tuple[bytes, bytes]:
    """The head of the reply, and what came after it already."""
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > _LONGEST_HEADER:
            raise OSError("the reply is not HTTP")
        data += _some(sock, end)
    head, _unused, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _some(sock: socket.socket, end: float) -> bytes:
    left = end - time.monotonic()
    if left <= 0:
        raise socket.timeout()
    sock.settimeout(left)
    data = sock.recv(16 * 1024)
    if not data:
        raise OSError("the connection was closed before there was a reply")
    return data


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise OSError("the reply is not HTTP")
    pairs = (line.partition(":") for line in lines)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _colon, value in pairs}


def _body(sock: socket.socket, headers: t.Mapping[str, str], data: bytes, end: float) -> str:
    """The message of the Status that the server sent instead of upgrading, as far as it is there."""
    length = headers.get("content-length", "")
    wanted = min(int(length), _LONGEST_HEADER) if length.isdigit() else 0
    try:
        while len(data) < wanted:
            data += _some(sock, end)
    except OSError:
        pass
    try:
        return str(json.loads(data).get("message") or "")
    except (ValueError, AttributeError):
        return data[:200].decode("utf-8", "replace")
