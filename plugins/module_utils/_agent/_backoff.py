# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""How long to wait before the next try. Seconds."""

from __future__ import annotations

import random


class Backoff:
    """Doubles from first to limit; every pause is cut by up to a third at random, so that many clients do not come at
    once.
    """

    def __init__(self, first: float = 0.5, limit: float = 10.0) -> None:
        self._first, self._limit = first, limit
        self._next = first

    def reset(self) -> None:
        """It worked."""
        self._next = self._first

    def pause(self, asked: float = 0.0) -> float:
        """It failed: seconds to wait, at least as many as the server has asked for."""
        base, self._next = self._next, min(self._limit, self._next * 2)
        return max(asked, base * (1 - random.random() / 3))
