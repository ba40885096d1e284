# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The evidence folder of one run (schema podnet.diagnostics/bundle/v1).

Every stage reads the bundle and adds to it. Files are 0600 in a 0700 folder, written whole (to a temporary
name, then renamed), so that a reader never sees half a file and a full disk never damages what is there.
When it is sealed, its manifest has the sha256 of every file.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import gzip
import json
import os
import pathlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_files import (
    MOST_RECORDS,
    FileError,
    Files,
    digest,
    read_bounded,
)

SCHEMA = "podnet.diagnostics/bundle/v1"
MANIFEST = "manifest.json"
# Room that is kept for the manifest of a bundle whose disk becomes full.
_RESERVE = ".reserve"
_RESERVE_BYTES = 32 * 1024
# What every analysis writes again; all else is evidence, whose sums stay as they were when it was taken.
_WRITTEN_AGAIN = (
    "analysis.json.gz",
    "idle.json",
    "findings.json",
    "report.html",
    "report.md",
    "report.json",
    "report.xml",
)
# A disk that takes nothing, in contrast to a place that was badly chosen.
_TAKES_NOTHING = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


class BundleError(Exception):
    """The folder cannot be read or written; the text names the file and the cause."""


def utc_now() -> str:
    """The time now, UTC, as ISO 8601 with milliseconds and a Z."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Bundle:
    """Reads and writes one bundle folder."""

    ENDPOINTS = "endpoints.json"
    IDLE = "idle.json"

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self._files = Files(root)

    # -- opening ---------------------------------------------------------------------------------------------
    @classmethod
    def create(cls, root: str | os.PathLike[str], manifest: JsonObject) -> Bundle:
        """Make the folder (0700) and its manifest. A folder that holds another bundle is refused."""
        bundle = cls(pathlib.Path(root))
        if (bundle.root / MANIFEST).exists():
            raise BundleError(f"Cannot create bundle {bundle.root}: it already holds a bundle; choose another folder")
        bundle._files.forget_spill()  # of an earlier run, that was killed
        try:
            bundle.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            if exc.errno not in _TAKES_NOTHING:
                raise BundleError(f"Cannot create bundle {bundle.root}: {exc.strerror}") from None
        bundle.write_json(MANIFEST, {"schema": SCHEMA, "created": utc_now(), **manifest})
        bundle._reserve()
        return bundle

    @classmethod
    def open(cls, root: str | os.PathLike[str]) -> Bundle:
        """Open an existing bundle; its schema must be known."""
        bundle = cls(pathlib.Path(root))
        manifest = bundle.manifest()
        if manifest.get("schema") != SCHEMA:
            raise BundleError(f"Cannot read bundle {root}: schema {manifest.get('schema')!r} is not {SCHEMA!r}")
        return bundle

    # -- plain files -----------------------------------------------------------------------------------------
    def path(self, relative: str) -> pathlib.Path:
        """The absolute path of a file in the bundle; a name that leads outside is refused."""
        try:
            return self._files.path(relative)
        except FileError as exc:
            raise BundleError(str(exc)) from None

    def glob(self, pattern: str) -> list[pathlib.Path]:
        """The files of that pattern, sorted by name."""
        return self._files.glob(pattern)

    def files(self) -> dict[str, pathlib.Path]:
        """Where every file is, by its name in the bundle."""
        return self._files.all()

    def write_bytes(self, relative: str, data: bytes) -> pathlib.Path:
        """Write a whole file, 0600, by renaming it into place. A disk that takes no more is no error: see spilled()."""
        try:
            return self._files.write(relative, data)
        except FileError as exc:
            raise BundleError(str(exc)) from None

    def read_bytes(self, relative: str) -> bytes:
        """The content of a file, unpacked where its name ends in .gz, within a bound."""
        try:
            return read_bounded(self.path(relative))
        except FileError as exc:
            raise BundleError(str(exc)) from None

    def write_json(self, relative: str, value: t.Any) -> pathlib.Path:
        """Write JSON; gzip when the name ends in .gz (with a fixed date, so that equal content is equal bytes)."""
        if relative.endswith(".gz"):
            compact = json.dumps(value, sort_keys=True, separators=(",", ":"))
            return self.write_bytes(relative, gzip.compress(compact.encode("utf-8", "replace"), mtime=0))
        return self.write_bytes(relative, json.dumps(value, indent=2, sort_keys=True).encode("utf-8", "replace"))

    def read_json(self, relative: str) -> t.Any:
        """Read what write_json wrote."""
        data = self.read_bytes(relative)
        try:
            return json.loads(data)
        except RecursionError:
            raise BundleError(f"Cannot read {self.path(relative)}: it is nested too deep") from None
        except ValueError as exc:
            raise BundleError(f"Cannot read {self.path(relative)}: not valid JSON ({exc})") from None

    def append_jsonl(self, relative: str, records: t.Iterable[JsonObject]) -> None:
        """Append records, one a line, all or none of them, under a lock: several nodes' results arrive at once."""
        lines = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)
        try:
            self._files.append(relative, lines.encode("utf-8", "replace"))
        except FileError as exc:
            raise BundleError(str(exc)) from None

    def read_jsonl(self, relative: str, problems: list[str] | None = None) -> list[t.Any]:
        """All records of a file; none when there is no such file. A line that cannot be read, as one cut short by a
        crash, is left out; problems says which."""
        if not self.path(relative).exists():
            return []
        said: list[str] = [] if problems is None else problems
        records: list[t.Any] = []
        for number, line in enumerate(self.read_bytes(relative).splitlines(), 1):
            if len(records) >= MOST_RECORDS:
                said.append(f"{relative} has more than {MOST_RECORDS} records: the others were not read")
                break
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError):
                said.append(f"{relative}, line {number} is not JSON")
        return records

    # -- a disk that takes no more ---------------------------------------------------------------------------
    def spilled(self) -> tuple[str, list[str]]:
        """Why not everything is in the folder (empty: it is), and the names of what is not."""
        return self._files.spilled()

    def forget_spilled(self) -> None:
        """Remove what the folder's disk did not take: the end of the run."""
        self._files.forget_spill()
        with contextlib.suppress(OSError):
            self.root.rmdir()  # which it only is where nothing at all was written

    def _reserve(self) -> None:
        """Keep some room, so that the manifest can say what is missing when the disk is full."""
        try:
            with (self.root / _RESERVE).open("wb") as stream:
                os.chmod(stream.fileno(), 0o600)
                stream.write(bytes(_RESERVE_BYTES))
        except OSError:
            self._release()

    def _release(self) -> None:
        with contextlib.suppress(OSError):
            (self.root / _RESERVE).unlink(missing_ok=True)

    # -- what the stages exchange ----------------------------------------------------------------------------
    def manifest(self) -> JsonObject:
        """The manifest as it stands now."""
        return t.cast(JsonObject, self.read_json("manifest.json"))

    def plan(self) -> JsonObject:
        """What is to be examined (plan.json)."""
        return t.cast(JsonObject, self.read_json("plan.json"))

    def cluster(self) -> JsonObject:
        """The objects read from the API (cluster.json.gz)."""
        return t.cast(JsonObject, self.read_json("cluster.json.gz"))

    def write_snapshot(self, node: str, snapshot: JsonObject) -> pathlib.Path:
        """Store the snapshot of one node."""
        return self.write_json(f"nodes/{node}.json.gz", snapshot)

    def write_packed_snapshot(self, node: str, data: bytes) -> pathlib.Path:
        """Store the snapshot of one node, which is JSON that gzip has compressed already."""
        return self.write_bytes(f"nodes/{node}.json.gz", data)

    def snapshots(self) -> dict[str, JsonObject]:
        """Every stored snapshot that can be read, by node name."""
        return dict(self.each_snapshot())

    def each_snapshot(self) -> t.Iterator[tuple[str, JsonObject]]:
        """The same one after the other: each may be large."""
        for name in self.snapshot_names():
            with contextlib.suppress(BundleError):  # read_parts() names it
                yield name, self.read_json(f"nodes/{name}.json.gz")

    def snapshot_names(self) -> list[str]:
        """The nodes of which there is a snapshot."""
        return [path.name[: -len(".json.gz")] for path in self.glob("nodes/*.json.gz")]

    def add_probes(self, node: str, phase: str, requests: list[JsonObject], results: list[JsonObject]) -> None:
        """Store probe results beside their requests, in order."""
        pairs = zip(requests, results)
        self.append_jsonl(
            "probes.jsonl",
            ({"phase": phase, "node": node, "request": request, "result": result} for request, result in pairs),
        )

    def probes(self) -> list[JsonObject]:
        """Every probe of the run: {"phase", "node", "request", "result"}."""
        return self.read_jsonl("probes.jsonl")

    def write_counters(self, node: str, counters: JsonObject, again: bool = False) -> pathlib.Path:
        """Store what one node's counters moved by around the probes, or around what was sent again."""
        return self.write_json(f"counters/{'again/' if again else ''}{node}.json", counters)

    def counters(self) -> dict[str, JsonObject]:
        """What moved, by node name; of those nodes that told."""
        return {name: self.read_json(f"counters/{name}.json") for name in self.counter_names()}

    def counter_names(self, again: bool = False) -> list[str]:
        """The nodes whose counters were read, around the probes or around what was sent again."""
        return [path.stem for path in self.glob("counters/again/*.json" if again else "counters/*.json")]

    def idle(self) -> int | None:
        """For how many seconds connections are left idle, where all snapshots were read for it already."""
        if not self.path(self.IDLE).exists():
            return None
        read = self.read_json(self.IDLE)
        return int(read["seconds"]) if read["nodes"] == sorted(self.snapshot_names()) else None

    def endpoints(self) -> JsonObject | None:
        """The endpoints of the Service that was asked for as they were at the end; None where nobody looked."""
        return t.cast(JsonObject, self.read_json(self.ENDPOINTS)) if self.path(self.ENDPOINTS).exists() else None

    def add_event(
        self, node: str, phase: str, status: str, text: str = "", seconds: float = 0.0, silent: bool = False
    ) -> None:
        """Record how a phase went on a node: "done", "skipped" or "error" with its text. silent: the node's kubelet
        does not answer."""
        event = {"time": utc_now(), "node": node, "phase": phase, "status": status, "text": text}
        more = {"silent": True} if silent else {}
        self.append_jsonl("events.jsonl", [{**event, "seconds": round(seconds, 3), **more}])

    def events(self) -> list[JsonObject]:
        """Every recorded event, in the order in which it was written."""
        return self.read_jsonl("events.jsonl")

    def seal(self) -> JsonObject:
        """Write the sha256 of every file into the manifest and return it.

        A sum of evidence that is there already stays: it says what was found, whatever became of the file since."""
        manifest = self.manifest()
        self._release()
        recorded = manifest.get("files")
        known: JsonObject = recorded if isinstance(recorded, dict) else {}
        files = {
            name: digest(path)
            for path in sorted(self.root.rglob("*"))
            for name in [str(path.relative_to(self.root))]
            if path.is_file() and name != MANIFEST
        }
        manifest["files"] = {**files, **{name: sum_ for name, sum_ in known.items() if name not in _WRITTEN_AGAIN}}
        manifest["sealed"] = utc_now()
        reason, names = self.spilled()
        if reason:
            manifest["not_written"] = {"reason": reason, "files": names}
        self.write_json(MANIFEST, manifest)
        return manifest

    def damaged(self) -> dict[str, str]:
        """Files of a sealed bundle that are not what its manifest says, and how. Raises BundleError."""
        manifest = self.manifest()
        files = manifest.get("files")
        if not isinstance(files, dict):
            return {}
        found = {}
        for name, expected in files.items():
            if name in _WRITTEN_AGAIN:
                continue
            path = self.path(str(name))
            if not path.is_file():
                found[str(name)] = "is missing"
                continue
            try:
                if digest(path) != expected:
                    found[str(name)] = "is not what was written: its checksum differs"
            except FileError as exc:
                found[str(name)] = str(exc)
        return found
