# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad weather: one clear sentence, the other steps still done, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import typing as t

import pytest
from conftest import LAB, Diagnosis, Lab

WEB = ("pod:default/client-1", "service:default/web", 80)
JOBS = ("get", "jobs,pods", "-A", "-l", "app.kubernetes.io/managed-by=podnet.diagnostics", "-o", "name")


def _until(what: str, condition: t.Callable[[], bool], seconds: float) -> None:
    """Await a condition, bounded."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def _nothing_left(lab: Lab) -> None:
    """No agent, no temporary file, no tcpdump on any node."""
    _until("the agents are gone", lambda: lab.kubectl(*JOBS).strip() == "", 30)
    for node in ("node-1", "node-2"):
        left = lab.exec(
            node,
            "sh",
            "-c",
            "ls -d /tmp/podnet* /var/tmp/podnet* /tmp/ansible* 2>/dev/null; pgrep -a tcpdump",
            check=False,
        ).stdout
        assert left.strip() == "", f"left on {node}: {left}"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"diagnose_port": 0}, "diagnose_port '0' is not a port (1 to 65535)"),
        ({"diagnose_port": 70000}, "diagnose_port '70000' is not a port (1 to 65535)"),
        ({"diagnose_source": "pod:default/$(touch /tmp/podnet-owned)"}, "diagnose_source"),
        ({"diagnose_destination": 'web\'; id #\n"x"'}, "is not an endpoint: use pod:NAMESPACE/NAME"),
        ({"diagnose_source": ""}, "diagnose_source is missing"),
    ],
)
def test_values_that_cannot_be_used(lab: Lab, bundle: pathlib.Path, variables: dict[str, t.Any], message: str) -> None:
    values = {"diagnose_port": 80, **variables}
    source, destination = values.pop("diagnose_source", WEB[0]), values.pop("diagnose_destination", WEB[1])
    run = lab.diagnose(bundle, source, destination, None, **values)
    assert run.status != 0
    assert message in run.output
    assert "Traceback" not in run.output
    assert not bundle.exists(), "nothing is made for input that cannot be used"
    assert not pathlib.Path("/tmp/podnet-owned").exists()


def test_unknown_pod_is_named_and_the_other_end_is_still_examined(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, "pod:default/client-9", "service:default/web", 80)
    assert run.status != 0
    assert "Cannot find pod default/client-9 in the cluster; similar: client-" in run.output
    assert run.step("resolve")["status"] == "fail" and run.step("components")["status"] == "pass"
    assert run.step("snapshot")["status"] == "pass"
    assert run.verdict["result"] == "inconclusive"
    _nothing_left(lab)


def test_port_that_the_service_has_not(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, WEB[0], WEB[1], 9999)
    assert "it has 80/TCP" in run.output
    assert run.verdict["root_cause"] == "service-port-missing", run.output


def test_name_that_does_not_resolve(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, WEB[0], "no-such-name.default.svc.cluster.local", 80)
    assert run.verdict["root_cause"] == "dns-name-missing", run.output
    assert "no-such-name" in run.verdict["summary"]


def _kubeconfig(lab: Lab, path: pathlib.Path, server: str) -> str:
    """A copy of the lab's kubeconfig that points elsewhere."""
    status = json.loads(lab.lab("status", "--json").stdout)
    config = json.loads(pathlib.Path(status["kubeconfig"]).read_text())
    config["clusters"][0]["cluster"]["server"] = server
    path.write_text(json.dumps(config))
    return str(path)


def test_api_that_refuses(lab: Lab, bundle: pathlib.Path, tmp_path: pathlib.Path) -> None:
    config = _kubeconfig(lab, tmp_path / "config", "https://127.0.0.1:1")
    run = lab.diagnose(bundle, *WEB, podnet_kubeconfig=config)
    assert run.status != 0
    assert "127.0.0.1:1" in run.output and "refused" in run.output
    assert "Traceback" not in run.output


