# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a task shows would end the thread that writes it."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import typing as t

import pytest

pytest.importorskip("ansible")

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import takes_lines


@contextlib.contextmanager
def process(output: t.Any) -> t.Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], stdout=output) as started:
        try:
            yield started
        finally:
            started.kill()


def test_a_pipe_takes_lines_while_somebody_reads() -> None:
    with process(subprocess.PIPE) as started:
        assert takes_lines(started.pid, 10)
        assert started.stdout is not None
        started.stdout.close()
        assert not takes_lines(started.pid, 10)


def test_a_file_takes_what_its_disk_has_room_for(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "log").open("wb") as log, process(log) as started:
        assert takes_lines(started.pid, 10) and not takes_lines(started.pid, 1 << 60)


def test_all_else_is_believed_to() -> None:
    with process(subprocess.DEVNULL) as started:
        assert takes_lines(started.pid, 10)
    assert takes_lines(1 << 30, 10)
