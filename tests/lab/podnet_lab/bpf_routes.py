# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that run a BPF program, as a route controller leaves them."""

from __future__ import annotations

from dataclasses import dataclass

from .bpf import CALLS
from .changes import Change, Run
from .context import Context

# Loads a program that drops (type 11: what a route sends), and writes a route by netlink that has it.
PROGRAM = (
    """
import ctypes, os, socket, struct, sys

to, gateway, device = sys.argv[1:4]
"""
    + CALLS
    + """
def attr(kind, body):
    raw = struct.pack("<HH", 4 + len(body), kind) + body
    return raw + b"\\0" * (-len(raw) % 4)


text = ctypes.create_string_buffer(insn(0xB7, 0, imm=2) + insn(0x95))
license = ctypes.create_string_buffer(b"GPL")
fd = bpf(5, struct.pack(
    "<IIQQIIQII16s", 11, 2, ctypes.addressof(text), ctypes.addressof(license), 0, 0, 0, 0, 0, b"guard",
))
program = attr(0x8002, attr(1, struct.pack("<i", fd)) + attr(2, b"guard\\0"))
body = struct.pack("<BBBBBBBBI", 2, 32, 0, 0, 254, 4, 0, 1, 4)
body += attr(1, socket.inet_aton(to)) + attr(5, socket.inet_aton(gateway))
body += attr(4, struct.pack("<I", socket.if_nametoindex(device)))
body += attr(21, struct.pack("<H", 6)) + attr(0x8000 | 22, program)
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
sock.send(struct.pack("<IHHII", 16 + len(body), 24, 0x505, 1, 0) + body)
error = struct.unpack_from("<i", sock.recv(65536), 16)[0]
if error:
    raise OSError(-error, os.strerror(-error))
"""
)


@dataclass(frozen=True)
class RouteProgram(Change):
    """A route of a host to one address by a gateway on a device, with a program that drops what takes it."""

    host: str
    to: str
    gateway: str
    device: str

    def make(self, lab: Context) -> None:
        """Load the program and write the route."""
        words = (lab.fill(self.to), lab.fill(self.gateway), self.device)
        lab.exec_in(self.host, ["python3", "-c", PROGRAM, *words])

    def undo(self, lab: Context) -> None:
        """Delete the route; the program goes with it."""
        Run(self.host, "", f"ip route del {self.to}/32").undo(lab)
