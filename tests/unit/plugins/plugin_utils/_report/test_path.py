# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import re
import typing as t
from xml.etree import ElementTree

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Report, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_layout import arrange
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import (
    ASSUMED,
    FLOW,
    IDLE,
    LOST,
    pictures,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_svg import describe, render_path
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._report.helper import (
    HOSTILE,
    NAMES,
    example,
    with_hostile,
)

SVG = "{http://www.w3.org/2000/svg}"


def report_of(name: str, change: t.Callable[[dict[str, t.Any]], None] | None = None) -> Report:
    """An example run; `change` edits its path."""
    findings, context = example(name)
    if change:
        change(findings["path"])
    return load(findings, context)


def svg_of(report: Report, index: int = 0) -> ElementTree.Element:
    return ElementTree.fromstring(render_path(pictures(report)[index], "path-1", {}).source)


def texts(element: ElementTree.Element, class_: str) -> list[str]:
    return ["".join(each.itertext()) for each in element.iter(f"{SVG}text") if each.get("class") == class_]


def hop(
    node: str, kind: str, label: str, status: str = "ok", forward: int | None = None, reply: int | None = None
) -> dict[str, t.Any]:
    return {"node": node, "kind": kind, "label": label, "status": status, "seen": {"forward": forward, "reply": reply}}


def picture_of(*hops: dict[str, t.Any], reverse: tuple[dict[str, t.Any], ...] = ()) -> t.Any:
    return pictures(load({"path": {"forward": list(hops), "reverse": list(reverse)}}, {}))[0]


# -- what is drawn ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_well_formed_and_names_every_hop(name: str) -> None:
    report = report_of(name)
    svg = svg_of(report)
    assert svg.tag == f"{SVG}svg"
    drawn = "".join(texts(svg, "name")).replace(" ", "")
    for each in report.forward:
        assert each.label.replace(" ", "") in drawn


def test_nodes_are_boxes_with_their_name() -> None:
    assert texts(svg_of(report_of("nic-static-and-dhcp")), "box-title") == ["node-1", "node-2"]
    assert texts(svg_of(report_of("path-mtu-blackhole")), "box-title") == ["outside the cluster", "node-1", "node-2"]


def test_the_broken_hop_is_marked_by_sign_and_class_and_names_its_finding() -> None:
    svg = svg_of(report_of("nic-static-and-dhcp"))
    broken = [group for group in svg.iter(f"{SVG}g") if group.get("class") == "hop broken" and texts(group, "name")]
    assert [texts(group, "name") for group in broken] == [["eth0"]]
    assert [path.get("class") for path in broken[0].iter(f"{SVG}path")] == ["sign"]
    assert texts(broken[0], "pill-text") == ["nic-static-and-dhcp"]
    assert "192.0.2.11 from the ifcfg" in " ".join(texts(broken[0], "note"))


def test_the_mtu_stands_under_each_device_that_has_one() -> None:
    report = report_of("path-mtu-blackhole")
    shown = re.findall(r"MTU (\d+)", " ".join(texts(svg_of(report), "fact")))
    assert sorted(map(int, shown)) == sorted(each.mtu for each in report.forward if each.mtu is not None)


def test_a_finding_in_the_picture_is_a_link_to_its_place() -> None:
    picture = pictures(report_of("nic-static-and-dhcp"))[0]
    svg = ElementTree.fromstring(render_path(picture, "p", {"nic-static-and-dhcp": "#finding-1"}).source)
    assert [link.get("href") for link in svg.iter(f"{SVG}a")] == ["#finding-1"]


def test_the_description_tells_the_path_in_words() -> None:
    text = describe(pictures(report_of("nic-static-and-dhcp"))[0])
    assert text.startswith(
        "1. default/client-1: pod, eth0, 10.244.1.5, MTU 1450, on node node-1, ok, forward 4 packets"
    )
    assert "6. eth0: NIC, 192.0.2.11, MTU 1500, on node node-1, broken here" in text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_do_not_break_the_picture(name: str, hostile: str) -> None:
    findings, context = example(name)
    for direction in findings["path"].values():
        for each in direction:
            for key in ("label", "device", "note", "node", "address", "findings"):
                each[key] = with_hostile(each[key], hostile)
    svg = svg_of(load(findings, context))
    assert not [element for element in svg.iter() if element.tag in (f"{SVG}script", f"{SVG}img")]


# -- both directions -------------------------------------------------------------------------------------------------
def test_a_way_back_over_the_same_devices_is_one_picture() -> None:
    assert [picture.title for picture in pictures(report_of("nic-static-and-dhcp"))] == ["There and back"]


def test_another_way_back_is_a_picture_of_its_own() -> None:
    def change(path: dict[str, t.Any]) -> None:
        path["reverse"] = [each for each in path["reverse"] if each["device"] != "flannel.1"]

    assert [picture.title for picture in pictures(report_of("healthy", change))] == ["The way there", "The way back"]


def test_what_is_broken_on_the_way_back_only_is_broken_in_the_common_picture() -> None:
    def change(path: dict[str, t.Any]) -> None:
        path["reverse"][3].update(status="broken", note="rp_filter drops it", findings=["rp-filter-drop"])

    (picture,) = pictures(report_of("healthy", change))
    (broken,) = [each for each in picture.hops() if each.status == "broken"]
    assert (broken.node, broken.device) == ("node-2", "flannel.1")
    assert broken.note == "Way back: rp_filter drops it"
    assert broken.findings == ("rp-filter-drop",)


def test_the_way_back_counts_replies() -> None:
    report = load(
        {
            "path": {
                "forward": [],
                "reverse": [hop("n2", "pod", "b", forward=4, reply=4), hop("n2", "veth", "v", forward=4, reply=0)],
            }
        },
        {},
    )
    assert [wire.along for wire in pictures(report)[0].wires()] == [LOST]


# -- traffic on the wires --------------------------------------------------------------------------------------------
def test_packets_are_lost_between_the_last_device_that_saw_them_and_the_next() -> None:
    picture = picture_of(
        hop("a", "pod", "p", forward=4),
        hop("a", "nic", "eth0", forward=4),
        hop("", "network", "net"),
        hop("b", "nic", "eth0", forward=0),
        hop("b", "tunnel", "flannel.1", forward=0),
    )
    assert [wire.along for wire in picture.wires()] == [FLOW, FLOW, LOST, IDLE]


def test_without_captures_nothing_is_said_of_packets() -> None:
    picture = picture_of(hop("a", "pod", "p"), hop("a", "veth", "v"), hop("a", "bridge", "cni0"))
    assert [(wire.along, wire.back) for wire in picture.wires()] == [(ASSUMED, None), (ASSUMED, None)]


def test_without_captures_nothing_passes_a_broken_hop() -> None:
    picture = picture_of(hop("a", "pod", "p"), hop("a", "veth", "v", "broken"), hop("a", "bridge", "cni0"))
    assert [wire.along for wire in picture.wires()] == [ASSUMED, IDLE]


def test_a_place_without_capture_does_not_make_a_loss() -> None:
    picture = picture_of(
        hop("a", "pod", "p", forward=2),
        hop("a", "service", "s"),
        hop("a", "bridge", "cni0", forward=2),
        hop("a", "veth", "v"),
        hop("a", "pod", "q"),
    )
    assert [wire.along for wire in picture.wires()] == [FLOW, FLOW, ASSUMED, ASSUMED]


def test_replies_that_never_reach_the_source_are_lost_on_their_way() -> None:
    there = (hop("a", "pod", "p", forward=3, reply=0), hop("a", "veth", "v", forward=3, reply=3))
    picture = picture_of(*there, reverse=there[::-1])
    assert [(wire.along, wire.back) for wire in picture.wires()] == [(FLOW, LOST)]


# -- groups ----------------------------------------------------------------------------------------------------------
def test_a_network_between_two_nodes_is_drawn_also_when_the_path_has_none() -> None:
    picture = picture_of(hop("a", "nic", "eth0"), hop("b", "nic", "eth0"))
    assert [(each.kind, each.status) for each in picture.networks] == [("network", "unknown")]


def test_a_service_is_where_its_packet_is() -> None:
    picture = picture_of(hop("a", "pod", "p"), hop("", "service", "s"), hop("a", "bridge", "cni0"))
    assert [len(group.hops) for group in picture.groups] == [3]


def test_a_path_that_ends_in_a_network_keeps_it() -> None:
    picture = picture_of(hop("a", "nic", "eth0"), hop("", "network", "one"), hop("", "network", "two"))
    assert [each.label for each in picture.hops()] == ["eth0", "one", "two"]
    ElementTree.fromstring(render_path(picture, "p", {}).source)


def test_a_destination_that_was_not_reached_is_shown_as_not_known() -> None:
    plan = {
        "destination": {"text": "pod:default/db-0", "kind": "pod", "namespace": "default", "name": "db-0", "node": "b"}
    }
    findings = {"path": {"forward": [hop("a", "pod", "p"), hop("a", "bridge", "cni0", "broken")]}}
    last = pictures(load(findings, {"plan": plan}))[0].hops()[-1]
    assert (last.label, last.node, last.status) == ("default/db-0", "b", "unknown")


def test_a_service_without_endpoints_is_the_end_of_its_path() -> None:
    plan = {"destination": {"text": "service:default/db", "kind": "service", "namespace": "default", "name": "db"}}
    findings = {"path": {"forward": [hop("a", "pod", "p"), hop("a", "service", "default/db", "broken")]}}
    assert [each.label for each in pictures(load(findings, {"plan": plan}))[0].hops()] == ["p", "default/db"]


# -- places ----------------------------------------------------------------------------------------------------------
def nodes_in_a_row(count: int) -> t.Any:
    hops: list[dict[str, t.Any]] = []
    for number in range(count):
        name = f"node-{number}"
        hops += [
            hop(name, "nic", f"in-{number}"),
            hop(name, "nic", f"out-{number}"),
            hop("", "network", f"net-{number}"),
        ]
    return picture_of(*hops[:-1])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_rows_stay_within_the_picture_and_do_not_overlap(count: int) -> None:
    placed = arrange(nodes_in_a_row(count))
    assert len(placed.rows) == 3 * count - 1 and len(placed.turns) == len(placed.rows) - 1
    for index, row in enumerate(placed.rows):
        assert row.x >= 0 and row.x + row.width <= placed.width
        assert row.y >= 0 and row.y + row.height <= placed.height
        for other in placed.rows[index + 1 :]:
            beside = row.x + row.width <= other.x or other.x + other.width <= row.x
            beneath = row.y + row.height <= other.y or other.y + other.height <= row.y
            assert beside or beneath


@pytest.mark.parametrize("name", NAMES)
def test_every_hop_of_a_node_stands_in_its_box(name: str) -> None:
    picture = pictures(report_of(name))[0]
    placed = arrange(picture)
    boxes = dict(zip([group.title for group in picture.groups], placed.boxes))
    for row in placed.rows:
        if row.hop.node:
            box = boxes[row.hop.node]
            assert box.x <= row.x and row.x + row.width <= box.x + box.width
            assert box.y <= row.y and row.y + row.height <= box.y + box.height


def test_lines_of_text_fit_their_row() -> None:
    findings, context = example("nic-static-and-dhcp")
    long = copy.deepcopy(findings)
    for each in long["path"]["forward"]:
        each.update(label="namespace-of-a-team/" + "a-long-name-" * 9 + "x7k2p", note="word " * 90)
    placed = arrange(pictures(load(long, context))[0])
    for row in placed.rows:
        assert len(row.name) <= 2 and len(row.note) <= 4
        assert all(len(line) * 8.5 <= row.x + row.width - row.text_left for line in row.name)
        assert row.name[-1].endswith("x7k2p")
