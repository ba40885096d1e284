# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The files of a report: whole or not at all, readable by their owner alone."""

from __future__ import annotations

import os
import pathlib
import typing as t


class FileError(Exception):
    """A file cannot be written; the text names it and the cause."""


def absolute(folder: str) -> pathlib.Path:
    """A folder as an absolute path; ~ is the home directory."""
    return pathlib.Path(folder).expanduser().absolute()


def write_files(folder: str, files: t.Mapping[str, str]) -> dict[str, str]:
    """Write texts by name into a folder, which is made if it is missing; returns their paths. Raises FileError."""
    root = absolute(folder)
    written = {}
    path = root
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            path = root / name
            partial = root / f".{name}.{os.getpid()}.partial"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
            os.replace(partial, path)
            written[name] = str(path)
    except OSError as exc:
        raise FileError(f"Cannot write {path}: {exc.strerror}") from exc
    return written
