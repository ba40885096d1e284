# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every ansible-core that is supported: those of Automation Platform (2.16, 2.18, 2.20) and the newest."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from . import environment, interpreters, jobs, machine, pytests
from .errors import ToolError
from .process import capture
from .sanity import sanity_with
from .tally import SKIPPED, Tally, report

REQUIREMENTS = (
    "kubernetes >= 29\nPyYAML ~= 6.0\npytest >= 8.3, < 10\npytest-xdist ~= 3.6\nscapy >= 2.6\nansible-runner ~= 2.4\n"
)
# The tests of what Ansible itself runs or shows; the others know nothing of it.
TESTS = (
    "tests/unit/plugins/connection",
    "tests/unit/plugins/inventory",
    "tests/unit/plugins/modules",
    "tests/unit/plugins/plugin_utils/_deploy",
    "tests/unit/plugins/plugin_utils/_health",
    "tests/unit/plugins/plugin_utils/_sink",
    "tests/unit/test_publication.py",
)


@dataclasses.dataclass(frozen=True)
class Version:
    """A version of ansible-core, and the Pythons it runs on, the one that is wanted most first."""

    core: str
    pythons: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """For pip."""
        return "ansible-core >= 2.21" if self.core == "newest" else f"ansible-core ~= {self.core}.0"


# The oldest on the oldest Python that controllers may have.
VERSIONS = (
    Version("2.16", ("3.10", "3.11", "3.12")),
    Version("2.18", ("3.12", "3.11", "3.13")),
    Version("2.20", ("3.13", "3.12", "3.14")),
    Version("newest", ("3.13", "3.14", "3.12")),
)


PARTS = ("unit", "sanity", "jobs")


def matrix() -> Tally:
    """Unit tests, sanity tests and every playbook on the lab with each version; CORE and PART choose."""
    cores = _chosen("CORE", tuple(version.core for version in VERSIONS))
    parts = _chosen("PART", PARTS)
    machine.install_if_possible("unit")
    total = Tally()
    for version in VERSIONS:
        if version.core not in cores:
            continue
        found = _interpreter(version)
        if found is None:
            total += report(f"ansible-core {version.core}", SKIPPED, 0.0, note="this machine has no Python for it")
            continue
        python, number = found
        requirements = f"{version.requirement}\n{REQUIREMENTS}"
        venv = environment.virtual_environment(python, number, requirements, f"venv-core-{version.core}")
        label = f" on ansible-core {_version_of(venv)}, Python {number}"
        env = environment.surroundings(venv, environment.collections_tree())
        if "unit" in parts:
            total += pytests.run(f"unit tests{label}", venv, env, ["-q", "-n", "auto", *TESTS])
        if "sanity" in parts:
            total += sanity_with(venv, label)
        if "jobs" in parts and os.geteuid() == 0:
            total += _on_the_lab(version, python, number, label)
    return total


def _chosen(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The comma-separated words of an environment variable; all that are known if it says nothing."""
    words = tuple(word.strip() for word in os.environ.get(name, "").split(",") if word.strip())
    for word in words:
        if word not in known:
            raise ToolError(f"{name} is {word!r}; use one or more of {', '.join(known)}", 2)
    return words or known


def _on_the_lab(version: Version, python: Path, number: str, label: str) -> Tally:
    """Every playbook as a job, with what an execution environment has and no more."""
    main = environment.python_environment()
    job = jobs.surroundings(python, number, version.requirement)
    env = {**environment.surroundings(main, environment.collections_tree()), **job}
    arguments = ["-v", "-p", "no:xdist", "tests/integration/test_jobs.py"]
    return pytests.run(f"jobs{label}", main, env, arguments)


def oldest() -> tuple[Path, str, str] | None:
    """The oldest version that this machine can run: interpreter, its version, and the requirement."""
    for version in VERSIONS:
        found = _interpreter(version)
        if found is not None:
            return (*found, version.requirement)
    return None


def _interpreter(version: Version) -> tuple[Path, str] | None:
    for number, python in _found(version.pythons):
        return python, number
    return None


def _found(numbers: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for number in numbers:
        python = interpreters.find(number)
        if python is not None:
            yield number, python


def _version_of(venv: Path) -> str:
    code = "import ansible.release; print(ansible.release.__version__)"
    return capture([venv / "bin" / "python", "-c", code], timeout=60).output
