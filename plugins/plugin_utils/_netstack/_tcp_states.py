# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The states of a TCP connection as conntrack follows them.

Source: tcp_conntracks[] of net/netfilter/nf_conntrack_proto_tcp.c: by direction and kind of segment, from each state to
the next. "IG": the segment is passed without a change; "IV": it is INVALID.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._connections import TCP_STATES

NONE = "NONE"
_IGNORE, _INVALID = "IG", "IV"
_SHORT = dict(zip(("NO", "SS", "SR", "ES", "FW", "CW", "LA", "TW", "CL", "S2"), TCP_STATES))
_ORIGINAL = {
    "syn": "SS SS IG IG IG IG IG SS SS S2",
    "synack": "IV IV SR IV IV IV IV IV IV SR",
    "fin": "IV IV FW FW LA LA LA TW CL IV",
    "ack": "ES IV ES ES CW CW TW TW CL IV",
    "rst": "IV CL CL CL CL CL CL CL CL CL",
    "none": "IV IV IV IV IV IV IV IV IV IV",
}
_REPLY = {
    "syn": "IV S2 IV IV IV IV IV SS IV S2",
    "synack": "IV SR IG IG IG IG IG IG IG SR",
    "fin": "IV IV FW FW LA LA LA TW CL IV",
    "ack": "IV IG SR ES CW CW TW TW CL IG",
    "rst": "IV CL CL CL CL CL CL CL CL CL",
    "none": "IV IV IV IV IV IV IV IV IV IV",
}
_TABLES: t.Mapping[bool, t.Mapping[str, t.Mapping[str, str]]] = {
    is_reply: {kind: dict(zip(TCP_STATES, row.split())) for kind, row in rows.items()}
    for is_reply, rows in ((False, _ORIGINAL), (True, _REPLY))
}
# Combinations of flags that conntrack lets pass at all (tcp_valid_flags[]), without psh.
_VALID = frozenset(
    frozenset(flags.split())
    for flags in ("syn", "syn urg", "syn ack", "rst", "rst ack", "fin ack", "fin ack urg", "ack", "ack urg")
)


def _kind(flags: frozenset[str]) -> str:
    if "rst" in flags:
        return "rst"
    if "syn" in flags:
        return "synack" if "ack" in flags else "syn"
    if "fin" in flags:
        return "fin"
    return "ack" if "ack" in flags else "none"


def first(flags: frozenset[str], loose: bool) -> str | None:
    """The state after the first segment of a connection; None where it is INVALID."""
    return None if not loose and "syn" not in flags else next_state(NONE, flags, False)


def next_state(state: str, flags: frozenset[str], is_reply: bool) -> str | None:
    """The state after a segment; None where it is INVALID."""
    if flags - {"psh", "ece", "cwr"} not in _VALID:
        return None
    short = _TABLES[is_reply][_kind(flags)].get(state, _INVALID)
    if short == _INVALID:
        return None
    return state if short == _IGNORE else _SHORT[short]
