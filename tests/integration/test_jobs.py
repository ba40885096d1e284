# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook as a job of AWX: its user, its environment, its surveys; and what is left when the job has ended."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import typing as t

import pytest
import yaml
from checks import server
from conftest import LAB, Lab
from jobs import Ended, Jobs, blank_survey

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE, DESTINATION = "pod:default/client-1", "service:default/web"
# An address of the documentation range (RFC 5737); the network of these jobs has no way out at all.
AWAY = {"K8S_AUTH_HOST": "https://192.0.2.200:6443", "K8S_AUTH_API_KEY": "token", "K8S_AUTH_VERIFY_SSL": "False"}
NODES: dict[str, dict[str, t.Any]] = {"node-1": {}, "node-2": {}}
NO_NETWORK = ("unshare", "--net", "--")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or "PODNET_JOB_VENV" not in os.environ,
    reason="jobs are run as another user, by `make integration`",
)


@pytest.fixture(scope="module")
def jobs() -> Jobs:
    return Jobs()


def _required(playbook: str, access: t.Mapping[str, str]) -> dict[str, str]:
    """What a survey does not let through blank."""
    return {
        "diagnose": {"diagnose_source": SOURCE, "diagnose_destination": DESTINATION},
        "drill": {"drill_confirm": f"podnet-drill@{access['K8S_AUTH_HOST']}"},
        "capture": {"capture_targets": SOURCE},
    }.get(playbook, {})


# Most of these are minutes that `make test` has not: they are run by `make events` and `make matrix`.
apart = pytest.mark.apart


# -- without a cluster -----------------------------------------------------------------------------------------------
@apart
@pytest.mark.parametrize("playbook", ["health", "connectivity_checks", "cleanup", "drill", "capture"])
@pytest.mark.parametrize("blank", [None, ""], ids=["null", "empty"])
def test_a_cluster_that_is_not_there_is_one_sentence_also_from_a_blank_survey(
    jobs: Jobs, playbook: str, blank: object
) -> None:
    answers = blank_survey(playbook, blank, **_required(playbook, AWAY))
    ended = jobs.run(playbook, answers, AWAY, prefix=NO_NETWORK)
    assert ended.status != 0
    assert len(ended.failures) == 1, ended.output
    assert "192.0.2.200:6443" in ended.failures[0] and "Network is unreachable" in ended.failures[0], ended.output
    assert "Traceback" not in ended.output


def test_a_diagnosis_without_a_cluster_says_why_and_leaves_its_evidence(jobs: Jobs) -> None:
    answers = blank_survey("diagnose", None, diagnose_source=SOURCE, diagnose_destination=DESTINATION)
    ended = jobs.run("diagnose", answers, AWAY, prefix=NO_NETWORK)
    assert ended.failures[-1].startswith("Nothing was diagnosed: Cannot find pod default/client-1"), ended.output
    assert "Network is unreachable" in ended.failures[-1]
    summary = ended.artifacts["podnet_diagnosis"]
    assert summary["result"] == "inconclusive" and summary["markdown"].startswith("# ")
    assert "bundle" not in summary and "report" not in summary, "paths of a job's files are dead when it has ended"


@apart
@pytest.mark.parametrize("playbook", ["health", "connectivity_checks", "cleanup", "drill", "analyze_bundle"])
def test_a_limit_that_leaves_nothing_to_do_is_one_sentence(jobs: Jobs, playbook: str) -> None:
    """In an inventory of nodes; a play for localhost would match no host, and the job would end well."""
    answers = blank_survey(playbook, None, **_required(playbook, AWAY))
    ended = jobs.run(playbook, answers, AWAY, "--limit", "node-1", prefix=NO_NETWORK, hosts=NODES)
    assert ended.status != 0 and len(ended.failures) == 1, ended.output
    assert "the limit node-1 leaves it out" in ended.failures[0]


@apart
def test_a_step_is_one_event_of_a_job(jobs: Jobs) -> None:
    answers = blank_survey("diagnose", "", diagnose_source=SOURCE, diagnose_destination=DESTINATION)
    ended = jobs.run("diagnose", answers, AWAY, prefix=NO_NETWORK)
    shown = [event["stdout"] for event in ended.events if event["event"] == "verbose" and event["stdout"].strip()]
    assert sum("Next        Mend" in text for text in shown) == 1
    (verdict,) = [text for text in shown if "INCONCLUSIVE" in text]
    assert "Not measured" in verdict and "Report:" in verdict


