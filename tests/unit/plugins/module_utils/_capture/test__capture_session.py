# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real captures: on the loopback device and in network namespaces made for the test."""

from __future__ import annotations

import base64
import contextlib
import glob
import gzip
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import (
    _counting,
    _session,
    _tcpdump,
    _workspace,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import start_time
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import (
    Captured,
    CaptureError,
    DeviceStatus,
    StartOptions,
)

TCPDUMP = shutil.which("tcpdump", path=_tcpdump.environment()["PATH"])
IP = shutil.which("ip", path=_tcpdump.environment()["PATH"])
PORT = 20000 + os.getpid() % 10000 * 2  # tests that run side by side share the loopback device
UDP = f"udp dst port {PORT}"


def _reason() -> str:
    if os.geteuid() != 0:
        return "needs root"
    return "" if TCPDUMP else "tcpdump is not installed"


pytestmark = pytest.mark.skipif(bool(_reason()), reason=_reason() or "-")
needs_ip = pytest.mark.skipif(IP is None, reason="ip is not installed")


def options(run_id: str, *names: str, **fields: t.Any) -> StartOptions:
    devices = [{"name": name} for name in names or ("lo",)]
    return StartOptions.from_dict(
        {"run_id": run_id, "devices": devices, "filter": UDP, "deadline": 30, "grace": 5, **fields}
    )


@pytest.fixture(name="parent", autouse=True)
def _parent(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Directories of captures are made in one of the test's own, where no other run tidies up."""
    folder = tmp_path / "parent"
    folder.mkdir()
    monkeypatch.setattr(_workspace, "PARENTS", (str(folder),))
    return folder


@pytest.fixture(name="run_id")
def _run_id(parent: pathlib.Path) -> t.Iterator[str]:
    value = f"test-{uuid.uuid4().hex[:12]}"
    yield value
    for run in (value, value + "-b"):
        with contextlib.suppress(CaptureError):
            _session.stop(run, 0)
    assert not list(parent.iterdir())


def send(count: int = 3, size: int = 8) -> None:
    """Datagrams to a closed port of the loopback address; the errors that come back do not matter."""
    for _number in range(count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"x" * size, ("127.0.0.1", PORT))


def until(condition: t.Callable[[], t.Any], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def running(statuses: t.Sequence[DeviceStatus]) -> list[int]:
    return [status.pid for status in statuses if status.pid is not None and start_time(status.pid) == status.start_time]


def packets(captured: Captured) -> int:
    data = gzip.decompress(base64.b64decode(captured.pcap or ""))
    position, count = 24, 0
    while position < len(data):
        position += 16 + struct.unpack_from("<I", data, position + 8)[0]
        count += 1
    assert position == len(data)
    return count


def first_time(captured: Captured) -> float:
    seconds, micro = struct.unpack_from("<II", gzip.decompress(base64.b64decode(captured.pcap or "")), 24)
    return float(seconds + micro / 1e6)


def last_time(captured: Captured) -> float:
    data = gzip.decompress(base64.b64decode(captured.pcap or ""))
    position = last = 24
    while position < len(data):
        last = position
        position += 16 + struct.unpack_from("<I", data, position + 8)[0]
    seconds, micro = struct.unpack_from("<II", data, last)
    return float(seconds + micro / 1e6)


def stopped(run_id: str, max_bytes: int = 1 << 20) -> list[Captured]:
    result = _session.stop(run_id, max_bytes)
    assert result is not None
    return result


# -- start and stop ----------------------------------------------------------------------------------------------
def test_every_packet_after_the_start_is_captured(run_id: str) -> None:
    (status,) = _session.start(options(run_id))
    workspace = _workspace.Workspace.find(run_id)
    state = workspace.read_state() if workspace else None
    supervisor = state.supervisor if state else None
    send(5)
    assert (status.error, status.link_type) == (None, "EN10MB")
    (captured,) = stopped(run_id)
    assert (captured.captured, packets(captured), captured.dropped_by_kernel) == (5, 5, 0)
    assert (captured.ended, captured.error, captured.truncated, captured.snaplen) == ("stopped", None, False, 160)
    assert not running([status])
    assert supervisor is not None and not supervisor.alive()


def test_packets_are_cut_at_the_snap_length(run_id: str) -> None:
    _session.start(options(run_id, snaplen=64))
    send(1, 1000)
    data = gzip.decompress(base64.b64decode(stopped(run_id)[0].pcap or ""))
    assert struct.unpack_from("<II", data, 24 + 8) == (64, 14 + 20 + 8 + 1000)


def test_stopped_without_a_start_and_twice(run_id: str) -> None:
    assert _session.stop(run_id, 1000) is None
    _session.start(options(run_id))
    assert len(stopped(run_id)) == 1
    assert _session.stop(run_id, 1000) is None


def test_one_device_that_is_not_there_does_not_disturb_the_others(run_id: str) -> None:
    missing, lo = _session.start(options(run_id, "nosuchdev0", "lo"))
    assert missing.error == "Cannot capture on nosuchdev0: there is no such device"
    assert lo.error is None
    send(2)
    failed, captured = stopped(run_id)
    assert (failed.ended, failed.error, failed.pcap) == ("not_started", missing.error, None)
    assert (captured.device.name, captured.captured) == ("lo", 2)


def test_only_devices_that_are_not_there_leave_nothing(run_id: str) -> None:
    (status,) = _session.start(options(run_id, "nosuchdev0"))
    assert status.error and status.pid is None
    assert _session.stop(run_id, 1000) is None


def test_a_filter_that_tcpdump_does_not_understand_is_told(run_id: str) -> None:
    (status,) = _session.start(options(run_id, filter="udp nonsense"))
    assert "syntax error" in str(status.error)


def test_no_tcpdump_is_an_error_of_each_device(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_kw: None)
    statuses = _session.start(options(run_id, "lo", "eth0"))
    assert [status.error for status in statuses] == [
        "Cannot capture on lo: tcpdump is not installed here",
        "Cannot capture on eth0: tcpdump is not installed here",
    ]
    assert _session.stop(run_id, 1000) is None


def test_without_the_right_to_capture(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workspace, "PARENTS", ("/var/tmp", "/tmp"))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            statuses = _session.start(options(run_id))
            os.write(writer, json.dumps([status.to_dict() for status in statuses]).encode())
        except BaseException as exc:
            os.write(writer, json.dumps(repr(exc)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        (status,) = json.loads(stream.read())
    os.waitpid(child, 0)
    assert status["status"] == "error"
    assert status["error"].startswith("Cannot capture on lo: permission denied")
    assert not glob.glob(f"/var/tmp/podnet-capture-{run_id}*") + glob.glob(f"/tmp/podnet-capture-{run_id}*")


def test_two_runs_do_not_disturb_each_other(run_id: str) -> None:
    other = run_id + "-b"
    first, second = _session.start(options(run_id)), _session.start(options(other, filter=f"udp dst port {PORT + 1}"))
    send(2)
    assert stopped(run_id)[0].captured == 2
    assert not running(first) and running(second)
    assert stopped(other)[0].captured == 0


def test_the_same_start_again_changes_nothing(run_id: str) -> None:
    first = _session.start(options(run_id, "lo", "nosuchdev0"))
    assert _session.start(options(run_id, "lo", "nosuchdev0")) == first
    with pytest.raises(CaptureError, match="stop that one first"):
        _session.start(options(run_id, "lo", "nosuchdev0", filter="icmp"))
    with pytest.raises(CaptureError, match="stop that one first"):
        _session.start(options(run_id, "lo"))
    assert running(first)


def test_the_largest_number_of_packets_ends_a_capture(run_id: str) -> None:
    _session.start(options(run_id, max_packets=2))
    send(5)
    (captured,) = stopped(run_id)
    assert (captured.ended, captured.captured, packets(captured)) == ("max_packets", 2, 2)


def test_a_large_capture_is_cut_and_says_so(run_id: str) -> None:
    _session.start(options(run_id))
    send(50)
    (captured,) = stopped(run_id, max_bytes=1000)
    assert captured.truncated and captured.captured == 50
    assert packets(captured) == (1000 - 24) // (16 + 14 + 20 + 8 + 8)


def test_a_ring_keeps_the_newest_packets(run_id: str) -> None:
    """A million bytes are 4400 packets of this length: of 12000 in a row the first ones are given up."""
    _session.start(options(run_id, ring=True, max_packets=1))
    send(12000, 160)
    (captured,) = stopped(run_id, max_bytes=4 << 20)
    assert (captured.ended, captured.error, captured.captured) == ("stopped", None, 12000)
    assert captured.truncated and 4400 < packets(captured) < 11000
    assert last_time(captured) - first_time(captured) < 60


def test_a_ring_that_is_not_full_has_all_packets_and_is_cut_at_its_begin(run_id: str) -> None:
    _session.start(options(run_id, ring=True))
    send(50)
    (captured,) = stopped(run_id)
    assert (packets(captured), captured.truncated) == (50, False)
    _session.start(options(run_id, ring=True))
    send(50)
    (cut,) = stopped(run_id, max_bytes=1000)
    assert cut.truncated and packets(cut) == (1000 - 24) // (16 + 14 + 20 + 8 + 8)
    assert first_time(cut) > first_time(captured)


# -- the end ----------------------------------------------------------------------------------------------------
def test_the_deadline_ends_the_capture_and_keeps_it_for_a_while(run_id: str) -> None:
    statuses = _session.start(options(run_id, deadline=1, grace=30))
    send(2)
    assert until(lambda: not running(statuses))
    (captured,) = stopped(run_id)
    assert (captured.ended, captured.captured, captured.error) == ("deadline", 2, None)


def test_after_deadline_and_grace_nothing_is_left(run_id: str) -> None:
    statuses = _session.start(options(run_id, deadline=1, grace=1))
    workspace = _workspace.Workspace.find(run_id)
    assert workspace is not None
    state = workspace.read_state()
    assert until(lambda: not running(statuses)) and workspace.exists()
    assert until(lambda: not workspace.exists() and state and not state.supervisor.alive())
    assert _session.stop(run_id, 1000) is None


HELPER = """
import json, os, sys, time
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session, _workspace
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import StartOptions
_workspace.PARENTS = (sys.argv[3],)
statuses = _session.start(StartOptions.from_dict(json.loads(sys.argv[1])))
print(json.dumps([status.to_json() for status in statuses]), flush=True)
if sys.argv[2] == "stay":
    time.sleep(60)
"""


def helper(mode: str, inherited: t.Sequence[int] = (), **fields: t.Any) -> subprocess.Popen[bytes]:
    request = {"devices": [{"name": "lo"}], "filter": UDP, **fields}
    root = str(pathlib.Path(_session.__file__).parents[6])
    return subprocess.Popen(
        [sys.executable, "-c", HELPER, json.dumps(request), mode, _workspace.PARENTS[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
        pass_fds=inherited,
    )


def test_a_killed_parent_leaves_nothing_behind(run_id: str) -> None:
    with helper("stay", run_id=run_id, deadline=2, grace=0) as parent:
        assert parent.stdout
        statuses = [DeviceStatus.from_json(item) for item in json.loads(parent.stdout.readline())]
        assert running(statuses)
        os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()
    workspace = _workspace.Workspace.find(run_id)
    assert workspace is not None and running(statuses), "the capture goes on without its parent"
    state = workspace.read_state()
    assert until(lambda: not running(statuses) and not workspace.exists(), 6)
    assert state and until(lambda: not state.supervisor.alive(), 2)


def test_nobody_waits_for_the_capture(run_id: str) -> None:
    """As over SSH or an exec stream: the end comes when all writers of the streams are closed."""
    before = time.monotonic()
    reader, writer = os.pipe()
    with helper("leave", [writer], run_id=run_id, deadline=30) as parent:
        os.close(writer)
        out, err = parent.communicate(timeout=20)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read() == b""
    assert time.monotonic() - before < 10
    statuses = [DeviceStatus.from_json(item) for item in json.loads(out)]
    assert running(statuses) and err == b""
    pid = statuses[0].pid
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
        session = int(stream.read().rpartition(")")[2].split()[3])
    assert session not in (os.getsid(0), parent.pid)
    held = {
        os.readlink(f"/proc/{session}/fd/{name}") if os.path.exists(f"/proc/{session}/fd/{name}") else ""
        for name in range(3)
    }
    assert stopped(run_id)[0].error is None
    assert held <= {"/dev/null", ""}


def test_a_killed_supervisor_takes_its_captures_with_it_and_the_next_run_tidies_up(run_id: str) -> None:
    statuses = _session.start(options(run_id, "lo"))
    workspace = _workspace.Workspace.find(run_id)
    assert workspace is not None
    state = workspace.read_state()
    assert state is not None and state.supervisor.send(signal.SIGKILL)
    assert until(lambda: not running(statuses))
    assert workspace.exists() and workspace.abandoned()
    assert _session.start(options(run_id + "-b"))[0].error is None
    assert not workspace.exists()


def test_what_a_killed_supervisor_left_can_still_be_fetched(run_id: str) -> None:
    statuses = _session.start(options(run_id))
    send(2)
    workspace = _workspace.Workspace.find(run_id)
    state = workspace.read_state() if workspace else None
    assert workspace is not None and state is not None
    pcap = pathlib.Path(workspace.pcap(0))
    assert until(lambda: pcap.stat().st_size >= 24 + 2 * (16 + 42)), "both packets are written"
    assert state.supervisor.send(signal.SIGKILL)
    assert until(lambda: not running(statuses))
    assert stopped(run_id)[0].captured == 2


def test_a_killed_tcpdump_is_told(run_id: str) -> None:
    (status,) = _session.start(options(run_id))
    send(2)
    workspace = _workspace.Workspace.find(run_id)
    assert status.pid is not None and workspace is not None
    pcap = pathlib.Path(workspace.pcap(0))
    assert until(lambda: pcap.stat().st_size >= 24 + 2 * (16 + 42)), "both packets are written"
    os.kill(status.pid, signal.SIGKILL)
    assert until(lambda: not running([status]))
    (captured,) = stopped(run_id)
    assert (captured.ended, captured.dropped_by_kernel, packets(captured)) == ("died", None, 2)
    assert "ended without its numbers" in str(captured.error)


def test_a_record_that_cannot_be_read_is_removed_with_a_message(run_id: str) -> None:
    workspace = _workspace.Workspace.create(run_id)
    pathlib.Path(workspace.path, "state.json").write_text("{", encoding="utf-8")
    with pytest.raises(CaptureError, match="its record cannot be read"):
        _session.stop(run_id, 1000)
    assert not workspace.exists()


def test_a_directory_of_somebody_else_is_not_used(run_id: str, tmp_path: pathlib.Path) -> None:
    workspace = _workspace.Workspace.create(run_id)
    workspace.remove()
    for trap in ("open to all", "leads elsewhere"):
        if trap == "open to all":
            os.mkdir(workspace.path)
            os.chmod(workspace.path, 0o777)
        else:
            os.symlink(tmp_path, workspace.path)
        try:
            assert _session.stop(run_id, 1000) is None
            with pytest.raises(CaptureError, match="not a capture of ours"):
                _session.start(options(run_id))
        finally:
            if os.path.islink(workspace.path):
                os.unlink(workspace.path)
            else:
                os.rmdir(workspace.path)


def test_no_place_for_files_is_one_clear_message(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workspace, "PARENTS", ("/proc/nowhere", "/sys/nowhere"))
    with pytest.raises(CaptureError, match="Cannot create a directory for the capture"):
        _session.start(options(run_id))


# -- other namespaces --------------------------------------------------------------------------------------------
def ip(*argv: str) -> None:
    subprocess.run([str(IP), *argv], check=True, capture_output=True, timeout=30)


@pytest.fixture(name="namespace")
def _namespace(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[str]:
    """A namespace with a loopback device and a process in it, which the search for pods finds."""
    name = f"podnet-t{uuid.uuid4().hex[:8]}"
    try:
        ip("netns", "add", name)
    except subprocess.CalledProcessError as exc:
        pytest.skip(f"no network namespace can be made: {exc.stderr!r}")
    process = subprocess.Popen([str(IP), "netns", "exec", name, sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        ip("-n", name, "link", "set", "lo", "up")
        assert until(lambda: _netns.netns_inode(process.pid) != _netns.netns_inode())
        found = _netns.PodProcess(process.pid, _netns.netns_inode(process.pid))
        monkeypatch.setattr(_netns, "find_pods", lambda pods: {pod.key: found for pod in pods})
        yield name
    finally:
        process.kill()
        process.wait()
        ip("netns", "del", name)


def in_pod(run_id: str, *names: str) -> StartOptions:
    return options(
        run_id,
        devices=[{"name": name, "netns": "pod:default/web"} for name in names or ("lo",)],
        pods=[{"namespace": "default", "name": "web", "uid": "x"}],
    )


@needs_ip
def test_capture_in_the_namespace_of_a_pod(run_id: str, namespace: str) -> None:
    (status,) = _session.start(in_pod(run_id))
    assert status.error is None
    send(2)
    code = f"import socket; s = socket.socket(2, 2); [s.sendto(b'x', ('127.0.0.1', {PORT})) for _ in range(3)]"
    subprocess.run([str(IP), "netns", "exec", namespace, sys.executable, "-c", code], check=True, timeout=30)
    (captured,) = stopped(run_id)
    assert captured.captured == 3
    assert captured.to_dict()["netns"] == "pod:default/web"


@needs_ip
def test_a_device_that_goes_away_meanwhile_is_told(run_id: str, namespace: str) -> None:
    ip("-n", namespace, "link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
    ip("-n", namespace, "link", "set", "gone0", "up")
    lo, gone = _session.start(in_pod(run_id, "lo", "gone0"))
    assert (lo.error, gone.error) == (None, None)
    ip("-n", namespace, "link", "del", "gone0")
    assert until(lambda: not running([gone]))
    captured, lost = stopped(run_id)
    assert captured.error is None
    assert lost.ended == "died" and "Cannot capture on gone0 of pod:default/web to the end" in str(lost.error)


def test_a_pod_that_is_not_there(run_id: str) -> None:
    pods = [{"namespace": "default", "name": "web", "uid": uuid.uuid4().hex}]
    for listed, text in ((pods, "Cannot find pod default/web"), ([], "not in the list of pods")):
        (status,) = _session.start(options(run_id, devices=[{"name": "eth0", "netns": "pod:default/web"}], pods=listed))
        assert text in str(status.error) and str(status.error).startswith("Cannot capture on eth0 of pod:default/web")


@needs_ip
def test_a_namespace_that_became_another_is_not_entered(
    run_id: str, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = _netns.PodProcess(os.getpid(), 1)
    monkeypatch.setattr(_netns, "find_pods", lambda pods: {pod.key: stale for pod in pods})
    (status,) = _session.start(in_pod(run_id))
    assert "the process is another one now" in str(status.error)


# -- counters ----------------------------------------------------------------------------------------------------
def test_counters_are_those_between_start_and_stop(run_id: str, parent: pathlib.Path) -> None:
    first = _counting.first_look((), ())
    _session.start(options(run_id))
    _counting.keep(run_id, first)
    send(9)
    moved = _counting.moved(run_id)
    assert moved is not None and moved["schema"] == "podnet.diagnostics/counters/v1"
    before, after = moved["netns"]["host"]["protocols"]["UdpOutDatagrams"]
    assert after - before >= 9
    assert moved["before"] < moved["after"]
    assert moved["netns"]["host"]["volatile"] == {} and moved["flapping"] == []


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"spaces": [], "look": {}}'])
def test_without_the_counters_of_the_start_nothing_is_said(run_id: str, parent: pathlib.Path, kept: str) -> None:
    _session.start(options(run_id))
    workspace = _workspace.Workspace.find(run_id)
    assert workspace is not None
    pathlib.Path(workspace.counters()).write_text(kept)
    assert _counting.moved(run_id) is None
    assert len(stopped(run_id)) == 1


def test_without_a_capture_nothing_is_kept(run_id: str, parent: pathlib.Path) -> None:
    _counting.keep(run_id, _counting.first_look((), ()))
    assert _counting.moved(run_id) is None and not list(parent.iterdir())
