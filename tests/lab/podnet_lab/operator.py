# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's side: the environment of `lab run`, the inventory, and kubectl."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

from . import cgroups, machine, ssh
from .binaries import kubectl_directory
from .cache import digest
from .config import CONTROLLER, IMAGE_AGENT, OUTSIDE, OUTSIDE_ADDRESS, REPOSITORY, Lab, cache_directory
from .errors import LabError
from .hosts import RESOLV_CONF
from .proc import run
from .state import host_process

COLLECTIONS_DEFAULT = "~/.ansible/collections:/usr/share/ansible/collections"
# A resolv.conf of its own: the machine's name server is not reachable in there.
WITH_RESOLVER = """\
mount=$1 resolver=$2
shift 2
[ ! -e /etc/resolv.conf ] || "$mount" --bind "$resolver" /etc/resolv.conf
exec "$@"
"""


def write_files(lab: Lab) -> None:
    """Write the inventory directory and the resolver configuration."""
    variables = lab.inventory / "group_vars"
    variables.mkdir(parents=True, exist_ok=True)
    # What the lab was booted with: the sources may change while it is up.
    (lab.state / "bin").symlink_to(kubectl_directory())
    (lab.state / "resolv.conf").write_text(RESOLV_CONF, encoding="utf-8")
    (lab.inventory / "cluster.yml").write_text("plugin: podnet.diagnostics.cluster\n", encoding="utf-8")
    # JSON is YAML: no library is needed to write it.
    outside = {"ansible_host": OUTSIDE_ADDRESS, "ansible_connection": "ssh"}
    (lab.inventory / "outside.yml").write_text(
        json.dumps({"all": {"hosts": {OUTSIDE: outside}}}, indent=1) + "\n", encoding="utf-8"
    )
    (variables / "all.yml").write_text(
        json.dumps(
            {
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(lab.ssh / "id_ed25519"),
                "ansible_ssh_common_args": shlex.join(ssh.arguments(lab)),
                "ansible_python_interpreter": "/usr/bin/python3",
                "node_agent_image": IMAGE_AGENT,
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


def _collections() -> Path:
    """A collections path in which podnet.diagnostics is a link to this repository."""
    root = cache_directory() / "collections" / digest(str(REPOSITORY))
    link = root / "ansible_collections" / "podnet" / "diagnostics"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(REPOSITORY):
        link.unlink(missing_ok=True)
        link.symlink_to(REPOSITORY)
    return root


def environment(lab: Lab) -> dict[str, str]:
    """The caller's environment with everything that points kubectl and Ansible at the lab."""
    # A proxy of the machine leads out of the lab, which nothing inside it may use.
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    collections = kept.get("ANSIBLE_COLLECTIONS_PATH", COLLECTIONS_DEFAULT)
    return {
        **kept,
        "KUBECONFIG": str(lab.kubeconfig),
        "PATH": _search_path(lab, kept),
        "ANSIBLE_COLLECTIONS_PATH": f"{_collections()}:{collections}",
        "ANSIBLE_INVENTORY": str(lab.inventory),
        # Labs have the same addresses: a shared connection would lead into another one.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(lab.state / "cp"),
        "PODNET_LAB_NAME": lab.name,
    }


def _search_path(lab: Lab, caller: dict[str, str]) -> str:
    """PATH with kubectl, Ansible and ssh on it, whatever the caller's is.

    An active virtual environment is the caller's choice; any other Ansible may be too old or lack the Python package
    `kubernetes`, so the project's own comes before it.
    """
    parts = [str(lab.state / "bin")]
    chosen = Path(caller.get("VIRTUAL_ENV") or "/nowhere") / "bin"
    if (chosen / "ansible-playbook").exists():
        parts.append(str(chosen))
    parts += [str(lab.ansible), *filter(None, [caller.get("PATH")]), machine.path(), machine.SYSTEM_PATH]
    return ":".join(parts)


def provide_ansible(lab: Lab) -> None:
    """Link the project's Python environment into the lab's state; tools/run makes it when it is not there."""
    if (lab.ansible / "ansible-playbook").exists():
        return
    lab.ansible.unlink(missing_ok=True)
    active = Path(os.environ.get("VIRTUAL_ENV") or "/nowhere")
    if (active / "ready").exists() and (active / "bin" / "ansible-playbook").exists():
        lab.ansible.symlink_to(active / "bin")  # tools/run has made it and calls us
        return
    caller = {"PATH": f"{os.environ.get('PATH', '')}:{machine.SYSTEM_PATH}"}
    done = run([str(REPOSITORY / "tools" / "run"), "bootstrap"], timeout=1800, env=caller, check=False)
    words = done.stdout.split()
    if done.returncode != 0 or not words:
        raise LabError(f"Cannot provide Ansible: {(done.stderr.strip() or 'tools/run said nothing').splitlines()[-1]}")
    lab.ansible.symlink_to(Path(words[-1]) / "bin")


def argv_inside(lab: Lab, argv: list[str]) -> list[str]:
    """The command that runs argv in the controller's network, with this machine's files."""
    pid = host_process(lab, CONTROLLER).pid
    enter = [machine.command("nsenter"), "--target", str(pid), "--net", "--"]
    private = [machine.command("unshare"), "--mount", "--"]
    resolver = str(lab.state / "resolv.conf")
    return [*enter, *private, "/bin/sh", "-c", WITH_RESOLVER, "sh", machine.command("mount"), resolver, *argv]


def groups(lab: Lab) -> list[Path]:
    """The cgroups of commands on the operator's side: `lab down` ends those too."""
    return cgroups.create(lab, "operator")


def run_captured(
    lab: Lab, argv: list[str], timeout: float = 60, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command on the operator's side and return its output, whatever its exit status."""
    inner = cgroups.argv_in(groups(lab), argv_inside(lab, argv))
    try:
        return subprocess.run(
            inner,
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            env=environment(lab),
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"No end of {argv} after {timeout:.0f} s.") from error


def kubectl(lab: Lab, *arguments: str, stdin: str | None = None, timeout: float = 60) -> str:
    """Run kubectl as administrator and return what it printed; LabError if it fails."""
    done = run_captured(lab, ["kubectl", *arguments], timeout, stdin)
    if done.returncode != 0:
        raise LabError(f"Cannot run kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
