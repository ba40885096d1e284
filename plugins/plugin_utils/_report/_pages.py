# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""HTML pages from templates, by Jinja2, which Ansible brings: its environment escapes every text, and nobody else.

What cannot be seen in a text is shown first (_printable). Texts of the cluster are values, never templates. The output
is well-formed XML as well as HTML, so that a strict parser can check a whole page.
"""

from __future__ import annotations

import functools
import pkgutil
import typing as t

import jinja2

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, printable
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import blocks, spans

# A sign beside each word, so that nothing rests on colour alone.
SIGNS = {
    "pass": "✓",
    "ok": "✓",
    "healthy": "✓",
    "fail": "✕",
    "broken": "✕",
    "error": "!",
    "suspect": "!",
    "skipped": "–",
    "unknown": "?",
}
KNOWN_CLASSES = frozenset((*SIGNS, "critical", "major", "minor", "info", "fault", "inconclusive"))
_HERE = __name__.rpartition(".")[0]
_GLOBALS = {
    "SIGNS": SIGNS,
    "CONFIDENCES": ("possible", "likely", "proven"),
    "wording": _wording,
    "blocks": blocks,
    "spans": spans,
}


def page(module: str, name: str, **values: t.Any) -> str:
    """A page from a template in the folder beside a module (its name), or of those here, which all pages share."""
    return f"{_environment(module.rpartition('.')[0]).get_template(name).render(values)}\n"


@functools.cache
def _environment(package: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(functools.partial(_source, dict.fromkeys((package, _HERE)))),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(line=one_line, css_class=css_class, anchor=_anchor, hop_counts=_wording.hop_counts)
    made.globals.update(_GLOBALS)
    return made


def _source(packages: t.Iterable[str], name: str) -> str | None:
    for package in packages:
        try:
            found = pkgutil.get_data(package, f"templates/{name}")
        except OSError:
            continue
        if found is not None:
            return found.decode("utf-8")
    return None


def _shown(value: t.Any) -> t.Any:
    """What stands in a page for a value: markup as it is, nothing for None."""
    if value is None:
        return ""
    return value if hasattr(value, "__html__") else printable(str(value))


def css_class(word: str) -> str:
    """A class name for a word of a closed set; "unknown" for anything else."""
    return word if word in KNOWN_CLASSES else "unknown"


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
