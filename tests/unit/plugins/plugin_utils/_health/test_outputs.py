# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, HTML, event, files and the command that is handed over."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shlex
import stat
import typing as t
import xml.etree.ElementTree

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import command, variables
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show import _heatmap
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._delivery import FileError, write_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._html import render_html
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._json import MOST_PAIRS, document, event
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    NAMESPACE,
    NOW,
    Cluster,
    cut,
    forward_drop,
    name,
    pairs,
)

CLUSTER = "https://192.0.2.2:6443"


def json_of(matrix: Matrix, **more: t.Any) -> dict[str, t.Any]:
    found = document(
        matrix, judge(matrix, NAMESPACE), time=NOW, cluster=CLUSTER, namespace=NAMESPACE, probed=False, **more
    )
    return t.cast(dict[str, t.Any], json.loads(json.dumps(found)))


def html_of(matrix: Matrix) -> str:
    page = render_html(matrix, judge(matrix, NAMESPACE), time=NOW, cluster=CLUSTER, namespace=NAMESPACE, probed=False)
    xml.etree.ElementTree.fromstring(page.partition("\n")[2])
    return page


def event_of(matrix: Matrix) -> dict[str, t.Any]:
    return t.cast(
        dict[str, t.Any],
        json.loads(json.dumps(event(matrix, judge(matrix, NAMESPACE), time=NOW, cluster=CLUSTER, namespace=NAMESPACE))),
    )


# -- JSON ----------------------------------------------------------------------------------------------------------
def test_the_document() -> None:
    found = json_of(Cluster(3, cut("node-2")).matrix())
    assert (found["schema"], found["result"], found["counts"]) == (
        "podnet.diagnostics/health/v1",
        "unhealthy",
        {"healthy": 2, "unhealthy": 1, "unknown": 0, "aside": 0},
    )
    assert found["matrix_complete"] and len(found["matrix"]) == 9
    pair = next(each for each in found["matrix"] if (each["from"], each["to"]) == ("node-1", "node-2"))
    assert pair["endpoint"][0]["http"] == {
        "state": "failed",
        "reason": "timeout",
        "status": "i/o timeout",
        "lastProbed": "2026-11-21T11:59:49Z",
        "age": 11.0,
    }
    (finding,) = found["findings"]
    assert finding["id"] == "node-isolated" and finding["evidence_total"] == 16 and len(finding["evidence"]) == 12
    assert finding["diagnose"]["diagnose_port"] == "8080"
    node = next(each for each in found["nodes"] if each["name"] == "node-2")
    assert node["seen_by_others"]["endpoint"] == {"reachable": 0, "unreachable": 2, "unknown": 0}
    assert found["view"] is None


def test_the_own_view_has_the_field_names_of_cilium_health() -> None:
    view = json_of(Cluster(2, pairs(("node-1", "node-2"))).matrix(), own_view="node-1")["view"]
    assert view["local"] == {"name": "node-1"} and view["probeInterval"] == "1m0s" and view["timestamp"] == NOW
    assert view["nodes"][0] == {
        "name": "node-1",
        "host": {
            "primary-address": {
                "ip": "192.0.2.11",
                "icmp": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
                "http": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
            }
        },
        "health-endpoint": {
            "primary-address": {
                "ip": "10.244.0.6",
                "icmp": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
                "http": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
            }
        },
        "endpoint": {
            "ip": "10.244.0.6",
            "icmp": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
            "http": {"latency": 250000, "lastProbed": "2026-11-21T11:59:49Z"},
        },
    }
    assert view["nodes"][1]["endpoint"]["http"]["status"] == "i/o timeout"


def test_a_very_large_matrix_holds_what_is_not_good() -> None:
    count = 101
    found = json_of(Cluster(count, cut("node-7")).matrix())
    assert count * count > MOST_PAIRS and not found["matrix_complete"]
    assert len(found["matrix"]) == 2 * (count - 1) and len(found["nodes"]) == count


# -- event ---------------------------------------------------------------------------------------------------------
def test_an_event_of_a_fault_says_where_and_what_to_run() -> None:
    found = event_of(Cluster(4, forward_drop("node-2")).matrix())
    assert (found["schema"], found["type"], found["severity"]) == (
        "podnet.diagnostics/event/v1",
        "podnet.health.unhealthy",
        "critical",
    )
    assert found["nodes"] == ["node-2"] and "node-2" in found["pair"].values()
    assert found["diagnose"] == {
        "diagnose_source": f"pod:{NAMESPACE}/network-check-target-1",
        "diagnose_destination": f"pod:{NAMESPACE}/network-check-target-2",
        "diagnose_port": "8080",
        "diagnose_protocol": "tcp",
    }


def test_events_without_a_fault() -> None:
    healthy, unknown = event_of(Cluster(3).matrix()), event_of(Cluster(3, silent={"node-3": "timeout"}).matrix())
    assert (healthy["type"], healthy["severity"], healthy["diagnose"], healthy["pair"]) == (
        "podnet.health.healthy",
        "none",
        None,
        None,
    )
    assert (unknown["type"], unknown["severity"], unknown["unknown_nodes"]) == (
        "podnet.health.unknown",
        "warning",
        ["node-3"],
    )


# -- the hand-over -------------------------------------------------------------------------------------------------
def test_the_source_of_a_diagnosis_can_be_asked() -> None:
    """Of a node that is cut off and silent, the diagnosis starts at the other end."""
    found = event_of(Cluster(4, cut("node-2"), silent={"node-2": "timeout"}).matrix())
    assert found["pair"]["source"] != "node-2" and found["pair"]["destination"] == "node-2"


