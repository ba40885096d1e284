# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the processes of a pod run as, and sockets that belong to one of them."""

from __future__ import annotations

import os
import pathlib
import socket

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PodProcess
from ansible_collections.podnet.diagnostics.plugins.module_utils._process_user import User, can_be, socket_as, users_of


def _process(proc: pathlib.Path, pid: int, uid: int, gid: int, cgroup: str) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "status").write_text(
        f"Name:\tx\nState:\tS (sleeping)\nUid:\t0\t{uid}\t{uid}\t{uid}\nGid:\t0\t{gid}\t{gid}\t{gid}\n"
    )
    (folder / "cgroup").write_text(cgroup)


def test_users_are_told_once_and_without_the_pause_container(tmp_path: pathlib.Path) -> None:
    _process(tmp_path, 1, 65535, 65535, "0::/pod/pause\n")
    _process(tmp_path, 2, 1000, 3000, "9:name=systemd:/x\n0::/pod/app\n")
    _process(tmp_path, 3, 1000, 3000, "0::/pod/app\n")
    _process(tmp_path, 4, 0, 0, "9:cpu:/x\n")
    process = PodProcess(1, 7, None, False, (1, 2, 3, 4, 5))
    assert users_of(process, str(tmp_path)) == (User(1000, 3000, "/pod/app"), User(0, 0, None))


def test_a_pod_of_one_process_and_one_whose_processes_have_ended(tmp_path: pathlib.Path) -> None:
    _process(tmp_path, 1, 7, 8, "0::/\n")
    assert users_of(PodProcess(1, 7, None, False, (1,)), str(tmp_path)) == (User(7, 8, "/"),)
    assert users_of(PodProcess(9, 7, None, False, (9, 10)), str(tmp_path)) == ()


@pytest.mark.skipif(not can_be(User(1234, 4321)), reason="only root may become another user")
def test_a_socket_belongs_to_the_user_and_the_thread_is_itself_again() -> None:
    before = (tmp := socket.socket()).fileno()
    owner = os.fstat(before).st_uid
    tmp.close()
    with socket_as(User(1234, 4321), socket.socket)(socket.AF_INET, socket.SOCK_STREAM, 0) as made:
        about = os.fstat(made.fileno())
        assert (about.st_uid, about.st_gid) == (1234, 4321)
    with socket.socket() as later:
        assert os.fstat(later.fileno()).st_uid == owner


@pytest.mark.skipif(not can_be(User(1234, 4321)), reason="only root may become another user")
def test_the_thread_is_itself_again_after_an_error() -> None:
    def refused(_family: int, _kind: int, _protocol: int) -> socket.socket:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        socket_as(User(1234, 4321), refused)(socket.AF_INET, socket.SOCK_STREAM, 0)
    with socket.socket() as later:
        assert os.fstat(later.fileno()).st_uid == 0
