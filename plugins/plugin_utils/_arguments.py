# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The arguments of a task, checked as a whole before anything is read: each problem is one sentence with the variable,
its value and what is allowed."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import RANGES, range_problems, shown

_BOOLEANS = frozenset(("yes", "no", "on", "off", "true", "false", "y", "n", "t", "f", "1", "0", "1.0", "0.0"))


def argument_problems(
    spec: t.Mapping[str, t.Mapping[str, t.Any]], values: t.Mapping[str, t.Any], module: str, prefix: str = ""
) -> list[str]:
    """Everything that is wrong with the values of a task's arguments. What no sentence here covers (elements of lists,
    options of options, unknown names) is left to Ansible's own check.

    module: whose ranges are meant; prefix: what the variables of the role begin with.
    """
    problems = []
    given = {name: value for name, value in values.items() if value is not None}
    for name, option in spec.items():
        if name not in given:
            if option.get("required"):
                problems.append(f"{prefix}{name} is missing")
            continue
        problems.append(_problem(prefix + name, given[name], option, name in RANGES.get(module, {})))
    return [problem for problem in problems if problem] + range_problems(module, given, prefix)


def _problem(name: str, value: t.Any, option: t.Mapping[str, t.Any], ranged: bool) -> str:
    choices = [str(choice) for choice in option.get("choices") or ()]
    kind = option.get("type", "str")
    if choices and kind != "list" and str(value) not in choices:
        return f"{name} is {shown(value)}; it must be one of {', '.join(choices)}"
    if kind == "bool" and str(value).lower() not in _BOOLEANS:
        return f"{name} is {shown(value)}; it must be true or false"
    if kind in ("int", "float") and not ranged and not _is_number(value, kind):
        return f"{name} is {shown(value)}; it must be a {'whole ' if kind == 'int' else ''}number"
    if kind in ("str", "path") and isinstance(value, (dict, list)):
        return f"{name} is {shown(value)}; it must be a text"
    if kind == "path" and "\0" in str(value):
        return f"{name} is {shown(value)}; it must be a path"
    return ""


def _is_number(value: t.Any, kind: str) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool) and (kind == "float" or number.is_integer())
