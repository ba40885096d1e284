# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

pytest.importorskip("ansible", reason="the module runs under Ansible")
yaml = pytest.importorskip("yaml")
testing = pytest.importorskip("ansible.module_utils.testing", reason="needs ansible-core 2.18")

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Request  # noqa: E402
from ansible_collections.podnet.diagnostics.plugins.modules import probe  # noqa: E402

PROBES = [
    {"id": "a", "kind": "tcp", "target": "127.0.0.1", "port": 1, "count": 1, "note": "for the reader"},
    {"id": "b", "kind": "tcp", "target": "127.0.0.1", "port": 0},
    {"id": "c", "kind": "tcp", "target": "web", "port": 80, "netns": "pod:default/gone"},
]


def run(capsys: pytest.CaptureFixture[str], **arguments: t.Any) -> dict[str, t.Any]:
    with testing.patch_module_args(arguments), pytest.raises(SystemExit):
        probe.main()
    answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.parametrize("check_mode", [False, True])
def test_results_are_in_order_and_a_bad_probe_fails_only_itself(
    capsys: pytest.CaptureFixture[str], check_mode: bool
) -> None:
    pods = [{"namespace": "default", "name": "gone", "uid": "0a1b2c3d-0000-0000-0000-000000000000"}]
    answer = run(capsys, probes=PROBES, pods=pods, text=True, _ansible_check_mode=check_mode)
    assert answer["changed"] is False
    assert [(result["id"], result["status"]) for result in answer["results"]] == [
        ("a", "fail"),
        ("b", "error"),
        ("c", "error"),
    ]
    assert answer["results"][0]["text"].startswith("Connecting to 127.0.0.1 on TCP 1:\n\nConnection refused\n")
    assert answer["results"][1]["error"] == "Cannot run probe 2: port must be from 1 to 65535, not 0"
    assert "no process of it runs on this node" in answer["netns"]["pod:default/gone"]["error"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"timeout": 0}, "timeout is 0; it must be a number from 0.1 to 3600"),
        ({"timeout": 4000}, "timeout is 4000; it must be a number from 0.1 to 3600"),
        ({"workers": 0}, "workers is 0; it must be a whole number from 1 to 256"),
    ],
)
def test_limits(capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], message: str) -> None:
    answer = run(capsys, probes=[], **arguments)
    assert answer["failed"] is True
    assert answer["msg"] == message


def test_documentation_names_every_field_of_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    documented = yaml.safe_load(probe.RETURN)["results"]["contains"]
    result = run(capsys, probes=PROBES[:1], text=True)["results"][0]
    assert set(result) == set(documented)
    assert set(result["attempts"][0]) == set(documented["attempts"]["contains"])


def test_examples_are_valid_probes() -> None:
    tasks = [
        task["podnet.diagnostics.probe"]
        for task in yaml.safe_load(probe.EXAMPLES)
        if "podnet.diagnostics.probe" in task
    ]
    kinds = {Request.from_dict(request).kind for task in tasks for request in task["probes"]}
    assert kinds == {"icmp", "tcp", "dns", "path_mtu", "tcp_segment"}
