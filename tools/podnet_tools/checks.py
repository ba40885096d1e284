# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lint, types and documentation: every tool that is run counts as one test."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import environment, publication, site
from .process import capture
from .tally import FAILED, PASSED, Tally, report

SHELL = re.compile(rb"#!.*\b(ba)?sh\b")
OWN_PAGE = re.compile(r"https://github\.com/podnet/diagnostics/(?:blob|tree|raw)/main/(.+)")
MARKDOWN_LINK = re.compile(r"\]\(<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\)")


def lint() -> Tally:
    """ruff, ansible-lint (profile `production`), yamllint, ShellCheck, and a collection that can be published."""
    venv = environment.python_environment()
    tree = environment.working_copy()
    here = environment.checkout_in(tree)
    env = environment.surroundings(venv, tree)
    tool = venv / "bin"
    ansible_lint: list[str | Path] = [
        tool / "ansible-lint",
        "--offline",
        "--profile",
        "production",
        "--strict",
        "--nocolor",
    ]
    total = _check("ansible-lint, profile production", ansible_lint, env, here)
    total += _check("yamllint", [tool / "yamllint", "--strict", "--format", "parsable", "."], env, here)
    total += _check("ruff check", [tool / "ruff", "check", "--no-cache", "."], env, here)
    total += _check("ruff format", [tool / "ruff", "format", "--no-cache", "--check", "."], env, here)
    scripts = _shell_scripts(here)
    total += _check(f"shellcheck, {len(scripts)} scripts", [tool / "shellcheck", *scripts], env, here)
    total += publication.check_sources(tree)
    return total + _builds(tool, env, here)


def types() -> Tally:
    """mypy: strict, on what runs on nodes and on the controller, on the lab and on these tools."""
    venv = environment.python_environment()
    tree = environment.working_copy()
    here = environment.checkout_in(tree)
    env = {**environment.surroundings(venv, tree), "MYPY_CACHE_DIR": str(environment.cache() / "mypy")}
    mypy: list[str | Path] = [venv / "bin" / "mypy", "--config-file", here / "pyproject.toml", "--strict"]
    package = f"ansible_collections.{environment.NAMESPACE}.{environment.NAME}.plugins"
    total = Tally()
    for parts in (
        ("module_utils",),
        ("plugin_utils",),
        ("modules", "action", "connection", "inventory", "doc_fragments"),
    ):
        there = [part for part in parts if any((here / "plugins" / part).rglob("*.py"))]
        argv: list[str | Path] = [*mypy, "--python-version", "3.10"]
        argv += [word for part in there for word in ("--package", f"{package}.{part}")]
        total += _check(f"mypy --strict, {', '.join(there)}", argv, {**env, "MYPYPATH": str(tree)}, tree)
    for path, name in (
        ("tests/lab", "podnet_lab"),
        ("tests/accuracy", "podnet_accuracy"),
        ("tests/weather", "podnet_weather"),
        ("tests/bench", "podnet_bench"),
        ("tools", "podnet_tools"),
        ("tools", "podnet_awx"),
    ):
        argv = [*mypy, "--python-version", "3.11", "--follow-imports=silent", "--package", name]
        places = os.pathsep.join(str(place) for place in (here / path, here / "tests/lab", tree))
        total += _check(f"mypy --strict, {path}", argv, {**env, "MYPYPATH": places}, here / path)
    judge = here / "tests" / "judge"
    argv = [*mypy, "--python-version", "3.11", "--package", "podnet_judge"]
    paths = os.pathsep.join(str(place) for place in (tree, judge, here / "tests" / "lab"))
    return total + _check("mypy --strict, tests/judge", argv, {**env, "MYPYPATH": paths}, judge)


def docs() -> Tally:
    """antsibull-docs over plugins, roles and the docs site's files, the site itself, and links between pages."""
    venv = environment.python_environment()
    tree = environment.working_copy()
    here = environment.checkout_in(tree)
    argv: list[str | Path] = [
        venv / "bin" / "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs",
        "self",
        ".",
    ]
    total = _check("antsibull-docs", argv, environment.surroundings(venv, tree), here)
    done, page = site.build(publication.publishing_environment(), tree)
    total += report(f"site, {page}", FAILED if done.status else PASSED, done.seconds, done.output)
    dead = _dead_links(here)
    return total + report("links in Markdown files", FAILED if dead else PASSED, 0.0, "\n".join(dead))


def _check(name: str, argv: Sequence[str | Path], env: dict[str, str], cwd: Path) -> Tally:
    done = capture(argv, env=env, cwd=cwd, timeout=900)
    return report(name, FAILED if done.status else PASSED, done.seconds, done.output)


def _builds(tool: Path, env: dict[str, str], here: Path) -> Tally:
    """The collection builds, and what was built can be installed and documents its plugins."""
    with tempfile.TemporaryDirectory(prefix="podnet-build-") as name:
        built = Path(name)
        galaxy = tool / "ansible-galaxy"
        total = _check(
            "ansible-galaxy collection build", [galaxy, "collection", "build", "--output-path", built], env, here
        )
        for archive in built.glob("*.tar.gz"):
            alone = environment.without_collections(env)
            install = environment.installation(galaxy, archive, built)
            total += _check("ansible-galaxy collection install", install, alone, built)
            # ansible-doc exits 0 whatever it finds.
            ask: list[str | Path] = [
                tool / "ansible-doc",
                "--json",
                f"{environment.NAMESPACE}.{environment.NAME}.node_snapshot",
            ]
            done = capture(ask, env={**alone, "ANSIBLE_COLLECTIONS_PATH": name}, cwd=built)
            told = PASSED if "short_description" in done.output else FAILED
            total += report("ansible-doc of what was installed", told, done.seconds, done.output)
            total += publication.check_archive(archive, here.parents[2])
    return total


def _shell_scripts(here: Path) -> list[Path]:
    found = []
    for directory, _unused_directories, names in os.walk(here):
        for name in names:
            path = Path(directory, name)
            if path.is_symlink() or ".git" in path.parts:
                continue
            head = path.read_bytes()[:1000]
            # A file that hands itself over to Python is none.
            if SHELL.match(head) and b'"exec" "python' not in head:
                found.append(path.relative_to(here))
    return sorted(found)


def _dead_links(here: Path) -> list[str]:
    """Links from one file of the repository to another that is not there, or that a page beyond it cannot follow."""
    dead = []
    for page in sorted(here.rglob("*.md")):
        for target in MARKDOWN_LINK.findall(page.read_text(encoding="utf-8")):
            path = target.partition("#")[0]
            own = OWN_PAGE.match(path)
            if own:
                found = (here / own[1]).exists()
            elif not path or "://" in target or target.startswith("mailto:"):
                found = True
            else:
                # Galaxy and Automation Hub show the README without the repository around it.
                found = page != here / "README.md" and (page.parent / path).exists()
            if not found:
                dead.append(f"{page.relative_to(here)}: {target}")
    return dead
