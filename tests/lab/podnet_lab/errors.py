# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error the command line turns into a sentence and an exit status."""

from __future__ import annotations


class LabError(Exception):
    """Something a person has to read: verb, object and cause in one sentence.

    status is the exit status of the command line: 2 when nothing was changed
    (preflight, wrong arguments), 1 otherwise.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
