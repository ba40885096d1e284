# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PodRef

UID = "0a1b2c3d-1111-2222-3333-444455556666"
OTHER = "ffffffff-1111-2222-3333-444455556666"
HASH = "33d2b4f1c5a64b0e9a1c0f4a5c6d7e8f"
HOST_INODE = 4026531840
POD_INODE = 4026532500
NESTED_INODE = 4026532900

V1_CGROUPFS = "12:pids:/kubepods/burstable/pod{uid}/c0ffee\n1:name=systemd:/kubepods/burstable/pod{uid}/c0ffee\n"
V2_SYSTEMD = (
    "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{under}.slice/cri-containerd-c0ffee.scope\n"
)


class FakeProc:
    """A /proc tree with as much in it as find_pods reads."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.add(1, "0::/init.scope\n", started=1, inode=HOST_INODE)
        (root / "self").symlink_to("1")
        (root / "meminfo").write_text("not a process")

    def add(
        self,
        pid: int,
        cgroup: str,
        started: int = 100,
        inode: int | None = POD_INODE,
        state: str = "S",
        comm: str = "pause",
    ) -> None:
        folder = self.root / str(pid)
        (folder / "ns").mkdir(parents=True)
        (folder / "cgroup").write_text(cgroup)
        fields = [state, *["0"] * 18, str(started), *["0"] * 10]
        (folder / "stat").write_text(f"{pid} ({comm}) {' '.join(fields)}\n")
        if inode is not None:
            (folder / "ns" / "net").symlink_to(f"net:[{inode}]")

    def find(self, *pods: PodRef) -> dict[str, _netns.PodProcess]:
        return _netns.find_pods(pods, proc=str(self.root))


@pytest.fixture(name="proc")
def fake_proc(tmp_path: pathlib.Path) -> FakeProc:
    return FakeProc(tmp_path)


def pod(uid: str = UID, name: str = "web-0", config_hash: str = "") -> PodRef:
    return PodRef("default", name, uid, config_hash)


def cgroup(template: str, uid: str = UID) -> str:
    return template.format(uid=uid, under=uid.replace("-", "_"))


@pytest.mark.parametrize(
    "template",
    [
        V1_CGROUPFS,
        V2_SYSTEMD,
        "0::/kubepods/pod{uid}/c0ffee\n",
        "0::/my-lab-node-1/kubepods/besteffort/pod{uid}/c0ffee\n",
        "0::/../../kubepods-burstable.slice/kubepods-burstable-pod{under}.slice/crio-c0ffee.scope\n",
        "3:cpu:/\n2:memory:/kubepods/burstable/pod{uid}\n",
    ],
)
def test_pod_is_found_with_every_cgroup_driver(proc: FakeProc, template: str) -> None:
    proc.add(200, cgroup(template, OTHER), inode=POD_INODE + 1)
    proc.add(300, cgroup(template))
    assert proc.find(pod()) == {"pod:default/web-0": _netns.PodProcess(300, POD_INODE)}


def test_static_pod_is_found_by_its_config_hash(proc: FakeProc) -> None:
    proc.add(300, cgroup(V1_CGROUPFS, HASH))
    assert proc.find(pod(config_hash=HASH))["pod:default/web-0"].pid == 300


def test_oldest_process_is_preferred_whatever_its_number_or_name(proc: FakeProc) -> None:
    proc.add(250, cgroup(V2_SYSTEMD), started=900, inode=NESTED_INODE)
    proc.add(4000, cgroup(V2_SYSTEMD), started=500, comm="a) S 0 (b")
    proc.add(300, cgroup(V2_SYSTEMD), started=700)
    assert proc.find(pod())["pod:default/web-0"] == _netns.PodProcess(4000, POD_INODE)


def test_monitor_in_the_nodes_namespace_is_not_taken_for_the_pod(proc: FakeProc) -> None:
    proc.add(250, cgroup(V2_SYSTEMD), started=100, inode=HOST_INODE, comm="conmon")
    proc.add(300, cgroup(V2_SYSTEMD), started=200)
    assert proc.find(pod())["pod:default/web-0"] == _netns.PodProcess(300, POD_INODE)


def test_host_network_pod_is_marked(proc: FakeProc) -> None:
    proc.add(250, cgroup(V2_SYSTEMD), inode=HOST_INODE)
    assert proc.find(pod())["pod:default/web-0"] == _netns.PodProcess(250, HOST_INODE, None, True)


@pytest.mark.parametrize(
    "state, inode, part", [("Z", None, "no process of it runs on this node"), ("S", None, "process 300 cannot be read")]
)
def test_pod_without_a_usable_process_gets_a_reason(proc: FakeProc, state: str, inode: int | None, part: str) -> None:
    proc.add(300, cgroup(V1_CGROUPFS), state=state, inode=inode)
    found = proc.find(pod())["pod:default/web-0"]
    assert found.pid is None
    assert found.error is not None
    assert found.error.startswith(f"Cannot find pod default/web-0 (uid {UID}): ")
    assert part in found.error


def test_every_pod_asked_for_is_answered(proc: FakeProc) -> None:
    proc.add(300, cgroup(V1_CGROUPFS))
    found = proc.find(pod(), pod(OTHER, "gone"), pod("", "no-uid"))
    assert found["pod:default/web-0"].pid == 300
    assert "no process of it runs on this node" in (found["pod:default/gone"].error or "")
    assert "its uid is not known" in (found["pod:default/no-uid"].error or "")


def test_uid_that_is_only_a_part_of_another_is_not_found(proc: FakeProc) -> None:
    proc.add(300, cgroup(V1_CGROUPFS))
    assert proc.find(pod(UID[:-1]))["pod:default/web-0"].pid is None


def test_pod_ref_tolerates_missing_and_null_fields() -> None:
    assert PodRef.from_dict({"namespace": "a", "name": "b", "uid": None}) == PodRef("a", "b", "", "")


def test_host_root_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODNET_HOST_ROOT", raising=False)
    assert _netns.host_root() == "/"
    monkeypatch.setenv("PODNET_HOST_ROOT", "/host")
    assert _netns.host_root() == "/host"


# -- files in the root of another process ------------------------------------------------------------------------
def test_links_are_followed_inside_the_root_only(tmp_path: pathlib.Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "resolv.conf").write_text("inside")
    for name, target in (
        ("absolute", "/run/resolv.conf"),
        ("relative", "../run/resolv.conf"),
        ("upwards", "../../../../run/resolv.conf"),
        ("chain", "absolute"),
    ):
        (tmp_path / "etc" / name).symlink_to(target)
        assert _netns.read_in_root(str(tmp_path), f"/etc/{name}") == "inside"
    (tmp_path / "etc" / "directory").symlink_to("/run")
    assert _netns.read_in_root(str(tmp_path), "/etc/directory/../run/resolv.conf") == "inside"


def test_files_that_are_not_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "outside").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "fifo")
    for name in ("circle", "outside", "fifo", "missing", "."):
        with pytest.raises(OSError):
            _netns.read_in_root(str(tmp_path), f"/{name}")


def test_files_are_read_up_to_a_limit_and_whatever_is_in_them(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff" + b"x" * 100)
    assert _netns.read_in_root(str(tmp_path), "file", limit=3) == "\ufffdxx"


def test_file_of_the_first_process_that_has_it() -> None:
    process = _netns.PodProcess(1, 1, pids=(2**22 + 1, os.getpid()))
    assert _netns.pod_file(process, "/proc/self/comm")
    with pytest.raises(OSError):
        _netns.pod_file(process, "/no/such/file")


# -- commands ----------------------------------------------------------------------------------------------------
def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_command_gets_its_arguments_and_input_untouched() -> None:
    hostile = "a b'\"\n$(id); | \\"
    done = _netns.run_in(None, python("import sys; print(sys.argv[1], sys.stdin.read())", hostile), 10, input="ä\n")
    assert done == _netns.Completed(0, f"{hostile} ä\n\n", "", False)


def test_exit_status_and_output_that_is_not_utf8() -> None:
    code = "import os, sys; os.write(1, b'\\xff\\xfe ok'); os.write(2, b'\\x80'); sys.exit(3)"
    assert _netns.run_in(None, python(code), 10) == _netns.Completed(3, "\ufffd\ufffd ok", "\ufffd", False)


def test_environment_is_c_locale_with_system_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    code = "import os; print(os.environ['LC_ALL'], os.environ.get('LANG'), os.environ['PATH'], os.environ['X'])"
    done = _netns.run_in(None, python(code), 10, env={"X": "1"})
    assert done.stdout == "C None /nowhere:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin 1\n"


def test_timeout_kills_the_command_and_what_it_started(tmp_path: pathlib.Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    done = _netns.run_in(None, python(code), 1.0)
    assert done.timed_out
    assert done.rc == -9
    deadline = time.monotonic() + 5
    while is_running(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(int(done.stdout))


def test_child_that_left_the_group_with_the_pipes_is_not_waited_for() -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(15)'], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    done = _netns.run_in(None, python(code), 4.0)
    assert done.timed_out
    assert time.monotonic() - started < 14
    os.kill(int(done.stdout), 9)


def is_running(pid: int) -> bool:
    try:
        return " Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_command_that_is_not_there() -> None:
    with pytest.raises(_netns.CommandMissing, match="Cannot run no-such-tool: there is no such command here"):
        _netns.run_in(None, ["no-such-tool", "-x"], 10)


def test_command_that_may_not_be_run(tmp_path: pathlib.Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("not executable")
    with pytest.raises(_netns.CommandFailed, match="Permission denied"):
        _netns.run_in(None, [str(tool)], 10)


def test_argument_with_a_null_byte_is_refused_not_crashed_on() -> None:
    with pytest.raises(_netns.CommandFailed, match="null"):
        _netns.run_in(None, [sys.executable, "a\0b"], 10)


# -- real namespaces ---------------------------------------------------------------------------------------------
@pytest.fixture(name="holder")
def namespace_holder() -> t.Iterator[int]:
    """The number of a process that lives in a network namespace of its own."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2 to make a network namespace")
    name = f"pnt-{uuid.uuid4().hex[:8]}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root make network namespaces")
    process = subprocess.Popen(["ip", "netns", "exec", name, "sleep", "600"])
    try:
        own = _netns.netns_inode()
        deadline = time.monotonic() + 5
        while _netns.netns_inode(process.pid) == own and time.monotonic() < deadline:
            time.sleep(0.005)
        yield process.pid
    finally:
        process.kill()
        process.wait()
        subprocess.run(["ip", "netns", "del", name], check=False)


