# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as AWX runs it, with ansible-runner and without a container: another user of group 0, no terminal, a HOME that
cannot be written, nothing in the environment but what a credential puts there, the collection read-only."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import typing as t

from ansible_collections.podnet.diagnostics.tests.unit.patience import patience

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / "extensions" / "awx" / "project"
SURVEYS = ROOT / "extensions" / "awx" / "surveys"
USER = 1000
# What is below the home directory of root is shown to the job's user, and nothing else of that directory.
STAGE = r"""
set -eu
# The directory of declared programs is below the home directory that is hidden here.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
stage=$(mktemp --directory)
mount -t tmpfs tmpfs "$stage"
number=0
for path in $SHOWN; do
    mkdir -p "$stage/$number"
    mount --bind "$path" "$stage/$number"
    number=$((number + 1))
done
mount -t tmpfs -o mode=0755 tmpfs "$HIDDEN"
number=0
for path in $SHOWN; do
    mkdir -p "$path"
    mount --bind "$stage/$number" "$path"
    mount -o remount,bind,ro "$path"
    number=$((number + 1))
done
cd "$JOB"
exec setpriv --reuid "$JOB_USER" --regid 0 --clear-groups --no-new-privs -- env --ignore-environment "$@"
"""

Json = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Ended:
    """A job that has ended."""

    status: int
    output: str
    events: list[Json]

    @property
    def artifacts(self) -> Json:
        """What set_stats has given the next job."""
        for event in self.events:
            if event["event"] == "playbook_on_stats":
                return t.cast(Json, event["event_data"].get("artifact_data") or {})
        return {}

    @property
    def failures(self) -> list[str]:
        """The messages of tasks that failed."""
        found = []
        for event in self.events:
            result = event.get("event_data", {}).get("res") or {}
            if event["event"] in ("runner_on_failed", "runner_on_unreachable"):
                found.append(str(result.get("msg") or ""))
        return found


def blank_survey(playbook: str, blank: object, **answers: object) -> Json:
    """What AWX sends when every question that may be left blank is left blank."""
    survey = json.loads((SURVEYS / f"{playbook}.json").read_text(encoding="utf-8"))
    return {**{question["variable"]: blank for question in survey["spec"]}, **answers}


class Jobs:
    """The execution environment: an installed collection and the packages that it asks for."""

    def __init__(self) -> None:
        self.venv = pathlib.Path(os.environ["PODNET_JOB_VENV"])
        self.collections = pathlib.Path(os.environ["PODNET_JOB_COLLECTIONS"])
        code = "import sys; print(sys.base_prefix)"
        python = [str(self.venv / "bin" / "python"), "-c", code]
        self._base = subprocess.run(python, capture_output=True, text=True, check=True).stdout.strip()

    def run(
        self,
        playbook: str,
        variables: Json,
        credential: t.Mapping[str, str],
        *arguments: str,
        prefix: t.Sequence[str] = (),
        hosts: t.Mapping[str, Json] | None = None,
        timeout: float = 600,
    ) -> Ended:
        """Run a playbook of the project. prefix: a command before it; arguments: of ansible-playbook."""
        job = pathlib.Path(tempfile.mkdtemp(prefix="podnet-job-"))
        try:
            self._prepare(job, variables, credential, arguments, hosts or {})
            runner = [f"{key}={value}" for key, value in self._environment(job, credential).items()]
            runner += [str(self.venv / "bin" / "ansible-runner"), "run", str(job), "-p", f"{playbook}.yml", "-i", "job"]
            hidden = str(pathlib.Path.home())
            shown = [path for path in (self.venv, self._base, self.collections) if str(path).startswith(hidden + "/")]
            staged = {"SHOWN": " ".join(map(str, shown)), "HIDDEN": hidden, "JOB": str(job), "JOB_USER": str(USER)}
            assigned = [f"{key}={value}" for key, value in staged.items()]
            argv = [*prefix, "unshare", "--mount", "env", *assigned, "/bin/sh", "-c", STAGE, "sh", *runner]
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience(timeout), check=False
            )
            return Ended(done.returncode, done.stdout + done.stderr, _events(job))
        finally:
            shutil.rmtree(job, ignore_errors=True)

    def _prepare(
        self,
        job: pathlib.Path,
        variables: Json,
        credential: t.Mapping[str, str],
        arguments: t.Sequence[str],
        hosts: t.Mapping[str, Json],
    ) -> None:
        shutil.copytree(PROJECT, job / "project")
        for name in ("env", "inventory", "artifacts", "home", "tmp"):
            (job / name).mkdir()
        (job / "env" / "extravars").write_text(json.dumps({**variables, "awx_job_id": 42, "tower_job_id": 42}))
        (job / "env" / "cmdline").write_text(" ".join(["-u root", *arguments]))
        (job / "env" / "settings").write_text(json.dumps({"suppress_env_files": True}))
        # AWX gives an inventory as a script that prints JSON.
        listed = {"all": {"hosts": sorted(hosts)}, "_meta": {"hostvars": dict(hosts)}}
        script = job / "inventory" / "hosts"
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(listed)}\nEND\n")
        script.chmod(0o700)
        for path in [job, *job.rglob("*")]:
            os.chown(path, USER, 0)

    def _environment(self, job: pathlib.Path, credential: t.Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": f"{self.venv / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            # The entrypoint of an image finds a directory for Ansible's own files; HOME is not it.
            "HOME": "/",
            "ANSIBLE_HOME": str(job / "home"),
            "TMPDIR": str(job / "tmp"),
            "LC_ALL": "C.UTF-8",
            "JOB_ID": "42",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            **credential,
        }


def _events(job: pathlib.Path) -> list[Json]:
    events = []
    for path in (job / "artifacts" / "job" / "job_events").glob("*.json"):
        if "partial" not in path.name:
            events.append(json.loads(path.read_text(encoding="utf-8")))
    return sorted(events, key=lambda event: event["counter"])
