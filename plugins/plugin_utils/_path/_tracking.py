# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What conntrack of a namespace knows before the first simulated packet.

Entries are collected of a few addresses only, and a probe sends from a port of its own: a table begins empty, unless
somebody asks what becomes of a flow that has an entry.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import ConntrackEntry, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _tcp_states
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import (
    Connection,
    Tracking,
    tracking_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Flow, Zones


def initial(namespace: Namespace) -> Tracking:
    """The table of a namespace for a flow that is new."""
    return t.cast(Tracking, namespace.compiled("tracking", lambda each: Tracking()))


def of_entries(entries: t.Iterable[ConntrackEntry]) -> Tracking:
    """A table with entries as they were collected."""
    return tracking_of(
        Connection(
            original=Flow(entry.protocol, entry.src, entry.dst, entry.sport, entry.dport),
            reply=Flow(entry.protocol, entry.reply_src, entry.reply_dst, entry.reply_sport, entry.reply_dport),
            zones=Zones(entry.zone, entry.zone),
            mark=entry.mark,
            status=frozenset(entry.status),
            tcp=entry.state or _tcp_states.NONE,
            collected=True,
        )
        for entry in entries
    )
