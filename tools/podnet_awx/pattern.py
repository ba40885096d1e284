# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""meta/pattern.json, after version 1.0.0 of the specification of Ansible patterns, and the rules it gives.

Galaxy's importer reads such files; no version of Automation Platform that is known to us does.
"""

from __future__ import annotations

import re
import typing as t

from .surveys import Json, survey
from .table import TEMPLATES

NAME = "pod_network_diagnosis"
TITLE = "Diagnose a pod network"
DESCRIPTION = (
    "Says why pods, nodes and Services of a Kubernetes cluster cannot reach each other, watches them all the time, and "
    "shows the health of all nodes."
)
ENVIRONMENT = "podnet-ee"
LABEL = "podnet"
QUESTION_TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


def pattern(options: t.Mapping[str, Json]) -> Json:
    """The content of meta/pattern.json."""
    return {
        "schema_version": "1.0",
        "name": NAME,
        "title": TITLE,
        "description": DESCRIPTION,
        "short_description": "Why can A not reach B, where does it break, and what is to be changed",
        "tags": ["kubernetes", "networking", "diagnostics"],
        "aap_resources": {
            "controller_project": {"name": TITLE, "description": DESCRIPTION},
            "controller_execution_environment": {
                "name": ENVIRONMENT,
                "description": "Ansible with the collection podnet.diagnostics",
                "image_name": f"podnet/{ENVIRONMENT}",
                "pull": "missing",
            },
            "controller_labels": [LABEL],
            "controller_job_templates": [
                {
                    "name": template.title,
                    "description": template.description,
                    "playbook": f"{template.playbook}.yml",
                    "execution_environment": ENVIRONMENT,
                    "primary": template.primary,
                    "labels": [LABEL],
                    "ask_credential_on_launch": True,
                    "ask_inventory_on_launch": True,
                    "ask_verbosity_on_launch": False,
                    # A default has to be a string here, which AWX refuses for its number questions.
                    "survey": survey(template, options, numbers_as_text=True),
                }
                for template in TEMPLATES
            ],
        },
    }


def problems(found: Json, directory: str, playbooks: t.Collection[str]) -> list[str]:
    """What the specification forbids, one sentence each."""
    wrong = []
    if not re.fullmatch(r"[a-z0-9_]{1,64}", directory) or found.get("name") != directory:
        wrong.append(f"name {found.get('name')!r} is not that of the directory, {directory!r}")
    missing = {"schema_version", "name", "title", "description", "short_description", "aap_resources"} - set(found)
    wrong += [f"{key} is missing" for key in sorted(missing)]
    if len(str(found.get("title", ""))) > 64:
        wrong.append("title is longer than 64 characters")
    if str(found.get("short_description", "")).endswith("."):
        wrong.append("short_description ends in a full stop")
    resources = found.get("aap_resources") or {}
    templates = resources.get("controller_job_templates") or []
    if not templates or not {"name", "description"} <= set(resources.get("controller_project") or {}):
        wrong.append("a project and at least one job template are needed")
    if [template.get("primary") for template in templates].count(True) != 1:
        wrong.append("exactly one job template is primary")
    if {template.get("playbook") for template in templates} != set(playbooks):
        wrong.append("job templates and playbooks are not the same")
    if any(template.get("labels") for template in templates) and not resources.get("controller_labels"):
        wrong.append("labels are used and controller_labels is missing")
    for template in templates:
        for question in (template.get("survey") or {}).get("spec") or []:
            wrong += [f"{template['name']}: {text}" for text in _question_problems(question)]
    return wrong


def _question_problems(question: Json) -> t.Iterator[str]:
    name = question.get("variable", "")
    if not re.fullmatch(r"[a-z0-9_]+", str(name)):
        yield f"variable {name!r}"
    if question.get("type") not in QUESTION_TYPES or not isinstance(question.get("required"), bool):
        yield f"{name}: type or required"
    if not {"question_name", "question_description"} <= set(question):
        yield f"{name}: no text"
    if question.get("type") in ("multiplechoice", "multiselect") and not question.get("choices"):
        yield f"{name}: no choices"
    if not isinstance(question.get("default", ""), str):
        yield f"{name}: the default is not a string"