# -- on the lab ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def credential(lab: Lab) -> t.Iterator[dict[str, str]]:
    """The token of a service account with exactly the rights that docs/rbac.yaml gives."""
    lab.kubectl("apply", "-f", str(ROOT / "docs" / "rbac.yaml"))
    yield _credential(lab, lab.kubectl("-n", "podnet-diagnostics", "create", "token", "podnet-diagnostics").strip())
    lab.run("kubectl", "delete", "-f", str(ROOT / "docs" / "rbac.yaml"), "--wait=false", check=False)


def _credential(lab: Lab, token: str) -> dict[str, str]:
    status = json.loads(lab.lab("status", "--json").stdout)
    cluster = yaml.safe_load(pathlib.Path(status["kubeconfig"]).read_text())["clusters"][0]["cluster"]
    authority = pathlib.Path("/tmp") / f"podnet-job-ca-{os.getpid()}.pem"
    authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    authority.chmod(0o644)
    return {
        "K8S_AUTH_HOST": cluster["server"],
        "K8S_AUTH_API_KEY": token,
        "K8S_AUTH_VERIFY_SSL": "True",
        "K8S_AUTH_SSL_CA_CERT": str(authority),
    }


def _run(lab: Lab, jobs: Jobs, playbook: str, variables: dict[str, t.Any], access: dict[str, str], *more: str) -> Ended:
    prefix = ("env", f"PODNET_LAB_NAME={lab.environment['PODNET_LAB_NAME']}", str(LAB), "run", "--")
    return jobs.run(playbook, variables, access, *more, prefix=prefix)


def test_a_diagnosis_keeps_its_evidence_in_the_cluster_and_another_job_reads_it(
    lab: Lab, jobs: Jobs, credential: dict[str, str]
) -> None:
    answers = blank_survey(
        "diagnose",
        None,
        diagnose_source=SOURCE,
        diagnose_destination=DESTINATION,
        diagnose_port="80",
        diagnose_sink="configmap:podnet-diagnostics",
        diagnose_sink_keep="2",
        node_agent_image="podnet.lab/agent:1",
        node_agent_image_pull_policy="Never",
    )
    with lab.fault("service-target-port-mismatch"):
        ended = _run(lab, jobs, "diagnose", answers, credential)
    assert ended.status == 0, ended.output
    summary = ended.artifacts["podnet_diagnosis"]
    assert (summary["result"], summary["root_cause"]) == ("fault", "service-target-port-mismatch"), ended.output
    (address,) = summary["evidence"]
    assert address.startswith("configmap:podnet-diagnostics/podnet-evidence-")
    again = _run(
        lab, jobs, "analyze_bundle", blank_survey("analyze_bundle", "", diagnose_bundle_dir=address), credential
    )
    assert again.status == 0, again.output
    assert again.artifacts["podnet_diagnosis"]["root_cause"] == "service-target-port-mismatch"


@apart
def test_a_limit_leaves_nodes_out_and_an_inventory_changes_no_verdict(
    lab: Lab, jobs: Jobs, credential: dict[str, str]
) -> None:
    answers = blank_survey(
        "diagnose",
        "",
        diagnose_source=SOURCE,
        diagnose_destination="pod:default/client-2",
        diagnose_protocol="icmp",
        podnet_access="agent",
        node_agent_image="podnet.lab/agent:1",
        node_agent_image_pull_policy="Never",
    )
    prefix = ("env", f"PODNET_LAB_NAME={lab.environment['PODNET_LAB_NAME']}", str(LAB), "run", "--")
    whole = jobs.run("diagnose", answers, credential, prefix=prefix, hosts=NODES)
    part = jobs.run("diagnose", answers, credential, "--limit", "node-1", prefix=prefix, hosts=NODES)
    assert whole.artifacts["podnet_diagnosis"]["result"] == "healthy", whole.output
    assert "outside limit" not in whole.output and "node-2: skipped (outside limit)" in part.output, part.output
    assert part.artifacts["podnet_diagnosis"]["root_cause"] is None, part.output


# Keeps what it is sent.
HOOK = """
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open(KEPT, "wb").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass

hook = http.server.HTTPServer(("127.0.0.1", 18082), Handler)
print("ready", flush=True)
hook.serve_forever()
"""


