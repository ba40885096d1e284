# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The program that runs in the pods of the continuous checks: python3 agent.pyz source|target|health|version."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._source import run_source
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import ConfigError, load_config
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger, set_up
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._control import run_health
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._target import run_target

USAGE = "usage: agent.pyz source|target|health|version"


def main(argv: t.Sequence[str]) -> int:
    """The exit status: 0, 1 when the program cannot do its work, 2 for a command that there is not."""
    command, rest = (argv[0], argv[1:]) if argv else ("", ())
    if command == "health":
        return run_health(rest)
    if rest or command not in ("source", "target", "version"):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    if command == "version":
        sys.stdout.write(f"agent {_digest(sys.argv[0])}, Python {platform.python_version()}\n")
        return 0
    set_up()
    try:
        return run_source(os.environ) if command == "source" else run_target(load_config(os.environ), os.environ)
    except ConfigError as exc:
        logger.error("%s", exc)
        return 1


def _digest(path: str) -> str:
    """What names the ConfigMap of this program: the start of the SHA-256 of the zip file."""
    try:
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()[:12]
    except OSError:
        return "that is no file"
