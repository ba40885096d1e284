# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence for each argument that cannot be used, all at once."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._arguments import argument_problems

SPEC: dict[str, dict[str, t.Any]] = {
    "source": {"type": "str", "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"]},
    "ping_count": {"type": "int"},
    "port": {"type": "int"},
    "steps": {"type": "list", "elements": "str", "choices": ["a", "b"]},
    "quiet": {"type": "bool"},
    "folder": {"type": "path"},
}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "diagnose_source is missing"),
        ({"source": {"a": 1}}, 'diagnose_source is {"a": 1}; it must be a text'),
        ({"source": "x", "protocol": "sctp"}, 'diagnose_protocol is "sctp"; it must be one of tcp, udp'),
        (
            {"source": "x", "ping_count": "many"},
            'diagnose_ping_count is "many"; it must be a whole number from 1 to 100',
        ),
        ({"source": "x", "port": "http"}, 'diagnose_port is "http"; it must be a whole number'),
        ({"source": "x", "quiet": "perhaps"}, 'diagnose_quiet is "perhaps"; it must be true or false'),
        ({"source": "x", "folder": "a\0b"}, 'diagnose_folder is "a\\u0000b"; it must be a path'),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_what_is_allowed(given: dict[str, t.Any], problem: str) -> None:
    assert argument_problems(SPEC, given, "diagnose_prepare", "diagnose_") == [problem]


def test_good_arguments_have_no_problem() -> None:
    given = {"source": "x", "protocol": "udp", "ping_count": "4", "steps": ["a"], "quiet": "yes", "port": None}
    assert argument_problems(SPEC, given, "diagnose_prepare") == []


def test_everything_is_told_at_once() -> None:
    assert len(argument_problems(SPEC, {"protocol": "x", "ping_count": -1}, "diagnose_prepare")) == 3
