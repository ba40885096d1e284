# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Filters of traffic control that see every packet of a device, from ``tc -j``: eBPF programs, drops, redirections.

Only devices with an ingress or clsact discipline can have some; the others are not asked.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _tools
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    Namespace,
    Reader,
    flag_of,
    number_of,
    object_of,
    text_of,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Json, TcFilter

DISCIPLINES = ("tc", "-j", "qdisc", "show")
HOOKS = ("ingress", "egress")
MAX_DEVICES = 500
MAX_TEXT = 300


def read_filters(reader: Reader, namespace: Namespace) -> list[TcFilter]:
    """The filters at ingress and egress of all devices of a namespace; none where there is no tc."""
    if _tools.which("tc") is None:
        return []
    found: list[TcFilter] = []
    for device, kind in disciplines(reader.records("tc_filters", DISCIPLINES, namespace))[:MAX_DEVICES]:
        for hook in HOOKS if kind == "clsact" else ("ingress",):
            argv = ("tc", "-j", "filter", "show", "dev", device, hook)
            found.extend(parse_filters(reader.records("tc_filters", argv, namespace), device, hook))
    return found


def disciplines(items: t.Sequence[Json]) -> list[tuple[str, str]]:
    """Device and kind of each discipline that takes such filters."""
    return [
        (str(item["dev"]), str(item["kind"]))
        for item in items
        if item.get("kind") in ("clsact", "ingress") and text_of(item, "dev")
    ]


def parse_filters(items: t.Sequence[Json], device: str, hook: str) -> list[TcFilter]:
    """Filters from the objects that tc prints; those without options only head a list."""
    return [_filter(item, device, hook) for item in items if object_of(item, "options")]


def _filter(item: Json, device: str, hook: str) -> TcFilter:
    options = object_of(item, "options")
    actions = [action for action in options.get("actions") or [] if isinstance(action, dict)]
    name = text_of(options, "bpf_name") or text_of(object_of(options, "prog"), "name") or ""
    words = [text_of(item, "kind") or "", f"pref {item.get('pref')}", name, *map(_sent_to, actions)]
    return TcFilter(
        dev=device,
        hook=hook,
        kind=text_of(item, "kind") or "",
        actions=[text_of(object_of(each, "control_action"), "type") or text_of(each, "kind") or "" for each in actions],
        direct=bool(flag_of(options, "direct-action")),
        text=" ".join(word for word in words if word)[:MAX_TEXT],
        pref=number_of(item, "pref"),
        bytecode=_bytecode(object_of(options, "bytecode")),
    )


def _bytecode(program: Json) -> list[list[int]] | None:
    """The instructions of a classic BPF program; None where there is none, or one of them is not as it should be."""
    found = [[number_of(one, key) for key in ("code", "jt", "jf", "k")] for one in program.get("insns") or []]
    if not found or any(None in one for one in found):
        return None
    return [[int(number or 0) for number in one] for one in found]


def _sent_to(action: Json) -> str:
    """The device to which an action of kind mirred sends packets, or copies of them; empty of other kinds."""
    device = text_of(action, "to_dev")
    return f"{text_of(action, 'mirred_action') or 'sends'} to {device}" if device else ""
