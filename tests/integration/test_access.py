# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reaching nodes without SSH on a real cluster: the inventory, commands over the API, agents that come and go."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest
import yaml
from conftest import LAB, ROOT, Lab

pytestmark = pytest.mark.lab

NAMESPACE = "podnet-diagnostics"
MODULE = "podnet.diagnostics.node_agent"
Json = dict[str, t.Any]


def _plain(value: t.Any) -> t.Any:
    """Without the marks of values that are never templates."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"]
            if "__ansible_unsafe" in value
            else {key: _plain(inner) for key, inner in value.items()}
        )
    return value


def _inventory(lab: Lab) -> Json:
    return t.cast(Json, json.loads(lab.run("ansible-inventory", "--list").stdout))


def _image(lab: Lab) -> str:
    return str(json.loads(lab.lab("status", "--json").stdout)["agent_image"])


def _agents(lab: Lab, *flags: str, **options: t.Any) -> Json:
    """The result of one task of the module, which must succeed. Agents are made for other runs of Ansible."""
    making = {"image": _image(lab), "keep": True} if options.get("nodes") else {}
    values = {"namespace": NAMESPACE, **making, **options}
    done = lab.run("ansible", "localhost", "-m", MODULE, "-a", json.dumps(values), *flags, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return t.cast(Json, json.loads(done.stdout[done.stdout.index("=>") + 2 :]))


def _jobs(lab: Lab, run_id: str) -> list[str]:
    found = lab.kubectl("get", "jobs,pods", "-n", NAMESPACE, "-l", f"podnet.diagnostics/run-id={run_id}", "-o", "name")
    return found.split()


@contextlib.contextmanager
def _made(lab: Lab, run_id: str, *nodes: str, **options: t.Any) -> t.Iterator[Json]:
    """Agents inside the block, and none after it."""
    try:
        yield _agents(lab, run_id=run_id, nodes=list(nodes), **options)["agents"]
    finally:
        _agents(lab, run_id=run_id, state="absent")
    assert _jobs(lab, run_id) == []


def _on_nodes(run_id: str, module: str, arguments: str, pattern: str = "cluster_nodes") -> list[str]:
    """The command line that runs a module through agents."""
    variables = {
        "ansible_connection": MODULE,
        "ansible_python_interpreter": "/usr/bin/python3",
        "podnet_agent_run_id": run_id,
    }
    return ["ansible", pattern, "-m", module, "-a", arguments, "-e", json.dumps(variables)]


# -- inventory -----------------------------------------------------------------------------------------------------
def test_every_node_is_a_host(lab: Lab) -> None:
    nodes = json.loads(lab.lab("status", "--json").stdout)["nodes"]
    inventory = _inventory(lab)
    hosts = _plain(inventory["_meta"]["hostvars"])
    assert {
        node["name"]: (hosts[node["name"]]["ansible_host"], hosts[node["name"]]["podnet_node"]["pod_cidr"])
        for node in nodes
    } == {node["name"]: (node["address"], node["pod_cidr"]) for node in nodes}
    for group in ("cluster_nodes", "node_ready", "cni_flannel", "role_worker"):
        assert {"node-1", "node-2"} <= set(inventory[group]["hosts"]), group


@contextlib.contextmanager
def _dead_node(lab: Lab, path: pathlib.Path) -> t.Iterator[str]:
    """A node whose kubelet does not report: only its object is there."""
    name = "node-dead"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}))
    lab.run("kubectl", "create", "-f", str(path))
    try:
        condition = {
            "type": "Ready",
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "",
            "lastHeartbeatTime": "2026-01-01T00:00:00Z",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        lab.run(
            "kubectl",
            "patch",
            "node",
            name,
            "--subresource=status",
            "-p",
            json.dumps({"status": {"conditions": [condition]}}),
        )
        yield name
    finally:
        lab.run("kubectl", "delete", "node", name, "--wait=false")


def test_a_dead_node_is_listed_and_marked_and_keeps_nobody_waiting(lab: Lab, tmp_path: pathlib.Path) -> None:
    with _dead_node(lab, tmp_path / "node.json") as name:
        inventory = _inventory(lab)
        assert inventory["node_not_ready"]["hosts"] == [name]
        node = _plain(inventory["_meta"]["hostvars"])[name]["podnet_node"]
        assert (node["ready"], node["reason"]) == (False, "NodeStatusUnknown")
        started = time.monotonic()
        with _made(lab, "dead", "node-1", name, "node-none", wait_timeout=60) as agents:
            assert time.monotonic() - started < 30
            assert agents["node-1"]["ready"] and not agents[name]["ready"]
            assert "NotReady (NodeStatusUnknown)" in agents[name]["error"]
            assert "the cluster has no such node" in agents["node-none"]["error"]


# -- commands ------------------------------------------------------------------------------------------------------
COMMANDS = """
import hashlib, json, os, sys, time
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Container, run, run_script
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions

