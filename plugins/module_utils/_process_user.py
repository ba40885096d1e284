# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Whom the processes of a pod run as, and sockets that are opened as one of them.

Packet filters, policy routing and programs of cgroups tell packets by the socket's owner: its user when the socket was
made (xt_owner and meta skuid: credentials of the file; ip rule uidrange: owner of the socket's inode). Both are the
filesystem user of the thread that calls socket(2), which setfsuid(2) changes for one thread alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PodProcess

MAX_USERS = 8
_UNIFIED = "0::"


@dataclasses.dataclass(frozen=True)
class User:
    """A user and group by number, as the node counts them, and the cgroup (version 2) of a process; None: not known."""

    uid: int
    gid: int
    cgroup: str | None = None


def users_of(process: PodProcess, proc: str = "/proc") -> tuple[User, ...]:
    """Each user that the pod's programs run as, the first program's first. The oldest process of a pod holds its
    namespaces and sends nothing, unless it is alone."""
    pids = process.pids[1:] or process.pids
    found: list[User] = []
    for pid in pids:
        user = _user(pid, proc)
        if user is not None and user not in found:
            found.append(user)
        if len(found) >= MAX_USERS:
            break
    return tuple(found)


def _user(pid: int, proc: str) -> User | None:
    try:
        with open(f"{proc}/{pid}/status", encoding="utf-8", errors="replace") as stream:
            fields = dict(line.split(":", 1) for line in stream if ":" in line)
        # Real, effective, saved, filesystem (proc_pid_status(5)).
        return User(int(fields["Uid"].split()[3]), int(fields["Gid"].split()[3]), _cgroup(pid, proc))
    except (OSError, KeyError, IndexError, ValueError):
        return None  # it has ended


def _cgroup(pid: int, proc: str) -> str | None:
    try:
        with open(f"{proc}/{pid}/cgroup", encoding="utf-8", errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return None
    return next((line[len(_UNIFIED) :] for line in lines if line.startswith(_UNIFIED)), None)


def socket_as(user: User, new_socket: t.Callable[[int, int, int], socket.socket]) -> t.Callable[..., socket.socket]:
    """A maker of sockets that belong to a user; OSError where this Python cannot become one."""

    def make(family: int, kind: int, protocol: int = 0) -> socket.socket:
        with _being(user):
            return new_socket(family, kind, protocol)

    return make


@contextlib.contextmanager
def _being(user: User) -> t.Iterator[None]:
    """Be the user for sockets that this thread makes meanwhile; OSError where that cannot be."""
    set_user, set_group = _setters()
    group, owner = set_group(user.gid), set_user(user.uid)
    try:
        # The call never fails; asked again with no valid number it says who one is now (setfsuid(2)).
        if set_user(-1) != user.uid or set_group(-1) != user.gid:
            raise OSError(f"cannot open a socket as user {user.uid}")
        yield
    finally:
        set_user(owner)
        set_group(group)


def _setters() -> tuple[t.Callable[[int], int], t.Callable[[int], int]]:
    try:
        import ctypes  # not a part of the smallest Python packages

        library = ctypes.CDLL(None, use_errno=True)
        return library.setfsuid, library.setfsgid
    except (ImportError, OSError, AttributeError) as exc:
        raise OSError(f"cannot open a socket as another user: {exc}") from exc


def can_be(user: User) -> bool:
    """Whether sockets can be opened as that user here, which takes CAP_SETUID and CAP_SETGID."""
    try:
        with _being(user):
            return True
    except OSError:
        return False
