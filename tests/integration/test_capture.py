# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures by themselves, on the lab: for a time, armed, redacted, and what becomes of them in bad weather."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import stat
import subprocess
import time
import typing as t

import pytest
from checks import NAMESPACE, Checks, rules
from conftest import LAB, Lab

from ansible_collections.podnet.diagnostics.tests.unit.patience import patience

SECONDS = 6
WEB = "service:default/web"
CLIENT = "pod:default/client-1"
TARGET = "network-check-target-node-2"
# At most as long as an agent lives after its playbook.
GONE_SECONDS = 90


@dataclasses.dataclass(frozen=True)
class Run:
    """How one run of the playbook ended."""

    status: int
    output: str
    folder: pathlib.Path

    @property
    def index(self) -> dict[str, t.Any]:
        """index.json; the run's output is the message when there is none."""
        path = self.folder / "index.json"
        assert path.exists(), self.output[-4000:]
        return t.cast(dict[str, t.Any], json.loads(path.read_text()))

    def packets(self, filter_: str = "") -> list[str]:
        """The lines of the file's packets that a filter chooses, as tcpdump prints them."""
        argv = [
            "tcpdump",
            "-n",
            "-tt",
            "-e",
            "-r",
            str(self.folder / "capture.pcapng"),
            *([filter_] if filter_ else []),
        ]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
        return [line for line in done.stdout.splitlines() if line[:1].isdigit()]

    def captures(self) -> dict[tuple[str, str, str], dict[str, t.Any]]:
        """By node, namespace and device."""
        return {(item["node"], item["netns"], item["device"]): item for item in self.index["captures"]}


def argv_of(folder: pathlib.Path, targets: t.Sequence[str], **values: t.Any) -> list[str]:
    known = {"capture_targets": list(targets), "capture_dir": str(folder), "capture_seconds": SECONDS, **values}
    return ["ansible-playbook", "podnet.diagnostics.capture", "-e", json.dumps(known)]


def capture(lab: Lab, folder: pathlib.Path, *targets: str, **values: t.Any) -> Run:
    done = lab.run(*argv_of(folder, targets, **values), check=False)
    return Run(done.returncode, done.stdout + done.stderr, folder)