def test_api_that_never_answers(lab: Lab, bundle: pathlib.Path, tmp_path: pathlib.Path) -> None:
    silent = subprocess.Popen(
        [
            str(LAB),
            "run",
            "--",
            "python3",
            "-c",
            (
                "import socket, time; s = socket.create_server(('127.0.0.1', 6999)); print('ready', flush=True);"
                " time.sleep(120)"
            ),
        ],
        env=lab.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert silent.stdout is not None and silent.stdout.readline() == "ready\n"
        run = lab.diagnose(
            bundle, *WEB, podnet_kubeconfig=_kubeconfig(lab, tmp_path / "config", "http://127.0.0.1:6999")
        )
    finally:
        os.killpg(silent.pid, signal.SIGKILL)
        silent.wait(10)
    assert run.status != 0
    assert "127.0.0.1:6999" in run.output and "Traceback" not in run.output


def test_forbidden_resource_is_named_and_the_rest_is_done(
    lab: Lab, bundle: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Everything of the shipped RBAC but events and configmaps."""
    config = _restricted_kubeconfig(lab, tmp_path / "config")
    run = lab.diagnose(bundle, *WEB, access="ssh", podnet_kubeconfig=config)
    assert run.verdict["result"] == "healthy", run.output
    assert "events" in run.output and "forbidden" in run.output.lower()


def _restricted_kubeconfig(lab: Lab, path: pathlib.Path) -> str:
    status = json.loads(lab.lab("status", "--json").stdout)
    lab.run("kubectl", "create", "serviceaccount", "narrow", "-n", "default", check=False)
    lab.run(
        "kubectl",
        "create",
        "clusterrole",
        "narrow",
        "--verb=get,list",
        "--resource=pods,nodes,services,endpointslices.discovery.k8s.io,daemonsets.apps,deployments.apps",
        check=False,
    )
    lab.run(
        "kubectl",
        "create",
        "clusterrolebinding",
        "narrow",
        "--clusterrole=narrow",
        "--serviceaccount=default:narrow",
        check=False,
    )
    token = lab.kubectl("create", "token", "narrow", "-n", "default").strip()
    lab.run("cp", status["kubeconfig"], str(path))
    for arguments in (("set-credentials", "narrow", f"--token={token}"), ("set-context", "--current", "--user=narrow")):
        lab.run("kubectl", "--kubeconfig", str(path), "config", *arguments)
    return str(path)


def test_full_disk_in_the_bundle_folder(lab: Lab, tmp_path: pathlib.Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(small)], check=True)
    try:
        run = lab.diagnose(small / "bundle", *WEB)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    # The verdict is what was asked for.
    assert run.status == 0 and "HEALTHY" in run.output, run.output
    assert "No space left on device" in run.output and "Traceback" not in run.output
    _nothing_left(lab)


@contextlib.contextmanager
def _running(
    lab: Lab, bundle: pathlib.Path, *destination: t.Any, access: str = "agent"
) -> t.Iterator[subprocess.Popen[str]]:
    """A diagnosis in the background, in a process group of its own."""
    values = {
        "diagnose_source": "pod:default/client-1",
        "diagnose_destination": destination[0],
        "diagnose_port": destination[1],
        "diagnose_bundle_dir": str(bundle),
        "podnet_access": access,
        "node_agent_deadline": 20,
        "node_agent_ttl": 0,
        "diagnose_pause": 4,
    }
    process = subprocess.Popen(
        [str(LAB), "run", "--", "ansible-playbook", "podnet.diagnostics.diagnose", "-e", json.dumps(values)],
        env=lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_nothing_once_its_deadline_has_passed(
    lab: Lab, bundle: pathlib.Path, ending: signal.Signals
) -> None:
    with _running(lab, bundle, "service:default/web", 80) as process:
        _until("a snapshot", (bundle / "nodes" / "node-1.json.gz").exists, 60)
        os.killpg(process.pid, ending)
        process.wait(30)
    _until("the agents are gone", lambda: lab.kubectl(*JOBS).strip() == "", 60)
    _nothing_left(lab)


def test_node_that_dies_in_the_middle(lab: Lab, bundle: pathlib.Path) -> None:
    with _running(lab, bundle, "pod:default/client-2", None, access="ssh") as process:
        _until("both snapshots", lambda: len(list((bundle / "nodes").glob("*.gz"))) == 2, 60)
        lab.exec("node-2", "ip", "link", "set", "eth0", "down")
        try:
            output = process.communicate(timeout=240)[0]
        finally:
            lab.exec("node-2", "ip", "link", "set", "eth0", "up")
            # It went with the device; the next test of this lab needs it.
            lab.exec("node-2", "ip", "route", "replace", "default", "via", "192.0.2.1")
    run = Diagnosis(process.returncode, output, bundle)
    assert "Cannot reach node-2" in output, output
    assert run.step("snapshot")["status"] == "pass"
    assert run.verdict["result"] in ("fault", "inconclusive"), output


@contextlib.contextmanager
def _hidden(lab: Lab, node: str, *programs: str) -> t.Iterator[None]:
    """A node without some of its programs."""
    script = 'for p in "$@"; do f=$(command -v "$p") && mv "$f" "$f.hidden"; done; true'
    back = (
        'for f in /usr/sbin/*.hidden /usr/bin/*.hidden /sbin/*.hidden; do [ -e "$f" ] && mv "$f" "${f%.hidden}"; done;'
        " true"
    )
    lab.exec(node, "sh", "-c", script, "hide", *programs)
    try:
        yield
    finally:
        lab.exec(node, "sh", "-c", back)


def test_node_without_tcpdump_and_iptables(lab: Lab, bundle: pathlib.Path) -> None:
    with _hidden(lab, "node-1", "tcpdump", "iptables-save", "iptables-nft-save", "iptables-legacy-save"):
        run = lab.diagnose(bundle, *WEB, access="ssh", diagnose_capture="always")
    assert run.verdict["result"] == "healthy", run.output
    assert run.step("capture")["status"] == "error" and "tcpdump" in json.dumps(run.step("capture")), run.output
    assert "iptables" in json.dumps(run.step("snapshot")), run.output


def test_two_runs_at_once_do_not_disturb_each_other(lab: Lab, bundle: pathlib.Path) -> None:
    with _running(lab, bundle, "service:default/web", 80) as first:
        second = lab.diagnose(bundle.with_name("second"), *WEB)
        output = first.communicate(timeout=120)[0]
    assert second.verdict["result"] == "healthy", second.output
    assert Diagnosis(first.returncode, output, bundle).verdict["result"] == "healthy", output
    _nothing_left(lab)


def test_check_mode_reads_the_api_and_makes_no_agent(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, *WEB, "--check")
    assert run.status == 0, run.output
    assert run.step("components")["status"] == "pass"
    assert run.step("snapshot")["status"] == "skipped" and "check mode" in run.step("snapshot")["summary"]


def test_nodes_outside_the_limit_are_skipped(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, "pod:default/client-1", "pod:default/client-2", None, "--limit", "node-1")
    assert "outside limit" in json.dumps(run.findings["steps"]), run.output
    assert not (bundle / "nodes" / "node-2.json.gz").exists()


def test_a_limit_that_leaves_nothing_fails(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, "pod:default/client-1", "pod:default/client-2", None, "--limit", "outside")
    assert run.status != 0 and "outside the limit" in run.output
