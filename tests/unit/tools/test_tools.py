# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` counts, says and leaves behind."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from podnet_tools import __main__ as commands
from podnet_tools import beside, checks, demo, environment, interpreters, process, pytests
from podnet_tools.errors import ToolError
from podnet_tools.tally import PASSED, Tally, failed, once_more, read_junit

JUNIT = """<testsuites><testsuite>
<testcase name="a"/>
<testcase classname="tests.one" name="b"><failure message="no"/></testcase>
<testcase classname="tests.one" name="c"><error message="no"/></testcase>
<testcase name="d"><skipped message="later"/></testcase>
</testsuite></testsuites>"""


def test_junit_cases_are_counted(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    tally = read_junit(path)
    assert tally == Tally(passed=1, failed=2, skipped=1)
    assert tally.names == ("tests.one::b — no", "tests.one::c — no")


def test_what_fails_again_for_another_reason_is_not_unsteady() -> None:
    first = failed("one[a: b]", "late") + failed("two")
    whole = once_more(first, failed("one[a: b]", "later\n and later") + PASSED)
    assert whole == Tally(passed=1, failed=1)
    assert (whole.names, whole.unsteady) == (("one[a: b] — later and later",), ("two",))


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
    assert commands._count({"integration": commands.ON_LAB["integration"]}) == 1
    assert "LANES is '3': use 1 or 2." in capsys.readouterr().out


TWO_PARTS = """\
import os, sys, time
print("== unit\\n  passed  a\\n== unit: 1 passed, 0 failed, 0 skipped (1 s)\\n\\n== types", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
print("== types: 2 passed, 0 failed, 1 skipped (1 s)\\n\\nFAILED: a::b\\n3 passed, 0 failed, 1 skipped", flush=True)
sys.exit(int(sys.argv[2]))
"""


@pytest.mark.parametrize(("status", "failed"), [(0, 0), (1, 1)])
def test_a_command_beside_is_shown_part_by_part_and_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, status: int, failed: int
) -> None:
    go_on = tmp_path / "go-on"
    with beside.Beside([sys.executable, "-c", TWO_PARTS, str(go_on), str(status)]) as other:
        shown = ""
        end = time.monotonic() + 60
        while not shown and time.monotonic() < end:
            other.show()
            shown = capsys.readouterr().out
        assert shown.endswith("== unit: 1 passed, 0 failed, 0 skipped (1 s)\n\n"), "what has begun waits for its end"
        go_on.touch()
        tally = other.finish(60)
    assert tally == Tally(3, failed, 1)
    assert "a::b" in tally.names
    assert "== types: 2 passed" in capsys.readouterr().out


def test_a_command_beside_that_hangs_is_a_failure_and_is_ended(tmp_path: pathlib.Path) -> None:
    with beside.Beside([sys.executable, "-c", TWO_PARTS, str(tmp_path / "never"), "0"]) as other:
        assert other.finish(0.1) == Tally(failed=1)
        process = other._process
    assert process.returncode == -signal.SIGTERM


SOMETIMES = """
import pathlib
FIRST = pathlib.Path(__file__).with_name("first")
def test_steady(): pass
def test_broken(): assert False
def test_sometimes():
    again = FIRST.exists()
    FIRST.touch()
    assert again
"""


@pytest.mark.parametrize("many", [[], ["-n", "2"]], ids=["alone", "among others"])
def test_what_fails_once_and_passes_alone_is_unsteady(tmp_path: pathlib.Path, many: list[str]) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(SOMETIMES)
    tally = pytests.run("some", pathlib.Path(sys.prefix), dict(os.environ), ["-q", *many, str(file)])
    assert tally == Tally(passed=2, failed=1)
    assert [name.rpartition("::")[2] for name in tally.names] == ["test_broken — assert False"]
    assert [name.rpartition("::")[2] for name in tally.unsteady] == ["test_sometimes — assert False"]
    assert (tally + Tally(passed=1)).unsteady == tally.unsteady


@pytest.mark.usefixtures("no_environment")
def test_last_line_sums_up_and_a_broken_part_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Tally:
        raise ToolError("Cannot boot the lab: no memory.")

    parts = {"one": lambda: Tally(passed=2), "two": broken, "three": lambda: Tally(passed=3, skipped=1)}
    assert commands._count(parts) == 1
    output = capsys.readouterr().out
    assert "Cannot boot the lab: no memory." in output
    assert output.splitlines()[-2:] == ["FAILED: two: Cannot boot the lab: no memory.", "5 passed, 1 failed, 1 skipped"]


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


def test_a_command_has_longer_where_others_want_the_processors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(process.os, "cpu_count", lambda: 2)
    for load, status in ((0.5, process.TIMED_OUT), (2000.0, 0)):
        monkeypatch.setattr(process.os, "getloadavg", lambda load=load: (load, 0.0, 0.0))
        assert process.capture(["sleep", "2"], timeout=0.3).status == status


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
    running, left = copy / "tests" / "output" / "junit" / "one.xml", copy / "empty" / "left"
    for path in (running, left):
        path.parent.mkdir(parents=True)
        path.touch()
    environment.working_copy()
    assert sorted(path.name for path in copy.iterdir()) == [".gitignore", "kept", "new", "tests"]
    assert running.exists(), "ansible-test may be at work there"
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
