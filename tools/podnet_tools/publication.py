# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Galaxy, Automation Hub and the builders of execution environments ask of a collection, asked here first.

The tools are in an environment of their own (tests/publish-requirements.txt). None of them needs a container engine.
"""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from . import environment
from .process import Done, capture, stream
from .tally import FAILED, PASSED, Tally, report

REQUIREMENTS = environment.ROOT / "tests" / "publish-requirements.txt"
# What a user installs holds nothing of these.
NOT_PUBLISHED = (
    "tests/",
    "tools/",
    ".ci/",
    ".git",
    "Makefile",
    "pyproject.toml",
    "extensions/molecule/",
    "changelogs/f",
)
# But this: without it the sanity tests of Automation Hub ask Pythons that nothing here is for.
PUBLISHED = "tests/config.yml"
IMPORTER = """\
[galaxy-importer]
RUN_ANSIBLE_TEST = False
RUN_ANSIBLE_LINT = False
RUN_FLAKE8 = False
CHECK_REQUIRED_TAGS = True
ANSIBLE_LOCAL_TMP = {temporary}
"""
# What ansible-builder finds out about a collection (`introspect` prints YAML).
FOUND = (
    "kubernetes>=29.0.0  # from collection user",
    "openssh-clients [platform:rpm]",
    "openssh-client [platform:dpkg]",
)
RULEBOOK_CHECK = """\
import json, pathlib, sys
import ansible_rulebook, jsonschema, yaml
schema = json.loads((pathlib.Path(ansible_rulebook.__file__).parent / "schema" / "ruleset_schema.json").read_text())
for name in sys.argv[1:]:
    jsonschema.validate(yaml.safe_load(pathlib.Path(name).read_text()), schema)
    print("valid:", name)
"""


def publishing_environment() -> Path:
    """The virtual environment with the tools, made if it is not there."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    return environment.virtual_environment(Path(sys.executable), environment.PYTHON_VERSION, text, "venv-publish")


def check_sources(tree: Path) -> Tally:
    """Licences of all files, the change log, execution environments and rulebooks."""
    venv = publishing_environment()
    here = environment.checkout_in(tree)
    env = environment.surroundings(venv, tree)
    tool = venv / "bin"
    total = _report("reuse lint", capture([tool / "reuse", "--root", here, "lint", "--quiet"], env=env, cwd=here))
    total += _report("antsibull-changelog lint", capture([tool / "antsibull-changelog", "lint"], env=env, cwd=here))
    rulebooks = sorted((here / "extensions" / "eda" / "rulebooks").glob("*.yml"))
    checked = capture([tool / "python", "-c", RULEBOOK_CHECK, *rulebooks], env=env, cwd=here)
    total += _report(f"ansible-rulebook's schema, {len(rulebooks)} rulebooks", checked)
    return total + _execution_environments(tool, env, here)


def check_archive(archive: Path, tree: Path) -> Tally:
    """What is published: nothing but what a user needs, and Galaxy's own importer takes it."""
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    wrong = [name for name in names if name.startswith(NOT_PUBLISHED) and name != PUBLISHED]
    wrong += [] if PUBLISHED in names else [f"missing: {PUBLISHED}"]
    total = report(f"archive of {len(names)} files is lean", FAILED if wrong else PASSED, 0.0, "\n".join(wrong))
    venv = publishing_environment()
    config = archive.with_name("importer.cfg")
    config.write_text(IMPORTER.format(temporary=archive.with_name("importer")), encoding="utf-8")
    env = {**environment.surroundings(venv, tree), "GALAXY_IMPORTER_CONFIG": str(config)}
    argv: list[str | Path] = [venv / "bin" / "python", "-m", "galaxy_importer.main", archive]
    done = capture(argv, env=env, cwd=archive.parent, timeout=900)
    warned = [line for line in done.output.splitlines() if line.startswith(("WARNING", "ERROR"))]
    return total + _report("galaxy-importer", done, "\n".join(warned))


def write_awx() -> int:
    """Write surveys and job templates anew from the roles; the exit status."""
    env = {**environment.surroundings(environment.python_environment(), environment.collections_tree())}
    env["PYTHONPATH"] = str(environment.ROOT / "tools")
    return stream([environment.python_environment() / "bin" / "python", "-m", "podnet_awx"], env=env).status


def draw_pictures() -> int:
    """Draw the pictures of the documentation anew; the exit status."""
    venv = environment.python_environment()
    tree = environment.collections_tree()
    env = environment.surroundings(venv, tree)
    places = (tree, environment.ROOT / "tests" / "accuracy", environment.ROOT / "tests" / "lab")
    env["PYTHONPATH"] = ":".join(map(str, places))
    return stream([venv / "bin" / "python", "-m", "podnet_accuracy.pictures"], env=env).status


def write_changelog() -> int:
    """Write the change log anew: the version of galaxy.yml gets all fragments that it does not have yet."""
    venv = publishing_environment()
    tree = environment.collections_tree()
    released = (environment.ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8")
    version = next(
        line.split()[1]
        for line in (environment.ROOT / "galaxy.yml").read_text(encoding="utf-8").splitlines()
        if line.startswith("version:")
    )
    again = ["--update-existing"] if f"\n  {version}:" in released else []
    argv: list[str | Path] = [venv / "bin" / "antsibull-changelog", "release", *again]
    return stream(argv, env=environment.surroundings(venv, tree), cwd=environment.checkout_in(tree)).status


def _execution_environments(tool: Path, env: dict[str, str], here: Path) -> Tally:
    """A build context can be made of each definition, and the collection says what an image needs."""
    total = Tally()
    for path in sorted((here / "extensions" / "ee").glob("*.yml")):
        context = environment.cache() / f"ee-{environment.digest(str(here), path.name)}"
        argv: list[str | Path] = [tool / "ansible-builder", "create", "--file", path, "--context", context]
        total += _report(f"ansible-builder create, {path.name}", capture(argv, env=env, cwd=here))
    done = capture([tool / "ansible-builder", "introspect", "--sanitize", here.parents[2]], env=env, cwd=here)
    missing = "\n".join(text for text in FOUND if text.partition("  #")[0] not in done.output)
    return total + _report("ansible-builder introspect", done, missing and f"not found: {missing}")


def _report(name: str, done: Done, problem: str = "") -> Tally:
    wrong = done.status != 0 or bool(problem)
    return report(name, FAILED if wrong else PASSED, done.seconds, f"{problem}\n{done.output}".strip())
