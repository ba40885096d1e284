# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` counts, says and leaves behind."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time

import pytest
from podnet_tools import __main__ as commands
from podnet_tools import checks, demo, environment, interpreters, process
from podnet_tools.errors import ToolError
from podnet_tools.tally import Tally, read_junit

JUNIT = """<testsuites><testsuite>
<testcase name="a"/>
<testcase name="b"><failure message="no"/></testcase>
<testcase name="c"><error message="no"/></testcase>
<testcase name="d"><skipped message="later"/></testcase>
</testsuite></testsuites>"""


def test_junit_cases_are_counted(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    assert read_junit(path) == Tally(passed=1, failed=2, skipped=1)


@pytest.mark.parametrize("content", [None, "", "<testsuites>"])
def test_results_that_cannot_be_read_count_nothing(tmp_path: pathlib.Path, content: str | None) -> None:
    path = tmp_path / "junit.xml"
    if content is not None:
        path.write_text(content)
    assert read_junit(path) == Tally()


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "python_environment", pathlib.Path)


@pytest.mark.usefixtures("no_environment")
def test_a_number_of_labs_that_there_is_not_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANES", "3")
    assert commands._count({"integration": commands.PARTS["integration"]}) == 1
    assert "LANES is '3': use 1 or 2." in capsys.readouterr().out


@pytest.mark.usefixtures("no_environment")
def test_last_line_sums_up_and_a_broken_part_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Tally:
        raise ToolError("Cannot boot the lab: no memory.")

    parts = {"one": lambda: Tally(passed=2), "two": broken, "three": lambda: Tally(passed=3, skipped=1)}
    assert commands._count(parts) == 1
    output = capsys.readouterr().out
    assert "Cannot boot the lab: no memory." in output
    assert output.splitlines()[-1] == "5 passed, 1 failed, 1 skipped"


@pytest.mark.usefixtures("no_environment")
@pytest.mark.parametrize(
    ("tally", "status"), [(Tally(), 1), (Tally(skipped=4), 1), (Tally(passed=1), 0), (Tally(passed=9, failed=1), 1)]
)
def test_a_run_that_tested_nothing_is_a_failure(tally: Tally, status: int) -> None:
    assert commands._count({"only": lambda: tally}) == status


def test_interpreter_that_refuses_to_run_is_passed_over(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = environment.PYTHON_VERSION
    shim = tmp_path / f"python{version}"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(pathlib.Path(sys.executable).parent)]))
    interpreters.find.cache_clear()
    found = interpreters.find(version)
    interpreters.find.cache_clear()
    assert found is not None and found != shim


def test_command_that_does_not_end_is_stopped_with_its_children(tmp_path: pathlib.Path) -> None:
    pid = tmp_path / "pid"
    child = 'echo $$ > "$0"; sleep 300; true'
    done = process.capture(["sh", "-c", 'sh -c "$1" "$0"; true', pid, child], timeout=0.5)
    assert done.status == process.TIMED_OUT
    deadline = time.monotonic() + 5
    while pathlib.Path("/proc", pid.read_text().strip()).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not pathlib.Path("/proc", pid.read_text().strip()).exists()


def test_link_to_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "there.md").write_text("")
    (tmp_path / "page.md").write_text("[a](there.md#part) [b](gone.md) [c](https://example.com/x)")
    assert checks._dead_links(tmp_path) == ["page.md: gone.md"]


def test_copy_has_what_git_would_commit(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "check out"
    for name, text in {".gitignore": "*.log\n", "kept": "1", "new": "2", "noise.log": "3", "gone": "4"}.items():
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    subprocess.run(["git", "-C", str(checkout), "add", "kept", ".gitignore", "gone"], check=True)
    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copy = environment.checkout_in(environment.working_copy())
    assert sorted(path.name for path in copy.iterdir()) == [".gitignore", "gone", "kept", "new"]
    (checkout / "gone").unlink()
    (checkout / "kept").write_text("one")
    environment.working_copy()
    assert sorted(path.name for path in copy.iterdir()) == [".gitignore", "kept", "new"]
    assert (copy / "kept").read_text() == "one"


TRUTH = demo.Truth("eth0 has two addresses", "nic-static-and-dhcp", {"node": "node-1", "device": "eth0"}, {})


@pytest.mark.parametrize(
    ("verdict", "right"),
    [
        (
            {"result": "fault", "root_cause": "nic-static-and-dhcp", "location": {"node": "node-1", "device": "eth0"}},
            True,
        ),
        (
            {"result": "fault", "root_cause": "nic-static-and-dhcp", "location": {"node": "node-2", "device": "eth0"}},
            False,
        ),
        ({"result": "fault", "root_cause": "route-missing", "location": {"node": "node-1", "device": "eth0"}}, False),
        ({"result": "healthy", "root_cause": None, "location": None}, False),
    ],
)
def test_demo_compares_the_verdict_with_the_truth(verdict: dict[str, object], right: bool) -> None:
    assert demo._judge_fault(TRUTH, demo.Run(verdict, pathlib.Path())) is right


@pytest.mark.parametrize(("result", "right"), [("healthy", True), ("fault", False), ("inconclusive", False)])
def test_demo_wants_the_mended_cluster_to_be_healthy(result: str, right: bool) -> None:
    assert demo._judge_healthy(demo.Run({"result": result}, pathlib.Path())) is right
