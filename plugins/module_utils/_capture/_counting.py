# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The counters of a node when its captures start and when they stop.

All nodes have started before anything is sent again, and it was all sent before the first one stops: so the counters of
all nodes are about the same packets, however slow a node is and whatever its clock says.
"""

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._workspace import Workspace
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._looks import Looker, compare, from_kept, kept
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject


def first_look(pods: t.Sequence[_netns.PodRef], counted: t.Sequence[str]) -> JsonObject | None:
    """The counters before the start; None where they cannot be read.

    It is taken before the captures are started, not beside it: their supervisor is forked, and threads do not survive.
    """
    try:
        found = _netns.find_pods(pods) if pods else {}
        spaces = [
            Namespace(name, found[name].pid, found[name].netns_inode)
            for name in dict.fromkeys(counted)
            if name in found and found[name].pid is not None and not found[name].error
        ]
        return {"spaces": [[space.id, space.pid, space.inode] for space in spaces], "look": _look(spaces)}
    except Exception:  # what counters say is a help; the captures are the evidence
        return None


def keep(run_id: str, look: JsonObject | None) -> None:
    """Store a first look beside the captures; without captures, or on a full disk, it is not kept."""
    workspace = Workspace.find(run_id)
    if workspace is None or look is None:
        return
    try:
        with open(workspace.counters(), "w", encoding="utf-8") as stream:
            json.dump(look, stream)
    except OSError:
        return


def moved(run_id: str) -> JsonObject | None:
    """What the counters moved by since the captures started; None where nothing was kept of that moment."""
    workspace = Workspace.find(run_id)
    if workspace is None:
        return None
    try:
        with open(workspace.counters(), encoding="utf-8") as stream:
            early = json.load(stream)
        spaces = [Namespace(*space) for space in early["spaces"]]
        return compare(from_kept(early["look"]), from_kept(_look(spaces)))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _look(spaces: t.Sequence[Namespace]) -> JsonObject:
    looker = Looker(os.uname().nodename, spaces)
    looker.watch.close()
    looker.route_watch.close()
    return kept(looker.look())