@apart
def test_the_jobs_of_the_workflow_hand_on_what_they_have_found(
    lab: Lab, jobs: Jobs, credential: dict[str, str], tmp_path: pathlib.Path
) -> None:
    """What a job's set_stats says reaches the next one as variables. The health run's own are tested with it."""
    pair = {"source": SOURCE, "destination": DESTINATION, "port": "80", "protocol": "tcp"}
    worst = {f"diagnose_{name}": value for name, value in pair.items()}
    kept, address = tmp_path / "kept", "http://127.0.0.1:18082/hook"
    given = {"node_agent_image": "podnet.lab/agent:1", "diagnose_sink": "configmap:podnet-diagnostics"}
    sick: dict[str, t.Any] = {
        "podnet_health": {"result": "unhealthy", "summary": "node-2 is cut off", "diagnose": worst}
    }
    with lab.fault("service-target-port-mismatch"):
        diagnosed = _run(lab, jobs, "diagnose_worst_pair", {**sick, **given}, credential)
    found = diagnosed.artifacts
    assert found["podnet_diagnosis"]["root_cause"] == "service-target-port-mismatch", diagnosed.output
    well: dict[str, t.Any] = {
        "podnet_health": {"result": "healthy", "summary": "All nodes are healthy", "diagnose": {}}
    }
    nothing = _run(lab, jobs, "diagnose_worst_pair", {**well, **given}, credential)
    assert (nothing.status, nothing.artifacts) == (0, {}), nothing.output
    with server(lab, "operator", f"KEPT = {str(kept)!r}\n{HOOK}"):
        for variables, texts in (
            ({**sick, **found}, ["service-target-port-mismatch", *found["podnet_diagnosis"]["evidence"]]),
            (well, ["All nodes are healthy"]),
        ):
            sent = _run(lab, jobs, "send_report", {**variables, "podnet_report_url": address}, {})
            assert sent.status == 0 and "18082" not in sent.output, sent.output
            assert all(text in json.loads(kept.read_bytes())["text"] for text in texts)


@apart
def test_a_right_that_is_missing_is_named_and_the_rest_is_done(
    lab: Lab, jobs: Jobs, credential: dict[str, str]
) -> None:
    lab.kubectl("-n", "podnet-diagnostics", "delete", "role", "podnet-diagnostics-agents")
    try:
        answers = blank_survey(
            "diagnose",
            None,
            diagnose_source=SOURCE,
            diagnose_destination=DESTINATION,
            diagnose_sink="configmap:podnet-diagnostics",
            node_agent_image="podnet.lab/agent:1",
        )
        ended = _run(lab, jobs, "diagnose", answers, credential)
    finally:
        lab.kubectl("apply", "-f", str(ROOT / "docs" / "rbac.yaml"))
    assert ended.artifacts["podnet_diagnosis"]["result"] == "inconclusive", ended.output
    assert "configmapsisforbidden" in _shown(ended).replace('"', ""), ended.output


def _shown(ended: Ended) -> str:
    """What the events of a job show, without colours and blanks: Ansible breaks warnings into lines, each is an event,
    and the output of the job may have the last of them alone.
    """
    return "".join(re.sub(r"\x1b\[[0-9;]*m|\s", "", str(event["stdout"])) for event in ended.events)


