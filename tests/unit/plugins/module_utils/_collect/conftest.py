# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces with a little of everything that a node has, made for a test and gone after it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import time
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Namespace, Reader

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
# {node} and {pod} are namespaces; a flannel node with one pod, as flannel and the bridge plugin set them up.
TOPOLOGY = """
-n {node} link set lo up
-n {node} link add cni0 type bridge
-n {node} addr add 10.244.1.1/24 dev cni0
-n {node} link set cni0 up
-n {node} link add veth1 type veth peer name eth0 netns {pod}
-n {node} link set veth1 master cni0 up
-n {node} link add eth0 type veth peer name far0
-n {node} addr add 192.0.2.11/24 dev eth0
-n {node} addr add 192.0.2.99/24 dev eth0 valid_lft 3600 preferred_lft 3600
-n {node} link set far0 up
-n {node} link set eth0 up
-n {node} link add flannel.1 type vxlan id 1 local 192.0.2.11 dev eth0 dstport 8472 nolearning
-n {node} link set flannel.1 mtu 1450 up
-n {node} route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
-n {node} route add blackhole 10.99.0.0/16
-n {node} route add table 100 default via 192.0.2.1
-n {node} rule add from 10.244.1.0/24 to 203.0.113.0/24 table 100 priority 1000
-n {node} neigh add 10.244.2.0 lladdr 0a:58:00:00:00:02 dev flannel.1 nud permanent
-n {pod} link set lo up
-n {pod} addr add 10.244.1.5/24 dev eth0
-n {pod} link set eth0 mtu 1450 up
-n {pod} route add default via 10.244.1.1
"""


class ScriptedReader(Reader):
    """Answers commands from a table, and fails on one that is not in it."""

    def __init__(self, answers: t.Mapping[tuple[str, ...], str | Exception]) -> None:
        super().__init__("w1", 10.0)
        self.answers = dict(answers)
        self.asked: list[tuple[str, ...]] = []

    def text(self, what: str, argv: t.Sequence[str], namespace: Namespace = HOST, patience: float = 5.0) -> str:
        self.asked.append(tuple(argv))
        answer = self.answers[tuple(argv)]
        if isinstance(answer, Exception):
            raise self.fail(what, namespace, str(answer)) from answer
        return answer


@pytest.fixture(name="load")
def load_fixture() -> t.Callable[[str], t.Any]:
    """Reads the objects that ip or bridge printed on a node, from a file."""
    return lambda name: json.loads((FIXTURES / name).read_text(encoding="utf-8"))


@pytest.fixture(name="scripted")
def scripted_reader() -> t.Callable[..., ScriptedReader]:
    """Makes a reader that answers commands from a table."""
    return ScriptedReader


@dataclasses.dataclass(frozen=True)
class Net:
    """Two namespaces and a process in each."""

    node: str
    pod: str
    node_pid: int
    pod_pid: int

    @property
    def as_node(self) -> Namespace:
        return Namespace("host", self.node_pid, _netns.netns_inode(self.node_pid))

    @property
    def as_pod(self) -> Namespace:
        return Namespace("pod:default/web-0", self.pod_pid, _netns.netns_inode(self.pod_pid))


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@pytest.fixture(scope="session", name="net")
def network() -> t.Iterator[Net]:
    """A node's and a pod's namespace, joined as flannel does it; tests must leave them as they are."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2 to make network namespaces")
    mark = uuid.uuid4().hex[:8]
    names = [f"pns-{mark}-node", f"pns-{mark}-pod"]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for name in names:
            if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
                pytest.skip("this machine does not let root make network namespaces")
        for line in TOPOLOGY.strip().splitlines():
            ip(*line.format(node=names[0], pod=names[1]).split())
        processes.extend(subprocess.Popen(["ip", "netns", "exec", name, "sleep", "600"]) for name in names)
        for process in processes:
            _await_namespace(process.pid)
        yield Net(names[0], names[1], processes[0].pid, processes[1].pid)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _await_namespace(pid: int) -> None:
    own = _netns.netns_inode()
    deadline = time.monotonic() + 5
    while _netns.netns_inode(pid) == own and time.monotonic() < deadline:
        time.sleep(0.005)
