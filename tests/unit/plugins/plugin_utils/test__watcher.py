# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that outlives a playbook."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

SCRIPT = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _watcher
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import Charge, watch

folder = pathlib.Path(sys.argv[1])
_watcher.LOOK_SECONDS = _watcher.RETRY_SECONDS = 0.05

def over():
    return (folder / "over").exists()

def remove():
    with open(folder / "tried", "a") as stream:
        stream.write("x")
    if not (folder / "api").exists():
        raise OSError("no API")
    (folder / "removed").write_text("")

import os
watch(Charge(over, remove), playbook=os.getpid())
print("watched", flush=True)
time.sleep(60)
"""


def _await(what: t.Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def playbook(tmp_path: pathlib.Path) -> t.Iterator[subprocess.Popen[str]]:
    """A process that has left a watcher behind; both end with the test."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None and process.stdout.readline() == "watched\n"
    try:
        yield process
    finally:
        (tmp_path / "api").touch()
        (tmp_path / "over").touch()
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_removes_what_belongs_to_a_run_that_was_ended(
    playbook: subprocess.Popen[str], tmp_path: pathlib.Path, ending: signal.Signals
) -> None:
    (tmp_path / "api").touch()
    os.killpg(playbook.pid, ending)
    playbook.wait(20)
    _await((tmp_path / "removed").exists)


def test_it_tries_again_where_removing_fails(playbook: subprocess.Popen[str], tmp_path: pathlib.Path) -> None:
    playbook.kill()
    playbook.wait(20)
    _await(lambda: (tmp_path / "tried").exists() and len((tmp_path / "tried").read_text()) > 2)
    assert not (tmp_path / "removed").exists()
    (tmp_path / "api").touch()
    _await((tmp_path / "removed").exists)


def test_whoever_reads_the_output_of_the_playbook_does_not_wait_for_it(playbook: subprocess.Popen[str]) -> None:
    playbook.kill()
    assert playbook.stdout is not None
    assert playbook.stdout.read() == ""  # which is the end of the file, not of the watcher


def test_it_goes_when_there_is_nothing_left_to_look_after(
    playbook: subprocess.Popen[str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "over").touch()
    _await(lambda: not _processes(str(tmp_path), but=playbook.pid))
    assert playbook.poll() is None and not (tmp_path / "tried").exists()


def _processes(word: str, but: int) -> list[int]:
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in arguments and int(path.parent.name) != but:
            found.append(int(path.parent.name))
    return found
