# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands, and telling a process from another one with the same id."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .errors import LabError


def run(
    argv: Sequence[str],
    *,
    timeout: float = 60,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its output as text.

    timeout is in seconds. With check, an exit status other than 0 raises
    LabError with the end of what the command wrote.
    """
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    try:
        done = subprocess.run(
            list(argv),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=environment,
            cwd=cwd,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"Cannot run {argv[0]}: no end after {timeout:.0f} s: {argv}") from error
    except OSError as error:
        raise LabError(f"Cannot run {argv[0]}: {error.strerror or error}") from error
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"Cannot run {' '.join(argv)}: exit status {done.returncode}: {said}")
    return done


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 30, interval: float = 0.05) -> None:
    """Ask condition again and again; raise LabError when timeout seconds are over."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {timeout:.0f} s in vain until {what}.")
        time.sleep(interval)


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks after boot; None if it is not there.

    Together with the id this names one process for ever (proc(5), field 22).
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])
