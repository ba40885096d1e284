# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build steps: side by side, told, remembered, and gone on with."""

from __future__ import annotations

import pathlib
import threading

import pytest
from podnet_lab import durations, proc, schedule
from podnet_lab.cache import Item
from podnet_lab.errors import LabError
from podnet_lab.schedule import Run, Step


@pytest.fixture(autouse=True)
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


class Builds:
    """Items that write down in which order they are built."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.said: list[str] = []

    def item(self, name: str, wait: threading.Event | None = None, error: str = "", seconds: float = 10) -> Item:
        def build(directory: pathlib.Path) -> None:
            if wait is not None:
                assert wait.wait(20), f"{name} waited in vain"
            self.order.append(name)
            if error:
                raise LabError(error)
            (directory / "made").write_text(name)

        return Item(name, f"key-of-{name}", f"the {name}", build, seconds)

    def run(self, *lanes: list[Step], known: dict[str, float] | None = None) -> None:
        Run(list(lanes), known or {}, self.said.append).to_the_end(durations.remember)


def test_lanes_run_side_by_side_and_a_step_waits_for_the_other_lane() -> None:
    builds = Builds()
    other_is_done = threading.Event()

    def open_the_gate(directory: pathlib.Path) -> None:
        builds.order.append("packages")
        other_is_done.set()

    packages = Item("packages", "p", "the packages", open_the_gate)
    programs, images = builds.item("programs", wait=other_is_done), builds.item("images")
    builds.run([Step(programs), Step(images, needs=(packages,))], [Step(packages)])
    assert builds.order == ["packages", "programs", "images"]
    assert images.built()


def test_each_step_says_how_long_it_is_expected_to_take_and_what_is_left() -> None:
    builds = Builds()
    builds.run([Step(builds.item("compiler", seconds=70)), Step(builds.item("layer"))], known={"the layer": 8})
    assert builds.said[0] == "building the compiler: about 1 min 10 s on two cores"
    assert builds.said[1] == "built the compiler in 0 s; about 8 s left"
    assert builds.said[2] == "building the layer: it took 8 s last time"
    assert builds.said[3] == "built the layer in 0 s; nothing is left"


def test_a_step_over_its_time_makes_the_rest_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that takes twice as long for the first step takes twice as long for the second."""
    builds = Builds()
    run = Run(
        [[Step(builds.item("compiler", seconds=60)), Step(builds.item("layer", seconds=30))]], {}, builds.said.append
    )
    monkeypatch.setattr(schedule.time, "monotonic", lambda: 120.0)
    run._started["key-of-compiler"] = 0.0
    run._tell()
    assert builds.said == ["still building the compiler (2 min of about 1 min), then 1 more; more than 1 min left"]


def test_what_a_step_took_is_remembered() -> None:
    builds = Builds()
    builds.run([Step(builds.item("layer"))])
    assert list(durations.read()) == ["the layer"]


def test_a_file_of_durations_that_cannot_be_read_is_no_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "podnet-diagnostics").mkdir()
    for text in ("", "[]", '{"the layer": "long"}'):
        (tmp_path / "podnet-diagnostics" / "durations.json").write_text(text)
        assert durations.read() == {}


def test_an_interrupted_build_goes_on_where_it_stopped() -> None:
    builds = Builds()
    first, broken, last = builds.item("first"), builds.item("second", error="no more disk"), builds.item("third")
    with pytest.raises(LabError, match="no more disk"):
        builds.run([Step(first), Step(broken), Step(last)])
    assert (first.built(), broken.built(), last.built()) == (True, False, False)
    again = builds.item("second")
    builds.run([Step(again), Step(last)])
    assert again.built() and last.built()
    assert builds.order == ["first", "second", "second", "third"]


def test_an_error_in_one_lane_lets_the_other_finish_its_step_only() -> None:
    builds = Builds()
    begun, failed = threading.Event(), threading.Event()

    def fail(directory: pathlib.Path) -> None:
        assert begun.wait(20)
        failed.set()
        raise LabError("no registry")

    def go_on(directory: pathlib.Path) -> None:
        begun.set()
        assert failed.wait(20)

    running, never = Item("running", "r", "the running", go_on), builds.item("never")
    with pytest.raises(LabError, match="no registry"):
        builds.run([Step(Item("broken", "b", "the broken", fail))], [Step(running), Step(never)])
    assert running.built()
    assert not never.built()


def test_commands_of_an_interrupted_build_are_ended() -> None:
    ended = threading.Event()

    def sleep() -> None:
        with pytest.raises(LabError):
            proc.run(["sleep", "300"], timeout=600)
        ended.set()

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    proc.wait_until(lambda: bool(proc._running), "the command runs")
    proc.stop_running()
    assert ended.wait(20)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (8.4, "8 s"), (59.6, "1 min"), (70, "1 min 10 s"), (449, "7 min 29 s"), (725, "12 min")],
)
def test_durations_are_told_in_words(seconds: float, text: str) -> None:
    assert schedule.words(seconds) == text
