# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every file of a kind: imports, licences, privacy, documentation."""

from __future__ import annotations

import ast
import pathlib
import sys
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
OWN = "ansible_collections.podnet.diagnostics.plugins."
KUBE = OWN + "module_utils._kube"
# REUSE-IgnoreStart
BSD = ("# Simplified BSD License (see LICENSES/BSD-2-Clause.txt", "# SPDX-License-Identifier: BSD-2-Clause")
GPL = (
    "# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
)
# REUSE-IgnoreEnd
PRIVATE = "# This file is private to the collection: no stable interface."
# The analysis is a pure function of the bundle.
PURE = ("_model", "_netstack", "_path", "_intent", "_findings")
IMPURE_IMPORTS = {"socket", "subprocess", "time", "urllib", "http", "ansible", "kubernetes"}


def _sources(*directories: str) -> list[pathlib.Path]:
    """Python files with content; the __init__.py files of a collection have to be empty."""
    found = [
        path for directory in directories for path in (ROOT / directory).rglob("*.py") if path.name != "__init__.py"
    ]
    assert found, directories
    return sorted(found)


def _imports(path: pathlib.Path) -> t.Iterator[tuple[str, str]]:
    """Everything that a file imports, at any place in it: where, and its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} imports {name}", name


def _is_kube(path: pathlib.Path) -> bool:
    return any(part.startswith("_kube") for part in path.relative_to(PLUGINS).parts)


def test_what_runs_on_nodes_imports_the_standard_library_only() -> None:
    """Of module_utils only _kube, which runs on the controller, may use more."""
    wrong = []
    for path in _sources("plugins/module_utils"):
        for place, name in _imports(path):
            ours = name.startswith(OWN + "module_utils") and not name.startswith(KUBE)
            if not _is_kube(path) and not ours and name.partition(".")[0] not in sys.stdlib_module_names:
                wrong.append(place)
    assert wrong == []


def test_imports_go_one_way() -> None:
    """Nothing takes from a module or an action; what runs on nodes takes nothing from the controller's half; and no
    import is relative.
    """
    wrong = []
    for path in _sources("plugins"):
        on_node = path.relative_to(PLUGINS).parts[0] in ("modules", "module_utils")
        for place, name in _imports(path):
            backwards = name.startswith((OWN + "modules", OWN + "action"))
            upwards = on_node and name.startswith(OWN + "plugin_utils")
            if backwards or upwards or name.startswith("."):
                wrong.append(place)
    assert wrong == []


def test_analysis_touches_neither_network_nor_clock_nor_ansible() -> None:
    wrong = []
    for path in _sources("plugins/plugin_utils"):
        if path.relative_to(PLUGINS / "plugin_utils").parts[0] in PURE:
            wrong += [place for place, name in _imports(path) if name.partition(".")[0] in IMPURE_IMPORTS]
    assert wrong == []


def test_every_file_states_its_licence() -> None:
    wrong = []
    for path in _sources("plugins", "tests", "tools"):
        head = path.read_text(encoding="utf-8").splitlines()[:12]
        in_plugins = path.is_relative_to(PLUGINS)
        wanted = BSD if path.is_relative_to(PLUGINS / "module_utils") else GPL if in_plugins else GPL[1:]
        if not all(any(line.startswith(text) for line in head) for text in wanted):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_helpers_are_private() -> None:
    """A name without an underscore would be a public interface, which may only change in a major version."""
    wrong = []
    for path in _sources("plugins/module_utils", "plugins/plugin_utils"):
        private = any(part.startswith("_") for part in path.relative_to(PLUGINS).parts[1:])
        if not private or PRIVATE not in path.read_text(encoding="utf-8").splitlines()[:8]:
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_roles_have_a_specification_and_a_readme() -> None:
    roles = [path for path in (ROOT / "roles").iterdir() if path.is_dir()]
    assert roles
    wrong = [
        role.name
        for role in roles
        if not ((role / "meta" / "argument_specs.yml").is_file() and (role / "README.md").is_file())
    ]
    assert wrong == []


def test_actions_have_a_documented_module_of_their_name() -> None:
    wrong = [path.name for path in _sources("plugins/action") if not (PLUGINS / "modules" / path.name).is_file()]
    assert wrong == []


def test_no_body_is_an_ellipsis() -> None:
    """The formatter makes one line of such a function, which the oldest ansible-test refuses (E704)."""
    wrong = []
    for path in _sources("plugins", "tests", "tools"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                last = node.body[-1]
                if isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is ...:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not wrong, wrong
