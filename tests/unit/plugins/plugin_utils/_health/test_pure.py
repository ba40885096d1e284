# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All but asking, writing and sending is pure: no network, no clock, no Ansible."""

from __future__ import annotations

import ast
import pathlib

ROOM = pathlib.Path(__file__).resolve().parents[5] / "plugins" / "plugin_utils" / "_health"
IMPURE = {"_collect.py", "_measure.py", "_post.py", "_files.py"}
FORBIDDEN = {"socket", "subprocess", "time", "urllib", "http", "ansible", "kubernetes", "os", "pathlib", "threading"}


def test_the_verdict_and_the_reports_touch_neither_network_nor_clock_nor_ansible() -> None:
    wrong = []
    for path in sorted(ROOM.glob("*.py")):
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
                or name.endswith(tuple(f"_health.{each[:-3]}" for each in IMPURE))
            ]
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "monotonic"):
                wrong.append(f"{path.name} asks the clock: {node.attr}")
    assert wrong == []
