# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every generated file for AWX and Automation Controller, by its path in the repository."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml

from .pattern import NAME, TITLE, pattern
from .surveys import Json, role_options, survey
from .table import STEPS, TEMPLATES, Template

AWX = "extensions/awx"
PATTERN = f"extensions/patterns/{NAME}"
HEADER = """\
---
# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
GENERATED = "# Made by `make awx` from the argument specifications of the roles; do not edit.\n"
PATTERN_README = f"""\
# {TITLE}

The job templates of `podnet.diagnostics` as an Ansible pattern: `meta/pattern.json` describes a project, an
execution environment and one job template with a survey for each playbook. The file is made from the argument
specifications of the roles, by `make awx`.

It is a description in a published form, and no version of Automation Platform that we know of reads it. What works
today are the variables in `extensions/awx`.
"""


def files(root: Path) -> dict[str, str]:
    """Path and content of each file."""
    options = role_options(root)
    made = {f"{AWX}/config/controller_templates.yml": _templates(options)}
    for template in TEMPLATES:
        made[f"{AWX}/project/{template.playbook}.yml"] = _wrapper(template)
        made[f"{AWX}/surveys/{template.playbook}.json"] = _json(survey(template, options))
        made[f"{PATTERN}/playbooks/{template.playbook}.yml"] = _wrapper(template)
    made[f"{PATTERN}/meta/pattern.json"] = _json(pattern(options))
    made[f"{PATTERN}/README.md"] = PATTERN_README
    return made


def write(root: Path) -> list[str]:
    """Write the files that differ; their paths."""
    changed = []
    for name, content in files(root).items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            changed.append(name)
    return changed


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _wrapper(template: Template) -> str:
    return (
        f"{HEADER}{GENERATED}- name: {template.title}\n"
        f"  ansible.builtin.import_playbook: podnet.diagnostics.{template.playbook}\n"
    )


def _templates(options: t.Mapping[str, Json]) -> str:
    """controller_templates for the role of infra.aap_configuration."""
    templates = [
        {
            **_common(template.playbook, template.title, template.description),
            "credentials": ["{{ podnet_credential }}"],
            "ask_limit_on_launch": True,
            "ask_inventory_on_launch": True,
            "ask_credential_on_launch": True,
            "allow_simultaneous": True,
            "survey_enabled": True,
            "survey_spec": survey(template, options),
        }
        for template in TEMPLATES
    ]
    for step in STEPS:
        credentials = {"credentials": ["{{ podnet_credential }}"]} if step.with_credential else {}
        # A workflow hands variables on only to a job that may be asked for them.
        asked = {"ask_variables_on_launch": True}
        templates.append({**_common(step.playbook, step.title, step.description), **credentials, **asked})
    return (
        HEADER
        + GENERATED
        + yaml.dump(
            {"controller_templates": templates},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=140,
            default_flow_style=False,
        )
    )


def _common(playbook: str, title: str, description: str) -> Json:
    return {
        "name": f"podnet: {title}",
        "description": description,
        "organization": "{{ podnet_organization }}",
        "project": "podnet.diagnostics",
        "playbook": "{{ podnet_playbooks }}" + f"{playbook}.yml",
        "inventory": "podnet: localhost",
        "execution_environment": "podnet-ee",
        "labels": ["podnet"],
    }


class _Dumper(yaml.SafeDumper):
    """Lists one step in, as the other YAML files have them, and nothing by reference."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: t.Any) -> bool:
        return True