kube, pod, answers = connect(KubeOptions()), Container("default", "client-1"), {}

def ask(name, *argv, how=run, **more):
    started = time.monotonic()
    try:
        done = how(kube, pod, *argv, **more) if how is run_script else run(kube, pod, argv, **more)
        answer = {"status": done.status, "stdout": done.stdout.decode("latin-1"), "stderr":
        done.stderr.decode("latin-1")}
    except KubeError as exc:
        answer = {"kind": exc.kind, "text": str(exc)}
    answers[name] = {**answer, "seconds": time.monotonic() - started}

data = os.urandom(5_000_000)
ask("status", "/bin/sh", "-c", "echo out; echo err >&2; exit 3")
ask("quotes", "printf", "%s|", "a b", "'c'", "$(d)", "e\\nf", "")
ask("stdin", "sha256sum", stdin=data)
answers["stdin"]["sha256"] = hashlib.sha256(data).hexdigest()
ask("echo", "cat", stdin=data)
answers["echo"]["same"] = answers["echo"].pop("stdout").encode("latin-1") == data
for turn in range(10):
    ask("unread %d" % turn, "exit %d" % turn, how=run_script, stdin=data)
for turn in range(5):
    ask("large %d" % turn, "seq 1000000 3499999; exit 3", how=run_script)
    answers["large %d" % turn]["bytes"] = len(answers["large %d" % turn].pop("stdout", ""))
ask("binary", "python3", "-c", "import sys; sys.stdout.buffer.write(bytes(range(256)))")
ask("missing", "/no/such/binary")
ask("killed", "/bin/sh", "-c", "kill -9 $$")
ask("timeout", "sleep", "30", timeout=2)
ask("silent", "sleep", "25")
pod = Container("default", "no-such-pod")
ask("no pod", "true")
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(lab: Lab) -> Json:
    """What became of each command in a pod."""
    done = lab.run(sys.executable, "-c", COMMANDS, check=False)
    assert done.returncode == 0, done.stderr
    return t.cast(Json, json.loads(done.stdout))


def test_exit_status_and_streams(answers: Json) -> None:
    status = answers["status"]
    assert (status["status"], status["stdout"], status["stderr"]) == (3, "out\n", "err\n")


def test_arguments_arrive_as_they_are(answers: Json) -> None:
    assert answers["quotes"]["stdout"] == "a b|'c'|$(d)|e\nf||"


def test_five_megabytes_of_input_arrive_and_come_back(answers: Json) -> None:
    assert answers["stdin"]["stdout"].split()[0] == answers["stdin"]["sha256"]
    assert answers["echo"]["same"] and answers["echo"]["status"] == 0


def test_input_that_nobody_reads_does_not_hang(answers: Json) -> None:
    assert [answers[f"unread {turn}"].get("status") for turn in range(10)] == list(range(10))


def test_twenty_megabytes_of_output_come_whole_or_the_stream_is_called_lost(answers: Json) -> None:
    for turn in range(5):
        answer = answers[f"large {turn}"]
        whole = (answer.get("status"), answer["bytes"]) == (3, 20_000_000)
        assert whole or "Lost the stream" in answer.get("text", ""), answer


SLOW = """
import sys
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Container, run_script
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions

script = "touch /tmp/slow; i=0; while [ $i -lt 100 ]; do seq 1000; sleep 0.1; i=$((i+1)); done"
try:
    print("whole", len(run_script(connect(KubeOptions()), Container("default", "client-1"), script, timeout=60).stdout))
except KubeError as exc:
    print(exc)
"""


def test_output_that_is_cut_behind_the_api_server_is_not_taken_for_all(lab: Lab) -> None:
    """The API server says then that the command has succeeded."""
    node = lab.kubectl("get", "pod", "client-1", "-o", "jsonpath={.spec.nodeName}")
    rule = ("INPUT", "-p", "tcp", "--dport", "10250", "-j", "REJECT", "--reject-with", "tcp-reset")
    in_pod = ("exec", "client-1", "--")
    lab.kubectl(*in_pod, "rm", "-f", "/tmp/slow")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        told = pool.submit(lab.run, sys.executable, "-c", SLOW)
        deadline = time.monotonic() + 60
        while "slow" not in lab.kubectl(*in_pod, "ls", "/tmp") and time.monotonic() < deadline:
            time.sleep(0.2)
        lab.exec(node, "iptables", "-I", *rule)
        try:
            text = told.result().stdout
        finally:
            lab.exec(node, "iptables", "-D", *rule)
    assert "Lost the stream to pod default/client-1" in text, text


def test_output_that_is_no_text(answers: Json) -> None:
    assert answers["binary"]["stdout"].encode("latin-1") == bytes(range(256))


