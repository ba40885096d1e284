# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An outage diagnoses itself, a storm does not drown the cluster, and an API server that is away hides nothing:
ansible-rulebook, the event source and the shipped rulebook, on the lab."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import typing as t

import pytest
from checks import KIND, NAMESPACE, Checks, Json, rules, until
from conftest import LAB, ROOT, Lab

pytestmark = pytest.mark.skipif(
    "PODNET_PUBLISH_VENV" not in os.environ or shutil.which("java") is None,
    reason="ansible-rulebook and Java are installed by `make integration`",
)
SOURCE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "connectivity.py"
PERIOD = 10
# From the fault to the verdict, with a check every ten seconds.
SECONDS = 90
STORM = 200
TARGET = "network-check-target-node-2"
# The address from which the operator's side speaks to the API server.
OWN_ADDRESS = """
import socket
with socket.socket(type=socket.SOCK_DGRAM) as probe:
    probe.connect(("192.0.2.2", 1))
    print(probe.getsockname()[0])
"""
HEALTHY = "{'result': 'healthy', 'summary': 'All 2 nodes are healthy"
DIAGNOSIS = "TASK [podnet.diagnostics.diagnose : Read the cluster, resolve both ends and plan the work]"
INVENTORY = {
    "all": {
        "hosts": {"localhost": {"ansible_connection": "local"}},
        "vars": {
            "node_agent_image": "podnet.lab/agent:1",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        },
    }
}


class Program:
    """A program on the operator's side, and what it has said."""

    def __init__(self, lab: Lab, log: pathlib.Path, *argv: str, path: str = "") -> None:
        self._log = log
        environment = {**lab.environment, "PATH": f"{path}:{os.environ['PATH']}"} if path else lab.environment
        with log.open("w") as stream:
            self._process = subprocess.Popen(
                [str(LAB), "run", "--", *argv],
                env=environment,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far; one that has ended will say nothing more."""
        text = self._log.read_text(errors="replace")
        assert self._process.poll() is None, text
        return text

    def says(self, text: str) -> bool:
        """Whether a text is there."""
        return text in self.output

    def stop(self) -> None:
        """End it and what it has started."""
        for number in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
                return


@contextlib.contextmanager
def rulebook(lab: Lab, folder: pathlib.Path, name: str, **variables: t.Any) -> t.Iterator[Program]:
    """ansible-rulebook, once its source is loaded."""
    (folder / "inventory.yml").write_text(json.dumps(INVENTORY))
    (folder / "vars.yml").write_text(json.dumps(variables))
    tools = pathlib.Path(os.environ["PODNET_PUBLISH_VENV"]) / "bin"
    files = ["--inventory", str(folder / "inventory.yml"), "--vars", str(folder / "vars.yml")]
    argv = [str(tools / "ansible-rulebook"), "--rulebook", name, *files]
    program = Program(
        lab, folder / "rulebook.log", *argv, "--execution-strategy", "parallel", "--verbose", path=str(tools)
    )
    try:
        until("the source is loaded", lambda: program.says("load source podnet.diagnostics.connectivity"), 120, pause=1)
        until("rules are evaluated", lambda: program.says("Waiting for events"), 120, pause=1)
        yield program
    finally:
        program.stop()


@pytest.fixture(scope="module")
def checks(lab: Lab) -> t.Iterator[Checks]:
    deployed = Checks(lab)
    run = deployed.deploy(connectivity_checks_period=PERIOD, connectivity_checks_timeout=2)
    assert run.status == 0, run.output
    deployed.await_reachable(TARGET, "True", 120)
    yield deployed
    deployed.remove()


def test_a_route_is_lost_the_outage_starts_the_diagnosis_and_the_verdict_is_an_event(
    checks: Checks, tmp_path: pathlib.Path
) -> None:
    with rulebook(checks.lab, tmp_path, "podnet.diagnostics.outages", podnet_namespaces=[NAMESPACE]) as program:
        with checks.lab.fault("route-missing"):
            until("the verdict comes back", lambda: program.says("'root_cause': 'route-missing'"), SECONDS, pause=0.5)
        assert f"pod:{NAMESPACE}/network-check-source-" in program.output
    checks.await_reachable(TARGET, "True", 60)


# -- a storm ---------------------------------------------------------------------------------------------------------
def crowd(broken: bool) -> Json:
    """Two hundred checks of the lab's own pods, all from the same two to twenty addresses."""
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    status: Json = {"outages": [{"start": began, "message": "no answer"}]} if broken else {}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
                "kind": "PodNetworkConnectivityCheck",
                "metadata": {"namespace": "default", "name": f"storm-{number:03}"},
                "spec": {
                    "sourcePod": f"client-{1 + number % 2}",
                    "targetEndpoint": f"10.244.{1 + number % 2}.{200 + number % 20}:8080",
                },
                "status": status,
            }
            for number in range(STORM)
        ],
    }


