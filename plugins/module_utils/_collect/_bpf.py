# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""BPF programs that no command of iproute2 shows: on devices by links (tcx and netkit, since Linux 6.6), on a network
namespace, where they choose the socket for what arrives (sk_lookup, since Linux 5.9), and on the control groups
(version 2) of programs, whose packets and connections they see.

Asked of the kernel by bpf(2), as bpftool does: BPF_PROG_QUERY, then the name of each program (linux/bpf.h).
"""

from __future__ import annotations

import os
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    APPLICATION,
    GROUP,
    LOOKUP,
    NETNS,
    PROBER,
    TcFilter,
)

# The number of the system call, by machine (include/uapi/asm-generic/unistd.h and the tables of the others).
_SYSCALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "loongarch64": 280, "s390x": 351, "ppc64le": 361}
_PROG_GET_FD_BY_ID, _OBJ_GET_INFO_BY_FD, _PROG_QUERY = 13, 15, 16
# enum bpf_attach_type, and where packets meet it.
_TYPES = ((46, "tcx", "ingress"), (47, "tcx", "egress"), (54, "netkit", "ingress"), (55, "netkit", "egress"))
_SK_LOOKUP = 36
# Of control groups: packets that come and go, then connections that begin, and datagrams of sockets without one.
_OF_GROUPS = ((0, "ingress"), (1, "egress"), (10, "connect4"), (11, "connect6"), (14, "sendmsg4"), (15, "sendmsg6"))
_EFFECTIVE = 1  # BPF_F_QUERY_EFFECTIVE: those of the groups around it, too
_INFO_SIZE, _NAME_OFFSET, _NAME_SIZE = 128, 64, 16
MAX_DEVICES = 500
MAX_PROGRAMS = 64


class _Refused(Exception):
    """The kernel does not answer: it knows no such question, or we may not ask it."""


def read_programs(namespace: Namespace) -> list[TcFilter]:
    """The programs of all devices of a namespace; none where the kernel cannot be asked."""
    try:
        return _netns.call_in(namespace.pid, _of_this_namespace, namespace.inode)
    except (ImportError, OSError, _netns.NetnsError):
        return []


def _of_this_namespace() -> list[TcFilter]:
    found = []
    for index, device in socket.if_nameindex()[:MAX_DEVICES]:
        for kind, attached, hook in _TYPES:
            for number in _query(index, kind):
                found.append(_program(device, attached, hook, number))
    return found + _that_choose_sockets()


def _that_choose_sockets() -> list[TcFilter]:
    """Those of the namespace that this thread is in."""
    descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return [_program("", NETNS, LOOKUP, number) for number in _query(descriptor, _SK_LOOKUP)]
    finally:
        os.close(descriptor)


def read_group_programs(groups: t.Iterable[str], proc: str = "/proc") -> list[TcFilter]:
    """The programs that see what sockets of control groups send, receive and connect to, and those that see what probes
    do, which are sockets of this process; none where the kernel cannot be asked.
    """
    try:
        root, own = _group_root(proc), _own_group(proc)
        if root is None:
            return []
        named = [(PROBER, own), *((APPLICATION, group) for group in dict.fromkeys(groups))]
        return [each for whose, group in named if group is not None for each in _of_group(whose, root, group)]
    except (ImportError, OSError):
        return []


def _of_group(whose: str, root: str, group: str) -> t.Iterator[TcFilter]:
    try:
        descriptor = os.open(root + group, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return  # it has ended, or is outside of what this process sees
    try:
        for kind, hook in _OF_GROUPS:
            for number in _query(descriptor, kind, _EFFECTIVE):
                yield _program(whose, GROUP, hook, number)
    finally:
        os.close(descriptor)


def _group_root(proc: str) -> str | None:
    """Where control groups of version 2 are mounted (proc_pid_mountinfo(5))."""
    with open(f"{proc}/self/mountinfo", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            before, _dash, after = line.partition(" - ")
            if after.split(" ", 1)[0] == "cgroup2":
                return before.split(" ")[4]
    return None


def _own_group(proc: str) -> str | None:
    with open(f"{proc}/self/cgroup", encoding="utf-8", errors="replace") as stream:
        return next((line[3:].rstrip("\n") for line in stream if line.startswith("0::")), None)


def _program(device: str, attached: str, hook: str, number: int) -> TcFilter:
    text = f"{attached} {_name(number) or 'unnamed'} id {number}"
    return TcFilter(device, hook, "bpf", [], True, text, attached=attached)


def _query(target: int, kind: int, flags: int = 0) -> list[int]:
    """The ids of the programs of one kind on a device (its index) or a control group (its descriptor), in their order;
    none where the kernel knows no such kind."""
    import ctypes  # not a part of the smallest Python packages

    numbers = (ctypes.c_uint32 * MAX_PROGRAMS)()
    attributes = bytearray(64)
    struct.pack_into("=IIIIQI", attributes, 0, target, kind, flags, 0, ctypes.addressof(numbers), MAX_PROGRAMS)
    try:
        _call(_PROG_QUERY, attributes)
    except _Refused:
        return []
    count = min(struct.unpack_from("=I", attributes, 24)[0], MAX_PROGRAMS)
    return list(numbers[:count])


def _name(number: int) -> str:
    """A program's name; empty where it has none, or is gone."""
    import ctypes

    try:
        attributes = bytearray(16)
        struct.pack_into("=I", attributes, 0, number)
        descriptor = _call(_PROG_GET_FD_BY_ID, attributes)
        try:
            info = ctypes.create_string_buffer(_INFO_SIZE)
            attributes = bytearray(16)
            struct.pack_into("=IIQ", attributes, 0, descriptor, _INFO_SIZE, ctypes.addressof(info))
            _call(_OBJ_GET_INFO_BY_FD, attributes)
        finally:
            os.close(descriptor)
    except _Refused:
        return ""
    raw = info.raw[_NAME_OFFSET : _NAME_OFFSET + _NAME_SIZE]
    return raw.split(b"\0")[0].decode("ascii", "replace")


def _call(command: int, attributes: bytearray) -> int:
    import ctypes

    number = _SYSCALL.get(os.uname().machine)
    if number is None:
        raise _Refused
    held: t.Any = (ctypes.c_char * len(attributes)).from_buffer(attributes)
    answer = ctypes.CDLL(None, use_errno=True).syscall(number, command, ctypes.byref(held), len(attributes))
    if answer < 0:
        raise _Refused(os.strerror(ctypes.get_errno()))
    return int(answer)
