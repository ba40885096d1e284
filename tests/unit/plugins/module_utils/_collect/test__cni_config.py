# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CNI files, flannel's subnet file and the addresses in use."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _cni_config
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root

FLANNEL = {
    "name": "cbr0",
    "cniVersion": "0.3.1",
    "plugins": [
        {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True, "mtu": 1400}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
SECRET = {"name": "k8s", "type": "calico", "mtu": 1440, "etcd_key": "TOP-SECRET"}


def write(root: pathlib.Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_files_in_the_order_of_the_runtime(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "etc/cni/net.d/20-calico.conf", json.dumps(SECRET))
    write(tmp_path, "etc/cni/net.d/10-flannel.conflist", json.dumps(FLANNEL))
    write(tmp_path, "etc/cni/net.d/10-flannel.conflist.bak", "{")
    config, problems = _cni_config.read_cni_config(Root(str(tmp_path)), "w1")
    assert problems == []
    assert [(file.path, file.name, file.type, file.plugins, file.active, file.mtu) for file in config.files] == [
        ("/etc/cni/net.d/10-flannel.conflist", "cbr0", "flannel", ["flannel", "portmap"], True, 1400),
        ("/etc/cni/net.d/20-calico.conf", "k8s", "calico", ["calico"], False, 1440),
    ]
    assert "SECRET" not in json.dumps(config.to_dict())


@pytest.mark.parametrize(
    "text, error",
    [
        ('{\n  "plugins": [\n', "line 3: it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("{}", "it names no plugin"),
        ('{"plugins": {"type": "x"}}', "it names no plugin"),
    ],
)
def test_broken_file_is_named_and_not_the_active_one(tmp_path: pathlib.Path, text: str, error: str) -> None:
    write(tmp_path, "etc/cni/net.d/00-broken.conflist", text)
    write(tmp_path, "etc/cni/net.d/10-flannel.conflist", json.dumps(FLANNEL))
    config, problems = _cni_config.read_cni_config(Root(str(tmp_path)), "w1")
    assert [problem.text for problem in problems] == [
        f"Cannot read /etc/cni/net.d/00-broken.conflist of node w1: {error}"
    ]
    assert [file.active for file in config.files] == [False, True]


def test_not_utf8(tmp_path: pathlib.Path) -> None:
    (tmp_path / "etc/cni/net.d").mkdir(parents=True)
    (tmp_path / "etc/cni/net.d/x.conf").write_bytes(b"\xff\xfe\x00")
    _config, problems = _cni_config.read_cni_config(Root(str(tmp_path)), "w1")
    assert len(problems) == 1


def test_flannel_and_allocations(tmp_path: pathlib.Path) -> None:
    write(
        tmp_path,
        "run/flannel/subnet.env",
        "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\nX=y\n",
    )
    for name in ("10.244.1.2", "10.244.1.3", "last_reserved_ip.0", "lock"):
        write(tmp_path, f"var/lib/cni/networks/cbr0/{name}", "")
    config, problems = _cni_config.read_cni_config(Root(str(tmp_path)), "w1")
    assert problems == []
    assert config.flannel == {
        "FLANNEL_NETWORK": "10.244.0.0/16",
        "FLANNEL_SUBNET": "10.244.1.1/24",
        "FLANNEL_MTU": "1450",
        "FLANNEL_IPMASQ": "true",
    }
    assert config.allocated == {"cbr0": 2}


def test_node_without_any(tmp_path: pathlib.Path) -> None:
    config, problems = _cni_config.read_cni_config(Root(str(tmp_path)), "w1")
    expected: dict[str, t.Any] = {"files": [], "flannel": None, "allocated": {}}
    assert config.to_dict() == expected and problems == []