def test_a_storm_is_one_health_run_and_a_few_diagnoses(checks: Checks, tmp_path: pathlib.Path) -> None:
    """The objects are changed one after the other, as they are by sources that find out one after the other."""
    lab = checks.lab
    for name, broken in (("made.json", False), ("broken.json", True)):
        (tmp_path / name).write_text(json.dumps(crowd(broken)))
    lab.run("kubectl", "create", "-f", str(tmp_path / "made.json"))
    try:
        with rulebook(lab, tmp_path, "podnet.diagnostics.outages", podnet_namespaces=["default"]) as program:
            (tmp_path / "broken.json").write_text(json.dumps(crowd(True)))
            lab.run("kubectl", "replace", "--subresource=status", "-f", str(tmp_path / "broken.json"))
            until(
                "the health run has a result",
                lambda: program.says("{'result': 'healthy', 'summary': 'All 2 nodes are healthy"),
                180,
                pause=1,
            )
            diagnosed = until("no further diagnosis is waiting", lambda: _settled(program), 400, pause=1)
            assert len(re.findall(r"PLAY \[Look at the health of the pod network\]", program.output)) == 1
            # Ten outages might have been all; then three of the storm.
            assert 1 <= diagnosed <= 13, diagnosed
    finally:
        lab.run("kubectl", "-n", "default", "delete", KIND, "--all", "--wait=false")


def _settled(program: Program) -> int:
    """How many diagnoses there were, once none has begun for half a minute."""
    before = program.output.count(DIAGNOSIS)
    time.sleep(30)
    return before if program.output.count(DIAGNOSIS) == before and before else 0


# -- an API server that is away --------------------------------------------------------------------------------------
def told(program: Program, *kinds: str) -> list[str]:
    """The events of some kinds, in their order."""
    found = []
    for line in program.output.splitlines():
        if line.startswith("{"):
            event = json.loads(line)
            kind = event["type"].rpartition(".")[2]
            if kind in kinds and event.get("check", {}).get("name", TARGET).endswith(TARGET):
                found.append(kind)
    return found


def test_nothing_is_lost_or_told_twice_when_the_api_server_is_away_and_when_it_is_started_again(
    checks: Checks, tmp_path: pathlib.Path
) -> None:
    lab = checks.lab
    pod = checks.pod("network-check-target", "node-2")["status"]["podIP"]
    broken = f"filter FORWARD -d {pod}/32 -p tcp --dport 8080 -j DROP"
    operator = lab.run("python3", "-c", OWN_ADDRESS).stdout.strip()
    settings = {"namespaces": [NAMESPACE], "kube_events": False}
    program = Program(lab, tmp_path / "source.log", "python3", str(SOURCE), json.dumps(settings))

    def until_told(*kinds: str, seconds: float = 60) -> None:
        until(f"told: {kinds}", lambda: len(told(program, *set(kinds))) >= len(kinds), seconds)
        assert told(program, *set(kinds)) == list(kinds), program.output

    try:
        with rules(lab, "node-2", broken):
            until_told("outage")
        until_told("outage", "restored")
        with rules(lab, "controller", f"filter OUTPUT -d {operator}/32 -p tcp --sport 6443 -j DROP"):
            began = time.monotonic()
            with rules(lab, "node-2", broken):
                time.sleep(40)
            until("it says that it sees nothing", lambda: told(program, "blind") == ["blind"], 150, pause=1)
            time.sleep(max(0.0, 120 - (time.monotonic() - began)))
        until_told("outage", "restored", "outage", "restored", seconds=90)
        until("it says that it sees again", lambda: told(program, "blind", "seeing") == ["blind", "seeing"], 60)
        server = lab.exec("controller", "pgrep", "-x", "kube-apiserver").stdout.split()
        lab.exec("controller", "kill", "-KILL", *server)
        with rules(lab, "node-2", broken):
            until_told("outage", "restored", "outage", "restored", "outage", seconds=90)
        until_told("outage", "restored", "outage", "restored", "outage", "restored", seconds=90)
    finally:
        program.stop()
    assert (tmp_path / "source.log").read_text().count("Cannot watch") <= 4, "one sentence each time, not one a second"
