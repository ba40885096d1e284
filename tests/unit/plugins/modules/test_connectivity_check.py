# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules connectivity_check and connectivity_check_info as tasks; what they do is tested with module_utils."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import ansible
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import ApiServer, Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import (
    CHECKS,
    FakeCluster,
)

pytest.importorskip("kubernetes")
HOME = "/api/v1/namespaces/podnet-connectivity-checks"
MINE = f"{CHECKS}/namespaces/podnet-connectivity-checks/podnetworkconnectivitychecks"
CHECK = "podnet.diagnostics.connectivity_check"
INFO = "podnet.diagnostics.connectivity_check_info"


@pytest.fixture
def cluster() -> t.Iterator[FakeCluster]:
    """A cluster with a source."""
    with ApiServer() as server:
        cluster = FakeCluster(server)
        cluster.put(HOME, {})
        cluster.put(
            f"{HOME}/pods/source-1",
            {
                "metadata": {"labels": {"app": "network-check-source"}},
                "spec": {"nodeName": "node-1"},
                "status": {"phase": "Running"},
            },
        )
        yield cluster


def play(
    tmp_path: pathlib.Path, url: str, *tasks: tuple[str, Json], arguments: t.Sequence[str] = ()
) -> tuple[list[Json], str]:
    """The results of these tasks, and what Ansible wrote."""
    registered = [
        {module: options, "register": f"result_{number}", "ignore_errors": True}
        for number, (module, options) in enumerate(tasks)
    ]
    content = {"content": "{{ results | to_json }}", "dest": str(tmp_path / "results"), "mode": "0600"}
    (tmp_path / "play.yml").write_text(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "gather_facts": False,
                    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
                    "tasks": [
                        *registered,
                        {
                            "ansible.builtin.copy": content,
                            "check_mode": False,
                            "diff": False,
                            "vars": {"results": [f"{{{{ result_{number} }}}}" for number in range(len(tasks))]},
                        },
                    ],
                }
            ]
        )
    )
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
    return t.cast(list[Json], json.loads((tmp_path / "results").read_text())), done.stdout


def test_one_check_made_read_and_removed(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    one = {"name": "db", "target_endpoint": "db.example.com:5432"}
    made, again, read, removed = play(
        tmp_path,
        cluster.api.url,
        (CHECK, one),
        (CHECK, {"checks": [one]}),
        (INFO, {"raw": True}),
        (CHECK, {"name": "db", "state": "absent"}),
    )[0]
    assert [result["changed"] for result in (made, again, read, removed)] == [True, False, False, True]
    assert made["checks"][0] == {
        "index": 0,
        "name": "db",
        "namespace": "podnet-connectivity-checks",
        "action": "created",
        "source_pod": "source-1",
        "target_endpoint": "db.example.com:5432",
    }
    assert [check["name"] for check in read["checks"]] == ["db"] and read["objects"][0]["spec"][
        "sourcePod"
    ] == "source-1"
    assert removed["checks"][0]["action"] == "removed" and cluster.paths(MINE) == []


def test_check_mode_and_diff_mode(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    results, output = play(
        tmp_path,
        cluster.api.url,
        (CHECK, {"name": "db", "target_endpoint": "db:1", "wait_for": "reachable"}),
        arguments=["--check", "--diff"],
    )
    assert results[0]["changed"] and cluster.written == [] and '"targetEndpoint": "db:1"' in output


BAD_OPTIONS: list[tuple[str, Json, str]] = [
    (CHECK, {}, "one of the following is required: checks, name, target_endpoint"),
    (CHECK, {"checks": [], "name": "x"}, "mutually exclusive"),
    (
        CHECK,
        {"name": "x", "target_endpoint": "fd00::1:80"},
        "checks[0] (x): target_endpoint 'fd00::1:80' is not host:port",
    ),
    (CHECK, {"checks": [{"nam": "x"}]}, "nam"),
    (INFO, {"since": "yesterday"}, "since is 'yesterday'"),
    (INFO, {"state": ["bad"]}, "bad"),
]


def test_bad_options(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    results, _output = play(tmp_path, cluster.api.url, *[(module, options) for module, options, _text in BAD_OPTIONS])
    assert len(results) == len(BAD_OPTIONS) and cluster.written == []
    for result, (_module, _options, problem) in zip(results, BAD_OPTIONS):
        assert result["failed"] and problem in result["msg"]


def test_a_forbidden_list_says_what_is_missing(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    cluster.denied.add(("list", "podnetworkconnectivitychecks"))
    for result in play(tmp_path, cluster.api.url, (CHECK, {"name": "x", "target_endpoint": "a:1"}), (INFO, {}))[0]:
        assert result["failed"] and 'cannot list resource "podnetworkconnectivitychecks"' in result["msg"]
