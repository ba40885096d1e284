# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it: from an archive that is gone when the task ends, on a connection that must close."""

from __future__ import annotations

import base64
import glob
import gzip
import json
import math
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import typing as t
import uuid

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytest.importorskip("ansible.cli.adhoc", reason="ansible-core is not installed")

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _tcpdump  # noqa: E402
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import CaptureError  # noqa: E402
from ansible_collections.podnet.diagnostics.plugins.modules import capture  # noqa: E402
from ansible_collections.podnet.diagnostics.tests.unit.patience import patience  # noqa: E402

COLLECTIONS = str(pathlib.Path(capture.__file__).absolute().parents[5])
REASON = (
    "needs root"
    if os.geteuid() != 0
    else ("" if shutil.which("tcpdump", path=_tcpdump.environment()["PATH"]) else "tcpdump is not installed")
)
needs_tcpdump = pytest.mark.skipif(bool(REASON), reason=REASON or "-")
DEFAULTS: dict[str, t.Any] = {
    name: option.get("default") for name, option in yaml.safe_load(capture.DOCUMENTATION)["options"].items()
}


def params(**fields: t.Any) -> dict[str, t.Any]:
    return {**DEFAULTS, **fields}


# -- without Ansible ---------------------------------------------------------------------------------------------
def test_stopped_without_a_start_is_a_clear_result() -> None:
    run_id = f"none-{uuid.uuid4().hex[:8]}"
    assert capture.run(params(state="stopped", run_id=run_id)) == {
        "captures": [],
        "counters": None,
        "kernel": None,
        "msg": f"No capture of run {run_id} is on this node",
        "rules": None,
    }


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"run_id": "../x"}, "Cannot use run id '../x'"),
        ({"devices": []}, "no device is named"),
        ({"devices": [{"name": "$(id) `id`", "netns": "host"}]}, "no name of a network device"),
        ({"filter": "icmp'; touch /tmp/x"}, "Cannot use filter"),
        ({"snaplen": 1}, "snaplen is 1; it must be a whole number from 64 to 65535"),
    ],
)
def test_bad_options_are_named(fields: dict[str, t.Any], text: str) -> None:
    with pytest.raises(CaptureError) as caught:
        capture.run(params(**{"run_id": "x", "devices": [{"name": "lo", "netns": "host"}], **fields}))
    assert text in str(caught.value)


def test_results_have_what_the_documentation_says() -> None:
    documented = yaml.safe_load(capture.RETURN)
    no_device = capture.run(params(run_id=f"x{uuid.uuid4().hex[:8]}", devices=[{"name": "nosuch0", "netns": "host"}]))
    assert no_device["msg"] == "Capturing on 0 of 1 devices"
    (device,) = no_device["devices"]
    assert set(device) == set(documented["devices"]["contains"])
    assert device["status"] == "error" and device["error"]


# -- with Ansible ------------------------------------------------------------------------------------------------
def ansible(tmp_path: pathlib.Path, **arguments: t.Any) -> subprocess.Popen[str]:
    (tmp_path / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "HOME": str(tmp_path),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "remote"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
    }
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ansible",
            "adhoc",
            "localhost",
            "-i",
            "localhost,",
            "-c",
            "local",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            "-m",
            "podnet.diagnostics.capture",
            "-a",
            json.dumps(arguments),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> dict[str, t.Any]:
    out, err = process.communicate(timeout=patience(60))
    assert " => {" in out, out + err
    return t.cast(dict[str, t.Any], json.loads(out[out.index(" => {") + 4 :]))


def directories(run_id: str) -> list[str]:
    return [
        path for parent in ("/var/tmp", "/tmp", "/dev/shm") for path in glob.glob(f"{parent}/podnet-capture-{run_id}-*")
    ]


@needs_tcpdump
def test_a_capture_outlives_its_task_and_is_fetched_by_the_next(tmp_path: pathlib.Path) -> None:
    run_id, port = f"module-{uuid.uuid4().hex[:8]}", 20000 + os.getpid() % 20000
    started = finished(
        ansible(tmp_path, run_id=run_id, devices=[{"name": "lo"}], filter=f"udp dst port {port}", deadline=60)
    )
    assert started["changed"] is False
    assert [device["status"] for device in started["devices"]] == ["running"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x" * 40, ("127.0.0.1", port))
    stopped = finished(ansible(tmp_path, state="stopped", run_id=run_id))
    (captured,) = stopped["captures"]
    documented = yaml.safe_load(capture.RETURN)
    assert set(captured) == set(documented["captures"]["contains"]) - {"files"}  # which are of state=ended
    assert (captured["captured"], captured["error"], stopped["changed"]) == (1, None, False)
    assert b"x" * 40 in gzip.decompress(base64.b64decode(captured["pcap"]))
    assert not directories(run_id)


@needs_tcpdump
def test_after_ansible_was_killed_the_deadline_clears_everything(tmp_path: pathlib.Path) -> None:
    run_id = f"killed-{uuid.uuid4().hex[:8]}"
    process = ansible(
        tmp_path, run_id=run_id, devices=[{"name": "lo"}], deadline=math.ceil(patience(3)), grace=0, filter="icmp"
    )
    until = time.monotonic() + patience(60)
    while not any(os.path.exists(f"{path}/state.json") for path in directories(run_id)):
        assert time.monotonic() < until and process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.killpg(process.pid, 9)
    process.communicate()
    assert directories(run_id), "the capture goes on without Ansible"
    with open(f"{directories(run_id)[0]}/state.json", encoding="utf-8") as stream:
        state = json.load(stream)
    pids = [state["supervisor"]["pid"], *(device["pid"] for device in state["devices"])]
    until = time.monotonic() + patience(13)
    while directories(run_id) or any(map(_runs, pids)):
        assert time.monotonic() < until, "something is left"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
