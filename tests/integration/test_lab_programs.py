# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the programs come from: those of hosts from the lab's layers, those of `lab run` from the lab, whatever the
caller's PATH is; and what stays of a lab to be looked at.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from conftest import LAB, Lab
from podnet_lab import config
from podnet_lab.errors import LabError
from podnet_lab.faults import Context

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")]


@pytest.mark.parametrize("host", ["fabric", "controller", "outside", "node-1"])
def test_a_fault_cannot_call_a_program_that_only_the_machine_has(lab: Lab, host: str) -> None:
    context = Context(config.Lab(lab.environment["PODNET_LAB_NAME"]))
    assert shutil.which("git"), "the machine has it"
    with pytest.raises(LabError, match=rf"Cannot run \['git', '--version'\] on {host}: exit status 127"):
        context.exec_in(host, ["git", "--version"])
    # What the layers have is there, also on the fabric.
    context.exec_in(host, ["nft", "list", "ruleset"])
    context.exec_in(host, ["ipset", "list"])


@pytest.mark.parametrize("path", ["", "/nowhere", "/usr/bin:/bin"])
@pytest.mark.parametrize(
    "command",
    [
        ("ansible-playbook", "--version"),
        ("ansible-inventory", "--version"),
        ("ansible-doc", "--version"),
        ("kubectl", "get", "nodes"),
        ("ssh", "-V"),
    ],
    ids=lambda command: command[0],
)
def test_run_provides_what_it_promises(lab: Lab, path: str, command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(LAB), "run", "--", *command],
        env={"PATH": path, "PODNET_LAB_NAME": lab.environment["PODNET_LAB_NAME"], "HOME": os.environ["HOME"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_ansible_of_run_is_the_projects_own(lab: Lab, tmp_path: pathlib.Path) -> None:
    """One that is too old, before it on the caller's PATH, changes nothing."""
    old = tmp_path / "ansible-playbook"
    old.write_text("#!/bin/sh\necho 'ansible-playbook [core 2.14]'\n")
    old.chmod(0o755)
    environment = {key: value for key, value in lab.environment.items() if key != "VIRTUAL_ENV"}
    environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    command = [str(LAB), "run", "--", "ansible-playbook", "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    assert "core 2.14]" not in done.stdout


def test_logs_show_what_the_programs_wrote_last(lab: Lab) -> None:
    shown = lab.lab("logs", "--lines", "2").stdout
    for name in ("node-1 kubelet.log:", "controller kube-apiserver.log:", "node-1 pods/kube-flannel_"):
        assert name in shown
