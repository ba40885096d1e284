# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac-connectivity-checks.yaml allows what the playbook connectivity_checks does, and nothing cluster-wide but to
read.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

pytest.importorskip("kubernetes")

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import Ref
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import (
    manifests,
    role_rules,
    source_rules,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import make_deployment

MANIFEST = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rbac-connectivity-checks.yaml"
HOME = "podnet-connectivity-checks"


def _allowed(kind: str, namespace: str | None) -> set[tuple[str, str, str]]:
    """Group, resource and verb of everything that is allowed for all names."""
    found = [
        item
        for item in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["items"]
        if item["kind"] == kind and item["metadata"].get("namespace") == namespace
    ]
    assert len(found) == 1
    return _triples(rule for rule in found[0]["rules"] if "resourceNames" not in rule)


def _triples(rules: t.Iterable[t.Mapping[str, t.Any]]) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_every_object_may_be_written_and_removed() -> None:
    wanted: dict[str, set[tuple[str, str, str]]] = {HOME: set(), "default": set()}
    for manifest in manifests(make_deployment()):
        ref = Ref.of(manifest)
        wanted[ref.namespace] |= {(ref.group, ref.plural, verb) for verb in ("get", "create", "patch", "delete")}
    assert wanted[HOME] - _allowed("Role", HOME) == set() and wanted["default"] - _allowed("Role", "default") == set()


def test_what_is_given_to_the_source_may_be_given() -> None:
    """https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"""
    assert _triples(source_rules(())) - _allowed("Role", HOME) == set()
    assert _triples(role_rules(make_deployment(), "default")) - _allowed("Role", "default") == set()


def test_in_the_whole_cluster_only_the_definition_may_be_changed() -> None:
    rules = _allowed("ClusterRole", None)
    assert {(resource, verb) for unused_group, resource, verb in rules if verb not in ("get", "list")} == {
        ("customresourcedefinitions", "create")
    }
    assert not {resource for unused_group, resource, unused_verb in rules} & {"secrets", "configmaps", "pods"}