@contextlib.contextmanager
def running(lab: Lab, folder: pathlib.Path, *targets: str, **values: t.Any) -> t.Iterator[subprocess.Popen[str]]:
    """A run beside the test, of which every process is gone after it."""
    argv = [str(LAB), "run", "--", *argv_of(folder, targets, **values)]
    process = subprocess.Popen(
        argv,
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
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def until(condition: t.Callable[[], t.Any], seconds: float, what: str) -> t.Any:
    """What a condition says as soon as it is true. seconds: of a machine that has nothing else to do."""
    end = time.monotonic() + patience(seconds)
    while not (found := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.5)
    return found


def tcpdumps(lab: Lab) -> int:
    """How many captures run on all nodes."""
    return sum(lab.exec(node, "ps", "-eo", "comm").stdout.split().count("tcpdump") for node in ("node-1", "node-2"))


def remains(lab: Lab) -> str:
    """What a run has left: agents, captures, and their files."""
    jobs = lab.kubectl("-n", "podnet-diagnostics", "get", "jobs,pods", "-o", "name", "--ignore-not-found")
    files = "".join(
        lab.exec(node, "find", "/var/tmp", "/tmp", "/dev/shm", "-maxdepth", "1", "-name", "podnet-capture-*").stdout
        for node in ("node-1", "node-2")
    )
    return jobs + files + ("tcpdump" if tcpdumps(lab) else "")


def processes(folder: pathlib.Path) -> list[str]:
    """Those of this machine that have to do with a folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


@contextlib.contextmanager
def traffic(lab: Lab, destination: str = "http://web/") -> t.Iterator[None]:
    """Five requests a second from client-1 while the block lasts, and four minutes at most; one was sent before."""
    stop = f"/tmp/stop-{time.monotonic_ns()}"
    script = f"""
import os, time, urllib.request
end = time.monotonic() + 240
while time.monotonic() < end and not os.path.exists("{stop}"):
    try:
        urllib.request.urlopen("{destination}", timeout=1).read()
    except OSError:
        pass
    print("sent", flush=True)
    time.sleep(0.2)
"""
    argv = [str(LAB), "run", "--", "kubectl", "exec", "client-1", "--", "python3", "-c", script]
    process = subprocess.Popen(
        argv,
        env=lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "sent\n"
        yield
    finally:
        lab.run("kubectl", "exec", "client-1", "--", "touch", stop, check=False)
        process.wait(patience(30))


def web_pods(lab: Lab) -> dict[str, tuple[str, str]]:
    """Name and address of the web pod of each node."""
    found = json.loads(lab.kubectl("get", "pods", "-l", "app=web", "-o", "json"))["items"]
    return {pod["spec"]["nodeName"]: (pod["metadata"]["name"], pod["status"]["podIP"]) for pod in found}


def test_for_a_time_on_a_pod_a_node_and_a_service(lab: Lab, tmp_path: pathlib.Path) -> None:
    pods = web_pods(lab)
    with traffic(lab):
        run = capture(lab, tmp_path / "c", CLIENT, "node:node-2", WEB, capture_way=True)
    assert run.status == 0, run.output[-4000:]
    assert run.index["result"] == "complete"
    found = run.captures()
    wanted = {("node-1", CLIENT, "eth0"), ("node-2", "host", "flannel.1"), ("node-2", "host", "eth0")}
    wanted |= {(node, f"pod:default/{name}", "eth0") for node, (name, _address) in pods.items()}
    wanted |= {("node-1", "host", "cni0"), ("node-1", "host", "flannel.1"), ("node-1", "host", "eth0")}
    assert wanted <= set(found)
    assert all(item["lossless"] and item["ended"] in ("stopped", "deadline") for item in found.values())
    assert all(found[key]["packets"] > 0 for key in wanted - {("node-2", "host", "eth0")})
    _name, address = pods["node-2"]
    assert run.packets(f"tcp and host {address}")
    # The files of the evidence, and who may read them.
    assert {path.name for path in run.folder.iterdir()} == {
        "capture.pcapng",
        "index.json",
        "report.md",
        "manifest.json",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.folder.iterdir()} == {0o600}
    assert b"GET / HTTP" not in (run.folder / "capture.pcapng").read_bytes()
    assert remains(lab) == ""


def test_limits_and_payload_by_ssh(lab: Lab, tmp_path: pathlib.Path) -> None:
    with traffic(lab):
        began = time.monotonic()
        run = capture(
            lab,
            tmp_path / "c",
            CLIENT,
            capture_packets=20,
            capture_payload=True,
            capture_seconds=120,
            podnet_access="ssh",
        )
        assert time.monotonic() - began < 110, "it did not end with its last capture"
    assert run.status == 0, run.output[-4000:]
    (item,) = run.index["captures"]
    assert (item["ended"], item["packets"], item["snaplen"]) == ("max_packets", 20, 65535)
    assert b"HTTP/1" in (run.folder / "capture.pcapng").read_bytes()
    assert remains(lab) == ""


@pytest.mark.parametrize("access", ["agent", pytest.param("ssh", marks=pytest.mark.apart)])
def test_a_failing_probe_triggers_and_the_packets_before_it_are_there(
    lab: Lab, tmp_path: pathlib.Path, access: str
) -> None:
    name, address = web_pods(lab)["node-2"]
    rule = ["FORWARD", "-d", address, "-p", "tcp", "-j", "DROP"]
    values = {
        "capture_probe_source": CLIENT,
        "capture_probe_destination": f"pod:default/{name}",
        "capture_probe_port": 8080,
        "capture_probe_failures": 2,
        "capture_seconds": 240,
        "capture_after": 1,
        "podnet_access": access,
    }
    with running(lab, tmp_path / "c", CLIENT, f"pod:default/{name}", **values) as process:
        until(lambda: tcpdumps(lab) == 2, 90, "no capture was armed")
        time.sleep(4)  # some probes that are answered
        lab.exec("node-2", "iptables", "-w", "5", "-I", *rule)
        broken = time.time()
        try:
            output, _nothing = process.communicate(timeout=patience(120))
        finally:
            lab.exec("node-2", "iptables", "-w", "5", "-D", *rule)
    run = Run(process.returncode, output, tmp_path / "c")
    assert run.status == 0, output[-4000:]
    assert "failed 2 times in a row" in run.index["trigger"]["text"]
    times = [float(line.split()[0]) for line in run.packets("tcp port 8080")]
    assert min(times) < broken < max(times)
    assert remains(lab) == ""


def test_nothing_is_kept_where_nothing_fails(lab: Lab, tmp_path: pathlib.Path) -> None:
    values = {"capture_probe_source": CLIENT, "capture_probe_destination": WEB, "capture_probe_port": 80}
    run = capture(lab, tmp_path / "c", CLIENT, **values)
    assert run.status == 0, run.output[-4000:]
    assert run.index["result"] == "not_triggered" and not (run.folder / "capture.pcapng").exists()
    assert remains(lab) == ""


def test_a_check_that_turns_triggers(lab: Lab, tmp_path: pathlib.Path) -> None:
    checks = Checks(lab)
    try:
        deployed = checks.deploy(connectivity_checks_period=5, connectivity_checks_timeout=2)
        assert deployed.status == 0, deployed.output[-4000:]
        place = f"{NAMESPACE}/{checks.await_reachable(TARGET, 'True', 120)['metadata']['name']}"
        values = {"capture_check": [place], "capture_seconds": 240, "capture_after": 1}
        with running(lab, tmp_path / "c", "node:node-2", **values) as process:
            until(lambda: tcpdumps(lab) >= 2, 90, "no capture was armed")
            # No answer of the check's target comes through.
            with rules(lab, "node-2", "filter FORWARD -o cni0 -p tcp --dport 8080 -j DROP"):
                output, _nothing = process.communicate(timeout=patience(150))
        run = Run(process.returncode, output, tmp_path / "c")
        assert run.status == 0, output[-4000:]
        assert run.index["trigger"]["text"] == f"the connectivity check {place} turned not reachable"
        assert run.packets()
    finally:
        checks.remove(connectivity_checks_remove_crd=True)


@pytest.mark.apart
def test_a_full_disk_ends_the_capture_and_keeps_what_there_is(lab: Lab, tmp_path: pathlib.Path) -> None:
    """The disk of node-1, small for once, is filled while the capture runs."""
    lab.exec("node-1", "mount", "-t", "tmpfs", "-o", "size=64m", "small", "/var/tmp")
    try:
        values = {"capture_seconds": 60, "capture_min_free": 40, "podnet_access": "ssh"}
        with traffic(lab), running(lab, tmp_path / "c", CLIENT, "node:node-2", **values) as process:
            until(lambda: tcpdumps(lab) >= 2, 90, "no capture runs")
            time.sleep(2)
            lab.exec("node-1", "dd", "if=/dev/zero", "of=/var/tmp/ballast", "bs=1M", "count=30")
            until(lambda: tcpdumps(lab) < 3, 30, "nothing ended")
            output, _nothing = process.communicate(timeout=patience(180))
        run = Run(process.returncode, output, tmp_path / "c")
        by_end = {key[0]: item["ended"] for key, item in run.captures().items()}
        assert by_end["node-1"] == "no_space" and by_end["node-2"] in ("stopped", "deadline")
        assert run.index["result"] == "incomplete" and run.status != 0
        assert "the disk was nearly full" in run.output
        assert run.captures()["node-1", CLIENT, "eth0"]["packets"] > 0
        lab.exec("node-1", "rm", "/var/tmp/ballast")
        # And one that is full before it begins.
        run = capture(lab, tmp_path / "d", CLIENT, capture_min_free=10**9, podnet_access="ssh")
        assert run.index["result"] == "nothing" and run.status != 0
        assert "MB have to be" in run.index["summary"]
    finally:
        lab.exec("node-1", "umount", "-l", "/var/tmp")
    assert remains(lab) == ""


@pytest.mark.apart
def test_a_dead_node_leaves_the_others_as_they_are(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Its cable is cut while it captures."""
    with running(lab, tmp_path / "c", CLIENT, "node:node-2", capture_seconds=20, podnet_access="ssh") as process:
        until(lambda: tcpdumps(lab) >= 3, 90, "no capture runs")
        lab.exec("fabric", "ip", "link", "set", "node-2", "down")
        try:
            output, _nothing = process.communicate(timeout=patience(200))
        finally:
            lab.exec("fabric", "ip", "link", "set", "node-2", "up")
    run = Run(process.returncode, output, tmp_path / "c")
    assert run.index["result"] == "incomplete" and run.status != 0, output[-4000:]
    assert [item["node"] for item in run.index["captures"]] == ["node-1"]
    assert any("node-2" in problem for problem in run.index["problems"])
    until(lambda: remains(lab) == "", 200, "something is left")


@pytest.mark.parametrize(
    ("access", "number"),
    [("agent", signal.SIGKILL), pytest.param("ssh", signal.SIGINT, marks=pytest.mark.apart), ("ssh", signal.SIGKILL)],
)
def test_a_run_that_is_killed_leaves_nothing(
    lab: Lab, tmp_path: pathlib.Path, access: str, number: signal.Signals
) -> None:
    with running(lab, tmp_path / "c", CLIENT, capture_seconds=600, podnet_access=access) as process:
        until(lambda: tcpdumps(lab) == 1, 90, "no capture runs")
        os.killpg(process.pid, number)
        until(lambda: remains(lab) == "", GONE_SECONDS, "something is left")
        until(lambda: processes(tmp_path) == [], GONE_SECONDS, "a process is left on the controller")


def test_redacted_and_back(lab: Lab, tmp_path: pathlib.Path) -> None:
    _name, address = web_pods(lab)["node-2"]
    key = tmp_path / "keys" / "key"
    with traffic(lab, f"http://{address}:8080/"):
        run = capture(
            lab,
            tmp_path / "c",
            CLIENT,
            "node:node-2",
            capture_redact=True,
            capture_redact_key=str(key),
            capture_way=True,
        )
    assert run.status == 0, run.output[-4000:]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    everything = b"".join(path.read_bytes() for path in run.folder.iterdir())
    secret = key.read_text().strip()
    for hidden in (secret.encode(), bytes.fromhex(secret), address.encode(), bytes(map(int, address.split(".")))):
        assert hidden not in everything
    assert secret not in run.output
    restored = tmp_path / "restored.pcapng"
    arguments = {
        "src": str(run.folder / "capture.pcapng"),
        "dest": str(restored),
        "state": "restored",
        "key_file": str(key),
    }
    lab.run("ansible", "localhost", "-m", "podnet.diagnostics.capture_redact", "-a", json.dumps(arguments))
    argv = ["tcpdump", "-n", "-r", str(restored), f"tcp and host {address}"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_a_live_view(lab: Lab, tmp_path: pathlib.Path) -> None:
    pipe = tmp_path / "live" / "node-1.pcapng"
    with (
        traffic(lab),
        running(lab, tmp_path / "c", CLIENT, capture_live=str(tmp_path / "live"), capture_seconds=20) as process,
    ):
        until(pipe.exists, 60, "there is no pipe")
        reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
        seen, _nothing = reader.communicate(timeout=patience(120))
        output, _nothing2 = process.communicate(timeout=patience(60))
    run = Run(process.returncode, output, tmp_path / "c")
    assert run.status == 0, output[-4000:]
    assert "wireshark -k -i " in output and not pipe.exists()
    live = tmp_path / "seen.pcapng"
    live.write_bytes(seen)
    lines = subprocess.run(["tcpdump", "-n", "-tt", "-r", str(live)], capture_output=True, text=True, check=True).stdout
    shown = set(lines.splitlines())
    assert len(shown) > 20
    whole = subprocess.run(
        ["tcpdump", "-n", "-tt", "-r", str(run.folder / "capture.pcapng")], capture_output=True, text=True, check=True
    ).stdout
    assert shown <= set(whole.splitlines())


@pytest.mark.apart
def test_hostile_names_and_a_filter_that_does_not_compile(lab: Lab, tmp_path: pathlib.Path) -> None:
    name = "-x;$(id)é"
    lab.exec("node-1", "ip", "link", "add", "x;$(id)é", "type", "veth", "peer", "name", "other")
    try:
        lab.exec("node-1", "ip", "link", "set", "x;$(id)é", "up")
        run = capture(lab, tmp_path / "c", "node:node-1", capture_devices=["x;$(id)é", "nowhere"], capture_seconds=2)
        assert run.index["captures"][0]["device"] == "x;$(id)é"
        assert run.index["result"] == "incomplete" and "there is no device nowhere" in run.index["summary"]
        run = capture(lab, tmp_path / "d", "node:node-1", capture_devices=[name])
        assert run.status != 0 and "is no name of a network device" in run.output
    finally:
        lab.exec("node-1", "ip", "link", "del", "x;$(id)é")
    run = capture(lab, tmp_path / "e", CLIENT, capture_filter="tcp prot 80", capture_seconds=2)
    assert run.status != 0 and run.index["result"] == "nothing"
    assert "syntax error" in run.index["summary"] or "parse" in run.index["summary"]
    run = capture(
        lab, tmp_path / "f", CLIENT, "pod:default/clent-1", capture_filter="portrange 1000-2000", capture_seconds=2
    )
    assert run.index["result"] == "incomplete" and len(run.index["captures"]) == 1
    assert (
        "Cannot find pod:default/clent-1 in the cluster" in run.index["summary"] and "client-1" in run.index["summary"]
    )
    assert remains(lab) == ""


def test_two_runs_side_by_side(lab: Lab, tmp_path: pathlib.Path) -> None:
    with (
        traffic(lab),
        running(lab, tmp_path / "a", CLIENT, capture_seconds=15) as one,
        running(lab, tmp_path / "b", CLIENT, WEB, capture_seconds=10) as two,
    ):
        outputs = [process.communicate(timeout=patience(150))[0] for process in (one, two)]
    for process, output, folder in zip((one, two), outputs, ("a", "b")):
        run = Run(process.returncode, output, tmp_path / folder)
        assert run.status == 0 and run.index["result"] == "complete", output[-4000:]
        assert run.captures()["node-1", CLIENT, "eth0"]["packets"] > 0
    assert remains(lab) == ""
