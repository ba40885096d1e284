# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What runs beside the playbook for each node while it captures: how far it is, the live view, and who tidies up."""

from __future__ import annotations

import contextlib
import json
import pathlib
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._live import Live
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._merge import Source
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._transfer import (
    Module,
    Transfer,
    TransferError,
    alone,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import has_begun, is_lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import Charge

# Seconds between two looks at a node, with and without a live view.
LIVE_SECONDS, PROGRESS_SECONDS = 1.0, 4.0
# What is fetched for a live view is not fetched twice; raw/NODE has it.
RAW = "raw"
PLAN, INDEX = "plan.json", "index.json"


class Follower:
    """module: runs the capture module of the node. remove: what is done when the playbook is gone."""

    def __init__(
        self, bundle: Bundle, node: str, module: Module, remove: t.Callable[[], None], live: Live | None = None
    ) -> None:
        self._bundle = bundle
        self._node = node
        self._module = module
        self._remove = remove
        self._live = live
        self._pause = LIVE_SECONDS if live is not None else PROGRESS_SECONDS
        self._next = 0.0
        self._sources: list[Source] = []
        self._closed = False
        self._run_id = str(bundle.plan()["run_id"])

    def charge(self) -> Charge:
        """For a watcher."""
        return Charge(self._over, self._gone)

    def _over(self) -> bool:
        """Look at the node once in a while; true when its files are fetched."""
        if self._is_over():
            self._show_last()
            return self._is_left()
        if time.monotonic() >= self._next:
            try:
                self._look()
            except Exception as exc:  # beside the playbook there is nobody to tell: the next look may do better
                self._note({"problem": " ".join(str(exc).split())[:300]})
            self._next = time.monotonic() + self._pause
        return False

    def _show_last(self) -> None:
        """The packets since the last look: whoever fetches them now leaves the files for a moment."""
        if self._live is None or self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError, BundleError, TransferError), alone(self._bundle.path(f"{RAW}/{self._node}")):
            if self._sources:
                self._live.show(self._sources)
        self._live.close()

    def _is_over(self) -> bool:
        """Whether its files are fetched, or the run has come to its end: the plan is no part of the evidence."""
        try:
            return not self._bundle.path(PLAN).exists() or has_begun(self._bundle, self._node, "fetch")
        except (BundleError, OSError):
            return True  # nobody can tell any more

    def _is_left(self) -> bool:
        """Whether nothing is left to look after on the node. A node that was lost while its files were fetched may come
        back: they are removed then."""
        try:
            if not self._bundle.path(PLAN).exists():
                return self._node not in self._bundle.read_json(INDEX)["lost"]
            ends = [
                event
                for event in self._bundle.events()
                if (event["node"], event["phase"]) == (self._node, "fetch") and event["status"] != "started"
            ]
        except (BundleError, OSError, KeyError):
            return True
        return bool(ends) and not is_lost(ends[-1])

    def _look(self) -> None:
        progress = self._module({"state": "listed", "run_id": self._run_id}).get("progress")
        if not progress:
            return
        if self._live is not None and not self._is_over():
            sizes = {
                file["name"]: file["size"]
                for device in progress["devices"]
                for file in device["files"]
                if device["ended"] != "not_started"
            }
            folder = self._bundle.path(f"{RAW}/{self._node}")
            with alone(folder):
                if not self._is_over():
                    Transfer(self._module, self._run_id, folder).more(sizes)
            self._sources = _sources(self._node, progress, folder)
            self._live.show(self._sources)
        self._note(progress)

    def _note(self, progress: JsonObject) -> None:
        if self._bundle.root.exists() and not self._is_over():
            self._bundle.write_json(f"progress/{self._node}.json", progress)

    def _gone(self) -> None:
        if self._live is not None and not self._closed:
            self._live.close()
        if not (self._is_over() and self._is_left()):
            self._remove()


def _sources(node: str, progress: JsonObject, folder: pathlib.Path) -> list[Source]:
    return [
        Source(
            node,
            {"device": device["name"], "netns": device["netns"]},
            tuple(folder / file["name"] for file in device["files"]),
        )
        for device in progress["devices"]
        if device["files"] and device["ended"] != "not_started"
    ]


def progress_of(bundle: Bundle, nodes: t.Iterable[str]) -> dict[str, JsonObject]:
    """How far each node is, of those that have told."""
    found = {}
    for node in nodes:
        try:
            found[node] = json.loads(bundle.path(f"progress/{node}.json").read_bytes())
        except (OSError, ValueError, BundleError):
            continue
    return found


def progress_text(progress: t.Mapping[str, JsonObject]) -> str:
    """For people: how much each node has."""
    parts = []
    for node, known in sorted(progress.items()):
        if known.get("problem"):
            parts.append(f"{node}: not known ({known['problem']})")
            continue
        size = sum(file["size"] for device in known["devices"] for file in device["files"])
        running = sum(1 for device in known["devices"] if device["running"])
        parts.append(f"{node}: {amount(size)}, {running} of {len(known['devices'])} captures running")
    return "; ".join(parts)


def all_ended(progress: t.Mapping[str, JsonObject], nodes: t.Collection[str]) -> bool:
    """Whether every node has told that none of its captures runs any more."""
    return bool(nodes) and all(
        node in progress
        and "devices" in progress[node]
        and not any(device["running"] for device in progress[node]["devices"])
        for node in nodes
    )


def amount(size: int) -> str:
    """Bytes as people say them."""
    for unit, limit in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= limit:
            return f"{size / limit:.1f} {unit}"
    return f"{size} B"
