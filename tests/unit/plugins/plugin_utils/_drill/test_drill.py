# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exercises of a drill, and what is said of an answer. The cluster is the lab's: tests/integration/test_drill.py."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._exercises import (
    BROKEN,
    LABELS,
    exercise,
    manifests,
    namespace_manifest,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._result import Result, read_answer, sections


@pytest.mark.parametrize("name", BROKEN)
def test_the_truth_of_an_exercise_has_a_page_with_a_way_to_it(name: str) -> None:
    asked = exercise(name, "somewhere")
    page = sections(asked.finding)
    assert page["How to confirm by hand"] and page["What to change"]
    assert all(sections(identifier) for identifier in asked.also)


@pytest.mark.parametrize("name", BROKEN)
def test_an_exercise_makes_nothing_outside_its_namespace_and_all_of_it_is_labelled(name: str) -> None:
    for manifest in [*manifests(name, "somewhere", "python", "Never"), namespace_manifest("somewhere")]:
        metadata = manifest["metadata"]
        assert metadata.get("namespace", metadata["name"]) == "somewhere"
        assert LABELS.items() <= metadata["labels"].items()


def test_exercises_differ_from_one_another_in_what_they_make() -> None:
    made = [str(manifests(name, "somewhere", "python", "Never")) for name in BROKEN]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    "answer, right",
    [("container-not-ready", True), ("pod-not-ready", True), ("", False), ("port-not-listening", False)],
)
def test_an_answer_is_right_when_it_is_the_cause_or_as_true(answer: str, right: bool) -> None:
    ended = Result(exercise("image", "somewhere"), "person", answer, 61.4)
    assert ended.right is right
    text = ended.text()
    assert text.startswith("RIGHT" if right else "WRONG") and "after 61 s" in text
    assert "container-not-ready: The image of the container does not exist" in text


@pytest.mark.parametrize(
    "typed, read",
    [
        ("  Route-Missing\n", "route-missing"),
        ("route-missing.md", "route-missing"),
        ("it is the route", "it is the route"),
        ("x" * 1000, "x" * 200),
    ],
)
def test_what_a_person_types(typed: str, read: str) -> None:
    assert read_answer(typed) == read


@pytest.mark.parametrize("answer", ["../../galaxy", "README", "/etc/passwd", ""])
def test_an_answer_is_no_path(answer: str) -> None:
    assert sections(answer) == {}
    assert "would have meant" not in Result(exercise("image", "x"), "person", answer, 1.0).text()
