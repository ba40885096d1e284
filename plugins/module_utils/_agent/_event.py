# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What happened, as it is told to Kubernetes (events.k8s.io)."""

from __future__ import annotations

import dataclasses

NORMAL, WARNING = "Normal", "Warning"


@dataclasses.dataclass(frozen=True)
class Event:
    """A Kubernetes event to send. type: Normal or Warning."""

    __slots__ = ("message", "reason", "type")
    type: str
    reason: str
    message: str
