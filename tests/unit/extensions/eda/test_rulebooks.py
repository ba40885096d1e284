# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rulebooks hand to playbooks: variables that exist, and nothing of an event that no pattern has checked."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest
import yaml
from podnet_awx.surveys import role_options

ROOT = pathlib.Path(__file__).resolve().parents[4]
RULEBOOKS = sorted((ROOT / "extensions" / "eda" / "rulebooks").glob("*.yml"))
# A playbook's variables from a file are templates for Ansible.
HOSTILE = (
    "{{ lookup('pipe', 'id') }}",
    "pod:a/b{{ 1 }}",
    "pod:a/{% if 1 %}",
    "pod:a/b\n{{ 1 }}",
    "10.0.0.1{{ 1 }}",
    "8080}}",
    "$(id)",
    "a;b",
)
NORMAL = {
    "diagnose_source": ("pod:podnet-connectivity-checks/network-check-source-7d9f-x2b", "pod:default/web-0"),
    "diagnose_destination": ("10.244.2.7", "fd00::7", "api.example.com"),
    "diagnose_port": ("8080", "443"),
}

Rule = dict[str, t.Any]


def rules() -> t.Iterator[tuple[str, Rule]]:
    for path in RULEBOOKS:
        for ruleset in yaml.safe_load(path.read_text(encoding="utf-8")):
            for rule in ruleset["rules"]:
                yield f"{path.stem}: {rule['name']}", rule


def variables(rule: Rule) -> dict[str, t.Any]:
    """What the playbook or the job template of a rule gets."""
    action = rule["action"]
    if "run_playbook" in action:
        return t.cast(dict[str, t.Any], action["run_playbook"].get("extra_vars") or {})
    return t.cast(dict[str, t.Any], action.get("run_job_template", {}).get("job_args", {}).get("extra_vars") or {})


def patterns(rule: Rule) -> dict[str, re.Pattern[str]]:
    """The regular expression that each field of the event has to match."""
    # One expression: a throttle is allowed with a single event only.
    texts = rule["condition"].split(" and ")
    found = (re.fullmatch(r'(event\.\S+) is match\("(.*)"\)', text.strip()) for text in texts)
    return {match[1]: re.compile(match[2]) for match in found if match}


RULES = [pytest.param(rule, id=name) for name, rule in rules()]


@pytest.mark.parametrize("rule", RULES)
def test_every_field_that_a_playbook_gets_was_matched_by_a_pattern_without_braces(rule: Rule) -> None:
    checked = patterns(rule)
    for name, value in variables(rule).items():
        for field in re.findall(r"event\.[\w.]+", str(value)):
            assert field in checked, name
            assert checked[field].pattern.startswith("^") and checked[field].pattern.endswith("$"), name
            assert not [text for text in HOSTILE if checked[field].fullmatch(text)], name


@pytest.mark.parametrize("rule", RULES)
def test_what_is_normal_passes(rule: Rule) -> None:
    for field, pattern in patterns(rule).items():
        for text in NORMAL.get(field.rpartition(".")[2], ()):
            assert pattern.match(text) or "webhook" in field, field


@pytest.mark.parametrize("rule", RULES)
def test_playbooks_and_their_variables_exist(rule: Rule) -> None:
    options = role_options(ROOT)
    assert set(variables(rule)) <= set(options)
    playbook = rule["action"].get("run_playbook", {}).get("name")
    if playbook:
        assert (ROOT / "playbooks" / f"{playbook.rpartition('.')[2]}.yml").is_file()


@pytest.mark.parametrize("rule", RULES)
def test_what_starts_a_job_is_throttled_and_locked(rule: Rule) -> None:
    for kind in ("run_playbook", "run_job_template"):
        if kind in rule["action"]:
            assert rule["throttle"]["once_within"] and rule["throttle"]["group_by_attributes"]
            assert rule["action"][kind]["lock"]


def test_a_job_template_that_is_run_exists_and_its_survey_takes_what_it_gets() -> None:
    text = (ROOT / "extensions" / "awx" / "config" / "controller_templates.yml").read_text(encoding="utf-8")
    templates = {template["name"]: template for template in yaml.safe_load(text)["controller_templates"]}
    seen = 0
    for _name, rule in rules():
        action = rule["action"].get("run_job_template")
        if action:
            seen += 1
            asked = {question["variable"] for question in templates[action["name"]]["survey_spec"]["spec"]}
            assert set(variables(rule)) <= asked and action["include_events"] is False
    assert seen


def test_the_places_of_plugins_and_rulebooks_are_known_to_galaxy() -> None:
    listed = yaml.safe_load((ROOT / "meta" / "extensions.yml").read_text(encoding="utf-8"))["extensions"]
    places = [entry["args"]["ext_dir"] for entry in listed]
    assert all((ROOT / "extensions" / place).is_dir() for place in places), json.dumps(places)
