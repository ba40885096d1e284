# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Log lines for people: UTC, level, one sentence in one line, on standard error."""

from __future__ import annotations

import logging
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import one_line

logger = logging.getLogger("podnet.diagnostics")


class _Formatter(logging.Formatter):
    """Nothing that is told by somebody else can begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            text += f": {self.formatException(record.exc_info)}"
        return f"{moment}.{int(record.msecs):03d}Z {record.levelname} {one_line(text, 4000)}"


def set_up(level: int = logging.INFO) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logger.setLevel(level)


class Told:
    """Says the same thing once, until it is over. doing: what works again then. what: with what."""

    def __init__(self, doing: str, what: str = "") -> None:
        self._doing = doing
        self.what = what
        self.problem = ""
        self._kind = ""

    def bad(self, problem: str, kind: str = "") -> None:
        """It does not work, and why. kind: problems of one kind are the same, whatever words and names are in
        the text.
        """
        if (kind or problem) != self._kind:
            self.problem, self._kind = problem, kind or problem
            logger.warning("%s", problem)

    def good(self) -> None:
        """It works."""
        if self.problem:
            self.problem = self._kind = ""
            logger.info("%s works again", self._doing)
