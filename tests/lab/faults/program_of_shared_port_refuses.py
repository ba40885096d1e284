# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that chooses among the sockets of the server's port chooses none."""

from __future__ import annotations

from podnet_lab.bpf import CALLS
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = (
    """
import ctypes, os, socket, struct, time
"""
    + CALLS
    + """
text = ctypes.create_string_buffer(insn(0xB7, 0, imm=0) + insn(0x95))
license = ctypes.create_string_buffer(b"GPL")
fd = bpf(5, struct.pack(
    "<IIQQIIQII16sII", 21, 2, ctypes.addressof(text), ctypes.addressof(license), 0, 0, 0, 0, 0, b"chooser", 0, 39,
))
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("0.0.0.0", 8080))
s.setsockopt(socket.SOL_SOCKET, 52, fd)
s.listen(100)
time.sleep(10**9)
"""
)


class FaultClass(Made):
    """A program that chooses among the sockets of the server's port chooses none."""

    truth = Truth(
        id="socket-filter-drop",
        also=("bpf-program-drop",),
        location={"namespace": "default", "pod": "chooser-1"},
        destination="pod:default/chooser-1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        serving("chooser-1", command=["python3", "-c", PROGRAM], container={"securityContext": {"privileged": True}}),
    )
