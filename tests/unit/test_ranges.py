# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that a user may set has a range, and the documentation says the same one."""

from __future__ import annotations

import ast
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import RANGES, Range, range_problems

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Role → the modules whose options its variables become.
ROLES = {
    "capture": "capture_prepare capture_finish",
    "connectivity_checks": "connectivity_check_deployment",
    "diagnose": "diagnose_prepare diagnose_report",
    "health": "health",
    "node_agent": "node_agent",
}
Json = dict[str, t.Any]


def _documentation(path: pathlib.Path) -> Json:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return t.cast(Json, yaml.safe_load(ast.literal_eval(node.value)))
    return {}


def _numbers(options: Json | None, place: str = "") -> t.Iterator[tuple[str, str, str]]:
    """Name, type and description of every numeric option, also of those within others."""
    for name, option in (options or {}).items():
        text = option.get("description", "")
        if option.get("type") in ("int", "float"):
            yield place + name, option["type"], " ".join(" ".join([text] if isinstance(text, str) else text).split())
        for key in ("suboptions", "options"):
            yield from _numbers(option.get(key), f"{place}{name}.")


def _documented() -> t.Iterator[tuple[str, str, str, str]]:
    """Module, option, type and description: of modules, the connection plugin, and roles."""
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        for found in _numbers(_documentation(path).get("options")):
            yield (path.stem, *found)
    for path in sorted((ROOT / "plugins" / "connection").glob("*.py")):
        for found in _numbers(_documentation(path).get("options")):
            yield (f"{path.stem}_connection", *found)
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        role = path.parts[-3]
        for spec in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            for name, kind, text in _numbers(spec["options"]):
                option = name.removeprefix(f"{role}_")
                modules = ROLES.get(role, role).split()
                yield next((one for one in modules if option in RANGES[one]), modules[0]), option, kind, text


def test_every_number_has_a_range_and_its_description_says_it() -> None:
    wrong = []
    for module, name, kind, text in _documented():
        range_ = RANGES.get(module, {}).get(name)
        if range_ is None:
            wrong.append(f"{module}: {name} has no range")
        elif str(range_) not in text:
            wrong.append(f"{module}: the description of {name} does not say {range_}")
        elif range_.whole != (kind == "int"):
            wrong.append(f"{module}: {name} is of type {kind}")
    assert wrong == []


def test_every_range_is_of_an_option() -> None:
    known = {(module, name) for module, name, _kind, _text in _documented()}
    assert {(module, name) for module, options in RANGES.items() for name in options} <= known


def test_defaults_are_in_range() -> None:
    for path in sorted((ROOT / "roles").glob("*/defaults/main.yml")):
        role = path.parts[-3]
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        given = {name.removeprefix(f"{role}_"): value for name, value in values.items()}
        for module in ROLES.get(role, role).split():
            assert range_problems(module, given) == []


@pytest.mark.parametrize("value", [1, 5, "3", 2.0])
def test_numbers_that_are_allowed(value: object) -> None:
    assert Range(1, 5).number(value) is not None


@pytest.mark.parametrize(
    "value", [0, 6, -1, 1e6, "", "x", None, True, float("nan"), float("inf"), 1.5, "0x3", [], {}, "1 2"]
)
def test_what_is_not_allowed(value: object) -> None:
    assert Range(1, 5).number(value) is None


def test_a_problem_names_the_variable_the_value_and_what_is_allowed() -> None:
    assert range_problems("diagnose_prepare", {"ping_count": 1000000, "tcp_count": 4}, "diagnose_") == [
        "diagnose_ping_count is 1000000; it must be a whole number from 1 to 100"
    ]
    assert range_problems("connectivity_check_deployment", {"extra_targets": [{"port": 1}, {"port": 0}]}) == [
        "extra_targets[1].port is 0; it must be a whole number from 1 to 65535"
    ]
