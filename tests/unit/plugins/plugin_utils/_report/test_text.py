# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _text
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import (
    HOSTILE,
    NAMES,
    example,
    with_hostile,
)


@pytest.mark.parametrize("name", NAMES)
def test_plain_lines_have_no_control_characters(name: str) -> None:
    for line in _text.render_text(*example(name)):
        assert line.isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_coloured_lines_are_the_plain_ones_with_colours(name: str) -> None:
    coloured = _text.render_coloured_text(*example(name))
    assert "\x1b[" in "".join(coloured)
    assert [re.sub(r"\x1b\[\d+m", "", line).rstrip() for line in coloured] == _text.render_text(*example(name))
    for line in coloured:
        assert line.count("\x1b[0m") * 2 == line.count("\x1b[")


def test_each_step_has_status_question_answer_and_numbers() -> None:
    step = example("nic-static-and-dhcp")[0]["steps"][3]
    assert _text.step_lines(step) == [
        "FAIL    Ping the destination  4.83 s",
        "        Does ICMP get there and back?",
        "        node-2: 0 of 4 replies (100 % loss). node-1: 4 of 4.",
        "          10.244.1.6  4 sent, 4 received, 0 % loss, min/avg/max/mdev 0.051/0.068/0.094/0.016 ms",
        "          10.244.2.4  4 sent, 0 received, 100 % loss",
    ]
    assert _text.coloured_step_lines(step)[0].startswith("\x1b[31mFAIL    \x1b[0m")


def test_the_verdict_reads_from_result_to_change() -> None:
    lines = _text.verdict_lines(*example("nic-static-and-dhcp"))
    assert lines[0] == "FAULT FOUND"
    assert "Root cause  nic-static-and-dhcp" in lines
    assert "Where       node node-1, device eth0" in lines
    assert "              $ ip address del 198.51.100.77/24 dev eth0" in lines
    assert any(line.startswith("Explains    tunnel-source-mismatch") for line in lines)
    assert any(line.startswith("    X eth0 ") for line in lines)
    assert "  - node node-3: outside the limit of this run" in lines


def test_commands_are_never_wrapped() -> None:
    findings, context = example("nic-static-and-dhcp")
    command = "kubectl get nodes " + "-o wide " * 40
    findings["findings"][0]["remediation"] = f"Look:\n$ {command}"
    assert f"              $ {command.strip()}" in _text.verdict_lines(findings, context)


def test_a_command_over_several_lines_has_one_prompt() -> None:
    findings, context = example("nic-static-and-dhcp")
    findings["findings"][0]["remediation"] = "$ ip link \\\n    set cni0 up\n$ ip link"
    lines = _text.verdict_lines(findings, context)
    at = lines.index("              $ ip link \\")
    assert lines[at + 1].split() == ["set", "cni0", "up"] and lines[at + 2] == "              $ ip link"


def test_prose_fits_the_terminal() -> None:
    findings, context = example("inconclusive")
    too_long = [
        line for line in _text.verdict_lines(findings, context, 72) if len(line) > 72 and not line.startswith("    ")
    ]
    assert too_long == []


def test_healthy_and_inconclusive_say_so() -> None:
    assert _text.verdict_lines(*example("healthy"))[0] == "HEALTHY"
    lines = _text.verdict_lines(*example("inconclusive"))
    assert lines[0] == "INCONCLUSIVE" and any(line.startswith("Next ") for line in lines)
    assert not [line for line in lines if line.startswith("Root cause")]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_cannot_steer_the_terminal(name: str, hostile: str) -> None:
    findings, context = example(name)
    for line in _text.render_text(with_hostile(findings, hostile), with_hostile(context, hostile)):
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)
        line.encode("utf-8")


def test_lines_are_made_of_nothing() -> None:
    assert _text.render_text({}, {})[1] == "NO VERDICT"


def test_every_status_and_result_has_a_colour_of_ansible() -> None:
    assert set(_text.STATUS_COLOURS) == {"pass", "fail", "skipped", "error"}
    assert set(_text.VERDICT_COLOURS) == {"healthy", "fault", "inconclusive"}


def test_the_verdict_can_be_told_from_findings_alone() -> None:
    lines = _text.verdict_lines(example("nic-static-and-dhcp")[0])
    assert lines[0] == "FAULT FOUND" and "Root cause  nic-static-and-dhcp" in lines
