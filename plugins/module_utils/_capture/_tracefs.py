# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A private instance of the kernel's event tracing, in which the system's own tracing is never touched.

An instance is a directory below instances/ of tracefs with buffers and switches of its own
(https://docs.kernel.org/trace/ftrace.html#instances). Its name says whose it is, so that the next run can remove what a
killed one left. All work is done in a child process with a mount namespace of its own, where tracefs is mounted if the
system has not done so.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process, namespace_inode

MOUNTED = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
PREFIX = "podnet"
BUFFER_KIB = 1024  # of each CPU
READ_LIMIT = 8 << 20
CHILD_SECONDS = 10.0
CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
STALE_AFTER = 300
# Bytes that a packet gets on its way besides its IP packet: an Ethernet header, and those of a tunnel over IPv6.
OVERHEAD = 84
NET_EVENTS = ("net/net_dev_queue", "net/netif_receive_skb")
DROP_EVENT = "skb/kfree_skb"
_NAME = re.compile(PREFIX + r"\.(?P<run>[A-Za-z0-9_-]+)\.(?P<ns>\d+)\.(?P<pid>\d+)\.(?P<start>\d+)\.(?P<expires>\d+)")


class TraceError(Exception):
    """Kernel events cannot be had here; the text says why."""


def instance_name(run_id: str, owner: Process, expires: float) -> str:
    """The name of a run's instance. expires: Unix time after which nobody can need it."""
    run = re.sub(r"[^A-Za-z0-9_-]", "_", run_id)
    return f"{PREFIX}.{run}.{owner.pid_namespace}.{owner.pid}.{owner.start_time}.{int(expires)}"


def start(name: str, lengths: t.Sequence[int]) -> None:
    """Follow packets of these IP lengths (bytes), and whatever the kernel drops. Raises TraceError."""
    _in_child(lambda root: _start(root, name, lengths))


def read(name: str) -> tuple[str, int]:
    """The events so far, as text, and how many the buffers lost. Raises TraceError."""
    text, lost = t.cast("tuple[str, int]", _in_child(lambda root: _read(root, name)))
    return text, lost


def remove(name: str) -> None:
    """Remove an instance with what it holds. Raises TraceError."""
    _in_child(lambda root: _remove(root, name))


def _start(root: str, name: str, lengths: t.Sequence[int]) -> None:
    _sweep(root)
    here = os.path.join(root, "instances", name)
    os.mkdir(here)
    try:
        _write(here, "buffer_size_kb", str(BUFFER_KIB))
        _write(here, "trace_clock", "mono")
        sizes = " || ".join(f"(len >= {length} && len <= {length + OVERHEAD})" for length in lengths)
        for event in NET_EVENTS:
            _write(here, f"events/{event}/filter", sizes)
        # IPv4 and IPv6 by their EtherTypes (linux/if_ether.h).
        _write(here, f"events/{DROP_EVENT}/filter", f"protocol == {0x0800} || protocol == {0x86DD}")
        for event in (DROP_EVENT, *NET_EVENTS):
            _write(here, f"events/{event}/enable", "1")
        _write(here, "tracing_on", "1")
    except OSError:
        _remove(root, name)
        raise


def _read(root: str, name: str) -> tuple[str, int]:
    here = os.path.join(root, "instances", name)
    _write(here, "tracing_on", "0")
    with open(os.path.join(here, "trace"), encoding="utf-8", errors="replace") as stream:
        text = stream.read(READ_LIMIT)
        lost = 1 if stream.read(1) else 0
    for cpu in os.listdir(os.path.join(here, "per_cpu")):
        with open(os.path.join(here, "per_cpu", cpu, "stats"), encoding="ascii", errors="replace") as stream:
            for line in stream:
                label, _colon, value = line.partition(":")
                if label in ("overrun", "dropped events") and value.strip().isdigit():
                    lost += int(value)
    return text, lost


def _remove(root: str, name: str) -> None:
    here = os.path.join(root, "instances", name)
    try:
        _write(here, "events/enable", "0")
        os.rmdir(here)
    except FileNotFoundError:
        return


def _sweep(root: str) -> None:
    """Remove the instances of runs that have ended without doing so."""
    for name in os.listdir(os.path.join(root, "instances")):
        found = _NAME.fullmatch(name)
        if found and _abandoned(found):
            try:
                _remove(root, name)
            except OSError:
                continue  # somebody reads it


def _abandoned(found: t.Match[str]) -> bool:
    if time.time() > int(found["expires"]) + STALE_AFTER:
        return True
    owner = Process(int(found["pid"]), int(found["start"]), int(found["ns"]))
    return owner.pid_namespace == namespace_inode("pid") and not owner.alive()


def _write(here: str, file: str, text: str) -> None:
    descriptor = os.open(os.path.join(here, file), os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)


# -- the child ---------------------------------------------------------------------------------------------------
def _in_child(work: t.Callable[[str], t.Any]) -> t.Any:
    """The result of work(root of tracefs), done in a child. Raises TraceError, also when it does not answer in time."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            answer = json.dumps(_attempt(work)).encode("utf-8")
            while answer:
                answer = answer[os.write(writer, answer) :]
        finally:
            os._exit(0)
    os.close(writer)
    try:
        data = _read_all(reader, CHILD_SECONDS)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)  # our own child, not yet waited for
        os.waitpid(child, 0)
    try:
        result, error = json.loads(data.decode("utf-8"))
    except ValueError as exc:
        raise TraceError(f"Cannot trace the kernel: no answer within {CHILD_SECONDS:.0f} s") from exc
    if error:
        raise TraceError(f"Cannot trace the kernel: {error}")
    return result


def _read_all(reader: int, seconds: float) -> bytes:
    until = time.monotonic() + seconds
    parts: list[bytes] = []
    while True:
        ready = select.select([reader], [], [], max(0.0, until - time.monotonic()))[0]
        part = os.read(reader, 1 << 16) if ready else b""
        if not part:
            return b"".join(parts)
        parts.append(part)


def _attempt(work: t.Callable[[str], t.Any]) -> tuple[t.Any, str | None]:
    """The result, or the reason why there is none."""
    try:
        return work(_mounted() or _mount()), None
    except TraceError as exc:
        return None, str(exc)
    except OSError as exc:
        return None, f"{exc.filename or 'tracefs'}: {exc.strerror}"


def _mounted() -> str | None:
    return next((path for path in MOUNTED if os.path.isdir(os.path.join(path, "instances"))), None)


def _mount() -> str:
    """Mount tracefs where only this process sees it."""
    try:
        import ctypes  # not a part of the smallest Python packages
    except ImportError:
        raise TraceError("tracefs is not mounted, and this Python has no ctypes to mount it with") from None
    where = next((path for path in (MOUNTED[0], "/mnt", "/media", "/srv") if os.path.isdir(path)), None)
    if where is None:
        raise TraceError("tracefs is not mounted, and there is no folder to mount it on")
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function: t.Any, what: str, *arguments: t.Any) -> None:
        if function(*arguments) != 0:
            raise TraceError(f"Cannot {what}: {os.strerror(ctypes.get_errno())}")

    call(libc.unshare, "make a mount namespace", CLONE_NEWNS)
    call(libc.mount, "make mounts private", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    call(libc.mount, "mount tracefs", b"tracefs", where.encode(), b"tracefs", ctypes.c_ulong(0), None)
    return where
