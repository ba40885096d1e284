# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One call that runs beside its caller."""

from __future__ import annotations

import threading
import typing as t

Value = t.TypeVar("Value")


class Task(t.Generic[Value]):
    """Begins at once; result() waits for its end, and raises what it raised."""

    def __init__(self, work: t.Callable[[], Value]) -> None:
        self._work = work
        self._value: list[Value] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="task", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value.append(self._work())
        except BaseException as exc:
            self._error = exc

    def result(self) -> Value:
        """What the call returned."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value[0]
