# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Every rule of the analysis by name. A rule that crashes becomes an error of the analysis, not its end."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._changes import change_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._components import component_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dns import dns_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._idle import idle_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._listeners import listener_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._losses import loss_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._mtu import mtu_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._nic_config import nic_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._path_breaks import (
    chance_findings,
    path_findings,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._performance import performance_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._services import service_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

FindingRule = t.Callable[[Evidence], t.Iterator[Finding]]

RULES: t.Mapping[str, FindingRule] = {
    "components": component_findings,
    "services": service_findings,
    "listeners": listener_findings,
    "path": path_findings,
    "chance": chance_findings,
    "nic_config": nic_findings,
    "mtu": mtu_findings,
    "dns": dns_findings,
    "performance": performance_findings,
    "losses": loss_findings,
    "idle": idle_findings,
    "changes": change_findings,
}


def run_rules(evidence: Evidence) -> tuple[list[Finding], list[str]]:
    """All findings, and what went wrong while looking for them. The same id at the same place is kept once."""
    findings: dict[tuple[str, str], Finding] = {}
    errors = []
    for name, rule in RULES.items():
        try:
            for finding in rule(evidence):
                findings.setdefault((finding.id, str(finding.location)), finding)
        except Exception as exc:  # pylint: disable=broad-except
            errors.append(f'Cannot apply the rules "{name}": {type(exc).__name__}: {exc}')
    return list(findings.values()), errors
