# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The files of a node's captures, fetched in parts and compared with their sums."""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import os
import pathlib
import shutil
import typing as t
import zlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_files import FileError, digest

# Of one answer, before compression.
PART_BYTES = 16 << 20
TRIES = 2
# The packets as they came, and once more in the file that is made of them.
COPIES = 2
MEGABYTE = 1000000

Module = t.Callable[[JsonObject], JsonObject]


class TransferError(Exception):
    """A file was not fetched whole; the text says which, and why."""


class Transfer:
    """Files of one node into one folder. module: runs the capture module of that node with some arguments."""

    def __init__(self, module: Module, run_id: str, folder: pathlib.Path) -> None:
        self._module = module
        self._run_id = run_id
        self._folder = folder

    def fetch(self, files: t.Sequence[JsonObject]) -> None:
        """All of them; what is in the folder already is gone on with. TransferError for the first that is not whole.

        files: name, size and sha256 of each, as the module told them when the captures had ended.
        """
        for number in range(TRIES):
            self._fill({str(file["name"]): int(file["size"]) for file in files})
            wrong = [file for file in files if not self._is_whole(file)]
            if not wrong:
                return
            for file in wrong:
                self._path(file["name"]).unlink(missing_ok=True)
            if number + 1 == TRIES:
                name = wrong[0]["name"]
                raise TransferError(f"the sum of {name} is not the one that it has on the node ({TRIES} tries)")

    def more(self, sizes: t.Mapping[str, int]) -> None:
        """What has been written since, of files that still grow."""
        self._fill(sizes)

    def _fill(self, sizes: t.Mapping[str, int]) -> None:
        while True:
            parts = [
                {"name": name, "offset": have} for name, size in sizes.items() if (have := self._have(name)) < size
            ]
            if not parts:
                return
            got = 0
            for part in self._read(parts):
                data = _unpacked(part)
                if part["offset"] != self._have(part["name"]):
                    raise TransferError(f"{part['name']} did not come in order")
                self._append(part["name"], data)
                got += len(data)
            if not got:
                raise TransferError(f"{parts[0]['name']} has become shorter on the node")

    def _read(self, parts: list[JsonObject]) -> list[JsonObject]:
        arguments = {"state": "read", "run_id": self._run_id, "parts": parts, "max_bytes": PART_BYTES}
        answer = self._module(arguments).get("parts")
        known = {part["name"] for part in parts}
        if not isinstance(answer, list) or any(part.get("name") not in known for part in answer):
            raise TransferError("the node gave an answer that nobody asked for")
        return answer

    def _path(self, name: str) -> pathlib.Path:
        return self._folder / name

    def _have(self, name: str) -> int:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def _append(self, name: str, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab", buffering=0) as stream:
                rest = memoryview(data)
                while rest:
                    rest = rest[stream.write(rest) :]
        except OSError as exc:
            raise TransferError(f"Cannot write {self._path(name)}: {exc.strerror}") from None

    def _is_whole(self, file: JsonObject) -> bool:
        if int(file["size"]) == 0 and not self._path(file["name"]).exists():
            self._append(file["name"], b"")
        try:
            return digest(self._path(file["name"])) == str(file["sha256"])
        except FileError:
            return False


@contextlib.contextmanager
def alone(folder: pathlib.Path) -> t.Iterator[None]:
    """Within this nobody else fetches into the folder: who follows a capture, and who ends it, are two processes."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise TransferError(f"Cannot use {folder}: {exc.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def room_problem(folder: pathlib.Path, needed: int, min_free: int) -> str:
    """Why so many bytes do not go onto the disk of a folder; empty where they do. min_free: what stays free there."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        return f"Cannot look at the disk of {folder}: {exc.strerror}"
    if needed * COPIES + min_free <= free:
        return ""
    return (
        f"{folder} has {free // MEGABYTE} MB free: too few for {needed // MEGABYTE + 1} MB, which are needed"
        f" {COPIES} times, and {min_free // MEGABYTE} MB that stay free"
    )


def _unpacked(part: JsonObject) -> bytes:
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(part["data"], validate=True), PART_BYTES + 1)
    except (binascii.Error, ValueError, TypeError, KeyError, zlib.error) as exc:
        raise TransferError(f"a part of {part.get('name')} cannot be read ({exc})") from None
    if len(data) != part.get("length") or len(data) > PART_BYTES:
        raise TransferError(f"a part of {part['name']} is not as long as it should be")
    return data
