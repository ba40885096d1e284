# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of molecule, on one lab that the scenario `default` boots and takes down."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import environment, machine
from .errors import ToolError
from .process import stream
from .tally import FAILED, Tally, report

REQUIREMENTS = environment.ROOT / "tests" / "molecule-requirements.txt"
PLACE = environment.ROOT / "extensions" / "molecule"
FIRST = "default"


def molecule() -> Tally:
    """All scenarios, or those that SCENARIO names, by commas."""
    names = [name.strip() for name in os.environ.get("SCENARIO", "").split(",") if name.strip()]
    return _run(names or scenarios())


def some() -> Tally:
    """The one of a minute."""
    return _run(["diagnose"])


def scenarios() -> list[str]:
    """Every scenario but the one that only has the lab."""
    return sorted(path.parent.name for path in PLACE.glob("*/molecule.yml") if path.parent.name != FIRST)


def _run(names: list[str]) -> Tally:
    for name in names:
        if name not in scenarios():
            raise ToolError(f"There is no scenario {name!r}; there are {', '.join(scenarios())}", 2)
    machine.install("lab", "integration")
    text = REQUIREMENTS.read_text(encoding="utf-8")
    venv = environment.virtual_environment(Path(sys.executable), environment.PYTHON_VERSION, text, "venv-molecule")
    tree = environment.collections_tree()
    env = environment.surroundings(venv, tree)
    digest = environment.digest(str(environment.ROOT))
    home = environment.cache() / f"molecule-{digest}"
    # What a run that failed has left there would say that the lab is up.
    shutil.rmtree(home, ignore_errors=True)
    env.update(
        PATH=f"{PLACE / 'lab'}:{env['PATH']}",
        ANSIBLE_HOME=str(home),
        PODNET_LAB_NAME=os.environ.get("PODNET_LAB_NAME") or f"molecule-{digest[:6]}",
    )
    chosen = [word for name in names for word in ("--scenario-name", name)]
    argv: list[str | Path] = [venv / "bin" / "molecule", "test", "--report", *chosen]
    try:
        done = stream(argv, env=env, cwd=environment.checkout_in(tree), timeout=3600)
    finally:
        # A run that was interrupted leaves none either.
        stream([environment.LAB, "down"], env=env)
    tally = FAILED if done.status else Tally(passed=len(names))
    return report(f"molecule: {', '.join(names)}", tally, done.seconds)
