# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line: boot, break, mend, run inside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "tests" / "lab" / "lab"
EXEC = re.compile(r'^apiserver_request_total\{[^}]*subresource="exec"[^}]*\} (\S+)$', re.MULTILINE)


class BenchError(Exception):
    """Nothing can be measured; the text says why."""


class Lab:
    """One lab, by name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._environment = {
            **os.environ,
            "PODNET_LAB_NAME": name,
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @contextlib.contextmanager
    def booted(self) -> t.Iterator[None]:
        """A lab that is up stays up; one that is not is booted and taken down at the end."""
        if json.loads(self._output("status", "--json", check=False) or "{}").get("up"):
            yield
            return
        try:
            self._show("up")
            yield
        finally:
            self._show("down")

    @contextlib.contextmanager
    def fault(self, name: str) -> t.Iterator[None]:
        """A fault that bites inside the block and is healed after it."""
        try:
            self._output("fault", "inject", name)
            yield
        finally:
            self._output("fault", "heal", name)

    def truth(self, fault: str) -> dict[str, t.Any]:
        """The ground truth of a fault: id, source, destination, port, protocol."""
        listed = json.loads(self._output("fault", "list", "--json"))
        return t.cast(dict[str, t.Any], next(item["truth"] for item in listed if item["name"] == fault))

    def do(self, *arguments: str) -> str:
        """Run a command of the lab; what it wrote. BenchError where it failed."""
        return self._output(*arguments)

    def exec_requests(self) -> int:
        """How many `exec` requests the API server has ended so far, by its own counter."""
        metrics = self._output("run", "--", "kubectl", "get", "--raw", "/metrics")
        return sum(int(float(value)) for value in EXEC.findall(metrics))

    def run(self, command: t.Sequence[str], environment: t.Mapping[str, str], timeout: float = 600) -> int:
        """Run a command on the operator's side and return its exit status."""
        environment = {**self._environment, **environment}
        return self._run(["run", "--", *command], environment, None, timeout).returncode

    def _show(self, *arguments: str) -> None:
        """What the lab says is for the person who waits."""
        done = subprocess.run([str(LAB), *arguments], env=self._environment, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise BenchError(f"Cannot measure: lab {' '.join(arguments)} exited {done.returncode}")

    def _output(self, *arguments: str, check: bool = True) -> str:
        done = self._run(arguments, self._environment, subprocess.PIPE)
        if check and done.returncode:
            raise BenchError(
                f"Cannot measure: lab {' '.join(arguments)} exited {done.returncode}: {(done.stderr or '').strip()}"
            )
        return done.stdout

    @staticmethod
    def _run(
        arguments: t.Sequence[str], environment: t.Mapping[str, str], stdout: int | None, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [str(LAB), *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stdout,
                text=True,
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise BenchError(f"Cannot measure: lab {' '.join(arguments[:4])} did not end in {timeout:.0f} s") from exc
