# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The report as JSON: verdict, findings, steps, path and measurements in one document for programs."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import JsonObject, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured

SCHEMA = "podnet.diagnostics/report/v1"


def render_json(findings: JsonObject, context: JsonObject) -> str:
    """What the other forms of the report show, as one JSON document."""
    report = load(findings, context)
    content: dict[str, t.Any] = {
        "schema": SCHEMA,
        "question": _wording.question(report),
        "result": report.verdict.result,
        "not_measured": [dataclasses.asdict(gap) for gap in not_measured(report)],
        **{key: value for key, value in dataclasses.asdict(report).items() if key not in ("problems", "run")},
        "findings": [{**dataclasses.asdict(finding), "docs": finding.docs} for finding in report.findings],
        "run": {
            **dataclasses.asdict(report.run),
            "versions": dict(report.run.versions),
            "options": dict(report.run.options),
        },
    }
    return json.dumps(content, indent=2) + "\n"
