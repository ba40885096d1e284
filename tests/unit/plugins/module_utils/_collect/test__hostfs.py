# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files below a root that is not ours: links stay inside it, and only regular files are read."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root


@pytest.fixture(name="root")
def foreign_root(tmp_path: pathlib.Path) -> Root:
    """A root with a secret beside it."""
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    (root / "etc" / "net").mkdir(parents=True)
    (root / "run").mkdir()
    (root / "run" / "resolv.conf").write_text("nameserver 10.96.0.10\n")
    (root / "bin").mkdir()
    (root / "bin" / "tool").write_text("#!/bin/sh\n")
    (root / "bin" / "tool").chmod(0o755)
    return Root(str(root))


def link(root: Root, path: str, target: str) -> None:
    os.symlink(target, root.path + path)


def test_plain_file(root: Root) -> None:
    assert root.read_text("/run/resolv.conf") == "nameserver 10.96.0.10\n"


@pytest.mark.parametrize(
    "target",
    ["/run/resolv.conf", "../run/resolv.conf", "../../../../run/resolv.conf", "/etc/net/../../run/./resolv.conf"],
)
def test_links_are_followed_inside(root: Root, target: str) -> None:
    link(root, "/etc/resolv.conf", target)
    assert root.read_text("/etc/resolv.conf") == "nameserver 10.96.0.10\n"


def test_link_of_a_directory(root: Root) -> None:
    link(root, "/sbin", "bin")
    assert root.is_program("/sbin/tool")


@pytest.mark.parametrize("absolute", [True, False])
def test_links_do_not_leave_the_root(root: Root, absolute: bool) -> None:
    secret = str(pathlib.Path(root.path).parent / "secret")
    link(root, "/etc/resolv.conf", secret if absolute else "../../secret")
    with pytest.raises(FileNotFoundError) as caught:
        root.read_text("/etc/resolv.conf")
    assert caught.value.filename == "/etc/resolv.conf"


def test_endless_links(root: Root) -> None:
    link(root, "/etc/a", "b")
    link(root, "/etc/b", "a")
    with pytest.raises(OSError) as caught:
        root.read_text("/etc/a")
    assert caught.value.errno == errno.ELOOP


def test_pipe_is_not_opened(root: Root) -> None:
    os.mkfifo(root.path + "/etc/resolv.conf")
    with pytest.raises(OSError, match="not a regular file"):
        root.read_text("/etc/resolv.conf")


def test_directory_and_oversize_are_refused(root: Root) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        root.read_text("/etc")
    with pytest.raises(OSError, match="larger than 5 bytes"):
        root.read_text("/run/resolv.conf", 5)


def test_bytes_that_are_not_utf8(root: Root) -> None:
    pathlib.Path(root.path, "etc", "x").write_bytes(b"\xff=1")
    assert root.read_text("/etc/x") == "\ufffd=1"


def test_names(root: Root) -> None:
    assert root.names("/bin") == ["tool"]
    assert root.names("/nowhere") == []
    assert root.names("/bin/tool") == []


@pytest.mark.parametrize(
    "path, expected", [("/bin/tool", True), ("/run/resolv.conf", False), ("/bin", False), ("/bin/none", False)]
)
def test_programs(root: Root, path: str, expected: bool) -> None:
    assert root.is_program(path) is expected


def test_no_descriptor_is_left_open(root: Root) -> None:
    link(root, "/etc/a", "b")
    before = len(os.listdir("/proc/self/fd"))
    actions: list[t.Callable[[], object]] = [
        lambda: root.read_text("/run/resolv.conf"),
        lambda: root.read_text("/etc/a"),
        lambda: root.read_text("/etc"),
        lambda: root.names("/bin"),
        lambda: root.is_program("/bin/tool"),
    ]
    for action in actions:
        with contextlib.suppress(OSError):
            action()
    assert len(os.listdir("/proc/self/fd")) == before
