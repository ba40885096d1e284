# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _printable, _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Report, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import element
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import Block, blocks, spans
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import example


# -- characters ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\r\nb\rc\x00", "a\nb\\x0dc\\x00"),
        ("\u202eexe.txt", "\\u202eexe.txt"),
        ("\ud800", "\\ud800"),
        ("\uffff", "\\uffff"),
        ("שלום 宽 é 👍", "שלום 宽 é 👍"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, expected: str) -> None:
    assert _printable.printable(text) == expected


def test_one_line_is_one_line() -> None:
    assert _printable.one_line("a\nb\tc") == "a\\nb\\tc"


def test_very_long_text_is_cut_and_says_so() -> None:
    assert _printable.printable("a" * 20, 10) == "aaaaaaaaaa… (10 more characters)"


def test_wide_characters_take_two_columns() -> None:
    assert _printable.width("a宽e\u0301") == 4


def test_a_shortened_name_keeps_both_ends() -> None:
    assert _printable.shorten("web-7c9d5b8f6-k2xqn", 9) == "web-…2xqn"
    assert _printable.shorten("web", 9) == "web"


def test_words_wrap_and_long_ones_break_after_a_separator() -> None:
    assert _printable.wrap("one two three", 8) == ["one two", "three"]
    assert _printable.wrap("default/web-server-0", 12) == ["default/web-", "server-0"]
    assert _printable.wrap("one two three four", 5, 2) == ["one", "two…"]


@pytest.mark.parametrize("columns", [1, 2, 7])
def test_no_line_is_longer_than_asked(columns: int) -> None:
    lines = _printable.wrap("a/bc 宽宽宽宽 defghijklmnop", max(columns, 2))
    assert all(_printable.width(line) <= max(columns, 2) for line in lines)


# -- markup ----------------------------------------------------------------------------------------------------------
def test_text_and_attributes_are_escaped() -> None:
    made = element("a", "<b> & 'c'", [None, element("br"), 3], title='"><script>', aria_label="x", hidden=True, id=None)
    assert made.source == (
        '<a title="&quot;&gt;&lt;script&gt;" aria-label="x" hidden="hidden">&lt;b&gt; &amp; &#x27;c&#x27;<br />3</a>'
    )


# -- advice ----------------------------------------------------------------------------------------------------------
def test_advice_has_paragraphs_lists_and_commands() -> None:
    text = (
        "First this,\nthen that:\n1. one\n2. two\n$ a\n$ b\n3. three\n\n- x\n- y\n```\n  raw\n    more\n```\n    code"
    )
    assert blocks(text) == (
        Block("paragraph", ("First this, then that:",)),
        Block("ordered", ("one", "two")),
        Block("command", ("a\nb",)),
        Block("ordered", ("three",), 3),
        Block("bullets", ("x", "y")),
        Block("code", ("raw\n  more",)),
        Block("code", ("code",)),
    )


def test_a_command_continues_after_a_backslash() -> None:
    assert blocks("$ a \\\n  b\nend") == (Block("command", ("a \\\n  b",)), Block("paragraph", ("end",)))


@pytest.mark.parametrize("text", ["", "\n\n", "```", "$ ", "1.", "`", "- ", "\\", "    "])
def test_scraps_of_notation_are_harmless(text: str) -> None:
    for each in blocks(text):
        assert each.texts


def test_backticks_in_pairs_are_code() -> None:
    assert list(spans("a `b` c")) == [(False, "a "), (True, "b"), (False, " c")]
    assert list(spans("a `b` c`d")) == [(False, "a "), (True, "b"), (False, " c`d")]


# -- words -----------------------------------------------------------------------------------------------------------
def test_places_are_named_from_the_outside_in() -> None:
    assert _wording.location(Location("n", "ns", "p", "eth0")) == "node n, pod ns/p, device eth0"
    assert _wording.location(Location(namespace="ns", service="s")) == "Service ns/s"
    assert _wording.location(Location(namespace="ns")) == "namespace ns"
    assert _wording.location(Location()) == ""


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0512, "0.051"), (0.5, "0.500"), (1.234, "1.23"), (12.345, "12.3"), (1234.5, "1234.5")]
)
def test_milliseconds_keep_three_digits_that_matter(value: float, expected: str) -> None:
    assert _wording.milliseconds(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T09:14:45.902Z", "2026-03-02 09:14:45 UTC"),
        ("2026-03-02T09:14:45+00:00", "2026-03-02 09:14:45 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_times_say_that_they_are_utc(text: str, expected: str) -> None:
    assert _wording.moment(text) == expected


def test_an_address_of_ipv6_has_brackets_before_its_port() -> None:
    report = load({}, {"plan": {"destination": {"address": "2001:db8::1", "port": 80}}})
    assert _wording.endpoint(report.destination) == "[2001:db8::1]:80"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"port": 80, "protocol": "tcp"}, "Can pod:a/b reach service:c/d on TCP port 80?"),
        ({"port": 53, "protocol": "udp"}, "Can pod:a/b reach service:c/d on UDP port 53?"),
        ({"port": None, "protocol": "icmp"}, "Can pod:a/b reach service:c/d by ping?"),
        ({}, "Can pod:a/b reach service:c/d?"),
    ],
)
def test_the_question_is_told_also_when_nothing_could_be_resolved(options: dict[str, object], expected: str) -> None:
    plan = {
        "source": None,
        "destination": None,
        "options": {"source": "pod:a/b", "destination": "service:c/d", **options},
    }
    assert _wording.question(load({}, {"plan": plan})) == expected


