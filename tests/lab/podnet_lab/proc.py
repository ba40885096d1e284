# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands, and telling a process from another one with the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import machine
from .errors import LabError

_running: set[subprocess.Popen[str]] = set()


def run(
    argv: Sequence[str],
    *,
    timeout: float = 60,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command of the machine and return its output as text.

    PATH holds the declared programs alone, unless env says otherwise. timeout is
    in seconds. With check, an exit status other than 0 raises LabError with the
    end of what the command wrote.
    """
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    if env is None or "PATH" not in env:
        environment["PATH"] = machine.path()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
            cwd=cwd,
        )
    except OSError as error:
        if isinstance(error, FileNotFoundError) and "/" not in argv[0]:
            raise LabError(machine.no_such_command(argv[0])) from error
        raise LabError(f"Cannot run {argv[0]}: {error.strerror or error}") from error
    _running.add(process)
    try:
        output, errors = process.communicate(stdin or "", timeout)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"Cannot run {argv[0]}: no end after {timeout:.0f} s: {argv}") from error
    finally:
        _running.discard(process)
        if process.poll() is None:
            process.kill()
            process.wait()
    done = subprocess.CompletedProcess(list(argv), process.returncode, output, errors)
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"Cannot run {' '.join(argv)}: exit status {done.returncode}: {said}")
    return done


def stop_running(patience: float = 2) -> None:
    """End the commands that other threads are running: asked first, so that they tidy up, and killed after patience."""
    processes = list(_running)
    for process in processes:
        process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(0.05)
    for process in processes:
        if process.poll() is None:
            process.kill()


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
