# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What the kernel counts of one TCP connection: struct tcp_info of linux/tcp.h."""

from __future__ import annotations

import dataclasses
import socket
import struct

_FIRST_WORD = 8  # eight bytes of state, counters and flags stand before the 32-bit numbers
_LAST_ACK_RECEIVED = 12
_RTT = 15
_TOTAL_RETRANSMITS = 23
_SIZE = _FIRST_WORD + 4 * (_TOTAL_RETRANSMITS + 1)


@dataclasses.dataclass(frozen=True)
class TcpInfo:
    """retransmits: segments sent again since the connection was begun, SYNs too. rtt_ms: smoothed round-trip time.
    last_ack_ms: how long ago the peer acknowledged something."""

    retransmits: int
    rtt_ms: float
    last_ack_ms: int


def tcp_info(sock: socket.socket) -> TcpInfo | None:
    """The numbers of a socket; None where the kernel does not tell them."""
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
    except (OSError, AttributeError):
        return None
    if len(data) < _SIZE:
        return None

    def word(number: int) -> int:
        return int(struct.unpack_from("=I", data, _FIRST_WORD + 4 * number)[0])

    return TcpInfo(word(_TOTAL_RETRANSMITS), word(_RTT) / 1000.0, word(_LAST_ACK_RECEIVED))
