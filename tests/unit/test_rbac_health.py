# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac-health.yaml allows what the playbook health asks for, and nothing else."""

from __future__ import annotations

import pathlib

import yaml

MANIFEST = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rbac-health.yaml"


def _allowed() -> set[tuple[str, str, str, str]]:
    """(kind of role, resource, verb, name)."""
    found = set()
    for item in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["items"]:
        for rule in item.get("rules", []):
            found |= {
                (item["kind"], resource, verb, ",".join(rule.get("resourceNames", [])))
                for resource in rule["resources"]
                for verb in rule["verbs"]
            }
    return found


def test_the_rights_are_those_that_are_used() -> None:
    assert _allowed() == {
        ("ClusterRole", "nodes", "list", ""),
        ("Role", "pods", "list", ""),
        ("Role", "pods/exec", "get", ""),
        ("Role", "pods/exec", "create", ""),
        ("Role", "daemonsets", "get", "network-check-target"),
    }
