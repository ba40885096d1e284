# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module node_agent as a task; what it does on the cluster is tested with module_utils."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import ansible
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Json,
    Reply,
    closed_port,
    items,
    refusal,
)

pytest.importorskip("kubernetes")
HOME = "/api/v1/namespaces/podnet-diagnostics"
JOBS = "/apis/batch/v1/namespaces/podnet-diagnostics/jobs"
BAD: list[tuple[Json, str]] = [
    ({}, "run_id"),
    ({"state": "absent"}, "run_id"),
    ({"run_id": "$(date) 'x'", "nodes": ["n"]}, "run id \"$(date) 'x'\""),
    ({"run_id": "r1", "nodes": ["n"], "namespace": "a/b"}, "namespace 'a/b'"),
    ({"run_id": "r1", "nodes": ["n"], "image": "a b"}, "image"),
    ({"run_id": "r1", "nodes": ["n"], "deadline": 0}, "deadline"),
    ({"run_id": "r1", "nodes": ["n"], "sate": "present"}, "sate"),
]


@pytest.fixture
def api() -> t.Iterator[ApiServer]:
    """A cluster without nodes, agents and namespace."""
    with ApiServer() as server:
        server.on("GET", JOBS, items())
        server.on("GET", f"{HOME}/pods", items())
        server.on("POST", "/api/v1/namespaces", Reply(201))
        yield server


def run(tmp_path: pathlib.Path, url: str, *tasks: Json, arguments: t.Sequence[str] = ()) -> list[Json]:
    """The results of one play of such tasks."""
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                *(
                    {"podnet.diagnostics.node_agent": options, "register": f"result_{number}", "ignore_errors": True}
                    for number, options in enumerate(tasks)
                ),
                {
                    "ansible.builtin.copy": {
                        "content": "{{ results | to_json }}",
                        "dest": str(tmp_path / "results"),
                        "mode": "0600",
                    },
                    "check_mode": False,
                    "vars": {"results": [f"{{{{ result_{number} }}}}" for number in range(len(tasks))]},
                },
            ],
        }
    ]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    done = ansible(
        "playbook",
        str(tmp_path / "play.yml"),
        *arguments,
        home=tmp_path,
        K8S_AUTH_HOST=url,
        K8S_AUTH_API_KEY="secret-key",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr and "secret-key" not in done.stdout + done.stderr
    return t.cast(list[Json], json.loads((tmp_path / "results").read_text()))


def test_results(tmp_path: pathlib.Path, api: ApiServer) -> None:
    made, removed = run(
        tmp_path,
        api.url,
        {"run_id": "r1", "nodes": ["node-9"]},
        {"run_id": "r1", "state": "absent", "remove_namespace": True},
    )
    assert not made["failed"] and made["changed"] is False and made["removed"] == 0
    assert made["agents"] == {
        "node-9": {
            "pod": "",
            "namespace": "podnet-diagnostics",
            "ready": False,
            "error": "The agent on node-9 cannot be used: the cluster has no such node",
            "silent": False,
            "pending": False,
        }
    }
    assert not removed["failed"]
    assert (removed["changed"], removed["removed"], removed["namespace_removed"]) == (False, 0, False)


def test_check_mode_asks_for_nothing(tmp_path: pathlib.Path, api: ApiServer) -> None:
    tasks = [{"run_id": "r1", "nodes": ["node-1"]}, {"run_id": "r1", "state": "absent"}, {"state": "swept"}]
    results = run(tmp_path, api.url, *tasks, arguments=["--check"])
    assert [(result["agents"], result["changed"]) for result in results] == [({}, True), ({}, False), ({}, False)]
    assert api.requests == []


def test_bad_options_are_named_and_nothing_is_made(tmp_path: pathlib.Path, api: ApiServer) -> None:
    results = run(tmp_path, api.url, *(options for options, unused_word in BAD))
    for (options, word), result in zip(BAD, results):
        assert result["failed"] and word in result["msg"], (options, result)
    assert not [request for request in api.requests if request.method != "GET"]


def test_an_api_that_forbids_or_is_not_there(tmp_path: pathlib.Path, api: ApiServer) -> None:
    api.on("POST", "/api/v1/namespaces", refusal(403, 'User "me" cannot create resource "namespaces"'))
    away = f"https://127.0.0.1:{closed_port()}"
    forbidden, unreached, unswept = run(
        tmp_path,
        api.url,
        {"run_id": "r1", "nodes": ["n1", "n2"]},
        {"run_id": "r1", "nodes": ["n1"], "host": away},
        {"state": "swept", "host": away},
    )
    assert not forbidden["failed"] and forbidden["changed"] is False
    assert all('cannot create resource "namespaces"' in agent["error"] for agent in forbidden["agents"].values())
    assert list(forbidden["agents"]) == ["n1", "n2"] and not unreached["failed"]
    assert "Connection refused" in unreached["agents"]["n1"]["error"]
    assert unswept["failed"] and "Connection refused" in unswept["msg"]
