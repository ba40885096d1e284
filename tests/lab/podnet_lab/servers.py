# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of pods that take connections and then do not do what a client expects, or do."""

from __future__ import annotations

_FRAME = """
import socket, struct, threading, time
def serve(c):
    c.settimeout(5)
    try:
        %s
    except OSError: pass
    c.close()
s = socket.create_server(("0.0.0.0", 8080), backlog=200)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
CLOSES = "pass"
RESETS = 'c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))'
# What a proxy without a server behind it does.
CLOSES_SOON = "time.sleep(0.03)"
GREETS_AND_CLOSES = 'c.sendall(b"Sat Nov 28 10:00:00 2026\\\\r\\\\n")'
ECHOES = "\n        ".join(("part = c.recv(4096)", "while part:", "    c.sendall(part)", "    part = c.recv(4096)"))
# An alert, as a server of TLS gives to a client whose hello it does not understand.
TLS_ALERT = 'c.recv(4096); c.sendall(b"\\\\x15\\\\x03\\\\x03\\\\x00\\\\x02\\\\x02\\\\x28")'


def says_http(status: str) -> str:
    """An answer to a request: its status and no more."""
    return f'c.recv(65536); c.sendall(b"HTTP/1.1 {status}\\\\r\\\\nContent-Length: 0\\\\r\\\\n\\\\r\\\\n")'


def server(does: str) -> list[str]:
    """The command of a pod that does that with each connection on 8080."""
    return ["python3", "-c", (_FRAME % does).replace("\\\\", "\\")]
