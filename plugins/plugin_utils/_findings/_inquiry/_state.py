# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What an analysis has found so far, which each part of it adds to."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._rests import resting, unread
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._changes import change_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe

SILENT = ("no_reply", "timed_out", "no_route", "unreachable")


@dataclasses.dataclass
class Inquiry:
    """What an analysis found: causes by their key, findings that are information, failures of its own rules.

    suffering: whether packets of the source's own programs get nowhere, though the probes pass; unknown: what may keep
    them from it.
    """

    case: Case
    harmed: list[Probe]
    causes: dict[tuple[str, str], Cause] = dataclasses.field(default_factory=dict)
    info: list[Finding] = dataclasses.field(default_factory=list)
    disagreements: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    tried: list[Tried] = dataclasses.field(default_factory=list)
    suffering: bool = False
    unknown: tuple[str, ...] = ()

    @functools.cached_property
    def changes(self) -> tuple[Finding, ...]:
        """What changed while we looked."""
        return tuple(change_findings(self.case.evidence))

    @functools.cached_property
    def unread(self) -> frozenset[str]:
        """What could not be read, by name."""
        return unread(self.case)

    def add(self, cause: Cause) -> None:
        """Keep a cause as far as what was read bears it, with what is known of it already."""
        stands = resting(self.unread, cause)
        if stands is not None:
            known = self.causes.get(stands.key)
            self.causes[stands.key] = stands if known is None else known.merged(stands)
