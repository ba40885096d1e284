# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The configuration files of a node's interfaces, whichever of the formats it uses."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _ifcfg, _netplan
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    ConfigFile,
    InterfaceConfig,
    Link,
    NicConfig,
    Problem,
)


def read_nic_config(root: Root, node: str, links: t.Sequence[Link]) -> NicConfig:
    """What the files want of each interface. links: the running ones, for files that name theirs by MAC or pattern.

    A file or line that cannot be read is an error with its path and line, and nothing is assumed in its place.
    """
    collector = _Collector(root, node)
    collector.ifcfg({link.mac: link.name for link in links if link.mac})
    collector.netplan([_netplan.Device(link.name, link.mac, _driver(link.name)) for link in links])
    return NicConfig(collector.files, collector.interfaces, collector.errors)


def _driver(device: str, sys: str = "/sys") -> str | None:
    try:
        return os.path.basename(os.readlink(f"{sys}/class/net/{device}/device/driver"))
    except OSError:
        return None


class _Collector:
    """Files, interfaces and errors of all formats."""

    def __init__(self, root: Root, node: str) -> None:
        self._root = root
        self._node = node
        self.files: list[ConfigFile] = []
        self.interfaces: list[InterfaceConfig] = []
        self.errors: list[Problem] = []

    def _error(self, path: str, reason: str, line: int | None = None) -> None:
        place = path if line is None else f"{path} line {line}"
        self.errors.append(Problem("nic_config", f"Cannot read {place} of node {self._node}: {reason}"))

    def _names(self, folder: str) -> list[str]:
        try:
            return self._root.names(folder)
        except OSError as exc:
            self._error(folder, exc.strerror or str(exc))
            return []

    def _text(self, path: str) -> str | None:
        try:
            return self._root.read_text(path)
        except OSError as exc:
            self._error(path, exc.strerror or str(exc))
            return None

    def ifcfg(self, devices_by_mac: t.Mapping[str, str]) -> None:
        """Every ifcfg file of its folders."""
        for folder in _ifcfg.FOLDERS:
            for name in filter(_ifcfg.is_interface_file, self._names(folder)):
                path = f"{folder}/{name}"
                text = self._text(path)
                if text is None:
                    continue
                config, problems = _ifcfg.parse_ifcfg(path, text, devices_by_mac)
                self.files.append(ConfigFile(path, _ifcfg.FORMAT, [config.device or config.name]))
                self.interfaces.append(config)
                for problem in problems:
                    self._error(path, problem.text, problem.line)

    def netplan(self, devices: t.Sequence[_netplan.Device]) -> None:
        """Every netplan file, merged."""
        used: dict[str, str] = {}
        found: list[tuple[str, str]] = []
        for folder in _netplan.FOLDERS:
            for name in self._names(folder):
                if name.endswith(".yaml"):
                    used[name] = f"{folder}/{name}"
                    found.append((name, f"{folder}/{name}"))
        merger = _netplan.Merger()
        for name, path in sorted(found):
            if used[name] != path:
                self.files.append(ConfigFile(path, _netplan.FORMAT, [], used[name]))
                continue
            text = self._text(path)
            if text is not None:
                self.files.append(ConfigFile(path, _netplan.FORMAT, merger.add(path, text)))
        self.interfaces.extend(merger.interfaces(devices))
        for problem in merger.problems:
            self._error(problem.path, problem.text, problem.line)
