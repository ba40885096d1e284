# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's side of the measurement: when each task began, and every command that was handed to a node's connection.

One JSON object a line is appended to the file PODNET_BENCH_TIMELINE:
{"time", "event": "task", "action", "what"}, {"time", "event": "end"}, and, from the worker processes,
{"time", "event": "remote", "host", "action", "what", "task"} for each command and each file transfer.
"""

from __future__ import annotations

import functools
import json
import os
import time
import typing as t

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: podnet_timeline
type: aggregate
short_description: Write down when tasks begin and what is sent to nodes
description:
  - For the measurements in tests/bench only.
"""

# Every way of an action to its node goes through one of these.
COUNTED = ("_low_level_execute_command", "_transfer_file")


def _write(event: str, **fields: t.Any) -> None:
    line = json.dumps({"time": time.time(), "event": event, **fields}) + "\n"
    # One write in append mode: lines of several workers do not mix.
    descriptor = os.open(os.environ["PODNET_BENCH_TIMELINE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _what(arguments: t.Mapping[str, t.Any]) -> str:
    """The argument that tells apart the tasks of one action."""
    return str(arguments.get("phase") or arguments.get("state") or "")


def _counted(original: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    @functools.wraps(original)
    def wrapper(action: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        task = action._task
        _write(
            "remote",
            host=action._play_context.remote_addr,
            action=task.action,
            what=_what(task.args),
            task=str(task._uuid),
        )
        return original(action, *arguments, **options)

    return wrapper


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Loaded before the workers are forked, so that they inherit the counting."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "podnet_timeline"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        super().__init__(*arguments, **options)
        for name in COUNTED:
            setattr(ActionBase, name, _counted(getattr(ActionBase, name)))

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        """A task begins; with the linear strategy the one before it has ended."""
        _write("task", action=task.action, what=_what(task.args))

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """The last task has ended."""
        _write("end")
