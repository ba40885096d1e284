# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs share that hand on connections: one direction of a pair of sockets."""

from __future__ import annotations

PUMP = """\
def pump(a, b):
    try:
        part = a.recv(65536)
        while part:
            b.sendall(part)
            part = a.recv(65536)
        b.shutdown(socket.SHUT_WR)
    except OSError: pass
"""
