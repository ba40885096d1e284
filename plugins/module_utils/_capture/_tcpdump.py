# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""tcpdump: where it is, what it can do, its command line, and what its messages mean."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import Device, StartOptions

_LISTENING = re.compile(r"listening on \S+, link-type (\S+)")
_COUNTERS = {
    "captured": re.compile(r"^(\d+) packets? captured$", re.MULTILINE),
    "received": re.compile(r"^(\d+) packets? received by filter$", re.MULTILINE),
    "dropped_by_kernel": re.compile(r"^(\d+) packets? dropped by kernel$", re.MULTILINE),
    "dropped_by_interface": re.compile(r"^(\d+) packets? dropped by interface$", re.MULTILINE),
}
# Lines that tell how it went, not what went wrong.
_CHATTER = re.compile(
    r"listening on|^\d+ packets?\b|verbose output suppressed|data link type|dropped privs|^\s*$", re.IGNORECASE
)
_NO_DEVICE = re.compile(r"No such device|SIOCGIFHWADDR|does not exist", re.IGNORECASE)
_NOT_PERMITTED = re.compile(r"permission to capture|not permitted|Permission denied", re.IGNORECASE)
MAX_LOG = 65536
# Two files, of which the older one is written anew when the newer one is full.
RING_FILES = 2


@dataclasses.dataclass(frozen=True)
class Tcpdump:
    """An installed tcpdump and which of the newer options it knows."""

    path: str
    version: str = ""
    immediate_mode: bool = True
    keep_user: bool = True

    def command(self, device: Device, options: StartOptions, pcap: str, promiscuous: bool) -> list[str]:
        """The argument list that captures on one device into a file.

        -U and --immediate-mode: each packet is in the file at once. -Z root: else tcpdump changes to a user who may
        not write there. Promiscuous only where asked: it changes the device's state while the capture runs.
        """
        argv = [
            self.path,
            "-i",
            device.name,
            "-n",
            "-U",
            "-s",
            str(options.snaplen),
            *(_ring(options.ring_megabytes) if options.ring else ("-c", str(options.max_packets))),
            "-w",
            pcap,
        ]
        if not promiscuous:
            argv.append("-p")
        if self.keep_user and os.geteuid() == 0:
            argv += ["-Z", "root"]
        if self.immediate_mode:
            argv.append("--immediate-mode")
        filter_ = options.filter if device.filter is None else device.filter
        return argv + (["--", filter_] if filter_ else [])


def _ring(megabytes: int) -> tuple[str, ...]:
    return ("-C", str(max(1, megabytes // RING_FILES)), "-W", str(RING_FILES))


def find_tcpdump() -> Tcpdump:
    """The tcpdump of this machine. CommandMissing when there is none, CommandFailed when it does not start."""
    path = shutil.which("tcpdump", path=environment()["PATH"])
    if path is None:
        raise _netns.CommandMissing("tcpdump is not installed here")
    usage = _netns.run_in(None, [path, "--help"], timeout=10)
    text = usage.stdout + usage.stderr
    first = (text.strip().splitlines() or [""])[0]
    return Tcpdump(path, first, "--immediate-mode" in text, "-Z user" in text)


def environment() -> dict[str, str]:
    """For tcpdump: messages in English, and a path that has the directories of system tools."""
    path = [part for part in os.environ.get("PATH", "").split(":") if part]
    path += [part for part in _netns.SYSTEM_PATH if part not in path]
    return {"PATH": ":".join(path), "LC_ALL": "C", "TZ": "UTC"}


def link_type(log: str) -> str | None:
    """The link type that tcpdump names once it listens; None while it does not."""
    match = _LISTENING.search(log)
    return match.group(1).rstrip(",") if match else None


def counters(log: str) -> dict[str, int | None]:
    """The numbers that tcpdump tells at its end; a number that is not there is None."""
    found = {name: pattern.search(log) for name, pattern in _COUNTERS.items()}
    return {name: int(match.group(1)) if match else None for name, match in found.items()}


def complaint(log: str) -> str:
    """What tcpdump says went wrong: its messages without the chatter, in one line; empty when it did not complain."""
    lines = [line.strip() for line in log.splitlines() if not _CHATTER.search(line)]
    return "; ".join(line[len("tcpdump: ") :] if line.startswith("tcpdump: ") else line for line in lines)[:500]


def start_error(device: Device, log: str) -> str:
    """Why a capture did not start, in one sentence."""
    text = complaint(log)
    if _NO_DEVICE.search(text):
        return f"Cannot capture on {device}: there is no such device"
    if _NOT_PERMITTED.search(text):
        return f"Cannot capture on {device}: permission denied ({text})"
    return f"Cannot capture on {device}: {text or 'tcpdump ended without a message'}"


def read_log(path: str) -> str:
    """tcpdump's messages so far; empty when there are none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(MAX_LOG)
    except OSError:
        return ""
