# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Commands of a snapshot: what they print, or one sentence that says why it cannot be had."""

from __future__ import annotations

import dataclasses
import json
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Json, Problem

COMMAND_TIMEOUT = 5.0
MAX_REASON = 300


class ReadError(Exception):
    """A part of a snapshot cannot be read. what: the key of the part."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(what, text)


@dataclasses.dataclass(frozen=True)
class Namespace:
    """A network namespace to read. pid and inode are None for the one this process is in."""

    id: str
    pid: int | None = None
    inode: int | None = None

    @property
    def proc(self) -> str:
        """The /proc directory of a process in it. Not /proc/self: a thread may be in another namespace."""
        return f"/proc/{self.pid or 'self'}"


HOST = Namespace(_netns.HOST)


class Reader:
    """Runs the commands of one snapshot, all of them before one deadline (seconds from now)."""

    def __init__(self, node: str, timeout: float, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.node = node
        self.timeout = timeout
        self._clock = clock
        self._deadline = clock() + timeout

    def fail(self, what: str, namespace: Namespace, reason: str) -> ReadError:
        """The error for a part of a namespace: "Cannot read routes of node w1: reason"."""
        return ReadError(what, f"Cannot read {what.replace('_', ' ')} of {self.where(namespace)}: {reason}")

    def where(self, namespace: Namespace) -> str:
        """A namespace for people."""
        if namespace.id == _netns.HOST:
            return f"node {self.node}"
        return f"{namespace.id.replace(':', ' ', 1)} on node {self.node}"

    def text(self, what: str, argv: t.Sequence[str], namespace: Namespace = HOST, patience: float | None = None) -> str:
        """What a command prints; ReadError when it does not start, fails, or is not done in time (patience: seconds, or
        what the snapshot has left)."""
        remaining = self._deadline - self._clock()
        if remaining <= 0:
            raise self.fail(what, namespace, f"the {self.timeout:g} s of the snapshot were over before {argv[0]} ran")
        timeout = min(COMMAND_TIMEOUT if patience is None else patience, remaining)
        try:
            done = _netns.run_in(namespace.pid, argv, timeout, inode=namespace.inode)
        except (_netns.CommandError, _netns.NetnsError) as exc:
            raise self.fail(what, namespace, str(exc)) from exc
        if done.timed_out:
            raise self.fail(what, namespace, f"{argv[0]} did not finish within {timeout:.1f} s")
        if done.rc != 0:
            reason = " ".join(done.stderr.split())[:MAX_REASON]
            how = f"exited {done.rc}" if done.rc > 0 else f"was killed by signal {-done.rc}"
            raise self.fail(what, namespace, f"{argv[0]} {how}: {reason or 'it gave no reason'}")
        return done.stdout

    def records(self, what: str, argv: t.Sequence[str], namespace: Namespace = HOST) -> list[Json]:
        """The objects of the JSON list that a command prints; nothing printed is an empty list."""
        return self.decode(what, argv[0], self.text(what, argv, namespace), namespace)

    def decode(self, what: str, command: str, text: str, namespace: Namespace = HOST) -> list[Json]:
        """The objects of a JSON list; ip prints empty objects for what its filter left out."""
        if not text.strip():
            return []
        try:
            # strict=False: a device alias may have control characters, which ip does not escape.
            data = json.loads(text, strict=False)
        except ValueError as exc:
            raise self.fail(what, namespace, f"{command} did not print JSON; iproute2 4.18 or newer is needed") from exc
        if not isinstance(data, list):
            raise self.fail(what, namespace, f"{command} did not print a JSON list")
        return [item for item in data if isinstance(item, dict) and item]


# -- fields of JSON objects --------------------------------------------------------------------------------------
def text_of(item: t.Mapping[str, t.Any], key: str) -> str | None:
    """A field as text, None when it is missing, null or empty."""
    value = item.get(key)
    return None if value is None or value == "" or isinstance(value, (dict, list)) else str(value)


def number_of(item: t.Mapping[str, t.Any], key: str) -> int | None:
    """A field as an integer (also from text, hexadecimal with 0x), None when it is missing or no number."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value, 0) if isinstance(value, str) else value
    except ValueError:
        return None


def flag_of(item: t.Mapping[str, t.Any], key: str) -> bool | None:
    """A field as a truth value; ip prints true, 1 or "on", by attribute and version."""
    value = item.get(key)
    if isinstance(value, str):
        return {"on": True, "off": False, "1": True, "0": False, "true": True, "false": False}.get(value.lower())
    return bool(value) if isinstance(value, (bool, int)) else None


def texts_of(item: t.Mapping[str, t.Any], key: str) -> list[str]:
    """A field that is a list, as texts."""
    value = item.get(key)
    return [str(part) for part in value] if isinstance(value, list) else []


def object_of(item: t.Mapping[str, t.Any], key: str) -> Json:
    """A field that is an object, or an empty one."""
    value = item.get(key)
    return value if isinstance(value, dict) else {}
