# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Which check objects have outlived their target: those that a source made, that nobody wants, and to which nothing has
happened for so long. By the API server's clock: a node whose clock is wrong must not delete a history.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._reconcile import Situation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._store import Entry, status_activity


def outlived(now: Situation, wanted: t.AbstractSet[str], server: datetime.datetime, after: float) -> list[Entry]:
    """The entries that this source has to delete. wanted: names of the objects that stay. server: UTC. after: seconds
    without activity.
    """
    if now.alive is None:
        return []
    limit = server - datetime.timedelta(seconds=after)
    return [
        entry
        for name, entry in sorted(now.entries.items())
        if entry.identity and name not in wanted and _ours_to_prune(entry, now) and _active(entry) < limit
    ]


def _ours_to_prune(entry: Entry, now: Situation) -> bool:
    """Each object has one source that cares for it: that of its node, else the first one."""
    pod = entry.check.source_pod
    if pod == now.pod:
        return True
    if now.alive is None or now.alive(pod):
        return False
    if entry.source_node == now.node:
        return True
    living = {**now.living, now.pod: now.node}
    return entry.source_node not in living.values() and min(living) == now.pod


def _active(entry: Entry) -> datetime.datetime:
    """The last activity; an object that tells nothing at all stays."""
    times = [entry.check.created, entry.active]
    if entry.record is not None:
        times.append(status_activity(entry.record.status))
    return max(
        (time for time in times if time is not None),
        default=datetime.datetime.max.replace(tzinfo=datetime.timezone.utc),
    )
