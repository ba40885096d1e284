# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's side: the environment of `lab run`, the inventory, and kubectl."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

from . import cgroups, ssh
from .binaries import kubectl_directory
from .cache import digest
from .config import CONTROLLER, IMAGE_AGENT, OUTSIDE, OUTSIDE_ADDRESS, REPOSITORY, Lab, cache_directory
from .errors import LabError
from .hosts import RESOLV_CONF
from .state import host_process

COLLECTIONS_DEFAULT = "~/.ansible/collections:/usr/share/ansible/collections"
# A resolv.conf of its own: the machine's name server is not reachable in there.
WITH_RESOLVER = '[ ! -e /etc/resolv.conf ] || mount --bind "$0" /etc/resolv.conf; exec "$@"'


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
        "PATH": f"{lab.state / 'bin'}:{kept.get('PATH', os.defpath)}",
        "ANSIBLE_COLLECTIONS_PATH": f"{_collections()}:{collections}",
        "ANSIBLE_INVENTORY": str(lab.inventory),
        # Labs have the same addresses: a shared connection would lead into another one.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(lab.state / "cp"),
        "PODNET_LAB_NAME": lab.name,
    }


def argv_inside(lab: Lab, argv: list[str]) -> list[str]:
    """The command that runs argv in the controller's network, with this machine's files."""
    pid = host_process(lab, CONTROLLER).pid
    resolver = str(lab.state / "resolv.conf")
    return [
        "nsenter",
        "--target",
        str(pid),
        "--net",
        "--",
        "unshare",
        "--mount",
        "--",
        "/bin/sh",
        "-c",
        WITH_RESOLVER,
        resolver,
        *argv,
    ]


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
