# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and modules through the connection plugin; the API server runs them on this machine."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.playbook.play_context import PlayContext

from ansible_collections.podnet.diagnostics.plugins.connection.node_agent import Connection
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KUBE_ARGUMENT_SPEC
from ansible_collections.podnet.diagnostics.tests.unit.patience import patience
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import (
    ansible,
    run_here,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Conversation,
    Json,
    Reply,
    closed_port,
    items,
    refusal,
)

pytest.importorskip("kubernetes")
PODS = "/api/v1/namespaces/podnet-diagnostics/pods"
POD: Json = {
    "metadata": {"name": "agent-x", "uid": "u"},
    "spec": {"nodeName": "node-1"},
    "status": {"phase": "Running", "containerStatuses": [{"name": "agent", "state": {"running": {}}}]},
}


@pytest.fixture
def api() -> t.Iterator[ApiServer]:
    """A cluster with one agent."""
    with ApiServer() as server:
        server.on("GET", PODS, items(POD))
        server.on("GET", f"{PODS}/agent-x", Reply(200, POD))
        server.on_exec(run_here)
        yield server


def connection(url: str, become: str | None = None, **options: t.Any) -> Connection:
    """The plugin as a task gets it."""
    context = PlayContext()
    context.become, context.become_user = become is not None, become
    plugin = Connection(context)
    plugin._options = {
        **dict.fromkeys(KUBE_ARGUMENT_SPEC),
        "host": url,
        "api_key": "secret-key",
        "agent_pod": None,
        "agent_run_id": "r1",
        "agent_node": "node-1",
        "agent_namespace": "podnet-diagnostics",
        "agent_container": "agent",
        "agent_command_timeout": 30.0,
        **options,
    }
    return plugin


def execs(api: ApiServer) -> list[str]:
    return [path for path in api.paths() if path.endswith("/exec")]


def test_a_command_with_input_and_output(api: ApiServer) -> None:
    plugin = connection(api.url)
    assert plugin.exec_command("cat; printf '$(x)' >&2; exit 3", in_data=b"a \xff b") == (3, b"a \xff b", b"$(x)")
    assert plugin.exec_command("true") == (0, b"", b"")
    assert api.paths().count(PODS) == 1 and len(execs(api)) == 2
    assert api.requests[0].first("labelSelector") == (
        "app.kubernetes.io/managed-by=podnet.diagnostics,podnet.diagnostics/run-id=r1,podnet.diagnostics/node=node-1"
    )
    assert api.requests[-1].query["container"] == ["agent"]


def test_input_that_the_command_leaves_is_taken(api: ApiServer) -> None:
    assert connection(api.url).exec_command("exit 7", in_data=b"x" * 5_000_000) == (7, b"", b"")


def test_the_pod_may_be_named(api: ApiServer) -> None:
    assert connection(api.url, agent_pod="agent-x", agent_run_id=None).exec_command("true")[0] == 0
    assert PODS not in api.paths()


def test_an_agent_that_has_ended_beside_one_that_runs(api: ApiServer) -> None:
    ended = {"metadata": {"name": "agent-old", "uid": "o"}, "status": {"phase": "Failed"}}
    api.on("GET", PODS, items(ended, POD))
    assert connection(api.url).exec_command("true")[0] == 0
    assert execs(api) == [f"{PODS}/agent-x/exec"]


def test_after_a_reset_the_pod_is_looked_up_again(api: ApiServer) -> None:
    plugin = connection(api.url)
    plugin.exec_command("true")
    api.on("GET", PODS, items({**POD, "metadata": {"name": "agent-y", "uid": "y"}}))
    plugin.reset()
    plugin.exec_command("true")
    assert execs(api) == [f"{PODS}/agent-x/exec", f"{PODS}/agent-y/exec"]


def test_files_go_both_ways_as_they_are(tmp_path: pathlib.Path, api: ApiServer) -> None:
    plugin = connection(api.url)
    for name, data in (("a file $(x) 'y'", bytes(range(256)) * 4000), ("empty", b"")):
        (tmp_path / "source").write_bytes(data)
        plugin.put_file(str(tmp_path / "source"), str(tmp_path / name))
        assert (tmp_path / name).read_bytes() == data
        plugin.fetch_file(str(tmp_path / name), str(tmp_path / "back"))
        assert (tmp_path / "back").read_bytes() == data


def test_files_that_cannot_be_copied(tmp_path: pathlib.Path, api: ApiServer) -> None:
    plugin = connection(api.url)
    absent = str(tmp_path / "absent")
    with pytest.raises(AnsibleFileNotFound, match="absent"):
        plugin.put_file(absent, "/tmp/x")
    with pytest.raises(AnsibleError, match=r"absent.*node-1") as caught:
        plugin.fetch_file(absent, str(tmp_path / "back"))
    assert not isinstance(caught.value, AnsibleConnectionFailure)
    (tmp_path / "source").touch()
    with pytest.raises(AnsibleError, match="no-such-directory"):
        plugin.put_file(str(tmp_path / "source"), f"{absent}/no-such-directory/x")


def test_becoming_root_is_nothing_new(api: ApiServer) -> None:
    plugin = connection(api.url, become="root")
    plugin.set_become_plugin(object())
    assert plugin.become is None and plugin.exec_command("true")[0] == 0


def test_becoming_somebody_else_is_an_error(api: ApiServer) -> None:
    with pytest.raises(AnsibleError, match="Cannot become nobody on node-1"):
        connection(api.url, become="nobody").exec_command("true")
    assert execs(api) == []


def lost(plugin: Connection, command: str = "true") -> str:
    """Why the host is unreachable."""
    with pytest.raises(AnsibleConnectionFailure) as caught:
        plugin.exec_command(command)
    assert "secret-key" not in str(caught.value)
    return str(caught.value)


