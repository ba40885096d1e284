# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Read files below a root directory that is not our own: a node's at /host, a pod's at /proc/PID/root.

Symbolic links are followed inside that root only, as they would be by a process that lives there. A pod chooses its
links freely, so nothing outside its root may be reached through them; and only regular files are read, because
opening a pipe would wait for ever.
"""

from __future__ import annotations

import errno
import os
import stat

MAX_LINKS = 40
MAX_FILE = 1024 * 1024


class Root:
    """A root directory. Paths are absolute paths in it; OSError has that path as its file name."""

    def __init__(self, path: str = "/") -> None:
        self.path = path

    def read_bytes(self, path: str, limit: int = MAX_FILE) -> bytes:
        """The content of a regular file; OSError also for another kind of file, and EFBIG above the limit."""
        handle = self._open(path)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            with open(f"/proc/self/fd/{handle}", "rb") as stream:
                data = stream.read(limit + 1)
        finally:
            os.close(handle)
        if len(data) > limit:
            raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
        return data

    def read_text(self, path: str, limit: int = MAX_FILE) -> str:
        """The same as text; bytes that are not UTF-8 are replaced."""
        return self.read_bytes(path, limit).decode("utf-8", "replace")

    def stat(self, path: str) -> os.stat_result:
        """What the file is and whose."""
        handle = self._open(path)
        try:
            return os.fstat(handle)
        finally:
            os.close(handle)

    def names(self, path: str) -> list[str]:
        """The names in a directory, sorted; none when there is no such directory."""
        try:
            handle = self._open(path)
        except (FileNotFoundError, NotADirectoryError):
            return []
        try:
            return sorted(os.listdir(f"/proc/self/fd/{handle}"))
        except NotADirectoryError:
            return []
        finally:
            os.close(handle)

    def is_program(self, path: str) -> bool:
        """Whether there is a regular file that somebody may execute."""
        try:
            handle = self._open(path)
        except OSError:
            return False
        try:
            mode = os.fstat(handle).st_mode
        finally:
            os.close(handle)
        return stat.S_ISREG(mode) and bool(mode & 0o111)

    def _open(self, path: str) -> int:
        """A descriptor that only names the file (O_PATH): opening it had no effect on the file."""
        try:
            return self._walk(path)
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, path) from exc

    def _walk(self, path: str) -> int:
        flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
        handles = [os.open(self.path, os.O_PATH | os.O_CLOEXEC)]
        pending = _parts(path)
        links = 0
        try:
            while pending:
                part = pending.pop(0)
                if part == "..":
                    if len(handles) > 1:
                        os.close(handles.pop())
                    continue
                handle = os.open(part, flags, dir_fd=handles[-1])
                if not stat.S_ISLNK(os.fstat(handle).st_mode):
                    handles.append(handle)
                    continue
                try:
                    target = os.readlink("", dir_fd=handle)
                finally:
                    os.close(handle)
                links += 1
                if links > MAX_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if target.startswith("/"):
                    while len(handles) > 1:
                        os.close(handles.pop())
                pending[:0] = _parts(target)
            return handles.pop()
        finally:
            for handle in handles:
                os.close(handle)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
