# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job of AWX runs in, without its container: the built archive, installed, and the packages that it asks for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from . import environment
from .errors import ToolError
from .process import capture


def surroundings(python: Path, version: str, core: str) -> dict[str, str]:
    """Environment variables that tell the tests of jobs where both are."""
    asked = (environment.ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8")
    venv = environment.virtual_environment(python, version, f"{core}\nansible-runner ~= 2.4\n{asked}", "venv-job")
    return {"PODNET_JOB_VENV": str(venv), "PODNET_JOB_COLLECTIONS": str(_installed(venv))}


def _installed(venv: Path) -> Path:
    """The collection as a user installs it, new each time."""
    target = environment.cache() / f"installed-{environment.digest(str(environment.ROOT))}"
    tree = environment.working_copy()
    env = environment.surroundings(venv, tree)
    galaxy = venv / "bin" / "ansible-galaxy"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="podnet-build-") as name:
        build: list[str | Path] = [galaxy, "collection", "build", "--output-path", name]
        done = capture(build, env=env, cwd=environment.checkout_in(tree))
        archives = list(Path(name).glob("*.tar.gz"))
        if done.status or len(archives) != 1:
            raise ToolError(f"Cannot build the collection: {done.output}")
        done = capture(environment.installation(galaxy, archives[0], target), env=environment.without_collections(env))
        if done.status or not environment.checkout_in(target).is_dir():
            raise ToolError(f"Cannot install the collection: {done.output}")
    return target