def test_the_end_of_the_run_is_its_last_event() -> None:
    events = [{"time": "2026-03-02T09:14:45.902Z"}, {"time": "2026-03-02T09:14:46.100Z"}, {"time": None}]
    assert load({}, {"events": events}).run.finished == "2026-03-02T09:14:46.100Z"


def test_dns_answers_are_told_by_type_and_value() -> None:
    data = {"rcode": "NOERROR", "answers": [{"name": "web.", "type": "A", "ttl": 5, "value": "10.96.0.7"}, "raw"]}
    (probe,) = load({}, {"probes": [{"request": {}, "result": {"data": data}}]}).probes
    assert _wording.measured(probe) == ("DNS answer code NOERROR", "answers: A 10.96.0.7, raw")


# -- findings in order -----------------------------------------------------------------------------------------------
def made_of(root_causes: list[str], *findings: tuple[str, str, list[str]]) -> Report:
    listed = [{"id": name, "severity": severity, "explains": explains} for name, severity, explains in findings]
    return load({"verdict": {"result": "fault", "root_causes": root_causes}, "findings": listed}, {})


def names(branches: object) -> list[object]:
    return [[each.finding.id, *names(each.consequences)] for each in branches]  # type: ignore[attr-defined]


def test_consequences_stand_beneath_their_cause() -> None:
    grouped = group(
        made_of(
            ["b"],
            ("c", "major", []),
            ("b", "critical", ["a"]),
            ("a", "major", ["d"]),
            ("d", "info", []),
            ("e", "info", []),
        )
    )
    assert names(grouped.causes) == [["b", ["a", ["d"]]]]
    assert names(grouped.others) == [["c"]]
    assert names(grouped.info) == [["e"]]


def test_the_worst_of_the_others_comes_first_and_under_its_own_explanation() -> None:
    grouped = group(made_of([], ("a", "minor", []), ("b", "critical", ["a"]), ("c", "major", [])))
    assert names(grouped.others) == [["b", ["a"]], ["c"]]


def test_findings_that_explain_one_another_appear_once() -> None:
    grouped = group(
        made_of(["a"], ("a", "major", ["b"]), ("b", "major", ["a"]), ("x", "major", ["y"]), ("y", "major", ["x"]))
    )
    assert sorted(each.finding.id for each in grouped.everything()) == ["a", "b", "x", "y"]


def test_one_id_found_twice_appears_twice_with_numbers_of_their_own() -> None:
    grouped = group(made_of(["a"], ("a", "major", []), ("a", "major", [])))
    assert [each.number for each in grouped.everything()] == [1, 2]


def test_info_that_explains_something_worse_is_not_folded() -> None:
    grouped = group(made_of([], ("a", "info", ["b"]), ("b", "major", [])))
    assert names(grouped.others) == [["a", ["b"]]] and grouped.info == ()


# -- what was not measured -------------------------------------------------------------------------------------------
def test_a_complete_run_has_nothing_to_confess() -> None:
    findings, context = example("healthy")
    for step in findings["steps"]:
        step["status"] = "pass"
    assert not_measured(load(findings, context)) == ()


def test_probes_with_the_same_reason_are_told_together() -> None:
    gaps = {gap.what: gap.why for gap in not_measured(load(*example("inconclusive")))}
    reason = "Cannot reach node-2: its agent pod did not start within 10 s"
    told = [what for what, why in gaps.items() if why == reason]
    assert len(told) == 1
    assert "2 probes not measured (ping back, TCP inside the destination)" in told[0]


def test_a_missing_reason_is_told_as_missing() -> None:
    gaps = not_measured(load({"steps": [{"name": "ping", "status": "skipped"}]}, {}))
    assert [(gap.what, gap.why) for gap in gaps] == [("step ping: not run", "no reason was recorded")]


def test_events_of_the_run_that_failed_are_told() -> None:
    events = [
        {"phase": "capture_start", "node": "node-2", "status": "error", "text": "no tcpdump"},
        {"phase": "snapshot", "node": "node-1", "status": "done", "text": ""},
    ]
    gaps = not_measured(load({"steps": [{"name": "ping", "status": "pass"}]}, {"events": events}))
    assert [(gap.what, gap.why) for gap in gaps] == [("capture start on node-2", "no tcpdump")]
