# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a module could not be run on a node, in one line."""

from __future__ import annotations

import typing as t

import pytest

pytest.importorskip("ansible")

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import failure_reason

FAILURE = "MODULE FAILURE\nSee stdout/stderr for the exact error"
FRAMES = 'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
OLD = "its Python is older than 3.9, which the modules need; ansible_python_interpreter says which one is used"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"msg": "the pod is gone"}, "the pod is gone"),
        ({"msg": FAILURE, "module_stderr": f"{FRAMES}MemoryError\n"}, "MODULE FAILURE MemoryError"),
        ({"msg": FAILURE, "module_stdout": "This account\nis gone\n"}, "MODULE FAILURE This account is gone"),
        ({"msg": FAILURE, "module_stdout": "{", "module_stderr": "Killed"}, "MODULE FAILURE Killed"),
        ({"msg": "sh: nothing", "module_stderr": "nothing"}, "sh: nothing"),
        ({"msg": FAILURE, "module_stderr": f"{FRAMES}SyntaxError: future feature annotations is not defined\n"}, OLD),
        ({"msg": FAILURE, "module_stderr": f"{FRAMES}TypeError: 'type' object is not subscriptable\n"}, OLD),
        ({}, "no reason given"),
    ],
)
def test_why_a_module_failed(result: dict[str, t.Any], reason: str) -> None:
    assert failure_reason(result) == reason


def test_it_is_bounded() -> None:
    assert len(failure_reason({"msg": "x" * 10000})) == 500