def test_call_in_enters_for_one_thread_only(holder: int) -> None:
    inode = _netns.netns_inode(holder)
    own = _netns.netns_inode()
    seen = _netns.call_in(holder, lambda: _netns.netns_inode(f"self/task/{threading.get_native_id()}"), inode)
    assert seen == inode != own
    assert _netns.netns_inode() == _netns.netns_inode(f"self/task/{threading.get_native_id()}") == own


def test_setns_through_ctypes(holder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "setns", raising=False)
    seen = _netns.call_in(holder, lambda: _netns.netns_inode(f"self/task/{threading.get_native_id()}"))
    assert seen == _netns.netns_inode(holder)


def test_run_in_runs_the_command_there(holder: int) -> None:
    done = _netns.run_in(holder, ["readlink", "/proc/self/ns/net"], 10)
    assert done.stdout == f"net:[{_netns.netns_inode(holder)}]\n"


def test_process_number_used_again_is_noticed(holder: int) -> None:
    with pytest.raises(_netns.NetnsError, match="the process is another one now"):
        _netns.call_in(holder, lambda: None, inode=1)


def test_process_that_is_gone() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    with pytest.raises(_netns.NetnsError, match=f"process {process.pid}: No such file or directory"):
        _netns.call_in(process.pid, lambda: None)


def test_exception_of_the_function_reaches_the_caller(holder: int) -> None:
    with pytest.raises(ZeroDivisionError):
        _netns.call_in(holder, lambda: 1 // 0)