def test_a_missing_binary_is_no_exit_status(answers: Json) -> None:
    assert answers["missing"]["kind"] == "invalid" and "/no/such/binary" in answers["missing"]["text"]


def test_a_command_that_is_killed(answers: Json) -> None:
    assert answers["killed"]["status"] == 137


def test_a_command_that_takes_too_long(answers: Json) -> None:
    assert answers["timeout"]["kind"] == "timeout" and 2 <= answers["timeout"]["seconds"] < 10


def test_a_command_that_is_silent_for_long(answers: Json) -> None:
    assert answers["silent"]["status"] == 0


def test_a_pod_that_is_not_there(answers: Json) -> None:
    assert answers["no pod"]["kind"] == "not_found" and "no-such-pod" in answers["no pod"]["text"]


# -- agents --------------------------------------------------------------------------------------------------------
def test_ordinary_modules_on_every_node(lab: Lab) -> None:
    with _made(lab, "modules", "node-1", "node-2") as agents:
        assert all(agent["ready"] for agent in agents.values())
        done = lab.run(
            *_on_nodes("modules", "ansible.builtin.command", "cat /host/etc/hostname /proc/sys/net/ipv4/ip_forward"),
            check=False,
        )
        assert done.returncode == 0 and all(node in done.stdout for node in ("node-1", "node-2")), done.stdout
        done = lab.run(*_on_nodes("modules", "ansible.builtin.command", "touch /host/etc/podnet-was-here"), check=False)
        assert done.returncode != 0 and "Read-only file system" in done.stdout


