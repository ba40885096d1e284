# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.yaml allows exactly what is read."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

_cluster = pytest.importorskip("ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster")

MANIFEST = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rbac.yaml"


def _rules(kind: str, name: str, namespace: str | None = None) -> list[dict[str, t.Any]]:
    for item in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["items"]:
        metadata = item["metadata"]
        if (item["kind"], metadata["name"], metadata.get("namespace")) == (kind, name, namespace):
            return t.cast(list[dict[str, t.Any]], item["rules"])
    raise AssertionError(f"no {kind} {name}")


def test_every_resource_that_is_listed_may_be_listed_and_no_other() -> None:
    wanted = set()
    # Namespaces are read by name.
    for resource in set(_cluster.RESOURCES) - {"namespaces"}:
        words = _cluster.collection(resource).strip("/").split("/")
        wanted.add(("" if words[0] == "api" else words[1], words[-1]))
    allowed = {
        (group, resource)
        for rule in _rules("ClusterRole", "podnet-diagnostics-read")
        if "list" in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert allowed == wanted


def test_config_maps_are_allowed_by_name() -> None:
    for namespace in {namespace for namespace, unused_name in _cluster.CONFIG_MAPS}:
        names = {name for place, name in _cluster.CONFIG_MAPS if place == namespace}
        rules = _rules("Role", "podnet-diagnostics-config", namespace)
        assert [(rule["resources"], set(rule["resourceNames"]), rule["verbs"]) for rule in rules] == [
            (["configmaps"], names, ["get"])
        ]


def test_nothing_in_the_whole_cluster_may_be_changed() -> None:
    verbs = {verb for rule in _rules("ClusterRole", "podnet-diagnostics-read") for verb in rule["verbs"]}
    assert verbs == {"get", "list"}
