# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A phase that goes on beside the others: its process, who waits for whom, what is noted."""

from __future__ import annotations

import pathlib
import time
import types
import typing as t

import pytest

pytest.importorskip("ansible")

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import Agent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _node_action
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._apart import Apart
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import BESIDE, NodeAction, Others, is_late


def test_what_it_does_is_done_when_it_is_over(tmp_path: pathlib.Path) -> None:
    apart = Apart(lambda: (tmp_path / "done").write_text("x"), 60)
    assert apart.over(30) and apart.over(0) and (tmp_path / "done").exists()


def test_it_goes_on_while_its_maker_does_something_else(tmp_path: pathlib.Path) -> None:
    def work() -> None:
        while not (tmp_path / "go").exists():
            time.sleep(0.01)
        (tmp_path / "done").write_text("x")

    apart = Apart(work, 60)
    assert not apart.over(0.1)
    (tmp_path / "go").write_text("x")
    assert apart.over(30) and (tmp_path / "done").exists()


def test_it_is_told_when_its_time_is_over(tmp_path: pathlib.Path) -> None:
    def work() -> None:
        try:
            time.sleep(60)
        except TimeoutError:
            (tmp_path / "told").write_text("x")

    assert Apart(work, 1).over(30) and (tmp_path / "told").exists()


def test_work_that_fails_is_over() -> None:
    assert Apart(lambda: 1 / 0, 60).over(30)


@pytest.fixture
def bundle(tmp_path: pathlib.Path) -> Bundle:
    return Bundle.create(tmp_path / "bundle", {"run_id": "r1"})


def note(bundle: Bundle, node: str, status: str, text: str = "", seconds: float = 0.0) -> None:
    bundle.add_event(node, "snapshot", status, text, seconds)


def test_the_others_wait_where_the_one_that_is_needed_has_ended(bundle: Bundle) -> None:
    note(bundle, "node-1", "started")
    note(bundle, "node-2", "started", BESIDE)
    note(bundle, "node-3", "started", BESIDE)
    others = Others(bundle, "node-2", "snapshot", "node-1", 0.0)
    note(bundle, "node-3", "done", seconds=0.1)
    assert not others.wait()
    note(bundle, "node-1", "done", seconds=0.1)
    assert others.wait()


def test_they_are_patient_for_as_long_as_they_took_themselves(bundle: Bundle) -> None:
    note(bundle, "node-1", "done", seconds=0.1)
    assert not Others(bundle, "node-2", "snapshot", "node-1", 3.0).wait()
    others = Others(bundle, "node-2", "snapshot", "node-1", 0.01)
    others.wait()
    time.sleep(0.3)
    assert others.wait()
    note(bundle, "node-3", "done", seconds=30.0)
    time.sleep(0.3)
    assert not others.wait()


class Action(NodeAction):
    """On a node that says what it is told to."""

    def __init__(self, answer: t.Callable[[], str], agent: Agent | None = None) -> None:
        self._answer = answer
        self._task: t.Any = types.SimpleNamespace(timeout=60)
        self._connection: t.Any = types.SimpleNamespace(awaited=lambda: agent)

    def _needed_beside(self, bundle: Bundle, node: str, phase: str) -> str:
        return "node-1" if phase == "snapshot" else ""

    def _snapshot(self, *unused: t.Any) -> str:
        return self._answer()

    _probe = _snapshot

    def take(self, bundle: Bundle, phase: str = "snapshot", pending: bool = False) -> dict[str, t.Any]:
        given = {"bundle": str(bundle.root), "node": "node-2", "phase": phase, "unavailable": "", "silent": False}
        return self.run_checked({**given, "pending": pending}, {})


def ended(bundle: Bundle) -> dict[str, t.Any]:
    last: dict[str, t.Any] = bundle.events()[-1]
    return last


def test_a_node_that_answers_ends_its_phase(bundle: Bundle) -> None:
    assert Action(lambda: "7 bytes").take(bundle) == {"status": "done", "msg": "7 bytes"}
    assert [event["status"] for event in bundle.events()] == ["started", "done"] and not is_late(bundle, "node-2")


def test_one_that_cannot_be_reached_is_lost(bundle: Bundle) -> None:
    def answer() -> str:
        raise AnsibleConnectionFailure("no route")

    assert Action(answer).take(bundle) == {"status": "error", "msg": "Cannot reach node-2: no route"}
    assert Action(lambda: "it is back").take(bundle, "probe")["msg"] == "Cannot reach node-2: no route"


def test_one_that_is_late_keeps_nobody_and_may_come_back(
    bundle: Bundle, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_node_action, "PATIENCE_SECONDS", 0.01)

    def answer() -> str:
        while not (tmp_path / "go").exists():
            time.sleep(0.01)
        return "7 bytes"

    note(bundle, "node-1", "done", seconds=0.01)
    action = Action(answer)
    try:
        assert action.take(bundle)["status"] == "late" and is_late(bundle, "node-2")
        assert action.take(bundle, "probe")["skipped"] is True
    finally:
        (tmp_path / "go").write_text("x")
    end = time.monotonic() + 30
    while is_late(bundle, "node-2"):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert action.take(bundle, "probe") == {"status": "done", "msg": "7 bytes"}


@pytest.mark.parametrize("silent", [True, False])
def test_an_agent_that_was_pending(bundle: Bundle, silent: bool) -> None:
    agent = Agent("node-2", "", "agents", "The agent on node-2 cannot be used: it is dead", silent)
    said = Action(lambda: "never", agent).take(bundle, pending=True)
    assert said == {"status": "error", "msg": "Cannot reach node-2: it is dead"}
    assert bool(ended(bundle).get("silent")) is silent
    assert Action(lambda: "7 bytes", Agent("node-2", "p", "agents", "")).take(bundle, pending=True)["msg"]


def test_one_that_takes_too_long_is_lost(bundle: Bundle) -> None:
    def answer() -> str:
        time.sleep(60)
        return "never"

    action = Action(answer)
    action._task.timeout = 1
    assert action.take(bundle)["msg"] == 'Cannot reach node-2: its task "snapshot" did not end in time'
    assert not is_late(bundle, "node-2")
