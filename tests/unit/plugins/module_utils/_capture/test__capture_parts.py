# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _tcpdump
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process, start_time
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._session import whole_records
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._tcpdump import Tcpdump
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import (
    CaptureError,
    Device,
    StartOptions,
    checked_run_id,
)

LISTENING = "tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 160 bytes\n"
NUMBERS = "12 packets captured\n14 packets received by filter\n2 packets dropped by kernel\n"


def options(**fields: t.Any) -> StartOptions:
    return StartOptions.from_dict({"run_id": "r", "devices": [{"name": "eth0"}], **fields})


# -- options -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["", "-i", "any", "a b", "eth0\n", "a/b", "../x", "x" * 16, "a\0", "eth0:1", "$(id) x", None, 5]
)
def test_what_is_no_device_name_is_refused(name: t.Any) -> None:
    with pytest.raises(CaptureError, match="no name of a network device"):
        options(devices=[{"name": name}])


@pytest.mark.parametrize("name", ["eth0", "flannel.1", "cali1234567890a", "br-0a1b2c", "veth@x", "anything", "$(id)"])
def test_every_device_name_the_kernel_takes_is_taken(name: str) -> None:
    assert options(devices=[{"name": name}]).devices == (Device(name),)


@pytest.mark.parametrize("netns", ["pod:x", "pod:a/b/c", "node", "pod:A/b", "pod:a/../b", "host\n"])
def test_other_namespaces_are_refused(netns: str) -> None:
    with pytest.raises(CaptureError, match="neither host nor pod:NAMESPACE/NAME"):
        options(devices=[{"name": "eth0", "netns": netns}])


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", ".x", "x" * 65, "a b", "a\n", "$(id)", None])
def test_run_ids_that_are_no_file_name_are_refused(run_id: t.Any) -> None:
    with pytest.raises(CaptureError, match="Cannot use run id"):
        checked_run_id(run_id)


@pytest.mark.parametrize("text", ["-w /etc/passwd", "icmp\n", "icmp; id", "`id`", "$(id)", "icmp 'x'", "icmp\0"])
def test_filters_with_other_characters_are_refused(text: str) -> None:
    with pytest.raises(CaptureError, match="Cannot use filter"):
        options(filter=text)


@pytest.mark.parametrize(
    "fields",
    [
        {"snaplen": 10},
        {"snaplen": 70000},
        {"deadline": 0},
        {"deadline": 90000},
        {"deadline": float("nan")},
        {"grace": -1},
        {"max_packets": 0},
    ],
)
def test_numbers_out_of_range_are_refused(fields: dict[str, t.Any]) -> None:
    with pytest.raises(CaptureError, match=r"must be a .*number from"):
        options(**fields)


def test_no_devices_too_many_devices_and_one_twice() -> None:
    with pytest.raises(CaptureError, match="no device is named"):
        options(devices=[])
    with pytest.raises(CaptureError, match="at most 64"):
        options(devices=[{"name": f"eth{number}"} for number in range(65)])
    assert len(options(devices=[{"name": "eth0"}, {"name": "eth0", "netns": "host"}]).devices) == 1


# -- command line ------------------------------------------------------------------------------------------------
def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    wanted = options(filter="icmp and host 10.0.0.1")
    argv = Tcpdump("/usr/bin/tcpdump").command(Device("eth0"), wanted, "/x/0.pcap", False)
    assert argv == [
        "/usr/bin/tcpdump",
        "-i",
        "eth0",
        "-n",
        "-U",
        "-s",
        "160",
        "-c",
        "20000",
        "-w",
        "/x/0.pcap",
        "-p",
        "-Z",
        "root",
        "--immediate-mode",
        "--",
        "icmp and host 10.0.0.1",
    ]


def test_command_line_of_an_old_tcpdump_for_a_bridge() -> None:
    argv = Tcpdump("tcpdump", "", False, False).command(Device("cni0"), options(), "f", True)
    assert argv == ["tcpdump", "-i", "cni0", "-n", "-U", "-s", "160", "-c", "20000", "-w", "f"]


def test_what_tcpdump_can_is_read_from_its_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name, path: "/opt/tcpdump")
    usage = "tcpdump version 4.99.3\nUsage: tcpdump [-AbdD]\n\t[ --immediate-mode ] [ -z command ] [ -Z user ]\n"
    monkeypatch.setattr(_netns, "run_in", lambda *_args, **_kw: _netns.Completed(0, usage, "", False))
    assert _tcpdump.find_tcpdump() == Tcpdump("/opt/tcpdump", "tcpdump version 4.99.3", True, True)
    old = "tcpdump version 4.5\nUsage: tcpdump [-aAbd] [ -z command ]\n"
    monkeypatch.setattr(_netns, "run_in", lambda *_args, **_kw: _netns.Completed(1, "", old, False))
    assert _tcpdump.find_tcpdump() == Tcpdump("/opt/tcpdump", "tcpdump version 4.5", False, False)


