# SPDX-License-Identifier: GPL-3.0-or-later
"""BPF programs that a running program holds by a link: they go with it."""

from __future__ import annotations

from .bpf import CALLS
from .changes import Running

# Takes what loads and attaches: HOOK or LOOKUP.
PROGRAM = (
    """
import ctypes, os, struct, time
"""
    + CALLS
    + """

def load(kind, attached, code):
    text = ctypes.create_string_buffer(code)
    license = ctypes.create_string_buffer(b"GPL")
    return bpf(5, struct.pack(
        "<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(text), ctypes.addressof(license),
        0, 0, 0, 0, 0, b"guard", 0, attached,
    ))


%s
print("ready", flush=True)
time.sleep(10**9)
"""
)
# All that a hook of the packet filter sees: type 32, attached as 45, IPv4.
HOOK = """
fd = load(32, 45, insn(0xB7, 0, imm=0) + insn(0x95))
bpf(28, struct.pack("<IIIIIIiI", fd, 0, 45, 0, 2, %d, -150, 0))
"""
# New connections to a port of this namespace find no socket: type 30, attached as 36.
LOOKUP = """
code = insn(0x61, 2, 1, 60) + insn(0xB7, 0, imm=1) + insn(0x55, 2, 0, 1, %d) + insn(0xB7, 0, imm=0) + insn(0x95)
fd = load(30, 36, code)
bpf(28, struct.pack("<IIII", fd, os.open("/proc/self/ns/net", os.O_RDONLY), 36, 0))
"""
_PLACES = {"prerouting": 0, "input": 1, "forward": 2, "output": 3, "postrouting": 4}


def hook_drops(pod: str, hook: str) -> Running:
    """An agent's program drops all that passes a hook of the packet filter in a pod's namespace."""
    return Running(f"<{pod}.node>", PROGRAM % (HOOK % _PLACES[hook]), pod)


def lookup_drops(pod: str, port: int) -> Running:
    """An agent's program keeps connections to a port of a pod from finding the socket that listens."""
    return Running(f"<{pod}.node>", PROGRAM % (LOOKUP % port), pod)
