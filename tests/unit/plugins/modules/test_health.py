# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module health as a person runs it, against a small real API server whose pods answer what a test wants."""

from __future__ import annotations

import http.server
import json
import pathlib
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._agents import HealthError, Limits
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._measure import Question, measure
from ansible_collections.podnet.diagnostics.tests.unit.patience import patience
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import ansible
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Conversation,
    Json,
    closed_port,
    items,
    refusal,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    NAMESPACE,
    Cluster,
    cut,
    forward_drop,
    host_ip,
    name,
    pod_ip,
)

pytest.importorskip("kubernetes")
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
READY = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T10:00:00Z"}]
Exec = t.Callable[[Conversation, str, list[str], bytes], None]


def node(number: int, **spec: t.Any) -> Json:
    return {
        "metadata": {"name": name(number), "uid": f"n{number}"},
        "spec": spec,
        "status": {"conditions": READY, "addresses": [{"type": "InternalIP", "address": host_ip(number)}]},
    }


def pod(number: int) -> Json:
    return {
        "metadata": {
            "name": f"network-check-target-{number}",
            "uid": f"uid-{number}",
            "creationTimestamp": "2026-11-20T10:00:00Z",
        },
        "spec": {"nodeName": name(number), "containers": [{"name": "target"}]},
        "status": {
            "phase": "Running",
            "conditions": READY,
            "podIP": pod_ip(number),
            "hostIP": host_ip(number),
            "containerStatuses": [{"state": {"running": {}}}],
        },
    }


class Fake:
    """A cluster whose agents report what a Cluster says; special: what a pod does instead, by its number."""

    def __init__(self, cluster: Cluster, special: t.Mapping[int, Exec] | None = None) -> None:
        self.server = ApiServer()
        self.asked: list[tuple[str, list[str], Json]] = []
        self._special = special or {}
        self._reports = {
            f"network-check-target-{number}": cluster.report(number) for number in range(1, cluster.count + 1)
        }
        self.server.on("GET", "/api/v1/nodes", items(*(node(number) for number in range(1, cluster.count + 1))))
        self.server.on("GET", PODS, items(*(pod(number) for number in range(1, cluster.count + 1))))
        self.server.on_exec(self._exec)

    def _exec(self, client: Conversation) -> None:
        stdin = client.stdin() if client.query["stdin"] == ["true"] else b""
        command = client.query["command"]
        target = self._pod_of(client)
        self.asked.append((target, command, json.loads(stdin or b"{}")))
        special = self._special.get(int(target.rpartition("-")[2]))
        if special:
            special(client, target, command, stdin)
            return
        client.send(1, json.dumps(self._reports[target]).encode() + b"\n")
        client.exit(0)
        client.close()

    def _pod_of(self, client: Conversation) -> str:
        return next(request.path.split("/")[-2] for request in self.server.requests if request.query is client.query)


