# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BPF programs of control groups and namespaces, asked of a real kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _bpf
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace

# The lab needs a newer Python than modules do.
OF_GROUP = pytest.importorskip("podnet_lab.bpf").OF_GROUP
links = pytest.importorskip("podnet_lab.bpf_links")
JOIN = "import os, sys\nopen(sys.argv.pop() + '/cgroup.procs', 'w').write(str(os.getpid()))\n"


@pytest.fixture(name="group")
def _group() -> t.Iterator[Path]:
    """An empty control group of version 2."""
    root = _bpf._group_root("/proc")
    if root is None or os.geteuid() != 0 or not os.access(root, os.W_OK):
        pytest.skip("no control groups of version 2 that can be written")
    path = Path(root) / f"podnet-test-{os.getpid()}"
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(str(error))
    yield path
    path.rmdir()


def _attach(group: Path, hook: str, port: int) -> bool:
    argv = [sys.executable, "-c", JOIN + OF_GROUP, hook, "192.0.2.1", str(port), "guard", "", str(group)]
    return subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0


def test_programs_of_a_group_and_of_those_around_it(group: Path) -> None:
    """What is attached above it counts; a group that is gone is passed over."""
    if not _attach(group, "egress", 9):
        pytest.skip("this kernel takes no program here")
    inner = group / "inner"
    inner.mkdir()
    try:
        found = _bpf.read_group_programs([f"/{group.name}/gone", f"/{group.name}/inner"])
    finally:
        inner.rmdir()
        _attach(group, "egress", 0)
    mine = [one for one in found if "guard" in one.text]
    assert [(one.dev, one.hook, one.kind, one.attached) for one in mine] == [("application", "egress", "bpf", "cgroup")]
    assert not any("guard" in one.text for one in _bpf.read_group_programs([f"/{group.name}"]))


def test_where_there_are_no_such_groups_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "mountinfo").write_text("25 1 0:24 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n")
    (tmp_path / "self" / "cgroup").write_text("0::/x\n")
    assert _bpf.read_group_programs(["/x"], str(tmp_path)) == []


def test_programs_that_choose_the_socket_in_a_namespace() -> None:
    """It goes with the program that holds its link."""
    program = links.PROGRAM % (links.LOOKUP % 8080)
    argv = ["unshare", "--net", sys.executable, "-c", program]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as held:
        try:
            if held.stdout is None or held.stdout.readline().strip() != "ready":
                pytest.skip("this kernel takes no program here")
            inode = os.stat(f"/proc/{held.pid}/ns/net").st_ino
            found = _bpf.read_programs(Namespace("host", held.pid, inode))
        finally:
            held.kill()
    assert [(one.dev, one.hook, one.attached) for one in found] == [("", "sk_lookup", "netns")]
    assert "guard" in found[0].text
