# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Survey questions from the argument specifications of the roles.

What AWX cannot ask is asked in another form that the roles take: it has no booleans (multiplechoice "true" and
"false"), no lists (commas), and refuses an optional single choice or number without a default
(https://github.com/ansible/awx/issues/553, 9620 and 10128).
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from .table import Template

Json = dict[str, t.Any]
# O(a=b), V(x), C(x), E(x), RV(x), M(x), P(x#y), I(x), B(x) become their content.
_MARKUP = re.compile(r"\b(?:O|V|C|E|RV|M|P|I|B)\(((?:[^()\\]|\\.)*)\)")
_PREFIXES = ("diagnose_", "health_", "connectivity_checks_", "node_agent_", "podnet_")
_WORDS = {"url": "URL", "crd": "CRD", "id": "ID", "ca": "CA", "tcp": "TCP"}


def role_options(root: Path) -> dict[str, Json]:
    """Every variable of every role and its specification."""
    options: dict[str, Json] = {}
    for path in sorted((root / "roles").glob("*/meta/argument_specs.yml")):
        specification = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        for entry in specification.values():
            for name, option in entry["options"].items():
                options.setdefault(name, option)
    return options


def survey(template: Template, options: t.Mapping[str, Json], numbers_as_text: bool = False) -> Json:
    """The survey of a job template, as AWX's API takes it."""
    questions = [
        _question(name, options[name], name in template.required, numbers_as_text) for name in template.questions
    ]
    return {"name": template.title, "description": template.description, "spec": questions}


def _question(name: str, option: Json, required: bool, numbers_as_text: bool) -> Json:
    kind = option.get("type", "str")
    default = option.get("default")
    question: Json = {
        "question_name": _title(name),
        "question_description": _plain(option["description"]),
        "variable": name,
        "required": bool(option.get("required", False) or required),
    }
    if kind == "dict" or option.get("elements") == "dict":
        raise ValueError(f"{name} is a structure, which no survey can ask for")
    if kind == "bool" or option.get("choices"):
        choices = ["true", "false"] if kind == "bool" else [str(choice) for choice in option["choices"]]
        text = str(default).lower() if kind == "bool" else str(default)
        return {**question, "type": "multiplechoice", "choices": choices, "default": text}
    if kind in ("int", "float") and default is not None:
        number = (
            {"type": "integer", "default": int(default)} if kind == "int" else {"type": "float", "default": default}
        )
        return {**question, **({"type": "text", "default": f"{default:g}"} if numbers_as_text else number)}
    if option.get("no_log"):
        return {**question, "type": "password", "default": ""}
    text = ",".join(map(str, default)) if isinstance(default, list) else str(default or "")
    return {**question, "type": "text", "default": text}


def _title(name: str) -> str:
    """diagnose_sink_token → Sink token."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    words = [_WORDS.get(word, word) for word in name.split("_")]
    return " ".join([words[0] if words[0].isupper() else words[0].capitalize(), *words[1:]])


def _plain(description: str | list[str]) -> str:
    text = " ".join(description if isinstance(description, list) else [description])
    while True:
        plain = _MARKUP.sub(r"\1", text)
        if plain == text:
            return " ".join(plain.split())
        text = plain
