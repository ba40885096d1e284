# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Evidence in a folder, a mounted volume for example: the archive, and beside it the report for people."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import Place, SinkError


def store(place: Place, files: t.Mapping[str, bytes]) -> str:
    """Write each file whole or not at all, 0600; returns the path of the first."""
    root = pathlib.Path(place.where)
    path = root
    partial = None
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in files.items():
            path = root / name
            partial = root / f".{name}.{os.getpid()}.partial"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, path)
    except OSError as exc:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise SinkError(f"Cannot store the evidence in {path}: {exc.strerror}") from exc
    return str(root / next(iter(files)))


def fetch(path: pathlib.Path) -> bytes:
    """An archive on this machine."""
    try:
        return path.read_bytes()
    except OSError as exc:
        raise SinkError(f"Cannot read the evidence in {path}: {exc.strerror}") from exc
