# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills: what is broken is what the diagnosis finds, and nothing is left of it."""

from __future__ import annotations

import pytest
from checks import IMAGE, Run, playbook
from conftest import LAB, Lab

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._exercises import BROKEN

NAMESPACE = "podnet-drill"
SERVER = "https://192.0.2.2:6443"


def drill(lab: Lab, **variables: object) -> Run:
    values = {
        "drill_confirm": f"{NAMESPACE}@{SERVER}",
        "drill_image": IMAGE,
        "node_agent_image": "podnet.lab/agent:1",
        **variables,
    }
    return playbook(lab, "drill", values)


def namespaces(lab: Lab) -> list[str]:
    return lab.kubectl("get", "namespaces", "-o", "name").split()


def test_nothing_is_made_on_a_cluster_that_was_not_confirmed(lab: Lab) -> None:
    run = drill(lab, drill_confirm="podnet-drill@https://other.example.com:6443")
    assert run.status != 0 and f"drill_confirm={NAMESPACE}@{SERVER}" in run.output, run.output
    assert f"namespace/{NAMESPACE}" not in namespaces(lab)


def test_a_namespace_that_exists_is_neither_used_nor_taken_away(lab: Lab) -> None:
    for state, words in (("present", "it exists"), ("absent", "was not made by a drill")):
        run = drill(lab, drill_state=state, drill_namespace="default", drill_confirm=f"default@{SERVER}")
        assert run.status != 0 and words in run.output, run.output
    assert "pod/client-1" in lab.kubectl("-n", "default", "get", "pods", "-o", "name").split()


def test_a_person_who_is_wrong_is_told_the_truth_and_the_way_to_it(lab: Lab) -> None:
    run = drill(lab, drill_exercises=["selector"], drill_answer="route-missing")
    assert run.status == 0, run.output
    for words in (
        "WRONG   route-missing",
        "Truth       service-selector-mismatch",
        "kubectl get pods --show-labels",
        "What route-missing would have meant",
    ):
        assert words in run.output, run.output
    assert f"namespace/{NAMESPACE}" not in namespaces(lab)


@pytest.mark.apart
@pytest.mark.parametrize("name", BROKEN)
def test_the_diagnosis_finds_each_exercise(lab: Lab, name: str) -> None:
    run = drill(lab, drill_exercises=[name], drill_player="diagnosis")
    assert run.status == 0, run.output
    assert f"RIGHT   {BROKEN[name].finding}" in run.output, run.output
    assert f"namespace/{NAMESPACE}" not in namespaces(lab)


@pytest.mark.apart
def test_the_faults_of_the_lab_are_exercises(lab: Lab) -> None:
    """An answer that is right, and a lab that is whole again."""
    run = drill(lab, drill_lab=str(LAB), drill_exercises=["route-missing"], drill_answer="route-missing.md")
    assert run.status == 0 and "RIGHT   route-missing" in run.output, run.output
    assert lab.exec("node-1", "ip", "route", "get", "10.244.2.1").stdout.split()[2] != "192.0.2.1"
    assert '"injected": true' not in lab.lab("fault", "show", "route-missing").stdout
