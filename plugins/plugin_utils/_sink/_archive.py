# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A bundle as one file, and a folder from such a file.

The file is a gzipped tar. What is read may come from anywhere: names that lead outside, links, devices and
files without end are refused before anything is written.
"""

from __future__ import annotations

import gzip
import io
import pathlib
import shutil
import tarfile
import tempfile
import zlib

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import SinkError

MOST_FILES = 10000
MOST_BYTES = 512 * 1024 * 1024


def pack(root: pathlib.Path) -> bytes:
    """Every file of a folder. Equal folders give equal bytes."""
    stream = io.BytesIO()
    try:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                data = path.read_bytes()
                member = tarfile.TarInfo(str(path.relative_to(root)))
                member.size, member.mode = len(data), 0o600
                archive.addfile(member, io.BytesIO(data))
    except OSError as exc:
        raise SinkError(f"Cannot read the evidence in {root}: {exc.strerror}") from exc
    return gzip.compress(stream.getvalue(), mtime=0)


def unpack(data: bytes, source: str) -> pathlib.Path:
    """A new folder (0700) with the files. source is for messages. Raises SinkError."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="podnet-evidence-"))
    try:
        _fill(root, data, source)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    return root


def _fill(root: pathlib.Path, data: bytes, source: str) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflate(data, source)), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_FILES:
                    raise SinkError(f"Cannot use the evidence from {source}: it has more than {MOST_FILES} files")
                _write(root, archive, member, source)
    except tarfile.TarError as exc:
        raise SinkError(f"Cannot use the evidence from {source}: it is no bundle ({exc})") from exc
    except OSError as exc:
        raise SinkError(f"Cannot unpack the evidence from {source} into {root}: {exc.strerror}") from exc


def _inflate(data: bytes, source: str) -> bytes:
    """At most MOST_BYTES, however small the file is."""
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(data, MOST_BYTES)
    except zlib.error as exc:
        raise SinkError(f"Cannot use the evidence from {source}: it is no gzip file") from exc
    if reader.unconsumed_tail:
        raise SinkError(f"Cannot use the evidence from {source}: it is larger than {MOST_BYTES >> 20} MiB")
    if not reader.eof:
        raise SinkError(f"Cannot use the evidence from {source}: it is cut short")
    return plain


def _write(root: pathlib.Path, archive: tarfile.TarFile, member: tarfile.TarInfo, source: str) -> None:
    path = (root / member.name).resolve()
    if not member.isreg() or not path.is_relative_to(root.resolve()):
        raise SinkError(f"Cannot use the evidence from {source}: {member.name!r} is not a plain file within it")
    stream = archive.extractfile(member)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(stream.read() if stream else b"")
