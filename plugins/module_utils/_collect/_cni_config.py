# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""CNI configuration of a node: which plugins make the network of a pod, and flannel's subnet file.

Only names, types and MTUs are taken: these files may hold credentials.
"""

from __future__ import annotations

import json
import os

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import number_of, text_of
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    CniConfig,
    CniFile,
    Json,
    Problem,
)

FOLDER = "/etc/cni/net.d"
ENDINGS = (".conf", ".conflist", ".json")
FLANNEL = "/run/flannel/subnet.env"
FLANNEL_KEYS = (
    "FLANNEL_NETWORK",
    "FLANNEL_SUBNET",
    "FLANNEL_MTU",
    "FLANNEL_IPMASQ",
    "FLANNEL_IPV6_NETWORK",
    "FLANNEL_IPV6_SUBNET",
)
HOST_LOCAL = "/var/lib/cni/networks"


def read_cni_config(root: Root, node: str) -> tuple[CniConfig, list[Problem]]:
    """The CNI files of a node in the order in which a container runtime looks at them: the first by name is used."""
    problems: list[Problem] = []
    files: list[CniFile] = []
    try:
        names = [name for name in root.names(FOLDER) if name.endswith(ENDINGS)]
    except OSError as exc:
        names = []
        problems.append(_problem(FOLDER, node, exc))
    for name in names:
        entry = _read_file(root, f"{FOLDER}/{name}", active=all(file.error for file in files))
        files.append(entry)
        if entry.error:
            problems.append(Problem("cni_config", f"Cannot read {entry.path} of node {node}: {entry.error}"))
    return CniConfig(files, _flannel(root, node, problems), _allocated(root)), problems


def _problem(path: str, node: str, exc: OSError) -> Problem:
    return Problem("cni_config", f"Cannot read {path} of node {node}: {exc.strerror or exc}")


def _read_file(root: Root, path: str, active: bool) -> CniFile:
    try:
        return parse_cni_file(path, root.read_bytes(path), active)
    except OSError as exc:
        return _broken(path, exc.strerror or str(exc))


def parse_cni_file(path: str, data: bytes, active: bool) -> CniFile:
    """One file: a list of plugins (conflist), or a single plugin."""
    try:
        config = json.loads(data)
    except ValueError as exc:
        line = getattr(exc, "lineno", None)
        return _broken(path, f"line {line}: it is not JSON" if line else "it is not JSON")
    if not isinstance(config, dict):
        return _broken(path, "it is not a JSON object")
    plugins: list[Json] = [config]
    if "plugins" in config:
        listed = config["plugins"]
        plugins = [plugin for plugin in listed if isinstance(plugin, dict)] if isinstance(listed, list) else []
    types = [text_of(plugin, "type") or "" for plugin in plugins]
    if not any(types):
        return _broken(path, "it names no plugin")
    main = plugins[0]
    delegate = main["delegate"] if isinstance(main.get("delegate"), dict) else {}
    return CniFile(
        path=path,
        name=text_of(config, "name"),
        type=types[0],
        plugins=types,
        active=active,
        mtu=number_of(main, "mtu") or number_of(delegate, "mtu"),
        bridge=text_of(main, "bridge") or text_of(delegate, "bridge"),
        error=None,
    )


def _broken(path: str, error: str) -> CniFile:
    return CniFile(path, None, None, [], False, None, None, error)


def _flannel(root: Root, node: str, problems: list[Problem]) -> dict[str, str] | None:
    """flannel's settings for the CNI plugin; None on a node without flannel."""
    try:
        text = root.read_text(FLANNEL)
    except FileNotFoundError:
        return None
    except OSError as exc:
        problems.append(_problem(FLANNEL, node, exc))
        return None
    values = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    return {key: values[key].strip() for key in FLANNEL_KEYS if key in values}


def _allocated(root: Root) -> dict[str, int]:
    """How many addresses the host-local plugin has given out, by network; it keeps a file for each address."""
    allocated: dict[str, int] = {}
    try:
        for network in root.names(HOST_LOCAL):
            names = root.names(os.path.join(HOST_LOCAL, network))
            allocated[network] = sum(1 for name in names if name[:1].isdigit() or ":" in name)
    except OSError:
        return {}
    return allocated