def test_an_agent_that_dies_under_a_command_makes_its_host_unreachable(lab: Lab) -> None:
    with _made(lab, "dies", "node-1", "node-2") as agents:
        command = [str(LAB), "run", "--", *_on_nodes("dies", "ansible.builtin.command", "sleep 12")]
        with subprocess.Popen(
            command,
            env=lab.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            pod = agents["node-1"]["pod"]
            deadline = time.monotonic() + 30
            while "sleep 12" not in lab.exec("node-1", "ps", "-eo", "args").stdout:
                assert time.monotonic() < deadline, "the command did not start"
                time.sleep(0.3)
            lab.kubectl("delete", "pod", "-n", NAMESPACE, pod, "--grace-period=0", "--force", "--wait=false")
            output, _unused_errors = running.communicate(timeout=90)
        assert "node-1 | UNREACHABLE!" in output and "node-2 | CHANGED" in output, output
        assert "Lost the agent of run dies on node node-1 while it ran a command" in output


def test_an_image_without_python_is_told_at_once(lab: Lab) -> None:
    with _made(lab, "nopython", "node-1"):
        started = time.monotonic()
        command = _on_nodes("nopython", "ansible.builtin.ping", "", "node-1")
        done = lab.run(*command, "-e", "ansible_python_interpreter=/no/such/python3", check=False)
        assert "FAILED" in done.stdout and "/no/such/python3" in done.stdout, done.stdout
        assert time.monotonic() - started < 30


def test_a_host_without_an_agent_says_what_to_do(lab: Lab) -> None:
    done = lab.run(*_on_nodes("never", "ansible.builtin.ping", "", "node-1"), check=False)
    assert done.returncode == 4
    assert "agent of run never on node node-1" in done.stdout and "role podnet.diagnostics.node_agent" in done.stdout


def test_an_image_that_is_not_there(lab: Lab) -> None:
    with _made(
        lab, "noimage", "node-1", image="podnet.lab/none:1", image_pull_policy="Never", wait_timeout=60
    ) as agents:
        assert "ErrImageNeverPull" in agents["node-1"]["error"]


def test_runs_at_once_share_nothing(lab: Lab) -> None:
    values = {"nodes": ["node-1", "node-2"], "namespace": NAMESPACE, "image": _image(lab), "keep": True}
    commands = [
        [str(LAB), "run", "--", "ansible", "localhost", "-m", MODULE, "-a", json.dumps({**values, "run_id": run_id})]
        for run_id in ("first", "second")
    ]
    running = [
        subprocess.Popen(command, env=lab.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    try:
        for process in running:
            assert '"ready": false' not in process.communicate(timeout=120)[0] and process.returncode == 0
        assert _agents(lab, run_id="first", state="absent")["removed"] == 2
        assert _jobs(lab, "first") == [] and len(_jobs(lab, "second")) == 4
        done = lab.run(*_on_nodes("second", "ansible.builtin.ping", ""), check=False)
        assert done.stdout.count("SUCCESS") == 2, done.stdout
    finally:
        for run_id in ("first", "second"):
            _agents(lab, run_id=run_id, state="absent")


def _until_gone(lab: Lab, run_id: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _jobs(lab, run_id):
        assert time.monotonic() < deadline, _jobs(lab, run_id)
        time.sleep(0.5)


def test_agents_of_a_run_that_was_killed_go_by_themselves(lab: Lab) -> None:
    assert _agents(lab, run_id="killed", nodes=["node-1", "node-2"], deadline=5, ttl=1)["changed"]
    _until_gone(lab, "killed", 60)


def test_agents_go_with_the_playbook_that_made_them(lab: Lab) -> None:
    assert _agents(lab, run_id="alone", nodes=["node-1", "node-2"], keep=False)["changed"]
    _until_gone(lab, "alone", 60)


def test_the_next_run_sweeps_and_leaves_what_is_in_use(lab: Lab) -> None:
    with _made(lab, "inuse", "node-2"):
        assert _agents(lab, run_id="over", nodes=["node-1"], deadline=3, ttl=3600)["changed"]
        deadline = time.monotonic() + 60
        while "True" not in lab.kubectl(
            "get",
            "jobs",
            "-n",
            NAMESPACE,
            "-l",
            "podnet.diagnostics/run-id=over",
            "-o",
            "jsonpath={.items[*].status.conditions[*].status}",
        ):
            assert time.monotonic() < deadline, "the agent did not end"
            time.sleep(0.5)
        done = lab.run("ansible-playbook", "podnet.diagnostics.cleanup", check=False)
        assert done.returncode == 0, done.stdout
        _until_gone(lab, "over", 30)
        assert len(_jobs(lab, "inuse")) == 2


def test_check_mode_makes_nothing(lab: Lab) -> None:
    result = _agents(lab, "--check", run_id="checked", nodes=["node-1"])
    assert result["changed"] and result["agents"] == {} and _jobs(lab, "checked") == []


# -- rights --------------------------------------------------------------------------------------------------------
@pytest.fixture
def least_privileges(lab: Lab, tmp_path: pathlib.Path) -> t.Iterator[str]:
    """A kubeconfig with the rights of docs/rbac.yaml."""
    manifest = ROOT / "docs" / "rbac.yaml"
    lab.run("kubectl", "apply", "-f", str(manifest))
    config = tmp_path / "config"
    config.write_text(pathlib.Path(json.loads(lab.lab("status", "--json").stdout)["kubeconfig"]).read_text())
    config.chmod(0o600)
    token = lab.kubectl("create", "token", "podnet-diagnostics", "-n", NAMESPACE).strip()
    for arguments in (("set-credentials", "least", f"--token={token}"), ("set-context", "--current", "--user=least")):
        lab.run("kubectl", "--kubeconfig", str(config), "config", *arguments)
    try:
        yield str(config)
    finally:
        for item in yaml.safe_load(manifest.read_text())["items"]:
            if item["kind"] not in ("Namespace", "ServiceAccount"):
                metadata = item["metadata"]
                place = ("-n", metadata["namespace"]) if "namespace" in metadata else ()
                lab.run("kubectl", "delete", item["kind"], metadata["name"], *place, check=False)


def test_the_least_privileges_are_enough(lab: Lab, least_privileges: str) -> None:
    options = {"kubeconfig": least_privileges}
    try:
        agents = _agents(lab, run_id="least", nodes=["node-1"], **options)["agents"]
        assert agents["node-1"]["ready"], agents
        command = _on_nodes("least", "ansible.builtin.ping", "", "node-1")
        done = lab.run(*command, "-e", json.dumps({"podnet_kubeconfig": least_privileges}), check=False)
        assert "SUCCESS" in done.stdout, done.stdout
    finally:
        assert _agents(lab, run_id="least", state="absent", **options)["removed"] == 1


def test_the_least_privileges_read_everything_that_is_needed_and_no_secret(lab: Lab, least_privileges: str) -> None:
    script = (
        "import json; from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _client, _options\n"
        "from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import parse_options\n"
        "from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import read_question\n"
        f"kube = _client.connect(_options.KubeOptions(kubeconfig={least_privileges!r}))\n"
        "asked = {'source': 'pod:default/client-1', 'destination': 'service:default/nothing'}\n"
        "options, _wrong = parse_options(asked)\n"
        "print(json.dumps(read_question(kube, options, {})[0]['errors']))\ntry:\n"
        "    kube.get('/api/v1/secrets')\nexcept Exception as exc:\n    print(exc.kind)\n"
    )
    done = lab.run(sys.executable, "-c", script, check=False)
    assert done.stdout.split() == ["[]", "forbidden"], done.stdout + done.stderr


def test_credentials_do_not_stay_in_files(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Ansible's workers end without clean-up, and the keys of a kubeconfig are private."""
    with _made(lab, "files", "node-1"):
        lab.run("env", f"TMPDIR={tmp_path}", *_on_nodes("files", "ansible.builtin.ping", "", "node-1"))
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in left if b"PRIVATE KEY" in path.read_bytes()] == []
