# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._json import render_json
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._junit import render_junit
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import (
    HOSTILE,
    NAMES,
    example,
    with_hostile,
)

# The used part of the JUnit schema of Jenkins (jenkins-junit.xsd): attributes, and which children in which order.
SCHEMA: dict[str, tuple[set[str], str]] = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, r"(testsuite )*"),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        r"(properties )?(testcase )*",
    ),
    "properties": (set(), r"(property )*"),
    "property": ({"name", "value"}, ""),
    "testcase": ({"name", "classname", "time"}, r"((skipped|error|failure) )?(system-out )?"),
    "skipped": ({"message"}, ""),
    "error": ({"message", "type"}, ""),
    "failure": ({"message", "type"}, ""),
    "system-out": (set(), ""),
}


def document_of(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(render_junit(*example(name)).encode("utf-8"))


def cases(root: ElementTree.Element, suite: str) -> dict[str, ElementTree.Element]:
    found = root.iterfind(f"testsuite[@name='podnet.diagnostics.{suite}']/testcase")
    return {case.get("name", ""): case for case in found}


def outcome(case: ElementTree.Element) -> str:
    return next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")


@pytest.mark.parametrize("name", NAMES)
def test_elements_and_attributes_are_those_of_the_schema(name: str) -> None:
    for element in document_of(name).iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.keys()) <= attributes
        order = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(children, order), (element.tag, order)


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_the_cases(name: str) -> None:
    root = document_of(name)
    for element in [root, *root.iter("testsuite")]:
        outcomes = [outcome(case) for case in element.iter("testcase")]
        assert element.get("tests") == str(len(outcomes))
        assert element.get("failures") == str(outcomes.count("failure"))
        assert element.get("errors") == str(outcomes.count("error"))
        assert element.get("skipped", str(outcomes.count("skipped"))) == str(outcomes.count("skipped"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("healthy", "passed"),
        ("nic-static-and-dhcp", "failure"),
        ("path-mtu-blackhole", "failure"),
        ("inconclusive", "error"),
    ],
)
def test_the_verdict_is_a_case(name: str, expected: str) -> None:
    assert [outcome(case) for case in cases(document_of(name), "verdict").values()] == [expected]


def test_measured_bad_is_a_failure_and_not_measured_is_not() -> None:
    found = {
        name.partition(":")[0]: outcome(case) for name, case in cases(document_of("inconclusive"), "steps").items()
    }
    assert found["resolve"] == "passed" and found["ping"] == "failure"
    assert found["mtu"] == "skipped" and found["snapshot"] == "error"


def test_findings_are_failures_but_info_is_not() -> None:
    found = {name: outcome(case) for name, case in cases(document_of("nic-static-and-dhcp"), "findings").items()}
    assert found == {
        "nic-static-and-dhcp (node node-1, device eth0)": "failure",
        "tunnel-source-mismatch (node node-1, device flannel.1)": "failure",
        "nic-drops (node node-2, device eth0)": "passed",
    }


def test_a_consequence_names_its_cause() -> None:
    case = cases(document_of("nic-static-and-dhcp"), "findings")[
        "tunnel-source-mismatch (node node-1, device flannel.1)"
    ]
    assert "Part: consequence of nic-static-and-dhcp" in (case.find("failure").text or "")  # type: ignore[union-attr]


def test_two_findings_of_one_name_are_two_cases() -> None:
    findings, context = example("nic-static-and-dhcp")
    findings["findings"].append(dict(findings["findings"][2]))
    root = ElementTree.fromstring(render_junit(findings, context).encode("utf-8"))
    assert len(cases(root, "findings")) == 4


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_stays_text(name: str, hostile: str) -> None:
    findings, context = example(name)
    plain = [element.tag for element in document_of(name).iter("testcase")]
    source = render_junit(with_hostile(findings, hostile), with_hostile(context, hostile))
    root = ElementTree.fromstring(source.encode("utf-8"))
    assert {element.tag for element in root.iter()} <= set(SCHEMA)
    assert len(list(root.iter("testcase"))) == len(plain)


def test_a_document_is_made_of_nothing() -> None:
    root = ElementTree.fromstring(render_junit({}, {}).encode("utf-8"))
    assert [outcome(case) for case in root.iter("testcase")] == ["error"]


# -- the same as JSON ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_json_has_what_the_other_forms_show(name: str) -> None:
    findings, context = example(name)
    content = json.loads(render_json(findings, context))
    assert content["schema"] == "podnet.diagnostics/report/v1"
    assert content["verdict"]["summary"] == findings["verdict"]["summary"]
    assert [each["id"] for each in content["findings"]] == [each["id"] for each in findings["findings"]]
    assert len(content["probes"]) == len(context["probes"])
    assert content["run"]["run_id"] == context["manifest"]["run_id"]
    assert content["run"]["versions"] == {"podnet.diagnostics": "0.1.0", "ansible-core": "2.21.5"}


def test_json_tells_what_was_not_measured() -> None:
    gaps = json.loads(render_json(*example("inconclusive")))["not_measured"]
    assert {"what": "step mtu: not run", "why": "Not one packet passed."} in gaps
