# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that becomes a sentence and an exit status."""

from __future__ import annotations


class ToolError(Exception):
    """Something a person has to read: verb, object and cause in one sentence.

    status is the exit status: 2 when nothing was changed, 1 otherwise.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
