# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for the whole session, and a diagnosis run as a user would run it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.patience import patience

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "tests" / "lab" / "lab"
# A name for each checkout: two of them on one machine do not take each other's lab down. So do not two pytest workers.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
NAME = os.environ.get("PODNET_TEST_LAB") or f"test-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
NAME = f"{NAME}-{_WORKER}" if _WORKER else NAME


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """How one run of the playbook ended."""

    status: int
    output: str
    bundle: pathlib.Path

    @property
    def findings(self) -> dict[str, t.Any]:
        """findings.json of the bundle."""
        return t.cast(dict[str, t.Any], json.loads((self.bundle / "findings.json").read_text()))

    @property
    def verdict(self) -> dict[str, t.Any]:
        """The verdict of findings.json."""
        return t.cast(dict[str, t.Any], self.findings["verdict"])

    def finding(self, identifier: str) -> dict[str, t.Any]:
        """The finding with that id; the run's output is the message when there is none."""
        for finding in self.findings["findings"]:
            if finding["id"] == identifier:
                return t.cast(dict[str, t.Any], finding)
        raise AssertionError(f"no finding {identifier} in:\n{self.output}")

    def step(self, name: str) -> dict[str, t.Any]:
        """The step with that name."""
        return next(step for step in self.findings["steps"] if step["name"] == name)


def told(bundle: pathlib.Path) -> str:
    """The verdict in a line, with which the message of a test that failed begins."""
    try:
        verdict = json.loads((bundle / "findings.json").read_text())["verdict"]
    except (OSError, ValueError, KeyError) as exc:
        return f"no verdict: {exc}"
    return f"{verdict['result']} {verdict['root_causes']}: {verdict['summary']}"


class Lab:
    """The lab's command line, and the playbook through it."""

    def __init__(self, name: str) -> None:
        self.environment = {**os.environ, "PODNET_LAB_NAME": name, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
        self._bundles = 0

    def lab(self, *arguments: str, timeout: float = 600, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `lab ARGUMENTS`. timeout: in seconds of a machine that has nothing else to do."""
        return subprocess.run(
            [str(LAB), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience(timeout),
            check=check,
            errors="replace",
        )

    def run(self, *command: str, timeout: float = 300, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the operator's side."""
        return self.lab("run", "--", *command, timeout=timeout, check=check)

    def exec(self, host: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as root on a host of the lab."""
        return self.lab("exec", host, "--", *command, timeout=60, check=check)

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints."""
        return self.run("kubectl", *arguments).stdout

    @contextlib.contextmanager
    def fault(self, name: str) -> t.Iterator[None]:
        """A fault that bites inside the block and is healed after it."""
        try:
            self.lab("fault", "inject", name)
            yield
        finally:
            self.lab("fault", "heal", name)

    def diagnose(
        self,
        bundle: pathlib.Path,
        source: str,
        destination: str,
        port: int | None = None,
        *arguments: str,
        access: str = "agent",
        environment: t.Mapping[str, str] | None = None,
        **variables: t.Any,
    ) -> Diagnosis:
        """Run podnet.diagnostics.diagnose with a bundle of its own. Variables are passed as JSON: no quoting."""
        values: dict[str, t.Any] = {
            "diagnose_source": source,
            "diagnose_destination": destination,
            "podnet_access": access,
            "diagnose_bundle_dir": str(bundle),
            **variables,
        }
        if port is not None:
            values["diagnose_port"] = port
        assigned = [f"{key}={value}" for key, value in (environment or {}).items()]
        completed = self.run(
            "env",
            *assigned,
            "ansible-playbook",
            "podnet.diagnostics.diagnose",
            "-e",
            json.dumps(values),
            *arguments,
            check=False,
        )
        output = completed.stdout + completed.stderr
        return Diagnosis(completed.returncode, f"{told(bundle)}\n{output}", bundle)


@pytest.fixture(scope="session")
def lab() -> t.Iterator[Lab]:
    """A booted lab that is taken down at the end of the session."""
    if os.geteuid() != 0:
        pytest.skip("the lab needs root")
    instance = Lab(NAME)
    keep = os.environ.get("PODNET_TEST_LAB_KEEP") == "1"
    started = instance.lab("up", timeout=2400, check=False)
    if started.returncode != 0:
        pytest.fail(f"the lab did not start:\n{started.stdout[-4000:]}\n{started.stderr[-4000:]}")
    try:
        yield instance
    finally:
        if not keep:
            instance.lab("down", check=False)


@pytest.fixture
def bundle(tmp_path: pathlib.Path) -> pathlib.Path:
    """A place for the bundle of one run."""
    return tmp_path / "bundle"
