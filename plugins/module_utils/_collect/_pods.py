# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Pods of a node: where each runs, and the resolver configuration that its processes see."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import PodEntry, Problem

RESOLV_CONF = "/etc/resolv.conf"
# resolv.conf(5); a comment may say anything, so it is not kept.
DIRECTIVES = ("nameserver", "search", "domain", "options")
MAX_RESOLV_CONF = 64 * 1024


def find(pods: t.Sequence[_netns.PodRef]) -> list[PodEntry]:
    """Every pod that was asked for, in their order."""
    found = _netns.find_pods(pods)
    return [
        PodEntry(key, process.pid, process.netns_inode, process.host_network, process.error)
        for key, process in ((pod.key, found[pod.key]) for pod in pods)
    ]


def namespaces(
    entries: t.Sequence[PodEntry], wanted: t.Sequence[str], node: str
) -> tuple[list[Namespace], list[Problem]]:
    """The namespaces to read in full besides the node's own. A pod with none is a problem, unless it shares that."""
    by_id = {entry.id: entry for entry in entries}
    result: list[Namespace] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(wanted):
        entry = by_id.get(name)
        if name == _netns.HOST or (entry is not None and entry.host_network):
            continue
        if entry is None:
            problems.append(Problem("pods", f"Cannot read {name} on node {node}: it is not among the pods of the node"))
        elif entry.pid is None:
            problems.append(Problem("pods", f"Cannot read {name} on node {node}: {entry.error}"))
        else:
            result.append(Namespace(name, entry.pid, entry.inode))
    return result, problems


def read_resolv_conf(reader: Reader, namespace: Namespace, host_root: str) -> str:
    """The resolver configuration of a pod, or of the node. A pod's is read in the pod's own root directory."""
    root = Root(host_root if namespace == HOST or namespace.pid is None else f"/proc/{namespace.pid}/root")
    try:
        return keep_directives(root.read_text(RESOLV_CONF, MAX_RESOLV_CONF))
    except OSError as exc:
        raise reader.fail("resolv_conf", namespace, exc.strerror or str(exc)) from exc


def keep_directives(text: str) -> str:
    """The lines of a resolv.conf that mean something."""
    lines = [line.strip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines if line.split(None, 1)[:1] and line.split(None, 1)[0] in DIRECTIVES)
