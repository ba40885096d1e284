# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What ends an armed capture: a probe that fails, or a connectivity check that turns from reachable to not."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import checks_path

# Of the file with what has ended an armed capture, and of that with the checks as they were before it began.
FIRED, BEFORE = "trigger.json", "checks.json"


@dataclasses.dataclass
class ProbeTrigger:
    """Counts failures in a row. failures: how many of them end the capture; text: the probe in words."""

    failures: int
    text: str
    sent: int = 0
    row: int = 0
    unmeasured: str = ""

    def add(self, result: JsonObject) -> str:
        """Why the capture ends, after one more result of the probe module; empty where it goes on.

        A probe that could not be measured is no failure: it says nothing about the network.
        """
        self.sent += 1
        status = result.get("status")
        self.unmeasured = str(result.get("error") or "no reason given") if status == "error" else ""
        if status != "error":
            self.row = self.row + 1 if status == "fail" else 0
        if self.row < self.failures:
            return ""
        outcome = str(result.get("outcome") or result.get("error") or "failed").replace("_", " ")
        times = f"{self.row} times in a row" if self.row > 1 else f"at its attempt {self.sent}"
        return f"{self.text} failed {times}: {outcome}"


class CheckTrigger:
    """Conditions of type Reachable as they were last seen. names: NAMESPACE, or NAMESPACE/NAME, of each check."""

    def __init__(self, kube: Kube, names: t.Sequence[str]) -> None:
        self._kube = kube
        self._names = names
        self._before: dict[str, tuple[str, str]] = {}

    def arm(self) -> tuple[int, list[str]]:
        """Look for the first time: how many checks there are, and which are not reachable already. Raises KubeError."""
        self._before = self._read()
        return len(self._before), sorted(name for name, (status, _since) in self._before.items() if status == "False")

    def seen(self) -> JsonObject:
        """Status and time of the last transition of each check, as they were last seen, for another process."""
        return {name: list(condition) for name, condition in self._before.items()}

    def go_on(self, seen: JsonObject) -> None:
        """From where another process was; instead of arm."""
        self._before = {name: (status, since) for name, (status, since) in seen.items()}

    def look(self) -> str:
        """Why the capture ends; empty where it goes on. Raises KubeError.

        One that has turned False and True and False again between two looks has another time of its last transition.
        """
        now = self._read()
        turned = [
            name
            for name, (status, since) in sorted(now.items())
            if status == "False" and self._before.get(name) not in ((status, since), None)
        ]
        # A check that is new and not reachable is no change of anything; the next look has it as it is.
        self._before = {**self._before, **now}
        if not turned:
            return ""
        more = f" and {len(turned) - 1} others" if len(turned) > 1 else ""
        return f"the connectivity check {turned[0]}{more} turned not reachable"

    def _read(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for text in self._names:
            namespace, slash, name = text.partition("/")
            path = checks_path(namespace)
            items = [self._kube.get(f"{path}/{segment(name)}")] if slash else list(self._kube.list(path))
            for item in items:
                metadata = item["metadata"]
                found[f"{metadata['namespace']}/{metadata['name']}"] = _reachable(item)
        return found


def _reachable(item: JsonObject) -> tuple[str, str]:
    """The condition Reachable: its status, Unknown where there is none, and since when."""
    for condition in (item.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "Reachable":
            return str(condition.get("status") or "Unknown"), str(condition.get("lastTransitionTime") or "")
    return "Unknown", ""
