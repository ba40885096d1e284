# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html import render_html
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._style import STYLE
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import (
    HOSTILE,
    NAMES,
    Page,
    example,
    with_hostile,
)


@pytest.fixture(name="page", scope="module", params=NAMES)
def any_page(request: pytest.FixtureRequest) -> Page:
    return Page(render_html(*example(request.param)))


def page_of(name: str) -> Page:
    return Page(render_html(*example(name)))


# -- one self-contained, valid, accessible file ---------------------------------------------------------------------
def test_every_element_is_closed_where_it_was_opened(page: Page) -> None:
    assert page.problems == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_well_formed_xml(name: str) -> None:
    source = render_html(*example(name))
    assert source.startswith("<!DOCTYPE html>\n")
    assert ElementTree.fromstring(source.partition("\n")[2]).tag == "html"


def test_nothing_is_asked_for_from_elsewhere(page: Page) -> None:
    assert not {tag for tag, attributes in page.elements} & {
        "script",
        "iframe",
        "object",
        "embed",
        "img",
        "base",
        "form",
    }
    assert [attributes["href"] for attributes in page.tags("link")] == ["data:,"]
    assert not [key for tag, attributes in page.elements for key in attributes if key in ("src", "srcset", "action")]
    assert not [key for tag, attributes in page.elements for key in attributes if key.startswith("on")]
    assert "@import" not in STYLE and "url(" not in STYLE


