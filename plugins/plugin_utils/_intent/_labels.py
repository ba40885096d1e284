# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which objects a label selector means (LabelSelector of apimachinery, and the plain map of a Service)."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

Labels = t.Mapping[str, str]


def matches(selector: JsonObject | None, labels: Labels) -> bool:
    """Whether a LabelSelector selects these labels. The empty selector selects everything; None selects nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(entry, labels) for entry in selector.get("matchExpressions") or [])


def _expression(entry: JsonObject, labels: Labels) -> bool:
    key, operator, values = entry.get("key", ""), entry.get("operator"), entry.get("values") or []
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    return False


def selects(selector: Labels, labels: Labels) -> bool:
    """Whether the selector of a Service selects these labels. An empty one selects nothing."""
    return bool(selector) and selector.items() <= labels.items()


def labels_of(item: JsonObject | None) -> Labels:
    """The labels of an object."""
    return t.cast(Labels, ((item or {}).get("metadata") or {}).get("labels") or {})
