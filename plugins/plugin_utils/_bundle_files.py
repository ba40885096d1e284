# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Files of a bundle, written whole and read within bounds; what its disk does not take is kept elsewhere for the run.

A file that cannot be written where it belongs (a full or read-only disk) goes to a folder of this bundle on another
file system, where the next task of the run finds it. The verdict comes out all the same; the folder is removed at the
end of the run.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import pathlib
import shutil
import stat
import tempfile
import typing as t
import zlib

# More than the largest snapshot that was seen (90 000 rules), and little enough to be held in memory.
MOST_BYTES = 160 * 1024 * 1024
MOST_RECORDS = 200_000
# Errors that say that this place takes nothing, while another may.
_NO_PLACE = frozenset((errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG))
_REASON = "reason.txt"


class FileError(Exception):
    """A file cannot be read or written; the text names it and the cause."""


def read_bounded(path: pathlib.Path) -> bytes:
    """The content of a file, unpacked where its name ends in .gz. FileError also where it is more than MOST_BYTES."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as exc:
        raise FileError(f"Cannot read {path}: {exc.strerror}") from None
    if len(data) > MOST_BYTES:
        raise FileError(f"Cannot read {path}: it has more than {MOST_BYTES >> 20} MiB")
    return _unpacked(path, data) if path.suffix == ".gz" else data


def _unpacked(path: pathlib.Path, data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = unpacker.decompress(data, MOST_BYTES + 1)
    except zlib.error:
        raise FileError(f"Cannot read {path}: it is not compressed with gzip, or was altered") from None
    if len(content) > MOST_BYTES:
        raise FileError(f"Cannot read {path}: it has more than {MOST_BYTES >> 20} MiB when it is unpacked")
    if not unpacker.eof:
        raise FileError(f"Cannot read {path}: it was cut")
    return content


def digest(path: pathlib.Path) -> str:
    """The sha256 of a file, read in pieces; FileError where it cannot be read."""
    total = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            for piece in iter(lambda: stream.read(1 << 20), b""):
                total.update(piece)
    except OSError as exc:
        raise FileError(f"Cannot read {path}: {exc.strerror}") from None
    return total.hexdigest()


class Files:
    """The files of one folder."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        name = hashlib.sha256(str(root.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._spill_name = f"podnet-spill-{os.geteuid()}-{name}"

    # -- finding ---------------------------------------------------------------------------------------------
    def path(self, relative: str) -> pathlib.Path:
        """Where a file of the bundle is. Raises FileError for a name that leads outside."""
        path = self._inside(self.root, relative)
        spill = self.spill()
        if spill is not None:
            spilled = self._inside(spill, relative)
            if spilled.exists():
                return spilled
        return path

    def glob(self, pattern: str) -> list[pathlib.Path]:
        """Every file of that pattern, each once, sorted by its name."""
        spill = self.spill()
        found = {path.name: path for path in self.root.glob(pattern)}
        found.update({path.name: path for path in spill.glob(pattern)} if spill is not None else {})
        return [found[name] for name in sorted(found)]

    def all(self) -> dict[str, pathlib.Path]:
        """Where every file is, by its name in the bundle; the one elsewhere is the newer one."""
        spill = self.spill()
        folders = [self.root, *([spill] if spill is not None else [])]
        return {
            str(path.relative_to(folder)): path
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and path != folder / _REASON
        }

    @staticmethod
    def _inside(folder: pathlib.Path, relative: str) -> pathlib.Path:
        path = (folder / relative).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise FileError(f"Cannot use {relative!r}: it is outside the bundle {folder}")
        return path

    # -- writing ---------------------------------------------------------------------------------------------
    def write(self, relative: str, data: bytes) -> pathlib.Path:
        """Write a whole file, 0600, by renaming it into place; where its disk does not take it, elsewhere."""
        path = self._inside(self.root, relative)
        try:
            _write(path, data)
        except OSError as exc:
            return self._elsewhere(relative, exc, lambda spilled: _write(spilled, data))
        spill = self.spill()
        if spill is not None:
            self._inside(spill, relative).unlink(missing_ok=True)
        return path

    def append(self, relative: str, data: bytes) -> pathlib.Path:
        """Append under a lock: several nodes' results arrive at once."""
        path = self.path(relative)
        try:
            _append(path, data)
        except OSError as exc:
            before = path.read_bytes() if path.exists() else b""
            return self._elsewhere(relative, exc, lambda spilled: _append(spilled, data, before))
        return path

    def _elsewhere(self, relative: str, problem: OSError, write: t.Callable[[pathlib.Path], None]) -> pathlib.Path:
        path = self._inside(self.root, relative)
        reason = f"Cannot write {path}: {problem.strerror}"
        if problem.errno not in _NO_PLACE:
            raise FileError(reason)
        known = self.spill()
        for folder in [known] if known is not None else self._places():
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
                if not _is_ours(folder):
                    continue
                spilled = self._inside(folder, relative)
                write(spilled)
                if not (folder / _REASON).exists():
                    _write(folder / _REASON, reason.encode("utf-8", "replace"))
                return spilled
            except OSError:
                with contextlib.suppress(OSError):
                    folder.rmdir()
        raise FileError(reason)

    # -- the other place -------------------------------------------------------------------------------------
    def spill(self) -> pathlib.Path | None:
        """The folder elsewhere, where there is one."""
        return next((folder for folder in self._places() if _is_ours(folder)), None)

    def spilled(self) -> tuple[str, list[str]]:
        """Why something is elsewhere (empty: nothing is), and the names of what is."""
        folder = self.spill()
        if folder is None:
            return "", []
        try:
            reason = (folder / _REASON).read_text(encoding="utf-8")
        except OSError:
            reason = ""
        names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        return reason, sorted(name for name in names if name != _REASON)

    def forget_spill(self) -> None:
        """Remove what is elsewhere."""
        folder = self.spill()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _places(self) -> list[pathlib.Path]:
        parents = dict.fromkeys(("/dev/shm", tempfile.gettempdir(), "/var/tmp", "/tmp", os.path.expanduser("~")))
        return [pathlib.Path(parent) / self._spill_name for parent in parents]


def _write(path: pathlib.Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one that counts
            partial.unlink(missing_ok=True)
        raise


def _append(path: pathlib.Path, data: bytes, before: bytes = b"") -> None:
    """Append all or nothing. before: what a file that is not there yet begins with."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        size = os.fstat(stream.fileno()).st_size
        rest = memoryview(data if size else before + data)
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except OSError:
            os.ftruncate(stream.fileno(), size)
            raise


def _is_ours(folder: pathlib.Path) -> bool:
    """A folder of this user that nobody else may enter: others can make names in /tmp, too."""
    try:
        info = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077
