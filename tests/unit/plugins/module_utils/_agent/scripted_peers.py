# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers on the loopback addresses that behave as badly as they are told, and nameservers with a table."""

from __future__ import annotations

import collections
import contextlib
import errno
import gc
import os
import socket
import ssl
import struct
import threading
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _dns_message

Script = t.Callable[[socket.socket, threading.Event], None]


class Peer:
    """A listener; each connection is given to the script, in a thread of its own, and closed afterwards."""

    def __init__(self, script: Script, family: int = socket.AF_INET, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.ends: list[str] = []
        self._listener = socket.create_server(
            ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family, backlog=64
        )
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def endpoint(self) -> str:
        return f"[::1]:{self.port}" if self._listener.family == socket.AF_INET6 else f"127.0.0.1:{self.port}"

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _start(self, target: t.Callable[..., None], *arguments: t.Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(socket.timeout):
                self._start(self._serve, self._listener.accept()[0])

    def _serve(self, sock: socket.socket) -> None:
        """Run the script, then note how the other side ended: "end", "reset", or "open" when it did not."""
        sock.settimeout(5)
        end = "open"
        with contextlib.suppress(OSError, ValueError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._script(sock, self._stop)
            sock.settimeout(2)
            try:
                while sock.recv(65536):
                    pass
                end = "end"
            except ConnectionResetError:
                end = "reset"
            except socket.timeout:
                pass
        self.ends.append(end)
        sock.close()


def silent(_sock: socket.socket, stop: threading.Event) -> None:
    """Accepts, and never says a word."""
    stop.wait(10)


def hang_up(sock: socket.socket, _stop: threading.Event) -> None:
    """Ends the connection after the request, without an answer."""
    sock.recv(4096)
    sock.shutdown(socket.SHUT_RDWR)


def reset(sock: socket.socket, _stop: threading.Event) -> None:
    """Resets the connection after the request."""
    sock.recv(4096)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
    sock.close()


def until_closed(_sock: socket.socket, _stop: threading.Event) -> None:
    """Waits for the other side's end."""


def says(*parts: bytes, pause: float = 0.0, then_end: bool = True) -> Script:
    """Answers a request with these parts, a pause after each; then_end: closes afterwards, else stays silent."""

    def script(sock: socket.socket, stop: threading.Event) -> None:
        sock.recv(4096)
        for part in parts:
            sock.sendall(part)
            if stop.wait(pause):
                return
        if then_end:
            sock.shutdown(socket.SHUT_WR)
        else:
            stop.wait(10)

    return script


def drips(head: bytes, drop: bytes, pause: float) -> Script:
    """A reply that never ends."""

    def script(sock: socket.socket, stop: threading.Event) -> None:
        sock.recv(4096)
        sock.sendall(head)
        while not stop.wait(pause):
            sock.sendall(drop)

    return script


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole HTTP reply."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@contextlib.contextmanager
def unanswering() -> t.Iterator[int]:
    """A port whose backlog is full: the kernel drops every further SYN, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = []
        for _number in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            waiting.append(sock)
        yield listener.getsockname()[1]
        for sock in waiting:
            sock.close()


def closed_port(family: int = socket.AF_INET) -> int:
    """A port on which nobody listens."""
    with socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family) as listener:
        return int(listener.getsockname()[1])


def has_ipv6() -> bool:
    try:
        closed_port(socket.AF_INET6)
        return True
    except OSError as exc:
        assert exc.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT), exc
        return False


def left_open(before: list[str]) -> list[str]:
    """What this process holds open and did not before; what it has closed since is no matter."""
    return list((collections.Counter(open_files()) - collections.Counter(before)).elements())


def open_files() -> list[str]:
    """What this process holds open."""
    gc.collect()
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{name}"))
    return sorted(found)


def _same_port() -> tuple[socket.socket, socket.socket]:
    """UDP and TCP; what is free for one may be taken for the other."""
    for _attempt in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(("127.0.0.1", udp.getsockname()[1]))
        except OSError:
            udp.close()
    raise AssertionError("no port is free")


class Nameserver:
    """Answers by UDP and TCP on a port of 127.0.0.1. records: (name, type) to addresses. A name that is in silent gets
    no answer, one in broken SERVFAIL; an unknown one does not exist. More than four addresses do not fit into UDP.
    """

    def __init__(
        self,
        records: t.Mapping[tuple[str, str], t.Sequence[str]],
        silent_names: t.Collection[str] = (),
        broken_names: t.Collection[str] = (),
    ) -> None:
        self._records = records
        self._silent = silent_names
        self._broken = broken_names
        self.asked: list[tuple[str, str, str]] = []
        self._stop = threading.Event()
        self._udp, self._tcp = _same_port()
        self.port: int = self._udp.getsockname()[1]
        self._threads = [threading.Thread(target=serve, daemon=True) for serve in (self._serve_udp, self._serve_tcp)]
        for sock in (self._udp, self._tcp):
            sock.settimeout(0.05)
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Nameserver:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(socket.timeout):
                query, client = self._udp.recvfrom(4096)
                for answer in self._answers("udp", query):
                    self._udp.sendto(answer, client)

    def _serve_tcp(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError):
                sock = self._tcp.accept()[0]
                with sock:
                    for answer in self._answers("tcp", sock.recv(4096)[2:]):
                        framed = struct.pack("!H", len(answer)) + answer
                        sock.sendall(framed[:5])
                        sock.sendall(framed[5:])

    def _answers(self, transport: str, query: bytes) -> list[bytes]:
        name, number = _dns_message.question_of(query)
        qtype = _dns_message.TYPE_NAMES[number]
        self.asked.append((transport, name, qtype))
        if name in self._silent:
            return []
        known = any(name == one for one, _qtype in self._records)
        rcode = 2 if name in self._broken else 0 if known else 3
        values = self._records.get((name, qtype), ())
        head, question = query[:2], query[12:]
        if transport == "udp" and len(values) > 4:
            return [head + struct.pack("!HHHHH", 0x8380, 1, 0, 0, 0) + question]
        records = b""
        for value in values:
            data = socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
            records += b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 5, len(data)) + data
        good = head + struct.pack("!HHHHH", 0x8180 | rcode, 1, len(values), 0, 0) + question + records
        forged = bytes([head[0] ^ 1, head[1]]) + good[2:]
        return [forged, good] if transport == "udp" else [good]
