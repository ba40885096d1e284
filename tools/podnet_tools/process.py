# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command as an argument list, without input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .errors import ToolError

TIMED_OUT = 124
# How often it is looked whether a command has had its time.
LOOK_SECONDS = 5.0


class Terminated(KeyboardInterrupt):
    """This process alone was asked to end; Ctrl-C reaches those that it started as well."""


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit status (TIMED_OUT if it was stopped), what it wrote (both streams) and its
    seconds.
    """

    status: int
    output: str
    seconds: float


def say(text: str = "") -> None:
    """A line for the person who waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def capture(
    argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 600
) -> Done:
    """Run a command to its end, and return what it wrote. timeout: in seconds of a machine that has nothing else to do;
    where others want the processors, too, it has as many times longer.
    """
    return _run(argv, env, cwd, timeout, show=False)


def stream(
    argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 3600
) -> Done:
    """Run a command that writes to the terminal itself."""
    return _run(argv, env, cwd, timeout, show=True)


def _run(
    argv: Sequence[str | Path], env: Mapping[str, str] | None, cwd: Path | None, timeout: float, show: bool
) -> Done:
    words = [os.fspath(word) for word in argv]
    begin = time.monotonic()
    try:
        process = subprocess.Popen(
            words,
            env={**os.environ, "PATH": machine.path()} if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=None if show else 0,
        )
    except OSError as error:
        raise ToolError(f"Cannot run {words[0]}: {error.strerror or error}") from error
    try:
        output = _communicate(process, timeout)
    except subprocess.TimeoutExpired:
        output = _stop(process, show) + f"\nstopped: no end after {time.monotonic() - begin:.0f} s"
        return Done(TIMED_OUT, output.strip(), time.monotonic() - begin)
    except Terminated:
        _stop(process, show)
        raise
    except BaseException:
        # A command in our process group has had the same Ctrl-C and is cleaning up: a second one would stop that.
        _stop(process, show, politely=not show)
        raise
    return Done(process.returncode, (output or "").strip(), time.monotonic() - begin)


def _communicate(process: subprocess.Popen[str], seconds: float) -> str | None:
    """What a command wrote until it ended. Raises TimeoutExpired."""
    gone = 0.0
    while True:
        rate = 1 / crowding()
        step = min(LOOK_SECONDS, max(0.0, seconds - gone) / rate)
        try:
            return process.communicate(timeout=step)[0]
        except subprocess.TimeoutExpired:
            gone += step * rate
            if gone >= seconds:
                raise


def crowding() -> float:
    """How many want each processor of this machine, at least one: the mean of the last minute."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _stop(process: subprocess.Popen[str], shown: bool, politely: bool = True) -> str:
    """End a command: first politely, so that it can clean up after itself.

    One that writes to the terminal is in our process group, another one leads its own.
    """
    for number, patience in (
        (signal.SIGINT if politely else 0, 60 if shown else 5),
        (signal.SIGTERM, 5),
        (signal.SIGKILL, 5),
    ):
        try:
            if shown:
                process.send_signal(number)
            else:
                os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            output, _unused = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        return output or ""
    return ""
