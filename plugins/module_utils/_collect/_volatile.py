# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The parts of a node that may change while we look, one line of text for each entry, made the same way at every look.

Lines leave out what changes by itself: ages, states of neighbours, entries that a bridge learned.
"""

from __future__ import annotations

import typing as t

# More entries than this are not compared: the lists would be larger than all the rest.
MAX_LINES = 2000


def lines(part: str, records: t.Sequence[t.Any]) -> list[str]:
    """The lines of one part: routes, rules, neighbours or fdb; records as the snapshot has them, objects or dicts."""
    made = sorted(filter(None, (_LINE[part](_Fields(record)) for record in records)))
    return made if len(made) <= MAX_LINES else []


class _Fields:
    """Reads a record and its dictionary alike."""

    def __init__(self, record: t.Any) -> None:
        self._record = record

    def get(self, name: str) -> t.Any:
        if isinstance(self._record, dict):
            return self._record.get(name)
        return getattr(self._record, name, getattr(self._record, name + "_", None))


def _route(fields: _Fields) -> str:
    if fields.get("family") != 4 or fields.get("table") == "local":
        return ""
    words = [str(fields.get("type")), str(fields.get("dst"))]
    for name, word in (("gateway", "via"), ("dev", "dev")):
        if fields.get(name):
            words += [word, str(fields.get(name))]
    hops = [
        f"nexthop {_Fields(hop).get('gateway') or ''} {_Fields(hop).get('dev') or ''}"
        for hop in fields.get("nexthops") or []
    ]
    # The protocol of a route says who made it: kernel, dhcp, ra, bird, static …
    writer = [f"proto {fields.get('protocol')}"] if fields.get("protocol") else []
    return " ".join([*words, f"table {fields.get('table')} metric {fields.get('metric') or 0}", *writer, *hops])


def _rule(fields: _Fields) -> str:
    if fields.get("family") != 4:
        return ""
    words = [f"{fields.get('priority')}:"]
    for name in ("from", "to", "iif", "oif", "fwmark"):
        if fields.get(name):
            words.append(f"{name} {fields.get(name)}")
    return " ".join([*words, f"{fields.get('action')} {fields.get('table') or ''}"]).strip()


def _neighbour(fields: _Fields) -> str:
    if not fields.get("mac") or fields.get("proxy"):
        return ""
    return f"{fields.get('address')} dev {fields.get('dev')} lladdr {fields.get('mac')}"


def _fdb(fields: _Fields) -> str:
    if not fields.get("dst") and fields.get("nexthop_id") is None:
        return ""
    to = f"dst {fields.get('dst')}" if fields.get("dst") else f"nhid {fields.get('nexthop_id')}"
    return f"{fields.get('mac')} dev {fields.get('dev')} {to}"


_LINE: dict[str, t.Callable[[_Fields], str]] = {"routes": _route, "rules": _rule, "neighbours": _neighbour, "fdb": _fdb}
