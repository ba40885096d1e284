# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All but asking, writing and sending is pure: no network, no clock, no Ansible."""

from __future__ import annotations

import ast
import pathlib

ROOM = pathlib.Path(__file__).resolve().parents[5] / "plugins" / "plugin_utils" / "_health"
IMPURE = {"_agents.py", "_measure.py", "_delivery.py"}
ABOVE = {"_model.py": ("_read", "_judge", "_show"), "_read": ("_judge", "_show"), "_judge": ("_read", "_show")}
FORBIDDEN = {"socket", "subprocess", "time", "urllib", "http", "ansible", "kubernetes", "os", "pathlib", "threading"}


def test_the_verdict_and_the_reports_touch_neither_network_nor_clock_nor_ansible() -> None:
    wrong = []
    for path in sorted(ROOM.rglob("*.py")):
        if path.name in IMPURE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [
                f"{path.name} imports {name}"
                for name in names
                if name.partition(".")[0] in FORBIDDEN
                or ("_health." in name and name.endswith(tuple(f".{each[:-3]}" for each in IMPURE)))
            ]
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "monotonic"):
                wrong.append(f"{path.name} asks the clock: {node.attr}")
    assert wrong == []


def test_what_is_read_is_judged_and_then_shown() -> None:
    wrong = []
    for path in sorted(ROOM.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        above = ABOVE.get(path.relative_to(ROOM).parts[0], ())
        wrong += [f"{path.name} imports from {room}" for room in above if f"_health.{room}" in text]
    assert wrong == []
