# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which objects a label selector means (LabelSelector of apimachinery, and the plain map of a Service)."""

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

Labels = t.Mapping[str, str]


def matches(selector: JsonObject | None, labels: Labels) -> bool:
    """Whether a LabelSelector selects these labels. The empty selector selects everything; None selects nothing."""
    if selector is None:
        return False
    if not _has_all(labels, selector.get("matchLabels") or {}):
        return False
    return all(_expression(entry, labels) for entry in selector.get("matchExpressions") or [])


def _expression(entry: JsonObject, labels: Labels) -> bool:
    key, operator, values = entry.get("key", ""), entry.get("operator"), entry.get("values") or []
    if operator == "In":
        return any(_has_all(labels, {key: value}) for value in values)
    if operator == "NotIn":
        return not any(_has_all(labels, {key: value}) for value in values)
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    return False


def selects(selector: Labels, labels: Labels) -> bool:
    """Whether the selector of a Service selects these labels. An empty one selects nothing."""
    return bool(selector) and _has_all(labels, selector)


def _has_all(labels: Labels, wanted: Labels) -> bool:
    """Whether these labels are among them, by their values or by what is kept of a value that nobody asked for."""
    return all(key in labels and labels[key] in (value, concealed(value)) for key, value in wanted.items())


def concealed(value: str) -> str:
    """What is kept of a label's value in the place of it."""
    return f"sha256.{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:32]}"


def labels_of(item: JsonObject | None) -> Labels:
    """The labels of an object."""
    return t.cast(Labels, ((item or {}).get("metadata") or {}).get("labels") or {})
