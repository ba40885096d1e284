# SPDX-License-Identifier: GPL-3.0-or-later
"""BPF programs on devices, as a security agent or a CNI leaves them."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context

# Loads a program of a few instructions by the system call, and attaches it by netlink: no compiler, no library.
PROGRAM = """
import ctypes, os, socket, struct, sys

what, device, port, name = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
NUMBERS = {"x86_64": 321, "aarch64": 280}
XDP, TCX = what == "xdp", what == "tcx"
INGRESS, PROG_ATTACH, PROG_DETACH, PROG_GET_FD_BY_ID, PROG_QUERY = 46, 8, 9, 13, 16


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", code, src << 4 | dst, off, imm)


def bpf(command, attr):
    buffer = ctypes.create_string_buffer(attr.ljust(128, b"\\0"))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(NUMBERS[os.uname().machine], command, buffer, 128)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd, buffer.raw


def attached():
    ids = (ctypes.c_uint32 * 8)()
    raw = bpf(PROG_QUERY, struct.pack("<IIIIQI", index, INGRESS, 0, 0, ctypes.addressof(ids), 8))[1]
    count = struct.unpack_from("<I", raw, 24)[0]
    return [bpf(PROG_GET_FD_BY_ID, struct.pack("<I", number))[0] for number in ids[:count]]


def load():
    drop, good = (1, 2) if XDP else (2, 0)
    data, end = (0, 4) if XDP else (76, 80)
    swapped = socket.htons(port)
    code = b"".join([
        insn(0x61, 2, 1, data), insn(0x61, 3, 1, end),
        insn(0xBF, 4, 2), insn(0x07, 4, imm=40),
        insn(0x2D, 4, 3, 3),
        insn(0x69, 5, 2, 36),
        insn(0xB7, 0, imm=drop), insn(0x15, 5, 0, 1, swapped),
        insn(0xB7, 0, imm=good), insn(0x95),
    ])
    text = ctypes.create_string_buffer(code)
    license = ctypes.create_string_buffer(b"GPL")
    return bpf(5, struct.pack(
        "<IIQQIIQII16s", 6 if XDP else 3, len(code) // 8, ctypes.addressof(text), ctypes.addressof(license),
        0, 0, 0, 0, 0, name.encode()[:15],
    ))[0]


def attr(kind, body):
    raw = struct.pack("<HH", 4 + len(body), kind) + body
    return raw + b"\\0" * (-len(raw) % 4)


def send(kind, flags, body):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sock.send(struct.pack("<IHHII", 16 + len(body), kind, flags | 5, 1, 0) + body)
    error = struct.unpack_from("<i", sock.recv(65536), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))


index = socket.if_nametoindex(device)
if XDP:
    fd = load() if port else -1
    nested = attr(1, struct.pack("<i", fd)) + attr(3, struct.pack("<I", 2))
    send(19, 0, struct.pack("<BxHiII", 0, 0, index, 0, 0) + attr(43 | 0x8000, nested))
elif TCX:
    for fd in [load()] if port else attached():
        command, flags = (PROG_ATTACH, 0) if port else (PROG_DETACH, 0)
        bpf(command, struct.pack("<IIII", index, fd, INGRESS, flags))
elif port:
    head = struct.pack("<BxxxiIII", 0, index, 0xFFFF0000, 0xFFFFFFF1, 0)
    try:
        send(36, 0x600, head + attr(1, b"clsact\\0"))
    except FileExistsError:
        pass
    options = attr(6, struct.pack("<I", load())) + attr(7, name.encode() + b"\\0") + attr(8, struct.pack("<I", 1))
    head = struct.pack("<BxxxiIII", 0, index, 1, 0xFFFFFFF2, 1 << 16 | socket.htons(3))
    send(44, 0x600, head + attr(1, b"bpf\\0") + attr(2, options))
else:
    send(37, 0, struct.pack("<BxxxiIII", 0, index, 0xFFFF0000, 0xFFFFFFF1, 0))
"""


@dataclass(frozen=True)
class Bpf(Change):
    """A program on a device that drops what goes to a port; kind: xdp (generic), tc or tcx (ingress)."""

    host: str
    device: str
    port: int
    kind: str = "tc"
    name: str = "guard"
    pod: str = ""

    def make(self, lab: Context) -> None:
        """Load and attach it."""
        self._run(lab, self.port, True)

    def undo(self, lab: Context) -> None:
        """Detach it."""
        self._run(lab, 0, False)

    def _run(self, lab: Context, port: int, check: bool) -> None:
        enter = ["nsenter", lab.fill(f"--net=/run/netns/<{self.pod}.netns>"), "--"] if self.pod else []
        argv = ["python3", "-c", PROGRAM, self.kind, lab.fill(self.device), str(port), self.name]
        lab.exec_in(lab.fill(self.host), [*enter, *argv], check=check)


# Asks the kernel by bpf(2), and makes one instruction.
CALLS = """
NUMBERS = {"x86_64": 321, "aarch64": 280}


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", code, src << 4 | dst, off, imm)