def test_no_tcpdump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name, path: None)
    with pytest.raises(_netns.CommandMissing, match="tcpdump is not installed here"):
        _tcpdump.find_tcpdump()


# -- messages ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (LISTENING, "EN10MB"),
        ("tcpdump: listening on tun0, link-type RAW (Raw IP), capture size 160 bytes", "RAW"),
        ("tcpdump: listening on eth0, link-type EN10MB, capture size 65535 bytes", "EN10MB"),
        ("", None),
        ("tcpdump: eth9: No such device exists", None),
    ],
)
def test_listening(log: str, kind: str | None) -> None:
    assert _tcpdump.link_type(log) == kind


def test_counters() -> None:
    assert _tcpdump.counters(LISTENING + NUMBERS) == {
        "captured": 12,
        "received": 14,
        "dropped_by_kernel": 2,
        "dropped_by_interface": None,
    }
    log = "1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n3 packets dropped by interface"
    assert _tcpdump.counters(log) == {"captured": 1, "received": 1, "dropped_by_kernel": 0, "dropped_by_interface": 3}
    assert set(_tcpdump.counters("12 packets cap").values()) == {None}


@pytest.mark.parametrize(
    ("log", "text"),
    [
        (
            "tcpdump: eth9: No such device exists\n(No such device exists)\n",
            "Cannot capture on eth9: there is no such device",
        ),
        (
            "tcpdump: eth9: No such device exists\n(SIOCGIFHWADDR: No such device)",
            "Cannot capture on eth9: there is no such device",
        ),
        (
            "tcpdump: eth9: You don't have permission to capture on that device\n(socket: Operation not permitted)\n",
            "Cannot capture on eth9: permission denied (eth9: You don't have permission to capture on that device; "
            "(socket: Operation not permitted))",
        ),
        (
            "tcpdump: /x/0.pcap: Permission denied",
            "Cannot capture on eth9: permission denied (/x/0.pcap: Permission denied)",
        ),
        (
            "tcpdump: can't parse filter expression: syntax error\n",
            "Cannot capture on eth9: can't parse filter expression: syntax error",
        ),
        ("", "Cannot capture on eth9: tcpdump ended without a message"),
    ],
)
def test_why_a_capture_did_not_start(log: str, text: str) -> None:
    assert _tcpdump.start_error(Device("eth9"), log) == text


def test_a_good_end_is_no_complaint() -> None:
    chatter = "dropped privs to root\ntcpdump: verbose output suppressed, use -v for full protocol decode\n\n"
    assert _tcpdump.complaint(chatter + LISTENING + NUMBERS) == ""
    assert _tcpdump.complaint(LISTENING + "tcpdump: pcap_loop: The interface disappeared\n" + NUMBERS) == (
        "pcap_loop: The interface disappeared"
    )


def test_messages_that_are_no_utf8(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"tcpdump: \xff\xfe broken\n")
    assert "broken" in _tcpdump.read_log(str(path))
    assert _tcpdump.read_log(str(tmp_path / "none")) == ""


# -- pcap boundaries ---------------------------------------------------------------------------------------------
def pcap(*sizes: int, order: str = "little") -> bytes:
    magic = (0xA1B2C3D4).to_bytes(4, t.cast(t.Any, order))
    data = magic + bytes(20)
    for size in sizes:
        data += bytes(8) + size.to_bytes(4, t.cast(t.Any, order)) * 2 + bytes(size)
    return data


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_pcap_is_cut_between_packets(order: str) -> None:
    data = pcap(100, 50, order=order)
    assert whole_records(data, 1000) == len(data) == 24 + 116 + 66
    assert whole_records(data, len(data) - 1) == whole_records(data[:-1], 1000) == whole_records(data, 140) == 140
    assert whole_records(data, 139) == 24
    assert whole_records(data[:10], 1000) == 0


# -- processes ---------------------------------------------------------------------------------------------------
def test_a_pid_that_another_process_has_now_is_left_alone() -> None:
    # Who runs these tests in the background of a shell ignores SIGINT, and what is started inherits that.
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as child:
        try:
            process = Process.of(child.pid)
            other = Process(child.pid, start_time(child.pid) or 0, 1)
            older = Process(child.pid, (start_time(child.pid) or 0) - 1, process.pid_namespace if process else 0)
            for stranger in (other, older):
                assert not stranger.alive() and not stranger.send(9) and stranger.end(0.1)
            assert process is not None and process.alive() and child.poll() is None
            assert not process.wait(0.05)
            assert process.end(5.0)
            assert not process.alive()
        finally:
            child.kill()


def test_a_process_that_ignores_the_interrupt_is_killed() -> None:
    code = "import signal, time; signal.signal(2, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout and child.stdout.readline()
            process = Process.of(child.pid)
            assert process is not None and not process.end(0.2)
            assert child.wait(5) == -9
        finally:
            child.kill()


def test_no_process() -> None:
    assert Process.of(2**22 + 1) is None
