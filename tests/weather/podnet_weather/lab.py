# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as the weather needs it: commands on its hosts, objects in its cluster, runs of the playbook."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[3]
LAB = ROOT / "tests" / "lab" / "lab"
OURS = "app.kubernetes.io/managed-by=podnet.diagnostics"
# What a run may make on a node: its module's payload, the packets of a capture.
NODE_FILES = "ls -d /tmp/podnet* /var/tmp/podnet* /dev/shm/podnet* /tmp/ansible* 2>/dev/null; pgrep -a tcpdump"
Json = dict[str, Any]


class Lab:
    """One lab by its name."""

    def __init__(self, name: str) -> None:
        plain = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_SHOW_CUSTOM_STATS": "1"}
        self.environment = {**os.environ, "PODNET_LAB_NAME": name, **plain}
        status = json.loads(self.lab("status", "--json").stdout)
        self.kubeconfig = pathlib.Path(status["kubeconfig"])
        self.nodes = [str(node["name"]) for node in status["nodes"]]
        self.addresses = {str(node["name"]): str(node["address"]) for node in status["nodes"]}
        self.image = str(status["image"])
        self.server = str(json.loads(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"])

    # -- commands --------------------------------------------------------------------------------------------
    def lab(
        self, *arguments: str, timeout: float = 300, check: bool = True, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `lab ARGUMENTS`."""
        return subprocess.run(
            [str(LAB), *arguments],
            env=self.environment,
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=check,
        )

    def run(self, *command: str, timeout: float = 300, check: bool = True, stdin: str | None = None) -> str:
        """What a command on the operator's side prints."""
        return self.lab("run", "--", *command, timeout=timeout, check=check, stdin=stdin).stdout

    def exec(self, host: str, *command: str, check: bool = True, timeout: float = 60) -> str:
        """What a command of root on a host prints."""
        return self.lab("exec", host, "--", *command, timeout=timeout, check=check).stdout

    def shell(self, host: str, script: str, check: bool = True) -> str:
        """What a script of root on a host prints."""
        return self.exec(host, "sh", "-c", script, check=check)

    def kubectl(self, *arguments: str, check: bool = True, stdin: str | None = None) -> str:
        """What kubectl prints."""
        return self.run("kubectl", *arguments, check=check, stdin=stdin)

    # -- what a case changes ---------------------------------------------------------------------------------
    def signal(self, host: str, name: str, number: str) -> None:
        """Signal every process of exactly that name on a host."""
        self.shell(host, f"for pid in $(pgrep -x {name}); do kill -{number} $pid; done")

    @contextlib.contextmanager
    def stopped(self, host: str, name: str) -> Iterator[None]:
        """A daemon that is frozen inside the block."""
        self.signal(host, name, "STOP")
        try:
            yield
        finally:
            self.signal(host, name, "CONT")

    @contextlib.contextmanager
    def objects(self, *manifests: Json, wait: str = "") -> Iterator[None]:
        """Objects that are there inside the block. wait: what kubectl wait is given, for each of them."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        self.kubectl("apply", "-f", "-", stdin=text)
        try:
            if wait:
                self.kubectl("wait", f"--for={wait}", "--timeout=60s", "-f", "-", stdin=text)
            yield
        finally:
            self.kubectl("delete", "--ignore-not-found", "--wait", "--timeout=60s", "-f", "-", stdin=text, check=False)

    def until(self, what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Await a condition, bounded."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds:.0f} s: {what}")
            time.sleep(0.2)

    def node_ready(self, node: str) -> bool:
        """Whether Kubernetes calls a node Ready."""
        path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        return self.kubectl("get", "node", node, "-o", path, check=False).strip() == "True"

    # -- what is left ----------------------------------------------------------------------------------------
    def left(self) -> list[str]:
        """Agents, files of a run on nodes, captures, and instances of the kernel's tracing."""
        found = self.kubectl("get", "jobs,pods", "-A", "-l", OURS, "-o", "name", check=False).split()
        for node in self.nodes:
            found += [f"{node}: {line}" for line in self.shell(node, NODE_FILES, check=False).splitlines()]
        with contextlib.suppress(OSError):
            found += [path.name for path in pathlib.Path("/sys/kernel/tracing/instances").glob("podnet.*")]
        return found


class Run:
    """A diagnosis in the background, in a process group of its own."""

    def __init__(
        self,
        lab: Lab,
        bundle: pathlib.Path,
        variables: Mapping[str, Any],
        arguments: Sequence[str] = (),
        environment: Mapping[str, str | None] | None = None,
        playbook: str = "podnet.diagnostics.diagnose",
        wrapper: Sequence[str] = (),
    ) -> None:
        self.bundle = bundle
        self.output = ""
        given = environment or {}
        assigned = [f"--unset={key}" for key, value in given.items() if value is None]
        assigned += [f"{key}={value}" for key, value in given.items() if value is not None]
        command = ["env", *assigned, *wrapper, "ansible-playbook", playbook]
        command += ["-e", json.dumps(dict(variables)), *arguments]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [str(LAB), "run", "--", *command],
            env=lab.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def reached(self, phase: str) -> bool:
        """Whether a phase has begun on any node, or the run is over."""
        if self.process.poll() is not None:
            return True
        try:
            events = (self.bundle / "events.jsonl").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return any(json.loads(line).get("phase") == phase for line in events if line.endswith("}"))

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Signal the whole process group, as a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait(self, seconds: float) -> int:
        """The exit status; a run that does not end in time is killed."""
        try:
            self.output = self.process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            self.kill()
            self.output = self.process.communicate()[0] + f"\n(no end within {seconds:.0f} s)"
        return self.process.returncode

    @property
    def findings(self) -> Json:
        """findings.json; where none could be written, the verdict that was handed on; else empty."""
        try:
            found: Json = json.loads((self.bundle / "findings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self._handed_on()
        return found

    def _handed_on(self) -> Json:
        """What set_stats gave to the next job of a workflow, as Ansible shows it at the end."""
        shown = re.search(r"^\s*RUN: (\{.*\})\s*$", self.output, re.MULTILINE)
        if shown is None:
            return {}
        try:
            return {"verdict": json.loads(shown.group(1))["podnet_diagnosis"]}
        except (ValueError, KeyError):
            return {}