def bpf(command, attr):
    buffer = ctypes.create_string_buffer(attr.ljust(128, b"\\0"))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(NUMBERS[os.uname().machine], command, buffer, 128)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd
"""
# Loads a program of a few instructions, and attaches it to a control group of the host (version 2): system is that
# of its own programs, kubepods that of all its pods.
OF_GROUP = (
    """
import ctypes, os, pathlib, socket, struct, sys

what, address, port, name = sys.argv[1], socket.inet_aton(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
beside, instead = sys.argv[5], sys.argv[6] if len(sys.argv) > 6 else ""
CGROUP_SKB, CGROUP_SOCK_ADDR, PROG_LOAD, PROG_ATTACH, PROG_DETACH = 8, 18, 5, 8, 9
KINDS = {"ingress": 0, "egress": 1, "connect": 10}
"""
    + CALLS
    + """

def number(text):
    return struct.unpack("<i", text)[0]


def connects():
    then = [insn(0xB7, 0, imm=0), insn(0x95)]
    if instead:
        other = number(socket.inet_aton(instead))
        then = [insn(0xB4, 4, imm=other), insn(0x63, 1, 4, 4), insn(0xB7, 0, imm=1), insn(0x95)]
    return b"".join([
        insn(0x61, 2, 1, 4), insn(0xB4, 3, imm=number(address)), insn(0x5D, 2, 3, 3 + len(then)),
        insn(0x61, 2, 1, 24), insn(0xB4, 3, imm=socket.htons(port)), insn(0x5D, 2, 3, len(then)),
        *then,
        insn(0xB7, 0, imm=1), insn(0x95),
    ])


def packets():
    return b"".join([
        insn(0x61, 2, 1, 76), insn(0x61, 3, 1, 80),
        insn(0xBF, 4, 2), insn(0x07, 4, imm=24),
        insn(0x2D, 4, 3, 6),
        insn(0x61, 5, 2, 16), insn(0xB4, 6, imm=number(address)), insn(0x1D, 5, 6, 1),
        insn(0x05, off=2),
        insn(0x69, 5, 2, 22), insn(0x15, 5, 0, 2, socket.htons(port)),
        insn(0xB7, 0, imm=1), insn(0x95),
        insn(0xB7, 0, imm=0), insn(0x95),
    ])


def load():
    code, program = (connects(), CGROUP_SOCK_ADDR) if what == "connect" else (packets(), CGROUP_SKB)
    text = ctypes.create_string_buffer(code)
    license = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack(
        "<IIQQIIQII16sII", program, len(code) // 8, ctypes.addressof(text), ctypes.addressof(license),
        0, 0, 0, 0, 0, name.encode()[:15], 0, KINDS[what],
    ))


mounts = [line.split() for line in open("/proc/self/mountinfo")]
root = next(words[4] for words in mounts if words[words.index("-") + 1] == "cgroup2")
own = next(line[3:].strip() for line in open("/proc/self/cgroup") if line.startswith("0::"))
group = os.open(root + (os.path.join(os.path.dirname(own), beside) if beside else own), os.O_RDONLY)
kind = KINDS[what]
if port:
    bpf(PROG_ATTACH, struct.pack("<IIII", group, load(), kind, 0))
else:
    bpf(PROG_DETACH, struct.pack("<IIII", group, 0, kind, 0))
"""
)


@dataclass(frozen=True)
class GroupBpf(Change):
    """A program on a control group of a host (system or kubepods) that drops what goes to an address and port; kind:
    ingress (what its programs receive), egress (what they send) or connect (connections that begin, which it refuses,
    or sends to the address instead)."""

    host: str
    address: str
    port: int
    kind: str
    group: str = "system"
    name: str = "guard"
    instead: str = ""

    def make(self, lab: Context) -> None:
        """Load and attach it."""
        self._run(lab, self.port, True)

    def undo(self, lab: Context) -> None:
        """Detach it."""
        self._run(lab, 0, False)

    def _run(self, lab: Context, port: int, check: bool) -> None:
        argv = ["python3", "-c", OF_GROUP, self.kind, lab.fill(self.address), str(port), self.name, self.group]
        argv.append(lab.fill(self.instead))
        lab.exec_in(lab.fill(self.host), argv, check=check)
