# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of a node, below its root."""

from __future__ import annotations

import pathlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _read
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import NicConfig

NETPLAN = "network:\n  ethernets:\n    {name}: {{dhcp4: true}}\n"


def write(root: pathlib.Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def read(root: pathlib.Path) -> NicConfig:
    links = _links.parse_links([{"ifname": "eth3", "ifindex": 2, "link_type": "ether", "address": "7e:08:b1:fd:1c:0c"}])
    return _read.read_nic_config(Root(str(root)), "w1", links)


def test_node_without_any(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path).to_dict() == {"files": [], "interfaces": [], "errors": []}


def test_both_formats(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "etc/sysconfig/network-scripts/ifcfg-lan", "HWADDR=7e:08:b1:fd:1c:0c\nBOOTPROTO=dhcp\n")
    write(tmp_path, "etc/sysconfig/network-scripts/ifcfg-lan.bak", "garbage")
    write(tmp_path, "etc/sysconfig/network/ifcfg-eth1", "BOOTPROTO='static'\nIPADDR='192.0.2.11/24'\n")
    write(tmp_path, "etc/netplan/01.yaml", NETPLAN.format(name="eth4"))
    config = read(tmp_path)
    assert [(file.path, file.format, file.interfaces) for file in config.files] == [
        ("/etc/sysconfig/network-scripts/ifcfg-lan", "ifcfg", ["eth3"]),
        ("/etc/sysconfig/network/ifcfg-eth1", "ifcfg", ["eth1"]),
        ("/etc/netplan/01.yaml", "netplan", ["eth4"]),
    ]
    assert [(interface.device, interface.method) for interface in config.interfaces] == [
        ("eth3", "dhcp"),
        ("eth1", "static"),
        ("eth4", "dhcp"),
    ]
    assert config.errors == []


def test_netplan_folders_shadow_by_name_and_sort_by_name(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "lib/netplan/50.yaml", NETPLAN.format(name="lib50"))
    write(tmp_path, "etc/netplan/50.yaml", NETPLAN.format(name="etc50"))
    write(tmp_path, "run/netplan/50.yaml", NETPLAN.format(name="run50"))
    write(tmp_path, "run/netplan/10.yaml", NETPLAN.format(name="run10"))
    write(tmp_path, "etc/netplan/90.yaml", NETPLAN.format(name="run10").replace("true", "false"))
    write(tmp_path, "etc/netplan/90.yaml.save", "x")
    config = read(tmp_path)
    assert [(interface.name, interface.dhcp) for interface in config.interfaces] == [("run10", False), ("run50", True)]
    assert [(file.path, file.shadowed_by) for file in config.files if file.shadowed_by] == [
        ("/etc/netplan/50.yaml", "/run/netplan/50.yaml"),
        ("/lib/netplan/50.yaml", "/run/netplan/50.yaml"),
    ]


def test_errors_name_file_and_line_and_leave_the_rest(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "etc/sysconfig/network-scripts/ifcfg-eth3", "DEVICE=eth3\nIPADDR=$(secret-command)\n")
    write(tmp_path, "etc/netplan/01.yaml", "network:\n  ethernets:\n    a: *x\n")
    (tmp_path / "etc/netplan/02.yaml").symlink_to("/etc/netplan/none.yaml")
    write(tmp_path, "etc/netplan/03.yaml", NETPLAN.format(name="eth4"))
    (tmp_path / "etc/netplan/04.yaml").write_bytes(b"network:\n  ethernets:\n    eth5: {dhcp4: \xff}\n")
    config = read(tmp_path)
    assert [error.text for error in config.errors] == [
        "Cannot read /etc/sysconfig/network-scripts/ifcfg-eth3 line 2 of node w1: "
        "IPADDR: the value would have to be worked out by a shell",
        "Cannot read /etc/netplan/02.yaml of node w1: No such file or directory",
        "Cannot read /etc/netplan/01.yaml line 3 of node w1: an alias is not supported",
        "Cannot read /etc/netplan/04.yaml line 3 of node w1: dhcp4 is neither true nor false",
    ]
    assert [interface.device for interface in config.interfaces] == ["eth3", "eth4", "eth5"]


def test_links_of_an_agents_host_root_stay_in_it(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "opt/real.yaml", NETPLAN.format(name="eth6"))
    (tmp_path / "etc" / "netplan").mkdir(parents=True)
    (tmp_path / "etc/netplan/01.yaml").symlink_to("/opt/real.yaml")
    assert [interface.device for interface in read(tmp_path).interfaces] == ["eth6"]
