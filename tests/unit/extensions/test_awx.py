# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project, the surveys and the configuration for AWX follow from the roles, and AWX would take them."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest
import yaml
from podnet_awx import generate, pattern, surveys
from podnet_awx.table import STEPS, TEMPLATES, Template

ROOT = pathlib.Path(__file__).resolve().parents[3]
AWX = ROOT / "extensions" / "awx"
# What AWX looks for in a file to call it a playbook.
PLAYBOOK = re.compile(
    r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?include|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.M
)


class _Loader(yaml.SafeLoader):
    """Knows Ansible's mark of texts that are no templates."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(t.cast(yaml.ScalarNode, node)))


def _config(name: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], yaml.load((AWX / "config" / name).read_text(encoding="utf-8"), Loader=_Loader))


def test_what_is_generated_is_what_the_roles_say_now() -> None:
    differ = [
        name
        for name, content in generate.files(ROOT).items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != content
    ]
    assert differ == [], "run `make awx`"


def test_every_playbook_has_a_job_template() -> None:
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert {template.playbook for template in TEMPLATES} == playbooks


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: str(template.playbook))
def test_awx_takes_the_survey(template: Template) -> None:
    """As AWX checks it; and what it is known to refuse when a question is left blank has a default."""
    found = json.loads((AWX / "surveys" / f"{template.playbook}.json").read_text(encoding="utf-8"))
    assert found["name"] and found["description"] and found["spec"]
    for question in found["spec"]:
        kind, default = question["type"], question.get("default")
        assert kind in ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"), question
        assert isinstance(question["required"], bool) and question["question_name"] and question["question_description"]
        if kind == "integer":
            assert isinstance(default, int) and not isinstance(default, bool), question
        elif kind == "float":
            assert isinstance(default, (int, float)), question
        else:
            assert isinstance(default, str), question
        if kind == "multiplechoice":
            assert default in question["choices"], question


def test_a_secret_is_asked_for_as_one() -> None:
    options = surveys.role_options(ROOT)
    asked = {name for template in TEMPLATES for name in template.questions}
    secret = {name for name in asked if options[name].get("no_log")}
    found = {
        question["variable"]
        for template in TEMPLATES
        for question in surveys.survey(template, options)["spec"]
        if question["type"] == "password"
    }
    assert secret and secret == found


def test_awx_sees_the_playbooks_of_the_project_and_they_are_those_of_the_templates() -> None:
    found = {path.stem for path in (AWX / "project").glob("*.yml") if PLAYBOOK.search(path.read_text(encoding="utf-8"))}
    assert found == {row.playbook for row in (*TEMPLATES, *STEPS)}


def test_the_configuration_names_nothing_that_it_does_not_make() -> None:
    config, templates = _config("controller.yml"), _config("controller_templates.yml")["controller_templates"]
    names = {
        key: {item["name"] for item in config[f"controller_{key}"]}
        for key in ("labels", "projects", "execution_environments", "inventories")
    }
    for template in templates:
        assert template["project"] in names["projects"] and template["inventory"] in names["inventories"]
        assert template["execution_environment"] in names["execution_environments"]
        assert set(template["labels"]) <= names["labels"]
    (workflow,) = config["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
    assert {node["unified_job_template"] for node in nodes.values()} <= {template["name"] for template in templates}
    followers = [
        name for node in nodes.values() for kind in ("success_nodes", "always_nodes") for name in node.get(kind, [])
    ]
    assert followers == ["diagnose", "report"] and set(followers) < set(nodes)


def test_a_kubeconfig_becomes_a_file_that_the_collection_reads() -> None:
    (kind,) = _config("controller.yml")["controller_credential_types"]
    assert kind["injectors"]["file"] == {"template.kubeconfig": "{{ kubeconfig }}"}
    assert kind["injectors"]["env"]["K8S_AUTH_KUBECONFIG"] == "{{ tower.filename.kubeconfig }}"
    assert {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")} == {"kubeconfig"}


def test_the_pattern_keeps_the_rules_of_the_specification() -> None:
    (directory,) = list((ROOT / "extensions" / "patterns").iterdir())
    found = json.loads((directory / "meta" / "pattern.json").read_text(encoding="utf-8"))
    playbooks = {path.name for path in (directory / "playbooks").iterdir()}
    assert (directory / "README.md").is_file()
    assert pattern.problems(found, directory.name, playbooks) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "other"}, "name 'other' is not that of the directory"),
        ({"title": "x" * 65}, "title is longer than 64"),
        ({"short_description": "It ends."}, "ends in a full stop"),
        ({"aap_resources": {}}, "at least one job template"),
    ],
)
def test_a_pattern_that_breaks_a_rule_is_told(change: dict[str, t.Any], problem: str) -> None:
    found = {**pattern.pattern(surveys.role_options(ROOT)), **change}
    playbooks = {f"{template.playbook}.yml" for template in TEMPLATES}
    assert any(problem in text for text in pattern.problems(found, pattern.NAME, playbooks))
