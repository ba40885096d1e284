# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The evidence folder of one run (schema podnet.diagnostics/bundle/v1).

Every stage reads the bundle and adds to it. Files are 0600 in a 0700 folder, written whole (to a temporary
name, then renamed), so that a reader never sees half a file and a full disk never damages what is there.
"""

from __future__ import annotations

import datetime
import fcntl
import gzip
import hashlib
import json
import os
import pathlib
import typing as t

SCHEMA = "podnet.diagnostics/bundle/v1"
JsonObject = dict[str, t.Any]


class BundleError(Exception):
    """The folder cannot be read or written; the text names the file and the cause."""


def utc_now() -> str:
    """The time now, UTC, as ISO 8601 with milliseconds and a Z."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Bundle:
    """Reads and writes one bundle folder."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root

    # -- opening ---------------------------------------------------------------------------------------------
    @classmethod
    def create(cls, root: str | os.PathLike[str], manifest: JsonObject) -> Bundle:
        """Make the folder (0700) and its manifest. A folder that holds another bundle is refused."""
        bundle = cls(pathlib.Path(root))
        if (bundle.root / "manifest.json").exists():
            raise BundleError(f"Cannot create bundle {bundle.root}: it already holds a bundle; choose another folder")
        try:
            bundle.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise BundleError(f"Cannot create bundle {bundle.root}: {exc.strerror}") from exc
        bundle.write_json("manifest.json", {"schema": SCHEMA, "created": utc_now(), **manifest})
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
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise BundleError(f"Cannot use {relative!r}: it is outside the bundle {self.root}")
        return path

    def write_bytes(self, relative: str, data: bytes) -> pathlib.Path:
        """Write a whole file, 0600, by renaming it into place."""
        path = self.path(relative)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            partial.replace(path)
        except OSError as exc:
            partial.unlink(missing_ok=True)
            raise BundleError(f"Cannot write {path}: {exc.strerror}") from exc
        return path

    def read_bytes(self, relative: str) -> bytes:
        """The content of a file."""
        path = self.path(relative)
        try:
            return path.read_bytes()
        except OSError as exc:
            raise BundleError(f"Cannot read {path}: {exc.strerror}") from exc

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
            return json.loads(gzip.decompress(data) if relative.endswith(".gz") else data)
        except (ValueError, OSError, EOFError) as exc:
            raise BundleError(f"Cannot read {self.path(relative)}: not valid JSON ({exc})") from exc

    def append_jsonl(self, relative: str, records: t.Iterable[JsonObject]) -> None:
        """Append records, one a line, under a lock: several nodes' results arrive at once."""
        path = self.path(relative)
        lines = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                stream.write(lines.encode("utf-8", "replace"))
        except OSError as exc:
            raise BundleError(f"Cannot write {path}: {exc.strerror}") from exc

    def read_jsonl(self, relative: str) -> list[JsonObject]:
        """All records of a file; none when there is no such file. A line cut short by a crash is left out."""
        if not self.path(relative).exists():
            return []
        records = []
        for line in self.read_bytes(relative).splitlines():
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
        return records

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

    def snapshots(self) -> dict[str, JsonObject]:
        """Every stored snapshot by node name."""
        folder = self.root / "nodes"
        names = sorted(path.name[: -len(".json.gz")] for path in folder.glob("*.json.gz"))
        return {name: self.read_json(f"nodes/{name}.json.gz") for name in names}

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

    def write_counters(self, node: str, counters: JsonObject) -> pathlib.Path:
        """Store what one node's counters moved by around the probes."""
        return self.write_json(f"counters/{node}.json", counters)

    def counters(self) -> dict[str, JsonObject]:
        """What moved, by node name; of those nodes that told."""
        paths = sorted((self.root / "counters").glob("*.json"))
        return {path.stem: self.read_json(f"counters/{path.name}") for path in paths}

    def add_event(self, node: str, phase: str, status: str, text: str = "", seconds: float = 0.0) -> None:
        """Record how a phase went on a node: "done", "skipped" or "error" with its text."""
        event = {"time": utc_now(), "node": node, "phase": phase, "status": status, "text": text}
        self.append_jsonl("events.jsonl", [{**event, "seconds": round(seconds, 3)}])

    def events(self) -> list[JsonObject]:
        """Every recorded event, in the order in which it was written."""
        return self.read_jsonl("events.jsonl")

    def captures_index(self) -> JsonObject:
        """captures/index.json, or an empty index where nothing was captured."""
        if not self.path("captures/index.json").exists():
            return {"schema": "podnet.diagnostics/captures/v1", "captures": [], "flows": []}
        return t.cast(JsonObject, self.read_json("captures/index.json"))

    def seal(self) -> JsonObject:
        """Write the sha256 of every file into the manifest and return it."""
        manifest = self.manifest()
        files = sorted(path for path in self.root.rglob("*") if path.is_file() and path.name != "manifest.json")
        manifest["files"] = {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }
        manifest["sealed"] = utc_now()
        self.write_json("manifest.json", manifest)
        return manifest
