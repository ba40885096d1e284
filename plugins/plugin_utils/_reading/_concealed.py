# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Labels of pods that nothing asks for: people keep in them what is nobody's business.

The value of a label that no selector names is kept as its checksum. A selector that is read later still finds it."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import concealed

# Whose labels say what a pod is: those of Kubernetes and of what comes with it, and the common names.
_DOMAINS = ("kubernetes.io", "k8s.io", "openshift.io", "projectcalico.org", "cilium.io")
_NAMES = ("app", "k8s-app", "name", "component", "tier", "role", "pod-template-hash", "controller-revision-hash")
_MARK = concealed("").partition(".")[0] + "."


def without_private_labels(cluster: JsonObject) -> JsonObject:
    """cluster.json, its pods with the values of those labels that are asked for."""
    resources = cluster["resources"]
    asked = set(_asked(resources))
    pods = [_concealed(pod, asked) for pod in resources.get("pods") or []]
    return {**cluster, "resources": {**resources, "pods": pods}} if pods else cluster


def _asked(value: t.Any) -> t.Iterator[str]:
    """The keys of labels in every selector, whatever it is called and wherever it stands."""
    if isinstance(value, list):
        for item in value:
            yield from _asked(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if str(name).lower().endswith("selector") and isinstance(inner, dict):
                yield from inner
                yield from inner.get("matchLabels") or {}
                yield from (str(entry.get("key")) for entry in inner.get("matchExpressions") or [])
            yield from _asked(inner)


def _concealed(pod: JsonObject, asked: t.Container[str]) -> JsonObject:
    labels = pod["metadata"].get("labels") or {}
    kept = {
        key: value if key in asked or _is_known(key) or str(value).startswith(_MARK) else concealed(str(value))
        for key, value in labels.items()
    }
    return {**pod, "metadata": {**pod["metadata"], "labels": kept}} if kept != labels else pod


def _is_known(key: str) -> bool:
    domain, slash, _name = key.rpartition("/")
    if not slash:
        return key in _NAMES
    return any(domain == known or domain.endswith(f".{known}") for known in _DOMAINS)
