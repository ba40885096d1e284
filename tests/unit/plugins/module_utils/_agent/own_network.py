# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace for one test, in which ping sockets are allowed as in a target's pod."""

from __future__ import annotations

import ctypes
import pathlib
import subprocess
import threading
import typing as t

import pytest

CLONE_NEWNET = 0x40000000
_Value = t.TypeVar("_Value")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def in_own_network(function: t.Callable[[], _Value]) -> _Value:
    """Call a function where only loopback addresses are, all of 127.0.0.0/8 and ::1. Skips the test where that cannot
    be
    made: a process without privileges."""
    outcome: list[_Value] = []
    raised: list[BaseException] = []
    denied: list[str] = []

    def run() -> None:
        """The namespace goes with this thread."""
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
            denied.append(f"no network namespace can be made here (errno {ctypes.get_errno()})")
            return
        try:
            pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647\n")
            ip("link", "set", "lo", "up")
            outcome.append(function())
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if denied:
        pytest.skip(denied[0])
    if raised:
        raise raised[0]
    return outcome[0]