@pytest.fixture
def run(tmp_path: pathlib.Path) -> t.Callable[..., tuple[list[Json], str]]:
    """Run one task for each dictionary of options; their results and what was printed."""

    def do(fake: Fake | str, *tasks: Json, arguments: t.Sequence[str] = ()) -> tuple[list[Json], str]:
        results = [f"{{{{ found_{number} }}}}" for number in range(len(tasks))]
        play = [
            {
                "hosts": "localhost",
                "gather_facts": False,
                "tasks": [
                    *(
                        {"podnet.diagnostics.health": options, "register": f"found_{number}", "ignore_errors": True}
                        for number, options in enumerate(tasks)
                    ),
                    {
                        "ansible.builtin.copy": {
                            "content": "{{ results | to_json }}",
                            "dest": str(tmp_path / "result"),
                            "mode": "0600",
                        },
                        "check_mode": False,
                        "vars": {"results": results},
                    },
                ],
            }
        ]
        (tmp_path / "play.yml").write_text(json.dumps(play))
        url = fake if isinstance(fake, str) else fake.server.url
        done = ansible(
            "playbook",
            str(tmp_path / "play.yml"),
            *arguments,
            home=tmp_path,
            K8S_AUTH_HOST=url,
            K8S_AUTH_API_KEY="secret-key",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "secret-key" not in done.stdout + done.stderr and "Traceback" not in done.stderr
        return t.cast(list[Json], json.loads((tmp_path / "result").read_text())), done.stdout + done.stderr

    return do


Run = t.Callable[..., tuple[list[Json], str]]


def measured(fake: Fake, **question: t.Any) -> tuple[Matrix, Verdict]:
    """What the module finds, without Ansible around it."""
    question.setdefault("limits", Limits(timeout=patience(30), total=patience(300)))
    with fake.server:
        matrix = measure(
            connect(KubeOptions(host=fake.server.url, api_key="secret-key")), Question(NAMESPACE, **question)
        )
    return matrix, judge(matrix, NAMESPACE)


def test_a_healthy_cluster(run: Run) -> None:
    fake = Fake(Cluster(3))
    with fake.server:
        (result, probed), output = run(fake, {}, {"probe": True, "timeout": 20})
    assert (result["result"], result["failed"], result["diagnose"], result["report"]) == ("healthy", False, {}, {})
    assert (
        "Cluster health:   3/3 reachable" in output
        and "  node-2          192.0.2.12      2/2                      2/2" in output
    )
    assert "Read 3 nodes and 3 target pods of the API (" in output and "and asked 3 agents (" in output
    assert {key: result["read"][key] for key in ("nodes", "pods", "asked")} == {"nodes": 3, "pods": 3, "asked": 3}
    assert result["read"]["size"] > 500 and result["read"]["told"] > 500 and result["read"]["requests"] == 3
    assert sorted(target for target, _command, _peers in fake.asked[:3]) == [
        f"network-check-target-{number}" for number in (1, 2, 3)
    ]
    assert {tuple(command) for _target, command, _peers in fake.asked[:3]} == {
        ("python3", "/opt/podnet/agent.pyz", "health")
    }
    assert {tuple(command[2:]) for _target, command, _peers in fake.asked[3:]} == {
        ("health", "--probe", "--timeout", "15", "--peers-stdin")
    }
    assert all(
        sorted(peer["endpoint"][0] for peer in peers["peers"]) == [pod_ip(1), pod_ip(2), pod_ip(3)]
        for _t, _c, peers in fake.asked[3:]
    )
    assert "Results: probed now" in output and probed["health"]["probed"] is True


def test_the_next_job_gets_no_path_of_a_job_that_has_ended(run: Run, tmp_path: pathlib.Path) -> None:
    options = {"report_dir": str(tmp_path / "report")}
    for job, shown in (((), True), (("-e", "awx_job_id=42"), False)):
        fake = Fake(Cluster(2))
        with fake.server:
            (result,), _output = run(fake, options, arguments=job)
        handed = result["ansible_stats"]["data"]["podnet_health"]["report"]
        assert (handed, result["health_event"]["report"]) == ((result["report"]["html"],) * 2 if shown else ("", None))


def test_a_failure_is_asked_again_and_handed_over(run: Run, tmp_path: pathlib.Path) -> None:
    fake = Fake(Cluster(4, forward_drop("node-2")))
    with fake.server:
        (result,), output = run(fake, {"report_dir": str(tmp_path / "report"), "fail_on": "unhealthy"})
    again = {target: peers for target, command, peers in fake.asked if "--peers-stdin" in command}
    assert len(fake.asked) == 8 and len(again) == 4
    assert {peer["node"] for peer in again["network-check-target-2"]["peers"]} == {
        name(number) for number in range(1, 5)
    }
    assert result["failed"] and result["msg"] == "node-2 answers, but its pods do not and reach no other pod."
    assert result["diagnose"]["diagnose_destination"] == f"pod:{NAMESPACE}/network-check-target-2"
    assert set(result["report"]) == {"html", "json", "txt", "event"}
    for path in result["report"].values():
        assert "node-2" in pathlib.Path(path).read_text()
    event = json.loads(pathlib.Path(result["report"]["event"]).read_text())
    assert event == result["health_event"] and event["report"] == result["report"]["html"]
    assert output.index("CRITICAL") < output.index("Report:") < output.index("fatal:"), (
        "everything is printed and written before it fails"
    )


def test_one_nodes_own_view_and_json(run: Run) -> None:
    fake = Fake(Cluster(3, cut("node-3")))
    own = {"from_node": "node-1", "confirm": False}
    with fake.server:
        (result, _same), output = run(fake, own, {**own, "output": "json"})
    assert (
        "  node-1 (localhost)   192.0.2.11      1/1                      1/1" in output
        and "  node-3               192.0.2.13      0/1" in output
    )
    parsed = json.loads(output[output.index("\n{\n") : output.index("\n}\n") + 3])
    assert (
        parsed["view"]["local"] == {"name": "node-1"}
        and parsed["schema"] == "podnet.diagnostics/health/v1" == result["health"]["schema"]
    )


def garbage(data: bytes, status: int = 0) -> Exec:
    def answer(client: Conversation, unused_target: str, unused_command: list[str], unused_stdin: bytes) -> None:
        for start in range(0, len(data), 100_000):
            client.send(1 if status == 0 else 2, data[start : start + 100_000])
        client.exit(status)
        client.close()

    return answer


@pytest.mark.parametrize(
    "special, said",
    [
        (garbage(b"\x1b[2Jnot a report"), "is not JSON"),
        (garbage(b"x" * 9_000_000), "more than 8388608 bytes"),
        (garbage(json.dumps({**Cluster(3).report(1), "node": "node-9"}).encode()), "reports for the node 'node-9'"),
        (garbage(b'{"schema": "podnet.diagnostics/mesh/v9"}'), "mesh/v9"),
        (
            garbage(b"Cannot ask the target program on 127.0.0.1:8081: Connection refused\n", 1),
            "ended with status 1: Cannot ask the target program",
        ),
        (garbage(b""), "wrote nothing"),
    ],
)
def test_an_agent_that_makes_no_sense_is_unknown_and_the_others_go_on(special: Exec, said: str) -> None:
    matrix, verdict = measured(Fake(Cluster(3), {2: special}))
    assert verdict.result == "unknown" and verdict.states == {
        "node-1": "healthy",
        "node-2": "unknown",
        "node-3": "healthy",
    }
    problem = matrix.answers["node-2"].problem
    assert said in problem and "\x1b" not in problem and "\n" not in problem
    assert [finding.nodes for finding in verdict.findings if finding.id == "agent-not-answering"] == [("node-2",)]


def test_an_agent_that_does_not_answer_in_time() -> None:
    fake = Fake(
        Cluster(3), {2: lambda client, target, command, stdin: t.cast(None, fake.server.ending.wait(patience(20)))}
    )
    matrix, verdict = measured(fake, limits=Limits(timeout=patience(1)))
    assert matrix.answers["node-2"].kind == "timeout" and verdict.states["node-1"] == "healthy"


def test_a_kubelet_that_the_api_server_does_not_reach() -> None:
    def unreached(client: Conversation, unused_target: str, unused_command: list[str], unused_stdin: bytes) -> None:
        message = (
            'error sending request: Post "https://192.0.2.12:10250/exec/a/b?command=x": dial tcp 192.0.2.12:10250: i/o'
            " timeout"
        )
        client.send(
            3,
            json.dumps(
                {"status": "Failure", "reason": "InternalError", "message": f"Internal error occurred: {message}"}
            ).encode(),
        )
        client.close()

    matrix, verdict = measured(Fake(Cluster(3, cut("node-2")), {2: unreached}))
    assert (matrix.answers["node-2"].kind, matrix.answers["node-2"].problem) == (
        "unreachable",
        "the API server does not reach the kubelet: dial tcp 192.0.2.12:10250: i/o timeout",
    )
    assert [finding.id for finding in verdict.findings] == ["node-isolated"]


def test_not_more_is_asked_than_there_is_time_for() -> None:
    fake = Fake(
        Cluster(3), {1: lambda client, target, command, stdin: t.cast(None, fake.server.ending.wait(patience(20)))}
    )
    matrix, _verdict = measured(fake, limits=Limits(timeout=patience(1), total=patience(1), workers=1))
    assert {answer.kind for answer in matrix.answers.values()} == {"timeout"} and len(fake.asked) == 1


def test_what_is_forbidden_is_one_sentence() -> None:
    def message(path: str) -> str:
        fake = Fake(Cluster(2))
        for number in (1, 2):
            fake.server.on("GET", path.format(number), refusal(403, "you may not"))
        with pytest.raises(HealthError) as caught:
            measured(fake)
        return str(caught.value)

    assert "the verbs get and create on pods/exec in the namespace podnet-connectivity-checks" in message(
        PODS + "/network-check-target-{}/exec"
    )
    assert "the verb list on pods in the namespace podnet-connectivity-checks" in message(PODS)
    assert message("/api/v1/nodes").startswith(
        "Cannot list nodes: "
    ) and "the verb list on nodes, see docs/rbac-health.yaml" in message("/api/v1/nodes")


def test_one_pod_that_may_not_be_asked_is_only_that() -> None:
    fake = Fake(Cluster(3))
    fake.server.on("GET", f"{PODS}/network-check-target-2/exec", refusal(403, "you may not"))
    assert measured(fake)[1].states == {"node-1": "healthy", "node-2": "unknown", "node-3": "healthy"}


def test_there_is_nothing_to_ask() -> None:
    fake = Fake(Cluster(2))
    fake.server.on("GET", PODS, items())
    with pytest.raises(HealthError, match=r"playbook podnet\.diagnostics\.connectivity_checks"):
        measured(fake)


def test_many_agents_tell_what_counts_now() -> None:
    fake = Fake(Cluster(101))
    _matrix, verdict = measured(fake)
    assert verdict.result == "healthy" and {command[-1] for _target, command, _peers in fake.asked} == {"--recent"}


def test_some_nodes_only() -> None:
    fake = Fake(Cluster(4))
    _matrix, verdict = measured(fake, only=("node-2",), probe=True)
    assert verdict.result == "healthy" and verdict.summary == "node-2 is healthy."
    assert {target[-1]: len(peers["peers"]) for target, _command, peers in fake.asked} == {
        "1": 1,
        "2": 4,
        "3": 1,
        "4": 1,
    }


def test_options_that_make_no_sense(run: Run, tmp_path: pathlib.Path) -> None:
    """A report that cannot be written fails after everything was printed."""
    (tmp_path / "file").write_text("")
    fake = Fake(Cluster(2))
    bad = [
        ({"nodes": ["node-9"]}, "no node node-9"),
        ({"from_node": "node-9"}, "no node node-9"),
        ({"timeout": 0}, "timeout is 0"),
        ({"workers": -1}, "workers is -1"),
        ({"output": "xml"}, "output"),
        ({"prob": True}, "prob"),
        ({"host": f"http://127.0.0.1:{closed_port()}"}, "Cannot list nodes"),
        ({"report_dir": str(tmp_path / "file" / "x")}, "Cannot write"),
    ]
    with fake.server:
        results, output = run(fake, *(options for options, _word in bad))
    for (options, word), result in zip(bad, results):
        assert result["failed"] and word in result["msg"], (options, result)
    assert "Cluster health:   2/2 reachable" in output


def test_unknown_fails_the_task_if_that_is_asked_for(run: Run) -> None:
    fake = Fake(Cluster(3), {2: garbage(b"")})
    with fake.server:
        results, _output = run(fake, {"fail_on": "unhealthy"}, {"fail_on": "unknown"})
    assert [(result["result"], result["failed"]) for result in results] == [("unknown", False), ("unknown", True)]


# -- the event -----------------------------------------------------------------------------------------------------
class Hook:
    """A web hook that keeps what it gets."""

    def __init__(self, status: int = 200) -> None:
        hook = self
        self.got: list[tuple[dict[str, str], Json]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused: t.Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/endpoint?secret=hush"

    def __enter__(self) -> Hook:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_the_event_is_sent(run: Run) -> None:
    fake = Fake(Cluster(3, cut("node-2")))
    with fake.server, Hook() as hook:
        (result,), output = run(fake, {"event_url": hook.url, "event_token": "hush-token"})
        ((headers, body),) = hook.got
        run(fake, {"event_url": hook.url}, arguments=["--check"])
        assert len(hook.got) == 1, "check mode sends nothing"
    assert headers["authorization"] == "Bearer hush-token" and headers["content-type"] == "application/json"
    assert body == result["health_event"] and body["type"] == "podnet.health.unhealthy"
    assert "hush" not in output.replace(hook.url, "") and "WARNING" not in output


def test_an_event_that_cannot_be_sent_is_a_warning(run: Run) -> None:
    fake = Fake(Cluster(2))
    with fake.server, Hook(500) as broken, Hook(302) as moved:
        urls = [
            broken.url,
            moved.url,
            f"http://127.0.0.1:{closed_port()}/",
            "file:///etc/passwd",
            "not a url",
            "http://",
        ]
        results, output = run(fake, *({"event_url": url, "event_token": "hush-token"} for url in urls))
    warnings = " ".join(output.split())
    assert not any(result["failed"] for result in results) and "hush-token" not in output
    assert (
        warnings.count("Cannot send the event to http://127.0.0.1:") == 3
        and "HTTP 500" in warnings
        and "HTTP 302" in warnings
    )
    assert warnings.count("it is no http or https address") == 3