def test_the_page_forbids_what_it_does_not_use(page: Page) -> None:
    policy = [meta["content"] for meta in page.tags("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1 and "default-src 'none'" in policy[0] and "script-src" not in policy[0]


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere(page: Page) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for attributes in page.tags("a") if attributes["href"].startswith("#")}
    assert targets and targets <= set(ids)


def test_every_label_reference_exists(page: Page) -> None:
    named = {name for tag, attributes in page.elements for name in attributes.get("aria-labelledby", "").split()}
    assert named and named <= set(page.ids())


def test_the_picture_has_a_title_and_a_description_in_words(page: Page) -> None:
    pictures = [svg for svg in page.tags("svg") if svg.get("class") == "path"]
    assert pictures
    for picture in pictures:
        assert picture["role"] == "img"
        assert len(picture["aria-labelledby"].split()) == 2


def test_there_is_one_heading_of_the_first_level(page: Page) -> None:
    assert [tag for tag, attributes in page.elements].count("h1") == 1


def test_status_badges_say_their_status_in_a_word(page: Page) -> None:
    assert re.search(r"(pass|fail|skipped|error)", page.text)
    assert [attributes for attributes in page.tags("span") if attributes.get("aria-hidden") == "true"]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(scheme: str) -> None:
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")[:2]
    part = light if scheme == "light" else dark.partition("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part))
    pairs = [
        ("text", "page"),
        ("text", "card"),
        ("text", "inset"),
        ("muted", "card"),
        ("muted", "page"),
        ("link", "card"),
    ]
    pairs += [(tone, f"{tone}-soft") for tone in ("red", "amber", "green", "grey")]
    pairs += [(tone, "card") for tone in ("red", "amber", "green", "grey", "forward", "reply")]
    pairs += [
        ("muted", "red-soft"),
        ("muted", "amber-soft"),
        ("muted", "green-soft"),
        ("muted", "inset"),
        ("text", "code"),
    ]
    low = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in low.items() if value < 4.5} == {}


# -- what it says ----------------------------------------------------------------------------------------------------
def test_a_fault_names_cause_place_confidence_and_change_first() -> None:
    text = page_of("nic-static-and-dhcp").text
    top = text[: text.index("as followed through the state of the nodes")]
    for part in (
        "Fault found",
        "Can pod:default/client-1 reach service:default/web on TCP port 80?",
        "nic-static-and-dhcp",
        "The NIC eth0 of node-1 has a static address and runs DHCP as well",
        "node node-1, device eth0",
        "proven: the packet, the kernel or the failing object itself was observed",
        "What to change",
        "ip address del 198.51.100.77/24 dev eth0",
    ):
        assert part in top


def test_commands_are_whole_and_can_be_selected_at_once() -> None:
    source = render_html(*example("nic-static-and-dhcp"))
    commands = re.search(r'<pre class="command"[^>]*>([^<]*)</pre>', source)
    assert commands is not None
    assert commands.group(1).split("\n")[1] == "ip address del 198.51.100.77/24 dev eth0"
    assert "$ " not in commands.group(1)
    assert re.search(r"pre\.command \{[^}]*user-select: all", STYLE)


def test_a_consequence_stands_within_its_cause() -> None:
    root = ElementTree.fromstring(render_html(*example("nic-static-and-dhcp")).partition("\n")[2])
    articles = {article.get("id"): article for article in root.iter("article")}
    cause = next(article for article in articles.values() if "nic-static-and-dhcp" in "".join(article.itertext())[:80])
    inner = [each for each in cause.iter("article") if each is not cause]
    assert ["tunnel-source-mismatch" in "".join(each.itertext()) for each in inner] == [True]


def test_info_is_folded_away_and_nothing_else_of_the_findings_is() -> None:
    root = ElementTree.fromstring(render_html(*example("nic-static-and-dhcp")).partition("\n")[2])
    section = next(each for each in root.iter("section") if each.get("id") == "findings")
    folded = ["".join(each.itertext()) for each in section.iter("details")]
    assert len(folded) == 1 and "nic-drops" in folded[0] and "tunnel-source-mismatch" not in folded[0]
    assert all(each.get("open") is None for each in section.iter("details"))


def test_evidence_leads_to_the_row_of_its_probe() -> None:
    root = ElementTree.fromstring(render_html(*example("nic-static-and-dhcp")).partition("\n")[2])
    link = next(each for each in root.iter("a") if each.text == "probe:ping-2")
    row = next(each for each in root.iter("tr") if each.get("id") == link.get("href", "")[1:])
    assert "10.244.2.4" in "".join(row.itertext()) and "no reply" in "".join(row.itertext())


def test_what_was_not_measured_is_told_with_its_reason() -> None:
    text = page_of("inconclusive").text
    assert "Inconclusive" in text and "What to do next" in text
    for reason in (
        "the API answered 403 Forbidden (list pods in namespace kube-system)",
        "its agent pod did not start within 10 s",
        "Cannot capture on node-1: tcpdump is not installed",
        "node-2 did not answer, its state was not read.",
    ):
        assert reason in text[text.rindex("Not measured") :]


def test_a_capture_that_lost_packets_is_told() -> None:
    text = page_of("path-mtu-blackhole").text
    assert "capture of tun44 on node-2: incomplete" in text
    assert "node-2 tun44: the capture lost 3 packets" in text[text.index("Where the packets of each probe went") :]


def test_a_node_outside_the_limit_is_told() -> None:
    assert "outside the limit of this run" in page_of("nic-static-and-dhcp").text


def test_a_healthy_run_has_no_cause_and_no_advice() -> None:
    text = page_of("healthy").text
    assert "Healthy" in text and "Root cause" not in text and "What to change" not in text


def test_a_count_that_was_not_measured_is_not_shown_as_none() -> None:
    findings, context = example("nic-static-and-dhcp")
    for hop in findings["path"]["forward"]:
        hop["seen"] = {"forward": 4, "reply": None}
    findings["path"]["reverse"] = []
    source = render_html(findings, context)
    assert re.search(r'reply <tspan class="number no-count">–</tspan>', source)
    assert not re.search(r'reply <tspan class="number [a-z-]+">0</tspan>', source)


def test_probes_have_loss_and_times() -> None:
    root = ElementTree.fromstring(render_html(*example("nic-static-and-dhcp")).partition("\n")[2])
    rows = {row.get("id"): ["".join(cell.itertext()) for cell in row] for row in root.iter("tr") if row.get("id")}
    assert rows["probe-1"][4:6] == ["0 %4 of 4", "0.051 / 0.068 / 0.094"]
    assert rows["probe-3"][3:6] == ["✕ failtimed out", "50.0 %2 of 4", "0.190 / 0.200 / 0.210"]
    assert "Service default/web" in rows["probe-3"][2] and "10.96.41.7:80" in rows["probe-3"][2]


def test_of_many_probes_those_that_passed_are_folded() -> None:
    findings, context = example("nic-static-and-dhcp")
    context["probes"] = context["probes"] * 20
    root = ElementTree.fromstring(render_html(findings, context).partition("\n")[2])
    section = next(each for each in root.iter("section") if each.get("id") == "probes")
    folded = next(section.iter("details"))
    assert "✕ fail" not in "".join(folded.itertext())
    assert len(list(section.iter("tr"))) == len(context["probes"]) + 2


# -- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_stays_text(name: str, hostile: str) -> None:
    findings, context = example(name)
    source = render_html(with_hostile(findings, hostile), with_hostile(context, hostile))
    page = Page(source)
    assert page.problems == []
    ElementTree.fromstring(source.partition("\n")[2].encode("utf-8"))
    assert not {tag for tag, attributes in page.elements} & {"script", "img"}
    assert not [key for tag, attributes in page.elements for key in attributes if key.startswith("on")]
    assert all(link["href"].startswith(("#", "http")) for link in page.tags("a"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source)


def test_hostile_words_of_closed_sets_make_no_classes() -> None:
    findings, context = example("nic-static-and-dhcp")
    page = Page(render_html(with_hostile(findings, ' x" onclick="y'), context))
    classes = {name for tag, attributes in page.elements for name in attributes.get("class", "").split()}
    assert not [name for name in classes if not re.fullmatch(r"[a-z-]+", name)]


@pytest.mark.parametrize(
    "value", [None, "text", 7, [], {}, [None], ["text"], [[]], {"a": 1}, True, float("nan"), 10**400]
)
@pytest.mark.parametrize("part", ["verdict", "findings", "steps", "path"])
def test_values_of_the_wrong_type_do_not_stop_the_report(part: str, value: object) -> None:
    findings, context = example("nic-static-and-dhcp")
    findings[part] = value
    page = Page(render_html(findings, context))
    assert page.problems == [] and "Probes" in page.text


def test_a_report_is_made_of_nothing() -> None:
    page = Page(render_html({}, {}))
    assert page.problems == []
    for part in (
        "No verdict",
        "No path is known",
        "No step was recorded",
        "No probe was sent",
        "No packets were captured",
    ):
        assert part in page.text


@pytest.mark.parametrize("leaf", [None, 10**400, -1, 1.5, True, "", [], {}])
def test_any_leaf_may_be_of_another_type(leaf: object) -> None:
    def replaced(value: object) -> object:
        if isinstance(value, dict):
            return {key: replaced(item) for key, item in value.items()}
        return [replaced(item) for item in value] if isinstance(value, list) else leaf

    findings, context = example("path-mtu-blackhole")
    assert Page(render_html(replaced(findings), replaced(context))).problems == []  # type: ignore[arg-type]
