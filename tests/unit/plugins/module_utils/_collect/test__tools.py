# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where programs are, what version they say, and which kernel modules are there."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _tools


def program(path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "text, version",
    [
        ("iptables-save v1.8.9 (nf_tables)\n", "v1.8.9 (nf_tables)"),
        ("iptables-save v1.8.9 (legacy)\n", "v1.8.9 (legacy)"),
        ("iptables-save v1.6.1", "v1.6.1"),
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", "6.1.0"),
        ("ip utility, iproute2-ss200127\n", None),
        ("nftables v1.0.6 (Lester Gooch #5)\n", "v1.0.6"),
        ("tcpdump version 4.99.3\nlibpcap version 1.10.3\n", "4.99.3"),
        ("ethtool version 6.1\n", "6.1"),
        ("", None),
    ],
)
def test_version_text(text: str, version: str) -> None:
    assert _tools.version_in(text) == version


def test_a_nodes_program_comes_before_the_images(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, image = tmp_path / "host", tmp_path / "image"
    program(host / "usr" / "sbin" / "xtables-nft-multi")
    (host / "etc" / "alternatives").mkdir(parents=True)
    (host / "etc" / "alternatives" / "podnet-test-save").symlink_to("/usr/sbin/xtables-nft-multi")
    (host / "usr" / "sbin" / "podnet-test-save").symlink_to("/etc/alternatives/podnet-test-save")
    program(image / "podnet-test-save")
    monkeypatch.setenv("PATH", str(image))
    assert _tools.find("podnet-test-save", str(host)) == [
        _tools.Tool(("chroot", str(host), "/usr/sbin/podnet-test-save"), "/usr/sbin/podnet-test-save", "host"),
        _tools.Tool((str(image / "podnet-test-save"),), str(image / "podnet-test-save"), "image"),
    ]
    assert [tool.origin for tool in _tools.find("podnet-test-save", "/")] == ["host"]
    assert _tools.find("podnet-test-none", str(host)) == []


def modules(tmp_path: pathlib.Path, loaded: str, built_in: str) -> _tools.KernelModules:
    folder = tmp_path / "root" / "lib" / "modules" / os.uname().release
    folder.mkdir(parents=True)
    (tmp_path / "proc").mkdir()
    (tmp_path / "sys" / "module" / "bridge").mkdir(parents=True)
    if built_in:
        (folder / "modules.builtin").write_text(built_in)
    if loaded:
        (tmp_path / "proc" / "modules").write_text(loaded)
    return _tools.KernelModules(str(tmp_path / "root"), str(tmp_path / "proc"), str(tmp_path / "sys"))


LOADED = "nf_tables 372736 12 nft_compat, Live 0x0000000000000000\nip_tables 36864 0 - Live 0x0000000000000000\n"
BUILT_IN = "kernel/net/ipv4/tcp_diag.ko\nkernel/net/ipv4/inet-diag.ko.zst\n"


@pytest.mark.parametrize(
    "name, present",
    [("nf_tables", True), ("tcp_diag", True), ("inet_diag", True), ("bridge", True), ("ip6_tables", False)],
)
def test_modules(tmp_path: pathlib.Path, name: str, present: bool) -> None:
    assert modules(tmp_path, LOADED, BUILT_IN).present(name) is present


@pytest.mark.parametrize("loaded, built_in", [("", BUILT_IN), (LOADED, ""), ("", "")])
def test_kernel_that_does_not_tell_is_taken_to_have_them(tmp_path: pathlib.Path, loaded: str, built_in: str) -> None:
    assert modules(tmp_path, loaded, built_in).present("ip6_tables")
