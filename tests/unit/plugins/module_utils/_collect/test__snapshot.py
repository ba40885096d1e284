# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole snapshot: of a real namespace with a pod, and of a node on which nothing works."""

from __future__ import annotations

import base64
import gzip
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _snapshot

# Runs where the node's namespace is the process's own, as the module does. The pods' cgroups are not to be had in a
# test, so where the pods run is given.
CODE = """
import json, sys
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _pods, _snapshot
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import PodEntry
given = json.loads(sys.argv[1])
_pods.find = lambda pods, _in_full: [PodEntry(**entry) for entry in given["entries"]]
params = {"node": "w1", "pods": [], "pod_namespaces": given["wanted"], "timeout": given["timeout"]}
print(json.dumps(_snapshot.collect(_snapshot.Request.from_params(params)).to_dict()))
"""


def take(net: t.Any, wanted: t.Sequence[str], environment: t.Mapping[str, str], timeout: float = 20.0) -> t.Any:
    entries = [
        {"id": "pod:default/web-0", "pid": net.pod_pid, "inode": net.as_pod.inode, "host_network": False, "error": None}
    ]
    given = json.dumps({"entries": entries, "wanted": list(wanted), "timeout": timeout})
    argv = ["ip", "netns", "exec", net.node, sys.executable, "-c", CODE, given]
    path = os.pathsep.join(part for part in sys.path if part)
    done = subprocess.run(
        argv, env={**os.environ, "PYTHONPATH": path, **environment}, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module", name="root")
def host_root(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A node's root file system, as an agent pod has it mounted."""
    root = tmp_path_factory.mktemp("host")
    for path, text in {
        "etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\nIPADDR=192.0.2.11\nPREFIX=24\n",
        "etc/netplan/broken.yaml": "network: &a {}\n",
        "etc/cni/net.d/10-flannel.conflist": '{"name": "cbr0", "plugins": [{"type": "flannel"}]}',
        "etc/resolv.conf": "nameserver 192.0.2.53\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture(scope="module", name="snapshot")
def real_snapshot(net: t.Any, root: pathlib.Path) -> t.Any:
    return take(net, ["pod:default/web-0"], {"PODNET_HOST_ROOT": str(root)})


def test_node_and_pod_are_read_without_errors(snapshot: t.Any) -> None:
    assert snapshot["schema"] == "podnet.diagnostics/snapshot/v1"
    assert [(netns["id"], netns["errors"]) for netns in snapshot["netns"]] == [("host", []), ("pod:default/web-0", [])]
    assert snapshot["errors"] == []
    assert snapshot["node"] == "w1" and snapshot["time"].endswith("Z")


def test_both_ends_of_a_veth_pair_find_each_other(snapshot: t.Any) -> None:
    host, pod = snapshot["netns"]
    port = next(link for link in host["links"] if link["name"] == "veth1")
    inside = next(link for link in pod["links"] if link["name"] == "eth0")
    assert (port["peer_netns"], port["peer_index"]) == (pod["inode"], inside["index"])
    assert (inside["peer_netns"], inside["peer_index"]) == (host["inode"], port["index"])


def test_parts_are_those_of_their_namespace(snapshot: t.Any) -> None:
    host, pod = snapshot["netns"]
    assert {link["name"] for link in host["links"]} == {"lo", "cni0", "veth1", "eth0", "far0", "flannel.1"}
    assert {link["name"] for link in pod["links"]} == {"lo", "eth0"}
    assert any(route["type"] == "blackhole" for route in host["routes"])
    assert not any(route["type"] == "blackhole" for route in pod["routes"])
    assert any(rule["priority"] == 1000 and rule["from"] == "10.244.1.0/24" for rule in host["rules"])
    assert [entry["dev"] for entry in host["neighbours"]] == ["flannel.1"]
    assert any(entry["dev"] == "veth1" for entry in host["fdb"])
    assert {(entry["local"], entry["port"]) for entry in host["sockets"]} >= {("0.0.0.0", 8472)}
    assert "net.ipv4.conf.cni0.rp_filter" in host["sysctls"]
    assert "net.ipv4.conf.cni0.rp_filter" not in pod["sysctls"]


def test_files_are_those_of_the_nodes_root(snapshot: t.Any) -> None:
    nic = snapshot["nic_config"]
    assert [(entry["device"], entry["dhcp"], entry["static"]) for entry in nic["interfaces"]] == [("eth0", True, True)]
    assert [error["text"] for error in nic["errors"]] == [
        "Cannot read /etc/netplan/broken.yaml line 1 of node w1: an anchor is not supported"
    ]
    assert snapshot["cni_config"]["files"][0]["name"] == "cbr0"
    assert snapshot["netns"][0]["resolv_conf"] == "nameserver 192.0.2.53\n"


def test_size(snapshot: t.Any) -> None:
    assert len(gzip.compress(json.dumps(snapshot).encode())) < 20000


def test_pod_that_is_not_wanted_is_only_listed(net: t.Any, root: pathlib.Path) -> None:
    snapshot = take(net, [], {"PODNET_HOST_ROOT": str(root)})
    assert [netns["id"] for netns in snapshot["netns"]] == ["host"]
    assert [pod["id"] for pod in snapshot["pods"]] == ["pod:default/web-0"]


# -- things that go wrong ----------------------------------------------------------------------------------------
def bare_tools(folder: pathlib.Path, scripts: t.Mapping[str, str]) -> dict[str, str]:
    """A search path on which the named programs come before the system's."""
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_old_program_leaves_the_other_parts(net: t.Any, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    old = '#!/bin/sh\necho \'Option "-j" is unknown, try "ip -help".\' >&2\nexit 255\n'
    tools = bare_tools(tmp_path, {"bridge": old})
    snapshot = take(net, [], {**tools, "PODNET_HOST_ROOT": str(root)})
    host = snapshot["netns"][0]
    assert [error["text"] for error in host["errors"]] == [
        'Cannot read fdb of node w1: bridge exited 255: Option "-j" is unknown, try "ip -help".'
    ]
    assert host["fdb"] == [] and host["links"] and host["routes"]


def test_program_that_prints_no_utf8(net: t.Any, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    bytes_out = '#!/bin/sh\nprintf \'[{"mac":"0a:58:00:00:00:09","ifname":"\\377\\376","flags":[]}]\'\n'
    snapshot = take(net, [], {**bare_tools(tmp_path, {"bridge": bytes_out}), "PODNET_HOST_ROOT": str(root)})
    assert snapshot["netns"][0]["fdb"][0]["dev"] == "\ufffd\ufffd"


def test_program_that_hangs_costs_its_part_only(net: t.Any, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    hanging = bare_tools(tmp_path, {"bridge": "#!/bin/sh\nexec sleep 60\n"})
    snapshot = take(net, [], {**hanging, "PODNET_HOST_ROOT": str(root)}, timeout=3.0)
    host = snapshot["netns"][0]
    assert "bridge did not finish within" in host["errors"][0]["text"]
    assert host["links"] and snapshot["seconds"] < 10


def test_a_packed_snapshot_is_the_same() -> None:
    snapshot = _snapshot.collect(_snapshot.Request("w1"))
    unpacked = gzip.decompress(base64.b64decode(_snapshot.pack(snapshot)))
    assert json.loads(unpacked) == json.loads(json.dumps(snapshot.to_dict()))


def test_part_that_crashes_is_one_that_was_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: t.Any) -> t.Any:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(_snapshot._counters, "read_counters", crash)
    monkeypatch.setattr(_snapshot._pods, "find", crash_os)
    snapshot = _snapshot.collect(_snapshot.Request("w1"))
    assert [error.text for error in snapshot.netns[0].errors if error.what == "counters"] == [
        "Cannot read counters: ZeroDivisionError: boom"
    ]
    assert [error.text for error in snapshot.errors if error.what == "pods"] == [
        "Cannot look for pods on node w1: [Errno 13] Permission denied"
    ]


def crash_os(*_arguments: t.Any) -> t.Any:
    raise PermissionError(13, "Permission denied")