def test_a_path_to_a_node_is_diagnosed_by_ping() -> None:
    found = variables(Cluster(3).matrix(), NAMESPACE, ("node-1", "node-2"), "host")
    assert found == {
        "diagnose_source": f"pod:{NAMESPACE}/network-check-target-1",
        "diagnose_destination": "node:node-2",
        "diagnose_port": "",
        "diagnose_protocol": "icmp",
    }
    assert command(found).endswith("-e diagnose_destination=node:node-2 -e diagnose_protocol=icmp")


def test_without_a_pod_nothing_is_handed_over() -> None:
    matrix = Cluster(3, without={"node-2"}).matrix()
    for pair in (("node-1", "node-2"), ("node-2", "node-1"), ("node-1", "gone")):
        assert variables(matrix, NAMESPACE, pair, "endpoint") is None
    assert variables(matrix, NAMESPACE, None, "endpoint") is None and command(None) == ""


def test_a_command_is_quoted_for_a_shell() -> None:
    words = shlex.split(command({"diagnose_source": "pod:x/$(reboot); 'a'", "diagnose_destination": "b c"})[2:])
    assert words[3] == "diagnose_source=pod:x/$(reboot); 'a'" and words[5] == "diagnose_destination=b c"


# -- HTML ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 30, 60])
@pytest.mark.parametrize("broken", [False, True])
def test_the_report_is_one_file_without_scripts(count: int, broken: bool) -> None:
    page = html_of(Cluster(count, cut("node-2") if broken else cut(), zones=lambda number: f"z{number % 3}").matrix())
    assert (
        "<script" not in page
        and 'http-equiv="Content-Security-Policy"' in page
        and "src=" not in page
        and "@import" not in page
    )
    assert len(page) < 3_000_000
    assert ("node-2 is cut off" in page) == (broken and count > 2)


def test_few_nodes_have_a_cell_for_each_pair_with_a_sign() -> None:
    page = html_of(Cluster(4, forward_drop("node-2")).matrix())
    legend = 1
    assert page.count('class="c down"') == 6 + 3 + legend and page.count('class="c ok"') == 6 + 9 + legend
    assert "✕" in page and "node-1 → node-2 (pod): nothing comes back" in page


def test_the_states_of_cells() -> None:
    def rule(source: str, destination: str, path: str, protocol: str) -> str | None:
        if (source, destination) == ("node-1", "node-2"):
            return "timeout"
        if (source, destination) == ("node-1", "node-3"):
            return "refused" if protocol == "http" else ""
        if (source, destination) == ("node-1", "node-4"):
            return "timeout" if protocol == "icmp" else ""
        return None if (source, destination) == ("node-2", "node-1") else ""

    matrix = Cluster(4, rule, silent={"node-4": "timeout"}).matrix()
    cells = [
        ("node-1", "node-1"),
        ("node-1", "node-2"),
        ("node-1", "node-3"),
        ("node-1", "node-4"),
        ("node-2", "node-1"),
        ("node-4", "node-1"),
    ]
    assert [_heatmap.state(matrix, *pair, "endpoint") for pair in cells] == [
        "ok",
        "down",
        "http",
        "icmp",
        "never",
        "silent",
    ]
    assert _heatmap.state(Cluster(2, age=999.0).matrix(), "node-1", "node-2", "host") == "stale"
    assert len({sign for sign, _meaning in _heatmap.SIGNS.values()}) == len(_heatmap.SIGNS)


def test_many_nodes_are_one_drawing_and_what_fails() -> None:
    page = html_of(Cluster(200, cut("node-77"), zones=lambda number: f"z{number % 3}").matrix())
    assert page.count("<svg") == 3 and "Between zones" in page and 'class="p-down"' in page
    assert "the worst first" in page and 'title="node-77"' in page and "199 of 199" in page
    for data in [part.partition('"')[0] for part in page.split(' d="')[1:]]:
        assert "…" not in data and len(data) < 8000


def test_names_are_text_everywhere() -> None:
    evil = "\"><script>alert(1)</script><b x='"
    matrix = Cluster(3, cut("node-2")).matrix()

    def renamed(found: str) -> str:
        return evil if found == "node-2" else found

    matrix = dataclasses.replace(
        matrix,
        nodes={
            renamed(key): dataclasses.replace(node, name=renamed(key), zone=evil) for key, node in matrix.nodes.items()
        },
        answers={renamed(key): answer for key, answer in matrix.answers.items()},
        seen={
            (renamed(source), renamed(destination)): sighting for (source, destination), sighting in matrix.seen.items()
        },
    )
    page = html_of(matrix)
    assert "<script" not in page and "&lt;script&gt;" in page


def test_only_the_rows_and_columns_that_were_asked_about() -> None:
    page = html_of(Cluster(60, cut("node-2")).matrix(only=["node-2"]))
    assert "What they see" in page and "How they are seen" in page and "1 node" in page


# -- files ---------------------------------------------------------------------------------------------------------
def test_files_are_for_their_owner_alone(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "new" / "folder"
    for turn in ("first", "second"):
        written = write_files(str(folder), {"a.txt": turn})
    path = pathlib.Path(written["a.txt"])
    assert (
        path.read_text() == "second"
        and stat.S_IMODE(path.stat().st_mode) == 0o600
        and stat.S_IMODE(folder.stat().st_mode) == 0o700
    )
    assert os.listdir(folder) == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"Cannot write .*file/x"):
        write_files(str(tmp_path / "file" / "x"), {"a": ""})


def test_node_names_sort_as_people_count() -> None:
    assert sorted(map(name, (10, 2, 1)), key=_heatmap.natural) == ["node-1", "node-2", "node-10"]
