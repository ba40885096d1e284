# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The key of a redaction: a file of its user, which no other may read, and which is never part of any evidence."""

from __future__ import annotations

import os
import pathlib
import re
import secrets
import stat

KEY_BYTES = 32
_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\n?\Z")


class KeyFileError(Exception):
    """The key cannot be used; the text names the file and the cause, and nothing of the key."""


def read_key(path: pathlib.Path) -> bytes:
    """The key in a file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, encoding="ascii") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise KeyFileError(f"Cannot use the key {path}: it is no plain file")
            if mode & 0o077:
                raise KeyFileError(f"Cannot use the key {path}: others may read it; chmod 0600 makes it yours")
            text = stream.read(4 * KEY_BYTES)
    except OSError as exc:
        raise KeyFileError(f"Cannot read the key {path}: {exc.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    if not _KEY.match(text):
        raise KeyFileError(f"Cannot use the key {path}: it has to be {2 * KEY_BYTES} hexadecimal digits")
    return bytes.fromhex(text.strip())


def make_key(path: pathlib.Path) -> bytes:
    """The key in a file; a new one where there is no such file."""
    if path.exists() or path.is_symlink():
        return read_key(path)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(key.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        return read_key(path)  # another run was faster
    except OSError as exc:
        raise KeyFileError(f"Cannot write the key {path}: {exc.strerror}") from None
    return key


def default_path() -> pathlib.Path:
    """Where the key is if nobody says it."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return pathlib.Path(base) / "podnet-diagnostics" / "redact.key"


def key_path(path: str | None, outside_of: pathlib.Path | None = None) -> pathlib.Path:
    """Where the key is. outside_of: a folder of evidence, in which it must not be."""
    found = pathlib.Path(path).expanduser().absolute() if path else default_path()
    if outside_of is not None and found.resolve().is_relative_to(outside_of.resolve()):
        raise KeyFileError(f"Cannot keep the key in {found}: that is within the evidence; choose a place outside of it")
    return found
