# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.capture_redact: a capture file with other addresses, and the way back."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import (
    KeyFileError,
    key_path,
    make_key,
    read_key,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._pcapng import Counts, PcapngError, rewrite


class ActionModule(ControllerAction):
    """Reads one file, writes another."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "src": {"type": "path"},
        "dest": {"type": "path"},
        "text": {"type": "str"},
        "state": {"type": "str", "choices": ["redacted", "restored"], "default": "redacted"},
        "key_file": {"type": "path"},
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns packets and dest, or text."""
        restore = arguments["state"] == "restored"
        if bool(arguments["src"]) != bool(arguments["dest"]) or not (arguments["src"] or arguments["text"]):
            raise AnsibleActionFail("Name src and dest, or a text")
        try:
            path = key_path(arguments["key_file"])
            # Nothing can be restored with a new key.
            key = read_key(path) if restore or (self._task.check_mode and path.exists()) else self._made(path)
        except KeyFileError as exc:
            raise AnsibleActionFail(str(exc)) from None
        mapping = Mapping(key, restore)
        result: Result = {"text": mapping.text(arguments["text"] or "")}
        if not arguments["src"]:
            return {**result, "msg": f"The text is {arguments['state']}"}
        source, target = (pathlib.Path(arguments[name]).expanduser().absolute() for name in ("src", "dest"))
        if self._task.check_mode:
            return {**result, "changed": True, "msg": f"{target} would be written"}
        counts = _rewritten(source, target, mapping)
        return {
            **result,
            "changed": True,
            "dest": str(target),
            "packets": counts.packets,
            "msg": f"{counts.packets} packets are {arguments['state']} in {target}",
        }

    def _made(self, path: pathlib.Path) -> bytes:
        return bytes(32) if self._task.check_mode else make_key(path)


def _rewritten(source: pathlib.Path, target: pathlib.Path, mapping: Mapping) -> Counts:
    """The other file, whole or not at all. One that is there is never written over: it might be the only one."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    if target.exists():
        raise AnsibleActionFail(f"Cannot write {target}: there is a file of this name")
    try:
        with source.open("rb") as stream, _new(partial) as other:
            counts = rewrite(stream, other, mapping)
        partial.replace(target)
    except PcapngError as exc:
        partial.unlink(missing_ok=True)
        raise AnsibleActionFail(f"Cannot read {source}: {exc}") from None
    except OSError as exc:
        partial.unlink(missing_ok=True)
        raise AnsibleActionFail(f"Cannot write {target} from {source}: {exc.strerror}") from None
    return counts


def _new(path: pathlib.Path) -> t.BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
