# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Continuous checks on the lab: deployed as a user would, and what their objects say."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import time
import typing as t

from conftest import LAB, Lab

from ansible_collections.podnet.diagnostics.tests.unit.patience import patience

Json = dict[str, t.Any]
KIND = "podnetworkconnectivitychecks.controlplane.operator.openshift.io"
NAMESPACE = "podnet-connectivity-checks"
IMAGE = "podnet.lab/python:3"
# Short, so that a test sees many probes.
PERIOD = 2.0
SETTINGS: t.Mapping[str, t.Any] = {
    "connectivity_checks_image": IMAGE,
    "connectivity_checks_image_pull_policy": "IfNotPresent",
    "connectivity_checks_period": PERIOD,
    "connectivity_checks_timeout": 1,
    "connectivity_checks_write_interval": 10,
    "connectivity_checks_source_node_selector": {"kubernetes.io/hostname": "node-1"},
    "connectivity_checks_mesh": {"interval": 10},
}
_RECAP = re.compile(r"^localhost\s.*changed=(\d+)\s.*failed=(\d+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Run:
    """How a playbook ended."""

    status: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        found = _RECAP.search(self.output)
        assert found, self.output
        return int(found.group(1))


def until(what: str, condition: t.Callable[[], t.Any], seconds: float, pause: float = 0.3) -> t.Any:
    """Await a condition, bounded as patience() says; what it gave."""
    begin = time.monotonic()
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() - begin < patience(seconds), f"not within {patience(seconds):.0f} s: {what}"
        time.sleep(pause)


def playbook(lab: Lab, name: str, variables: t.Mapping[str, t.Any], *arguments: str, timeout: float = 240) -> Run:
    """Run a playbook of the collection. Variables are passed as JSON: no quoting."""
    done = lab.run(
        "ansible-playbook",
        f"podnet.diagnostics.{name}",
        "-e",
        json.dumps(dict(variables)),
        *arguments,
        check=False,
        timeout=timeout,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def task(lab: Lab, module: str, **options: t.Any) -> Json:
    """The result of one module, with all it said."""
    done = lab.run("ansible", "localhost", "-m", f"podnet.diagnostics.{module}", "-a", json.dumps(options), check=False)
    found = re.search(r"^localhost \| (\w+)!? => (\{.*^\})$", done.stdout, re.MULTILINE | re.DOTALL)
    assert found, done.stdout + done.stderr
    return {**json.loads(found.group(2)), "failed": found.group(1) == "FAILED"}


class Checks:
    """The deployed checks of one namespace."""

    def __init__(self, lab: Lab, namespace: str = NAMESPACE) -> None:
        self.lab = lab
        self.namespace = namespace

    def deploy(self, *arguments: str, **variables: t.Any) -> Run:
        """Run the playbook."""
        values = {**SETTINGS, "connectivity_checks_namespace": self.namespace, **variables}
        return playbook(self.lab, "connectivity_checks", values, *arguments)

    def remove(self, **variables: t.Any) -> Run:
        """Run the playbook with state absent."""
        return self.deploy(connectivity_checks_state="absent", **variables)

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints about the namespace."""
        return self.lab.kubectl("-n", self.namespace, *arguments)

    def items(self, kind: str = KIND, *arguments: str) -> list[Json]:
        """The objects of a kind."""
        return t.cast(list[Json], json.loads(self.kubectl("get", kind, *arguments, "-o", "json"))["items"])

    def one(self, end: str) -> Json:
        """The check whose name ends so."""
        found = [item for item in self.items() if item["metadata"]["name"].endswith(f"-to-{end}")]
        assert len(found) == 1, [item["metadata"]["name"] for item in self.items()]
        return found[0]

    def pod(self, program: str, node: str) -> Json:
        """The ready pod of a program on a node."""

        def ready() -> Json | None:
            for item in self.items("pods", "-l", f"app={program}"):
                conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions") or []}
                if (
                    item["spec"].get("nodeName") == node
                    and conditions.get("Ready") == "True"
                    and "deletionTimestamp" not in item["metadata"]
                ):
                    return t.cast(Json, item)
            return None

        return t.cast(Json, until(f"a ready {program} on {node}", ready, 60))

    def await_reachable(self, end: str, status: str, seconds: float) -> Json:
        """The check, once it is there and its condition Reachable says so."""

        def found() -> Json | None:
            items = [item for item in self.items() if item["metadata"]["name"].endswith(f"-to-{end}")]
            return items[0] if len(items) == 1 and reachable(items[0]) == status else None

        return t.cast(Json, until(f"{end} is Reachable={status}", found, seconds))

    def events(self, reason: str) -> list[Json]:
        """Events of the source, oldest first."""
        found = [event for event in self.items("events") if event["reason"] == reason]
        return sorted(
            found, key=lambda event: str(event.get("firstTimestamp") or event["metadata"]["creationTimestamp"])
        )


def reachable(item: Json) -> str | None:
    """The status of the condition Reachable."""
    return condition(item, "Reachable").get("status")


def condition(item: Json, kind: str) -> Json:
    """A condition of a check."""
    found = (item.get("status") or {}).get("conditions") or []
    return next((entry for entry in found if entry["type"] == kind), {})


def outages(item: Json) -> list[Json]:
    """Outages, newest first."""
    return (item.get("status") or {}).get("outages") or []


@contextlib.contextmanager
def server(lab: Lab, host: str, text: str) -> t.Iterator[None]:
    """A Python program on a host of the lab (or `operator`), which prints `ready` when it is; ended after the block."""
    packed = base64.b64encode(text.encode()).decode()
    where = ["run"] if host == "operator" else ["exec", host]
    process = subprocess.Popen(
        [str(LAB), *where, "--", "python3", "-c", f"import base64; exec(base64.b64decode('{packed}'))"],
        env=lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextlib.contextmanager
def rules(lab: Lab, node: str, *texts: str) -> t.Iterator[None]:
    """iptables rules, each before all others of its chain."""
    made = []
    try:
        for text in texts:
            table, chain, *words = text.split()
            lab.exec(node, "iptables", "-t", table, "-I", chain, "1", *words)
            made.append((table, chain, words))
        yield
    finally:
        for table, chain, words in made:
            lab.exec(node, "iptables", "-t", table, "-D", chain, *words, check=False)


@contextlib.contextmanager
def frozen(lab: Lab, host: str, program: str) -> t.Iterator[None]:
    """A program of a host that is stopped by a signal, and goes on after the block."""
    found = lab.exec(host, "pgrep", "-x", program).stdout.split()
    assert len(found) == 1, found
    lab.exec(host, "kill", "-STOP", found[0])
    try:
        yield
    finally:
        lab.exec(host, "kill", "-CONT", found[0])
