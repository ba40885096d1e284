# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One question to one nameserver, by UDP, and by TCP when the answer does not fit, without blocking the event loop."""

from __future__ import annotations

import random
import socket
import struct

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._dial import connect, socket_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import (
    BAD_REPLY,
    TIMEOUT,
    Failure,
    from_os,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import READABLE, current_poller
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._stream import receive, send_all
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import (
    BadMessage,
    Message,
    parse,
    query,
    question_of,
)

_DATAGRAM = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


async def ask(server: str, port: int, name: str, qtype: str, until: float) -> Message:
    """The server's answer. Failure (its text without the name) when none comes until that moment (monotonic) or it
    cannot be read; BadMessage when no question can be made of the name.
    """
    message = query(random.getrandbits(16), name, qtype)
    answer = await _by_udp(server, port, message, until)
    return await _by_tcp(server, port, message, until) if answer.truncated else answer


async def _by_udp(server: str, port: int, message: bytes, until: float) -> Message:
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, _DATAGRAM)
    except OSError as exc:
        raise from_os("socket", exc) from None
    try:
        sock.connect(socket_address(server, port))
        watched = current_poller().watch(sock)
    except OSError as exc:
        sock.close()
        raise from_os("dial udp: connect", exc) from None
    try:
        sock.send(message)
        while True:
            if not await watched.wait(READABLE, until):
                raise Failure(TIMEOUT, "i/o timeout")
            answer = _first_of_ours(sock, message)
            if answer is not None:
                return answer
    except OSError as exc:
        raise from_os("read", exc) from None
    finally:
        watched.close()


def _first_of_ours(sock: socket.socket, message: bytes) -> Message | None:
    """None when everything that is there answers something else, as forged answers do."""
    while True:
        try:
            data = sock.recv(65535)
        except BlockingIOError:
            return None
        try:
            answer = parse(data)
        except BadMessage as exc:
            raise Failure(BAD_REPLY, f"cannot unmarshal DNS message: {exc}") from None
        if _is_ours(answer, message):
            return answer


async def _by_tcp(server: str, port: int, message: bytes, until: float) -> Message:
    watched = await connect(server, port, until)
    try:
        await send_all(watched, struct.pack("!H", len(message)) + message, until)
        data = b""
        while len(data) < 2 or len(data) < 2 + struct.unpack_from("!H", data)[0]:
            part = await receive(watched, until)
            if part is None:
                raise Failure(TIMEOUT, "i/o timeout")
            if not part:
                raise Failure(BAD_REPLY, "unexpected EOF")
            data += part
        answer = parse(data[2:])
        if not _is_ours(answer, message):
            raise Failure(BAD_REPLY, "the answer is to another question")
        return answer
    except OSError as exc:
        raise from_os("read", exc) from None
    except BadMessage as exc:
        raise Failure(BAD_REPLY, f"cannot unmarshal DNS message: {exc}") from None
    finally:
        watched.close()


def _is_ours(answer: Message, message: bytes) -> bool:
    """Same identifier, and the same question where the server repeats it (some do not with an error)."""
    same = answer.ident == struct.unpack_from("!H", message)[0]
    return same and answer.question in (None, question_of(message))
