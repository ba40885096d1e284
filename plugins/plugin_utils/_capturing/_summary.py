# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a capture has given: index.json, the report, and the words for people, from what the nodes have told."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._follow import amount
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._merge import Merged, Source
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._points import place_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line

SCHEMA = "podnet.diagnostics/capture/v1"
FILE = "capture.pcapng"
# Ends that somebody asked for.
ASKED = ("stopped", "deadline", "max_packets", "max_file_bytes")
_ENDS = {
    "stopped": "ended with the run",
    "deadline": "its time was over",
    "max_packets": "it had as many packets as it may have",
    "max_file_bytes": "its file was as large as it may be",
    "no_space": "the disk was nearly full",
    "died": "it failed",
    "not_started": "it never ran",
}
_SHOWN_PROBLEMS = 20


@dataclasses.dataclass
class Outcome:
    """Everything that is known in the end. result: complete, incomplete, nothing, or not_triggered. lost: nodes that
    could not be reached any more.
    """

    plan: JsonObject
    ended: JsonObject
    trigger: JsonObject | None
    captures: list[JsonObject]
    problems: list[str]
    file: JsonObject | None = None
    lost: list[str] = dataclasses.field(default_factory=list)

    @property
    def result(self) -> str:
        """In one word."""
        if self.plan["options"]["armed"] and self.trigger is None and self.ended["ended"] == "time":
            return "incomplete" if self.problems else "not_triggered"
        if self.file is None:
            return "nothing"
        return "incomplete" if self.problems else "complete"

    @property
    def packets(self) -> int:
        """In the file."""
        return sum(int(capture["packets"]) for capture in self.captures)

    @property
    def summary(self) -> str:
        """In one sentence."""
        nodes = sorted({capture["node"] for capture in self.captures})
        if self.result == "not_triggered":
            return f"Nothing has triggered the capture within {self.plan['options']['seconds']:g} s: no packet was kept"
        if self.file is None:
            return "Nothing was captured: " + ("; ".join(self.problems[:3]) or self.ended["text"])
        what = (
            f"{_plural(self.packets, 'packet')} of {_plural(len(self.captures), 'device')} on"
            f" {_plural(len(nodes), 'node')}"
            f" ({amount(self.file['bytes'])})"
        )
        why = f"; {self.trigger['text']}" if self.trigger is not None else ""
        lacks = f"; incomplete: {self.problems[0]}" if self.problems else ""
        more = f" and {len(self.problems) - 1} more" if len(self.problems) > 1 else ""
        return one_line(f"{what}{why}{lacks}{more}")

    def index(self) -> JsonObject:
        """index.json."""
        options = {
            name: value for name, value in self.plan["options"].items() if name not in ("redact_key", "live", "access")
        }
        return {
            "schema": SCHEMA,
            "run_id": self.plan["run_id"],
            "result": self.result,
            "summary": self.summary,
            "options": options,
            "targets": {name: node["targets"] for name, node in self.plan["nodes"].items() if node["targets"]},
            "ended": self.ended,
            "trigger": self.trigger,
            "file": self.file,
            "captures": self.captures,
            "problems": self.problems,
            "lost": self.lost,
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        found = [self.summary]
        found += [f"  {line}" for line in map(_line, self.captures)]
        found += [f"  missing: {one_line(problem)}" for problem in self.problems[:_SHOWN_PROBLEMS]]
        return found

    def markdown(self) -> str:
        """For a ticket."""
        rows = [
            f"| {cell(capture['node'])} | {cell(capture['device'])} | {cell(capture['netns'])} | {capture['packets']}"
            f" | {_number(capture['dropped_by_kernel'])} | {cell(_end(capture))} |"
            for capture in self.captures
        ]
        table = [
            "| node | device | namespace | packets | lost by the capture | end |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
        problems = [f"- {cell(problem)}" for problem in self.problems]
        parts = [f"# Capture {self.plan['run_id']}", cell(self.summary), "\n".join(table) if rows else ""]
        return "\n\n".join(part for part in (*parts, "\n".join(problems)) if part) + "\n"


def capture_entries(
    node: str, records: t.Sequence[JsonObject], started: JsonObject, packets: t.Mapping[tuple[str, str], int]
) -> list[JsonObject]:
    """The devices of one node as index.json has them. packets: of each device in the file."""
    filters = {
        (device["name"], device["netns"]): filter_ for device, filter_ in zip(started["devices"], started["filters"])
    }
    entries = []
    for record in records:
        key = (record["device"], record["netns"])
        weakness = _weakness(record)
        entries.append(
            {
                "node": node,
                "device": record["device"],
                "netns": record["netns"],
                "filter": filters.get(key, ""),
                "begun": _time(started["begun"]),
                "packets": packets.get(key, 0),
                **{name: record.get(name) for name in ("captured", "received", "dropped_by_kernel")},
                "dropped_by_interface": record.get("dropped_by_interface"),
                "snaplen": record["snaplen"],
                "ended": record["ended"],
                "error": record.get("error"),
                "sha256": {file["name"]: file["sha256"] for file in record["files"]},
                "lossless": weakness is None,
                "weakness": weakness,
            }
        )
    return entries


def capture_problems(entry: JsonObject) -> list[str]:
    """Why a device's capture is not what was asked for."""
    if entry["error"]:
        return [f"{entry['node']}: {entry['error']}"]
    if entry["ended"] not in ASKED:
        why = _ENDS.get(entry["ended"], "why is not known")
        return [f"{entry['node']}: the capture on {entry['device']} ended early, {why}"]
    return []


def counts(sources: t.Sequence[Source], merged: Merged) -> dict[str, dict[tuple[str, str], int]]:
    """How many packets of each device are in the file, by node."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    for source, number in zip(sources, merged.packets):
        found.setdefault(source.node, {})[source.record["device"], source.record["netns"]] = number
    return found


def cell(text: str) -> str:
    """Text from elsewhere in a cell of a table: no markup, no line break."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>#|~@" else char for char in one_line(str(text)))


def _line(capture: JsonObject) -> str:
    place = place_of(capture["device"], capture["netns"])
    lost = capture["dropped_by_kernel"]
    loss = f", {lost} lost by the capture" if lost else "" if lost == 0 else ", losses not known"
    end = "" if capture["ended"] in ("stopped", "deadline") else f"; {_end(capture)}"
    return one_line(f"{capture['node']} {place}: {capture['packets']} packets{loss}{end}")


def _end(capture: JsonObject) -> str:
    ended = str(capture["ended"])
    return _ENDS.get(ended, ended)


def _weakness(record: JsonObject) -> str | None:
    if record.get("error"):
        return str(record["error"])
    lost = record.get("dropped_by_kernel")
    if lost is None:
        return "it is not known how many packets the capture lost"
    if lost:
        return f"the capture lost {lost} packets"
    if record["ended"] not in ("stopped", "deadline"):
        return _ENDS.get(record["ended"], "why it ended is not known")
    return None


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
