# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as a site: the guides and finding pages as they are in docs/, and the reference from the plugins.

GitHub and Automation Hub show the same Markdown files, so there is one source of each text.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from . import environment
from .process import Done, capture

CONF = """\
project = 'podnet.diagnostics'
copyright = 'podnet.diagnostics contributors'
title = html_title = 'podnet.diagnostics'
extensions = ['myst_parser', 'sphinx_antsibull_ext']
myst_heading_anchors = 3
html_theme = 'sphinx_ansible_theme'
pygments_style = 'ansible'
highlight_language = 'YAML+Jinja'
html_show_sphinx = False
html_copy_source = False
# The documentation of Ansible itself is another site, which is not asked here.
suppress_warnings = ['myst.xref_missing', 'ref.ref', 'ref.any', 'misc.highlighting_failure']
"""
SECTIONS = (
    ("Learn", "docs/tutorial.md"),
    ("Do", "docs/how-to/*.md"),
    ("Understand", "docs/explanation/*.md"),
    ("Look up", "docs/[!t]*.md"),
    ("Findings", "docs/findings/*.md"),
)


def build(venv: Path, tree: Path) -> tuple[Done, Path]:
    """Build the site into the cache: how it went, and where the first page is."""
    site = environment.cache() / f"site-{environment.digest(str(environment.ROOT))}"
    shutil.rmtree(site, ignore_errors=True)
    pages = site / "pages"
    pages.mkdir(parents=True, mode=0o755)
    (site / "conf.py").write_text(CONF, encoding="utf-8")
    env = environment.surroundings(venv, tree)
    reference = capture(_reference(venv, pages / "reference"), env=env, cwd=site, timeout=600)
    if reference.status:
        return reference, pages
    _copy_pages(environment.checkout_in(tree), pages)
    argv: list[str | Path] = [venv / "bin" / "sphinx-build", "-q", "-W", "--keep-going", "-c", site, "-b", "html"]
    return capture([*argv, pages, site / "html"], env=env, cwd=site, timeout=900), site / "html" / "index.html"


def _reference(venv: Path, target: Path) -> list[str | Path]:
    target.mkdir(mode=0o755)
    collection = f"{environment.NAMESPACE}.{environment.NAME}"
    tool: list[str | Path] = [venv / "bin" / "antsibull-docs", "collection", "--use-current", "--squash-hierarchy"]
    return [*tool, "--dest-dir", target, collection]


def _copy_pages(here: Path, pages: Path) -> None:
    """The Markdown files under the names that they have in the repository, and an index of all."""
    shutil.copytree(here / "docs", pages / "docs")
    shutil.copy(here / "CHANGELOG.md", pages)
    lines = ["# podnet.diagnostics", "", "Why can A not reach B, where does it break, and what do I change?", ""]
    for title, pattern in SECTIONS:
        found = sorted(path.relative_to(here).with_suffix("") for path in here.glob(pattern))
        lines += _contents(title, [str(path) for path in found])
    lines += _contents("Reference", ["reference/index", "CHANGELOG"])
    (pages / "index.md").write_text("\n".join(lines), encoding="utf-8")


def _contents(title: str, names: list[str]) -> list[str]:
    return [f"## {title}", "", "```{toctree}", ":maxdepth: 1", "", *names, "```", ""]
