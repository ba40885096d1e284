# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel settings, of the namespace that is meant and not of ours."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _sysctls
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader, ReadError


def put(root: pathlib.Path, path: str, value: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(value)


def test_values_by_dotted_name(tmp_path: pathlib.Path) -> None:
    put(tmp_path, "net/ipv4/ip_forward", "1\n")
    put(tmp_path, "net/ipv4/ip_local_port_range", "32768\t60999\n")
    put(tmp_path, "net/ipv4/conf/all/rp_filter", "2\n")
    put(tmp_path, "net/ipv4/conf/flannel.1/rp_filter", "0\n")
    put(tmp_path, "net/ipv4/conf/flannel.1/tag", "3\n")
    put(tmp_path, "kernel/secret", "s\n")
    values, refused = _sysctls.read_all(str(tmp_path))
    assert refused == []
    assert values == {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.ip_local_port_range": "32768 60999",
        "net.ipv4.conf.all.rp_filter": "2",
        "net.ipv4.conf.flannel.1.rp_filter": "0",
    }


def test_what_is_refused_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "net/ipv4/ip_forward").mkdir(parents=True)
    values, refused = _sysctls.read_all(str(tmp_path))
    assert values == {}
    assert refused == ["net.ipv4.ip_forward: Is a directory"]


def test_settings_are_those_of_the_pods_namespace(net: t.Any) -> None:
    subprocess.run(
        [
            "ip",
            "netns",
            "exec",
            net.pod,
            "sh",
            "-c",
            "echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter; echo 0 > /proc/sys/net/ipv4/ip_forward",
        ],
        check=True,
    )
    subprocess.run(["ip", "netns", "exec", net.node, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"], check=True)
    reader = Reader("w1", 10)
    pod, problems = _sysctls.read_sysctls(reader, net.as_pod)
    node, more = _sysctls.read_sysctls(reader, net.as_node)
    assert problems == more == []
    assert (pod["net.ipv4.ip_forward"], node["net.ipv4.ip_forward"]) == ("0", "1")
    assert pod["net.ipv4.conf.eth0.rp_filter"] == "1"
    assert "net.ipv4.conf.cni0.rp_filter" in node and "net.ipv4.conf.cni0.rp_filter" not in pod
    assert {name.split(".")[4] for name in pod if name.startswith("net.ipv4.conf.")} >= {
        "lo"
    } or "net.ipv4.conf.lo.rp_filter" in pod


def test_namespace_that_is_gone() -> None:
    with pytest.raises(ReadError) as caught:
        _sysctls.read_sysctls(Reader("w1", 10), Namespace("pod:default/web-0", 2**22 + 1, 1))
    assert caught.value.problem.text.startswith("Cannot read sysctls of pod default/web-0 on node w1: Cannot open")
