# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What those who install the collection count on: groups of modules, versions, names."""

from __future__ import annotations

import pathlib
import re
import typing as t

import yaml
from podnet_tools import matrix

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _yaml(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_one_module_defaults_reaches_every_module_with_the_options_of_the_api() -> None:
    with_options = {
        path.stem
        for path in (ROOT / "plugins" / "modules").glob("*.py")
        if "- podnet.diagnostics.kube\n" in path.read_text(encoding="utf-8")
    }
    assert with_options and set(_yaml("meta/runtime.yml")["action_groups"]["kube"]) == with_options


def test_roles_and_collection_ask_for_the_same_ansible() -> None:
    wanted = _yaml("meta/runtime.yml")["requires_ansible"]
    for role in (ROOT / "roles").iterdir():
        found = _yaml(f"roles/{role.name}/meta/main.yml")["galaxy_info"]["min_ansible_version"]
        assert wanted == f">={found}.0", role.name


def test_the_change_log_has_the_version_of_the_collection() -> None:
    version = _yaml("galaxy.yml")["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert version in _yaml("changelogs/changelog.yaml")["releases"]
    assert f'<a id="v{version.replace(".", "-")}"></a>' in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_has_the_sections_that_automation_hub_asks_for() -> None:
    """What a review for certification looks for: https://docs.ansible.com/projects/partner-certification-requirements."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    for wanted in ("Requirements", "Installation", "Use cases", "Testing", "Support", "Release notes", "License"):
        assert any(heading.startswith(wanted) for heading in headings), wanted
    # Its users have ansible-core in execution environments.
    assert not re.search(r"pip3? install[^\n]* ansible(-core)?\b", text)
    assert "Create issue" in text


def test_no_package_that_an_execution_environment_gets_has_an_upper_bound_or_is_ansible() -> None:
    for line in (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[A-Za-z0-9_-]+(>=[\d.]+)?", line) and not line.startswith("ansible"), line


def test_workflows_call_what_there_is() -> None:
    """What GitHub runs is what everybody can run: targets of the Makefile and .ci/run; nothing may write there."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert workflows
    for path in workflows:
        found = _yaml(str(path.relative_to(ROOT)))
        assert found["permissions"] == {"contents": "read"}
        commands = [step["run"] for job in found["jobs"].values() for step in job["steps"] if "run" in step]
        assert commands
        for command in commands:
            _sudo, program, *words = command.split()
            assert (program == "make" and words[0] in targets) or (ROOT / program).is_file(), command


def test_the_matrix_of_the_workflow_is_ours() -> None:
    strategy = _yaml(".github/workflows/matrix.yml")["jobs"]["matrix"]["strategy"]["matrix"]
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert strategy["part"] == ["unit", "sanity", "jobs"] and f"PART={','.join(strategy['part'])}" in text
    assert [version.core for version in matrix.VERSIONS] == strategy["core"]


def test_issue_forms_ask_for_something() -> None:
    forms = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) >= 3
    for path in forms:
        form = _yaml(str(path.relative_to(ROOT)))
        asked = [part for part in form["body"] if part["type"] != "markdown"]
        assert form["name"] and form["description"] and asked
        assert len({part["id"] for part in asked}) == len(asked)
        assert any(part.get("validations", {}).get("required") for part in asked)