def _expired(lab: Lab, token: str) -> str:
    """The same token as it is an hour after its end, signed as the API server signs."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head, body, _signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    end = int(time.time()) - 3600
    claims |= {"iat": end - 3600, "nbf": end - 3600, "exp": end}
    claims["kubernetes.io"].pop("warnafter", None)
    signed = f"{head}.{part(json.dumps(claims).encode())}"
    key = lab.exec("controller", "cat", "/etc/kubernetes/pki/sa.key").stdout
    with _secret(key) as path:
        sign = ["openssl", "dgst", "-sha256", "-sign", str(path)]
        signature = subprocess.run(sign, input=signed.encode(), capture_output=True, check=True).stdout
    return f"{signed}.{part(_joined(signature))}"


def _joined(signature: bytes) -> bytes:
    """r and s of an ECDSA signature one after the other (RFC 7518, 3.4), from the ASN.1 that openssl writes."""
    numbers, rest = [], signature[2:]
    while rest:
        length = rest[1]
        numbers.append(int.from_bytes(rest[2 : 2 + length], "big").to_bytes(32, "big"))
        rest = rest[2 + length :]
    assert len(numbers) == 2
    return b"".join(numbers)


@contextlib.contextmanager
def _secret(text: str) -> t.Iterator[pathlib.Path]:
    with tempfile.NamedTemporaryFile("w") as stream:
        stream.write(text)
        stream.flush()
        yield pathlib.Path(stream.name)


@apart
@pytest.mark.parametrize("playbook", ["cleanup", "health", "connectivity_checks", "drill", "diagnose", "capture"])
def test_a_token_that_has_expired_is_one_sentence(
    lab: Lab, jobs: Jobs, credential: dict[str, str], playbook: str
) -> None:
    access = {**credential, "K8S_AUTH_API_KEY": _expired(lab, credential["K8S_AUTH_API_KEY"])}
    ended = _run(lab, jobs, playbook, blank_survey(playbook, None, **_required(playbook, access)), access)
    assert ended.status != 0
    assert len(ended.failures) == 1 and "401" in ended.failures[0], ended.output
    assert "Traceback" not in ended.output and access["K8S_AUTH_API_KEY"] not in ended.output


# Refuses, is full, redirects, and answers too late; and one with a certificate that nobody vouches for.
SERVERS = """
import http.server, ssl, sys, threading, time
STATUS = {"refused": 403, "full": 507, "moved": 307}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        kind = self.path.strip("/")
        if kind == "slow":
            time.sleep(20)
        self.send_response(STATUS.get(kind, 201))
        if kind == "moved":
            self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass

plain = http.server.ThreadingHTTPServer(("127.0.0.1", 18080), Handler)
secure = http.server.ThreadingHTTPServer(("127.0.0.1", 18443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE)
secure.socket = context.wrap_socket(secure.socket, server_side=True)
threading.Thread(target=secure.serve_forever, daemon=True).start()
print("ready", flush=True)
plain.serve_forever()
"""
BAD_PLACES = {
    "http://127.0.0.1:18080/refused": "HTTP 403",
    "http://127.0.0.1:18080/full": "HTTP 507",
    "http://127.0.0.1:18080/moved": "redirects are not followed",
    "http://127.0.0.1:18080/slow": "no answer within 2 s",
    "http://127.0.0.1:18081/nobody": "refused",
    "https://127.0.0.1:18443/": "ertificate",
    "configmap:kube-system": "forbidden",
    "directory:/sys/nothing": "ermi",
}


@apart
def test_each_place_that_does_not_take_the_evidence_is_one_sentence_and_the_others_get_it(
    lab: Lab, jobs: Jobs, credential: dict[str, str], tmp_path: pathlib.Path
) -> None:
    pair = tmp_path / "pair.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sink", "-days", "2"]
    subprocess.run([*make, "-keyout", tmp_path / "key", "-out", tmp_path / "crt"], check=True, capture_output=True)
    pair.write_text((tmp_path / "key").read_text() + (tmp_path / "crt").read_text())
    places = [*list(BAD_PLACES)[:4], "configmap:podnet-diagnostics", *list(BAD_PLACES)[4:]]
    answers = blank_survey(
        "diagnose",
        None,
        diagnose_source=SOURCE,
        diagnose_destination=DESTINATION,
        diagnose_port="80",
        diagnose_sink=",".join(places),
        diagnose_sink_timeout="2",
        node_agent_image="podnet.lab/agent:1",
        node_agent_image_pull_policy="Never",
    )
    with server(lab, "operator", f"CERTIFICATE = {str(pair)!r}\n{SERVERS}"):
        ended = _run(lab, jobs, "diagnose", answers, credential)
    assert "podnet_diagnosis" in ended.artifacts, ended.output
    summary = ended.artifacts["podnet_diagnosis"]
    assert summary["result"] == "healthy", ended.output
    (address,) = summary["evidence"]
    assert address.startswith("configmap:podnet-diagnostics/"), summary
    shown = _shown(ended)
    for place, words in BAD_PLACES.items():
        shown_place = re.escape(place.removeprefix("directory:"))
        told = re.findall(rf"Cannotstoretheevidence(?:at|in){shown_place}:(.*?)(?=\[WARNING\]|$)", shown)
        assert told and words.replace(" ", "") in told[0], (place, told)
