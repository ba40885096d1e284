# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The YAML of netplan files: read as a full reader would, or refused with the line."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _yaml

# What netplan files look like: from its documentation, from cloud images, from hands; and what they mean.
READ: list[dict[str, t.Any]] = json.loads(
    (pathlib.Path(__file__).parent / "fixtures" / "netplan_yaml.json").read_text(encoding="utf-8")
)
REFUSED = [
    ("a: &x 1\n", 1, "an anchor is not supported"),
    ("a: &x 1\nb: *x\n", 1, "an anchor is not supported"),
    ("a: 1\nb: *x\n", 2, "an alias is not supported"),
    ("a:\n  <<: {b: 1}\n", 2, "such a key is not supported"),
    ("a: {<<: {b: 1}}\n", 1, "such a key is not supported"),
    ("a: !!str 1\n", 1, "a tag is not supported"),
    ("!x\na: 1\n", 1, "a tag is not supported"),
    ("a:\n  b: |\n    text\n", 2, "a block scalar is not supported"),
    ("a: >-\n  text\n", 1, "a block scalar is not supported"),
    ("? a\n: b\n", 1, ""),
    ("a: 1\n---\nb: 2\n", 2, "several documents in a file are not supported"),
    ("a: 1\n...\nb: 2\n", 3, "several documents in a file are not supported"),
    ("--- {a: 1}\n", 1, "content beside a document mark is not supported"),
    ("a:\n\tb: 1\n", 2, "a tab is not supported"),
    ("a:\n -\tb: 1\n", 2, "a tab is not supported"),
    ("a: 1\nb: 2\na: 3\n", 3, "the same key stands here twice"),
    ("a: {b: 1, b: 2}\n", 1, "the same key stands here twice"),
    ('a: "x\ny"\n', 1, "a quote is not closed on its line"),
    ("a: 'x\n", 1, "a quote is not closed on its line"),
    ("a: [1, 2\nb: 3\n", 2, ""),
    ("a: [1, 2\n", 1, "a bracket is not closed"),
    ("a: 1\n  b: 2\n", 2, "it is neither a key nor the value of one"),
    ("a: word\n  more words\n", 2, "it is neither a key nor the value of one"),
    ("a:\n    b: 1\n  c: 2\n", 3, ""),
    ("  a: 1\nb: 2\n", 2, "it is indented less"),
    ("a: b: c\n", 1, "a second key on one line"),
    ("a: 'x' y\n", 1, "something stands after the end of the value"),
    ("a: [1] x\n", 1, "something stands after the end of the value"),
    ("a: {b: 1}}\n", 1, "something stands after the end of the value"),
    ("a: [b: c]\n", 1, "a mapping without braces in a list is not supported"),
    ("a: [b c]: d\n", 1, ""),
    ('a: "\\q"\n', 1, "an unknown escape in double quotes"),
    ('a: "\\xZZ"\n', 1, "an unknown escape in double quotes"),
    ('a: "\\U00110000"\n', 1, "an escape in double quotes is not a character"),
    ('a: "\\ud800"\n', 1, "an escape in double quotes is not a character"),
    ('a: "\\u 12"\n', 1, "an unknown escape in double quotes"),
    ("a: `b`\n", 1, "a reserved character is not supported"),
    ("a: @b\n", 1, "a reserved character is not supported"),
    ("%YAML 1.1\n---\na: 1\n", 1, ""),
    ("- a\nb: 1\n", 2, ""),
    ("a: 1\n- b\n", 2, ""),
    ("a:\n- b\n  - c\n", 3, ""),
    ("a: 1\nb\n", 2, "it is neither a key nor the value of one"),
    ("x\ny\n", 2, ""),
    ("a: ]\n", 1, "a value is missing"),
    ("a: [,]\n", 1, "a value is missing"),
    ("a: " + "[" * 100 + "]" * 100 + "\n", 1, "nested more than 32 levels deep"),
    ("".join("  " * level + "a:\n" for level in range(100)), 34, "nested more than 32 levels deep"),
]


def strings(node: _yaml.Node) -> t.Any:
    """Plain Python values, every scalar as text, as PyYAML's BaseLoader gives them."""
    if isinstance(node, _yaml.Mapping):
        return {key: strings(value) for key, value in node.items.items()}
    if isinstance(node, _yaml.Sequence):
        return [strings(item) for item in node.items]
    return node.text


@pytest.mark.parametrize("case", READ, ids=lambda case: case["text"])
def test_read(case: dict[str, t.Any]) -> None:
    assert strings(_yaml.parse(case["text"])) == case["value"]


def test_what_is_expected_is_what_a_full_reader_reads() -> None:
    yaml = pytest.importorskip("yaml")
    for case in READ:
        value = yaml.load(case["text"], Loader=yaml.BaseLoader)
        assert case["value"] == ("" if value is None else value), case["text"]


@pytest.mark.parametrize("text, line, reason", REFUSED)
def test_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(_yaml.YamlError) as caught:
        _yaml.parse(text)
    assert caught.value.line == line
    assert reason in caught.value.reason


def test_reason_does_not_quote_the_file() -> None:
    with pytest.raises(_yaml.YamlError) as caught:
        _yaml.parse("password: &hunter2 'hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_lines_of_nodes() -> None:
    document = _yaml.parse("# c\na:\n\n  b: 1\n  c:\n  - x\n  - {y: z}\n")
    assert isinstance(document, _yaml.Mapping)
    a = document.items["a"]
    assert isinstance(a, _yaml.Mapping) and a.items["b"].line == 4
    c = a.items["c"]
    assert isinstance(c, _yaml.Sequence) and [item.line for item in c.items] == [6, 7]


@pytest.mark.parametrize("text, null", [("~", True), ("null", True), ("", True), ("'~'", False), ("x", False)])
def test_null(text: str, null: bool) -> None:
    document = _yaml.parse(f"a: {text}\n")
    assert isinstance(document, _yaml.Mapping)
    node = document.items["a"]
    assert isinstance(node, _yaml.Scalar) and node.is_null is null


def test_whatever_is_read_is_read_rightly() -> None:
    """Files with random damage: what is not refused means the same to a full reader."""
    yaml = pytest.importorskip("yaml")
    chance = random.Random(4)
    pieces = [
        ":",
        " ",
        "\n",
        "- ",
        "#",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        "  ",
        "a",
        "1",
        "&",
        "*",
        "\\",
        "\t",
        ": ",
        "-",
    ]
    compared = 0
    for _attempt in range(6000):
        text = chance.choice(READ)["text"]
        for _damage in range(chance.randint(1, 3)):
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(pieces) + text[at + chance.randint(0, 2) :]
        try:
            ours = strings(_yaml.parse(text))
        except _yaml.YamlError:
            continue
        try:
            theirs = yaml.load(text, Loader=yaml.BaseLoader)
        except yaml.YAMLError:
            theirs = ours if "\t" in text else "refused"  # it refuses tabs even in empty lines
        compared += 1
        assert ours == ("" if theirs is None else theirs), repr(text)
    assert compared > 1000
