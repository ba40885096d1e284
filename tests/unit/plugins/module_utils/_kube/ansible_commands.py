# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's commands as a person runs them, against the small real API server."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys

from ansible_collections.podnet.diagnostics.tests.unit.patience import patience
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Conversation


def collections_path() -> str:
    """The directory in which ansible_collections is that these tests are imported from."""
    return next(
        path for path in sys.path if pathlib.Path(path, "ansible_collections", "podnet", "diagnostics").is_dir()
    )


def ansible(command: str, *arguments: str, home: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `ansible-COMMAND ARGUMENTS` with nothing of the caller's Ansible settings and credentials."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "KUBE")) and not name.lower().endswith("_proxy")
    }
    known = {
        **kept,
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_COLLECTIONS_PATH": collections_path(),
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "ansible", command, *arguments],
        env=known,
        cwd=home,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=patience(180),
        check=False,
    )


def run_here(client: Conversation) -> None:
    """Run the command of an exec stream on this machine."""
    stdin = client.stdin() if client.query["stdin"] == ["true"] else b""
    done = subprocess.run(client.query["command"], input=stdin, capture_output=True, timeout=patience(30), check=False)
    for channel, data in ((1, done.stdout), (2, done.stderr)):
        if data:
            client.send(channel, data)
    with contextlib.suppress(ConnectionError):
        client.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)
        client.close()
