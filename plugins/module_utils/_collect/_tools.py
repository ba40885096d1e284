# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Programs of a node and of this image, and whether running one could load a kernel module.

In an agent pod a node's own program runs through chroot: the rules of a node are read best by what wrote them.
"""

from __future__ import annotations

import dataclasses
import os
import re

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Reader, ReadError

IMAGE = "image"
VERSION = {
    "ip": ("ip", "-V"),
    "nft": ("nft", "--version"),
    "tcpdump": ("tcpdump", "--version"),
    "ethtool": ("ethtool", "--version"),
}
_VERSION_TEXT = re.compile(r"v?\d+\.\d[\w.-]*(?: \((?:nf_tables|legacy)\))?")


@dataclasses.dataclass(frozen=True)
class Tool:
    """A program and how to start it. origin: host or image; in a run without an agent pod both are the node."""

    argv: tuple[str, ...]
    path: str
    origin: str
    version: str = ""


def find(name: str, host_root: str) -> list[Tool]:
    """Where there is a program of this name: the node's first, then this image's."""
    found: list[Tool] = []
    if host_root != "/":
        root = Root(host_root)
        paths = (f"{folder}/{name}" for folder in _netns.SYSTEM_PATH)
        path = next((path for path in paths if root.is_program(path)), None)
        if path is not None:
            found.append(Tool(("chroot", host_root, path), path, _netns.HOST))
    path = which(name)
    if path is not None:
        found.append(Tool((path,), path, _netns.HOST if host_root == "/" else IMAGE))
    return found


def which(name: str) -> str | None:
    """The path of a program in this image; the system's directories are searched beside $PATH."""
    folders = [folder for folder in os.environ.get("PATH", "").split(":") if folder]
    for folder in [*folders, *_netns.SYSTEM_PATH]:
        path = f"{folder}/{name}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def version(reader: Reader, tool: Tool, option: str = "--version") -> Tool | None:
    """The same tool with its version; None when it does not start (a node's program without its libraries)."""
    try:
        text = reader.text("tools", [*tool.argv, option], HOST)
    except ReadError:
        return None
    return dataclasses.replace(tool, version=version_in(text) or "unknown")


def version_of(reader: Reader, name: str) -> str | None:
    """The version of a program of this image, "unknown" if it does not say, None if it is not there."""
    if which(name) is None:
        return None
    try:
        return version_in(reader.text("tools", VERSION[name], HOST)) or "unknown"
    except ReadError:
        return "unknown"


def version_in(text: str) -> str | None:
    """The version in what a program says about itself: "v1.8.9 (nf_tables)", "6.1.0"."""
    match = _VERSION_TEXT.search(text)
    return match.group(0) if match else None


class KernelModules:
    """Which kernel modules are there, so that no command is run that would make the kernel load one."""

    def __init__(self, host_root: str, proc: str = "/proc", sys: str = "/sys") -> None:
        self._root = Root(host_root)
        self._proc = proc
        self._sys = sys
        self._loaded: frozenset[str] | None = None

    def present(self, name: str) -> bool:
        """Whether a module is loaded or built in; also when the kernel has no modules, or does not tell."""
        if os.path.isdir(f"{self._sys}/module/{name}"):
            return True
        if self._loaded is None:
            self._loaded = self._read()
        return not self._loaded or name in self._loaded

    def _read(self) -> frozenset[str]:
        """All loaded and built-in modules; empty when either list cannot be read."""
        release = os.uname().release
        built_in = None
        for folder in ("/lib/modules", "/usr/lib/modules"):
            try:
                built_in = self._root.read_text(f"{folder}/{release}/modules.builtin")
                break
            except OSError:
                continue
        try:
            with open(f"{self._proc}/modules", encoding="utf-8", errors="replace") as stream:
                loaded = [line.split(" ", 1)[0] for line in stream]
        except OSError:
            loaded = []
        if built_in is None or not loaded:
            return frozenset()
        names = (os.path.basename(line).partition(".ko")[0].replace("-", "_") for line in built_in.splitlines())
        return frozenset(loaded).union(names)
