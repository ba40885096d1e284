# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that take connections and then do not do what a client expects, or do; and those that fill their queue."""

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


_CLOSING = """
import socket
s = socket.create_server((%r, %d), backlog=64)
%s
print("ready", flush=True)
while True: s.accept()[0].close()
"""
# Only packets with their whole time to live (ip(7), IP_MINTTL is 21).
WANTS_LIFETIME = "s.setsockopt(socket.IPPROTO_IP, 21, 255)"
_HANGING = """
import socket
s = socket.create_server(("0.0.0.0", 8080), backlog=200)
held = []
while True: held.append(s.accept()[0])
"""
_STUCK = "import socket, time; s = socket.create_server(('0.0.0.0', 8080), backlog=1); time.sleep(10**9)"
_FILLING = """
import socket, time
held = []
for _ in range(%d):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("%s", 8080))
    held.append(s)
time.sleep(1)
print("ready", flush=True)
time.sleep(10**9)
"""


def says_http(status: str) -> str:
    """An answer to a request: its status and no more."""
    return f'c.recv(65536); c.sendall(b"HTTP/1.1 {status}\\\\r\\\\nContent-Length: 0\\\\r\\\\n\\\\r\\\\n")'


def server(does: str) -> list[str]:
    """The command of a pod that does that with each connection on 8080."""
    return ["python3", "-c", (_FRAME % does).replace("\\\\", "\\")]


def closing(address: str = "0.0.0.0", port: int = 8080, setting: str = "") -> str:
    """A program that closes each connection at once. setting: a line of it about its socket s."""
    return _CLOSING % (address, port, setting)


def hanging() -> list[str]:
    """The command of a pod that takes each connection on 8080 and says nothing."""
    return ["python3", "-c", _HANGING]


def stuck() -> list[str]:
    """The command of a pod that takes no connection on 8080, and lets two wait."""
    return ["python3", "-c", _STUCK]


def filling(address: str, connections: int = 6) -> str:
    """A program that opens connections to 8080 of an address and keeps them."""
    return _FILLING % (connections, address)
