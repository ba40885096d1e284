# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a capture in parts, with their sums, and the limits that end one: real captures on the loopback device."""

from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import shutil
import socket
import time
import typing as t
import uuid
import zlib

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _files, _session, _tcpdump, _workspace
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import CaptureError, StartOptions

PORT = 20001 + os.getpid() % 10000 * 2
TCPDUMP = shutil.which("tcpdump", path=_tcpdump.environment()["PATH"])
REASON = "needs root" if os.geteuid() != 0 else "" if TCPDUMP else "tcpdump is not installed"
# Real captures: `make unit` installs tcpdump where it may, and CI runs as root. pytest wants a reason even for no skip.
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "-")


@pytest.fixture(name="run_id")
def _run_id(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[str]:
    monkeypatch.setattr(_workspace, "PARENTS", (str(tmp_path),))
    value = f"test-{uuid.uuid4().hex[:12]}"
    yield value
    _files.remove(value)
    assert not list(tmp_path.iterdir())


def start(run_id: str, *names: str, **fields: t.Any) -> None:
    devices = [{"name": name} for name in names or ("lo",)]
    options = {"run_id": run_id, "devices": devices, "filter": f"udp dst port {PORT}", "deadline": 30, "grace": 5}
    _session.start(StartOptions.from_dict({**options, **fields}))


def send(count: int = 3, size: int = 8) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _number in range(count):
            sock.sendto(b"x" * size, ("127.0.0.1", PORT))


def ended(run_id: str, seconds: float = 10.0) -> str:
    """Why the only capture ended by itself."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = _files.progress(run_id)
        assert found is not None
        if not found["devices"][0]["running"]:
            return str(found["devices"][0]["ended"])
        time.sleep(0.05)
    return "still running"


def test_the_parts_of_a_file_make_up_its_sum_and_it_stays_until_it_is_removed(run_id: str) -> None:
    start(run_id)
    send(50, 100)
    captures = _files.end(run_id)
    assert captures is not None
    (file,) = captures[0]["files"]
    assert (captures[0]["captured"], captures[0]["ended"]) == (50, "stopped")
    data = b""
    while len(data) < file["size"]:
        (part,) = _files.read(run_id, [_files.Part(file["name"], len(data))], 1024)
        piece = zlib.decompress(base64.b64decode(part["data"]))
        assert (part["offset"], part["length"], part["size"]) == (len(data), len(piece), file["size"])
        data += piece
    assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert _files.end(run_id) == captures
    assert _files.remove(run_id) and not _files.remove(run_id)
    assert _files.end(run_id) is None and _files.progress(run_id) is None


def test_several_parts_share_one_limit(run_id: str) -> None:
    start(run_id, ring=True)
    send(5)
    _files.end(run_id)
    parts = _files.read(run_id, [_files.Part("0.pcap0", 0), _files.Part("0.pcap0", 24)], 30)
    assert [part["length"] for part in parts] == [30, 0]


@pytest.mark.parametrize("name", ["../state.json", "state.json", "0.pcap/../state.json", "0.log", ""])
def test_no_other_file_can_be_read(name: str) -> None:
    with pytest.raises(CaptureError, match="no file of a capture"):
        _files.Part.from_dict({"name": name, "offset": 0})


def test_what_is_not_there_is_told(run_id: str) -> None:
    with pytest.raises(CaptureError, match="is not on this node"):
        _files.read(run_id, [_files.Part("0.pcap", 0)], 1024)
    start(run_id)
    with pytest.raises(CaptureError, match=r"Cannot read 7\.pcap of the capture: No such file"):
        _files.read(run_id, [_files.Part("7.pcap", 0)], 1024)


def test_a_file_that_is_large_enough_ends_its_capture_alone(run_id: str) -> None:
    start(run_id, max_file_bytes=2000)
    assert ended(run_id, 0.6) == "still running"
    send(40, 100)
    assert ended(run_id) == "max_file_bytes"


def test_nothing_starts_where_too_little_is_free(run_id: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CaptureError, match=r"only \d+ MB are free, 1000000000 MB have to be"):
        start(run_id, min_free=10**15)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_becomes_full_ends_what_runs(
    run_id: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor reads the true number: what has to stay free is what is free now, and then less is."""
    free = _workspace.free_bytes(str(tmp_path))
    ballast = tmp_path.parent / f"{run_id}.ballast"
    start(run_id, min_free=free - 300_000_000)
    try:
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, 600_000_000)
        assert ended(run_id) == "no_space"
    finally:
        ballast.unlink()
    captures = _files.end(run_id)
    assert captures is not None
    assert (captures[0]["ended"], captures[0]["error"], len(captures[0]["files"])) == ("no_space", None, 1)


def test_a_larger_ring_keeps_more(run_id: str) -> None:
    start(run_id, ring=True, ring_megabytes=8, snaplen=1500)
    for _turn in range(50):
        send(100, 1000)
        time.sleep(0.005)
    captures = _files.end(run_id)
    assert captures is not None
    assert sum(file["size"] for file in captures[0]["files"]) > 4_000_000
