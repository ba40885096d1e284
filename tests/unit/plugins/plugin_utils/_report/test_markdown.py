# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markdown import (
    block,
    code,
    escape,
    render_markdown,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import (
    HOSTILE,
    NAMES,
    example,
    with_hostile,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"a\|b"),
        ("`id`", r"\`id\`"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("*bold* ~~no~~ [x](y) #1", r"\*bold\* \~\~no\~\~ \[x\](y) \#1"),
        ("rp_filter", "rp_filter"),
        ("_emphasis_", r"\_emphasis\_"),
        ("back\\slash", r"back\\slash"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("10.96.0.10", "10.96.0.10"),
        ("---", r"\---"),
        ("-1 ms", "-1 ms"),
        ("two\nlines", r"two\\nlines"),
        ("@team", "@\u200cteam"),
        ("root@node-1", "root@node-1"),
    ],
)
def test_text_shows_as_it_is(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_code_holds_backticks() -> None:
    assert code("a`b") == "``a`b``"
    assert code("`x`") == "`` `x` ``"
    assert block("```\nx\n```") == "````text\n```\nx\n```\n````"


def unfenced(document: str) -> str:
    """The document without its blocks of code."""
    return re.sub(r"^(`{3,})\w*\n.*?^\1$", "", document, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_makes_no_markup(name: str, hostile: str) -> None:
    findings, context = example(name)
    document = unfenced(render_markdown(with_hostile(findings, hostile), with_hostile(context, hostile)))
    tags = set(re.findall(r"<[^>\n]*>", re.sub(r"(`+).+?\1", "", document)))
    assert tags <= {"<details>", "<summary>", "</details>", "</summary>"}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", document)


@pytest.mark.parametrize("hostile", ("", *HOSTILE))
@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(name: str, hostile: str) -> None:
    findings, context = example(name)
    document = unfenced(render_markdown(with_hostile(findings, hostile), with_hostile(context, hostile)))
    tables = re.findall(r"(?:^\|.*\|$\n?)+", document, flags=re.MULTILINE)
    assert tables
    for table in tables:
        cells = [len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) for line in table.strip().split("\n")]
        assert len(set(cells)) == 1, table


def test_a_reader_of_markdown_sees_no_html_of_others() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")
    findings, context = example("nic-static-and-dhcp")
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) | ![y](http://evil/z)"
    page = reader.render(render_markdown(with_hostile(findings, hostile), with_hostile(context, hostile)))
    assert "<script" not in page and "<img" not in page and 'href="javascript' not in page
    assert "<table>" in page and "<h1>" in page


def test_the_ticket_has_the_content_of_the_report() -> None:
    document = render_markdown(*example("nic-static-and-dhcp"))
    assert document.startswith("# ❌ Fault found: client-1 cannot reach")
    for part in (
        "- **Root cause:** `nic-static-and-dhcp`: The NIC eth0 of node-1 has a static address and runs DHCP as well",
        "- **Where:** node node-1, device eth0",
        "- **Confidence:** proven",
        "## What to change",
        "1. Set `BOOTPROTO=none` in",
        "```sh\nsed -i",
        "    X eth0",
        "broken here: nic-static-and-dhcp",
        "#### `tunnel-source-mismatch`",
        "consequence of nic-static-and-dhcp",
        "| Ping the destination | ❌ fail | 4.83 s |",
        "100 % (0 of 4)",
        "| node node-3 | outside the limit of this run |",
        "`pn-20260302-091427-7f3c`",
    ):
        assert part in document
    assert document.index("tunnel-source-mismatch") < document.index("## Steps")


def test_a_healthy_ticket_has_nothing_to_change() -> None:
    document = render_markdown(*example("healthy"))
    assert document.startswith("# ✅ Healthy") and "What to" not in document


def test_a_ticket_is_made_of_nothing() -> None:
    document = render_markdown({}, {})
    for part in (
        "No verdict",
        "No path is known",
        "No step was recorded",
        "No probe was sent",
        "No packets were captured",
    ):
        assert part in document