def test_an_agent_that_was_not_made(api: ApiServer) -> None:
    api.on("GET", PODS, items())
    text = lost(connection(api.url))
    assert "agent of run r1 on node node-1 in namespace podnet-diagnostics: there is none" in text
    assert "role podnet.diagnostics.node_agent" in text


def test_an_agent_that_cannot_start(api: ApiServer) -> None:
    api.on("GET", PODS, items({**POD, "status": {"phase": "Failed", "reason": "OutOfpods"}}))
    assert "OutOfpods" in lost(connection(api.url))


def test_an_agent_that_is_gone(api: ApiServer) -> None:
    api.on("GET", f"{PODS}/agent-x/exec", refusal(404, 'pods "agent-x" not found'))
    text = lost(connection(api.url, agent_pod="agent-x"))
    assert "pod podnet-diagnostics/agent-x does not exist (any more)" in text and "run r1" in text and "node-1" in text


def test_nobody_said_which_agent(api: ApiServer) -> None:
    text = lost(connection(api.url, agent_run_id=""))
    assert "podnet_agent_run_id" in text and "node-1" in text and api.requests == []


def test_exec_that_is_forbidden(api: ApiServer) -> None:
    api.on("GET", f"{PODS}/agent-x/exec", refusal(403, 'User "me" cannot create resource "pods/exec"'))
    assert 'cannot create resource "pods/exec"' in lost(connection(api.url))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (refusal(404, "gone"), "its pod was removed"),
        (
            Reply(200, {**POD, "metadata": {"name": "agent-x", "deletionTimestamp": "2026-01-01T00:00:00Z"}}),
            "it is being deleted",
        ),
        (Reply(200, {**POD, "status": {"phase": "Failed", "reason": "DeadlineExceeded"}}), "DeadlineExceeded"),
    ],
)
def test_an_agent_that_is_killed_under_a_command_is_unreachable(api: ApiServer, reply: Reply, words: str) -> None:
    api.on("GET", f"{PODS}/agent-x", reply)
    text = lost(connection(api.url), "kill -9 $$")
    assert "Lost the agent of run r1 on node node-1 while it ran a command" in text and words in text


def test_an_agent_that_ended_while_a_command_wrote_is_unreachable(api: ApiServer) -> None:
    def ended(client: Conversation) -> None:
        client.send(1, b'{"results": [')
        client.exit(137)
        client.close()

    api.on_exec(ended)
    assert "Lost the stream" in lost(connection(api.url))


def test_a_command_that_is_killed_in_an_agent_that_lives_has_failed(api: ApiServer) -> None:
    assert connection(api.url).exec_command("kill -9 $$")[0] == 137


def test_a_node_that_dies_under_a_command(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec.PING_SECONDS", 0.1)
    status = {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}
    api.on("GET", "/api/v1/nodes/node-1", Reply(200, {"metadata": {"name": "node-1"}, "status": status}))
    assert "the kubelet of node-1 does not answer" in lost(connection(api.url), f"sleep {patience(10)}")


def test_a_stream_that_breaks(api: ApiServer) -> None:
    api.on_exec(lambda client: client.send(1, b'{"ping": "po'))
    assert "before the command ended" in lost(connection(api.url))


def test_a_command_that_takes_too_long(api: ApiServer) -> None:
    limit = patience(0.5)
    text = lost(connection(api.url, agent_command_timeout=limit), f"sleep {6 * limit}")
    assert f"No end of the command in pod podnet-diagnostics/agent-x after {limit:g} s" in text


def test_an_api_that_is_not_there() -> None:
    assert "Connection refused" in lost(connection(f"http://127.0.0.1:{closed_port()}"))


# -- as a person uses it -----------------------------------------------------------------------------------------
def adhoc(tmp_path: pathlib.Path, url: str, module: str, arguments: str = "") -> tuple[int, str]:
    """One module on host node-1."""
    known = {
        "podnet_agent_run_id": "r1",
        "ansible_python_interpreter": sys.executable,
        "ansible_become": True,
        "ansible_connection": "podnet.diagnostics.node_agent",
        "ansible_remote_tmp": str(tmp_path / "remote"),
    }
    done = ansible(
        "adhoc",
        "node-1",
        "-i",
        "node-1,",
        "-m",
        module,
        "-a",
        arguments,
        "-e",
        json.dumps(known),
        home=tmp_path,
        K8S_AUTH_HOST=url,
        K8S_AUTH_API_KEY="secret-key",
    )
    assert "Traceback" not in done.stdout + done.stderr and "secret-key" not in done.stdout + done.stderr
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_a_module_is_one_command(tmp_path: pathlib.Path, api: ApiServer) -> None:
    status, text = adhoc(tmp_path, api.url, "ansible.builtin.ping")
    assert status == 0 and '"ping": "pong"' in text
    assert len(execs(api)) == 1 and str(api.requests[0].first("labelSelector")).endswith("/node=node-1")


def test_a_module_that_takes_a_file_along(tmp_path: pathlib.Path, api: ApiServer) -> None:
    (tmp_path / "source").write_bytes(b"\x00\xff" * 1000)
    status, text = adhoc(
        tmp_path, api.url, "ansible.builtin.copy", f"src={tmp_path / 'source'} dest={tmp_path / 'target'}"
    )
    assert status == 0, text
    assert (tmp_path / "target").read_bytes() == b"\x00\xff" * 1000


def test_a_host_without_an_agent_is_unreachable(tmp_path: pathlib.Path, api: ApiServer) -> None:
    api.on("GET", PODS, items())
    status, text = adhoc(tmp_path, api.url, "ansible.builtin.ping")
    assert status == 4 and "UNREACHABLE!" in text and "there is none" in text
