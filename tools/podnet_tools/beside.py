# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command of these tools that runs beside another one, at a low priority: most tests on the lab wait for clocks and
networks, most of the others only take processors.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .process import say
from .tally import Tally, failed

_PART = re.compile(r"^== \w+: .*\n\n?", re.MULTILINE)
_SUM = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
_NAMES = re.compile(r"^FAILED: (.*)$", re.MULTILINE)
_UNSTEADY = re.compile(r"^UNSTEADY: (.*)$", re.MULTILINE)
_PRIORITY = 10
_PATIENCE = 60.0


def _give_way() -> None:
    os.nice(_PRIORITY)


class Beside:
    """The command, started by `with`; what it writes is shown part by part, each when it is whole."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv
        self._shown = 0
        self._output, self._log = tempfile.mkstemp(prefix="podnet-beside-")

    def __enter__(self) -> Beside:
        self._process = subprocess.Popen(
            self._argv, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT, preexec_fn=_give_way
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            # Ctrl-C at the terminal has reached it, too, and a second one would disturb its cleaning up.
            if kind is not KeyboardInterrupt:
                self._process.terminate()
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._output)
        os.unlink(self._log)

    def show(self) -> None:
        """Show the parts that have ended since the last time."""
        new = self._written()[self._shown :]
        whole = max((found.end() for found in _PART.finditer(new)), default=0)
        if whole:
            self._shown += whole
            say(new[:whole].rstrip() + "\n")

    def finish(self, seconds: float) -> Tally:
        """Await its end, at most so many seconds; show the rest, and return what it counted."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"  FAILED  {self._argv[-1]}: no end after {seconds:.0f} s more")
            status = None
        text = self._written()
        say(text[self._shown :].rstrip())
        self._shown = len(text)
        sums = _SUM.findall(text)
        if status is None or not sums:
            return failed(f"{self._argv[-1]}: no end, or no sum")
        passed, not_passed, skipped = map(int, sums[-1])
        tally = Tally(passed, not_passed, skipped, tuple(_NAMES.findall(text)), tuple(_UNSTEADY.findall(text)))
        return tally if status == 0 or tally.failed else tally + failed(f"{self._argv[-1]}: exit status {status}")

    def _written(self) -> str:
        return Path(self._log).read_text(encoding="utf-8", errors="replace")
