# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An outage diagnoses itself: ansible-rulebook, the event source and the shipped rulebook, on the lab."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import typing as t

import pytest
from checks import NAMESPACE, Checks, until
from conftest import LAB, Lab

pytestmark = pytest.mark.skipif(
    "PODNET_PUBLISH_VENV" not in os.environ or shutil.which("java") is None,
    reason="ansible-rulebook and Java are installed by `make integration`",
)
PERIOD = 10
INVENTORY = {
    "all": {
        "hosts": {"localhost": {"ansible_connection": "local"}},
        "vars": {
            "node_agent_image": "podnet.lab/agent:1",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        },
    }
}


class Rulebook:
    """ansible-rulebook on the operator's side."""

    def __init__(self, lab: Lab, name: str, folder: pathlib.Path, **variables: t.Any) -> None:
        (folder / "inventory.yml").write_text(json.dumps(INVENTORY))
        (folder / "vars.yml").write_text(json.dumps(variables))
        self._log = folder / "rulebook.log"
        venv = pathlib.Path(os.environ["PODNET_PUBLISH_VENV"])
        environment = {**lab.environment, "PATH": f"{venv / 'bin'}:{os.environ['PATH']}"}
        files = ["--inventory", str(folder / "inventory.yml"), "--vars", str(folder / "vars.yml")]
        argv = [str(LAB), "run", "--", str(venv / "bin" / "ansible-rulebook"), "--rulebook", name, *files]
        with self._log.open("w") as stream:
            self._process = subprocess.Popen(
                [*argv, "--execution-strategy", "parallel", "--verbose"],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def says(self, text: str) -> bool:
        """Whether a text is there; one that has ended will say nothing more."""
        assert self._process.poll() is None, self.output
        return text in self.output

    def stop(self) -> None:
        """End it and what it has started."""
        for number in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
                return


def test_a_route_is_lost_the_outage_starts_the_diagnosis_and_the_verdict_is_an_event(
    lab: Lab, tmp_path: pathlib.Path
) -> None:
    checks = Checks(lab)
    deployed = checks.deploy(connectivity_checks_period=PERIOD, connectivity_checks_timeout=2)
    assert deployed.status == 0, deployed.output
    checks.await_reachable("network-check-target-node-2", "True", 120)
    rulebook = Rulebook(lab, "podnet.diagnostics.outages", tmp_path, podnet_namespaces=[NAMESPACE])
    try:
        until("the source is loaded", lambda: rulebook.says("load source podnet.diagnostics.connectivity"), 120)
        with lab.fault("route-missing"):
            until("the verdict comes back", lambda: rulebook.says("'root_cause': 'route-missing'"), 300, pause=1)
    finally:
        rulebook.stop()
        checks.remove()
    assert f"pod:{NAMESPACE}/network-check-source-" in rulebook.output
