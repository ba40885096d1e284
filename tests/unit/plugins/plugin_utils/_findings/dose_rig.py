# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes with pods, a tunnel and a cable between them, in network namespaces: real packets for the dose, no
Kubernetes.

Addresses are those of the healthy world in tests/unit/builders.py, so that what is measured here is judged there.

client-1 10.244.1.2 - node-1 192.0.2.11 = flannel.1 = 192.0.2.12 node-2 - web-b 10.244.2.4:8080
                           \\------- fabric (a bridge) -------/
"""

from __future__ import annotations

import contextlib
import dataclasses
import select
import socket
import struct
import subprocess
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _looks
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace as Space
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._rule_watch import RuleWatch
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._groups import run_in_groups
from tests.unit.builders import CLUSTER_DNS, SERVICES, World
from tests.unit.plugins.module_utils._probes.conftest import Namespace

Json = dict[str, t.Any]
CLIENT, WEB_A, WEB_B, DNS = "10.244.1.2", "10.244.1.3", "10.244.2.4", "10.244.2.3"
PORT = 8080
NODES = {"node-1": ("192.0.2.11", "10.244.1"), "node-2": ("192.0.2.12", "10.244.2")}
PODS = {
    "client-1": ("node-1", CLIENT),
    "web-a": ("node-1", WEB_A),
    "web-b": ("node-2", WEB_B),
    "coredns-1": ("node-2", DNS),
}
MEASURED = ("ping", "tcp", "backend-tcp", "burst", "connections", "dns-pairs", "idle")


@dataclasses.dataclass
class Rig:
    """The namespaces by name: node-1, node-2, fabric, and the pods."""

    spaces: dict[str, Namespace]

    def run(self, place: str, *commands: str) -> None:
        """Commands in a namespace; a kernel that lacks what they need skips the test."""
        for command in commands:
            argv = ["ip", "netns", "exec", self.spaces[place].name, *command.split()]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"{command} on {place}: {done.stderr.strip()}")

    def clean(self) -> None:
        """No rules anywhere but the Services' translation."""
        for place in self.spaces:
            for command in ("iptables -F", "iptables -t raw -F", "iptables -t mangle -F", "nft flush ruleset"):
                argv = ["ip", "netns", "exec", self.spaces[place].name, *command.split()]
                subprocess.run(argv, capture_output=True, check=False)
        for name, backend in (
            *((service, f"{WEB_B}:{PORT}") for service in SERVICES.values()),
            (CLUSTER_DNS, f"{DNS}:53"),
        ):
            protocol = "udp" if name == CLUSTER_DNS else "tcp"
            translate = f"iptables -t nat -A PREROUTING -d {name} -p {protocol} -j DNAT --to-destination {backend}"
            self.run("node-1", translate)

    def measure(
        self, world: World, destination: str, port: int | None, during: t.Callable[[], None] | None = None
    ) -> Json:
        """Send what the plan says from client-1, count on both nodes and in the pods, and judge it."""
        evidence = world.evidence("pod:default/client-1", destination, port)
        planned = [
            request
            for request in evidence.plan["work"]["node-1"]["probes"]
            if request["netns"] == "pod:default/client-1" and request["role"] in MEASURED
        ]
        requests = [
            {**request, "netns": "host", "timeout": min(request["timeout"], 2.5), **_without_names(request)}
            for request in planned
        ]
        lookers = {node: self._looker(node) for node in NODES}
        watches = {node: self.spaces[node].call(RuleWatch) for node in NODES}
        before = {node: looker.look() for node, looker in lookers.items()}
        if during is not None:
            threading.Thread(target=during, daemon=True).start()
        report, _moved = self.spaces["client-1"].call(lambda: run_in_groups(requests))
        world.counters = {
            node: _renamed(_looks.compare(before[node], looker.look(), watches[node].finish()))
            for node, looker in lookers.items()
        }
        outcomes = {
            f"{request['role']} {request['target']}": result.to_dict()
            for request, result in zip(planned, report.results)
        }
        return world.diagnose("pod:default/client-1", destination, port, outcomes=outcomes)

    def _looker(self, node: str) -> _looks.Looker:
        names = {f"pod:node/{node}": node} | {
            f"pod:default/{pod}": pod for pod, (at, _address) in PODS.items() if at == node
        }
        spaces = [
            Space(name, self.spaces[place].holder.pid, self.spaces[place].inode()) for name, place in names.items()
        ]
        return _looks.Looker(node, spaces)


def _without_names(request: Json) -> Json:
    """A namespace has no resolv.conf of its own: names are given by their addresses, and the server by its own."""
    if request["kind"] == "dns_pairs":
        return {"nameserver": request.get("nameserver") or CLUSTER_DNS}
    label = str(request["target"]).partition(".")[0]
    return {"target": SERVICES[label]} if label in SERVICES else {}


def _renamed(moved: Json) -> Json:
    """The node's own namespace is a pod for the reader here, and the host in what it told."""
    spaces = dict(moved["netns"])
    spaces.pop("host")
    node = next(name for name in spaces if name.startswith("pod:node/"))
    host = spaces.pop(node)
    for space in (host, *spaces.values()):
        space["volatile"].pop("neighbours", None)  # the world's snapshot has hardware addresses of its own
    return {**moved, "softnet": {}, "qdiscs": {}, "netns": {"host": host, **spaces}}


def build(make: t.Callable[[str], Namespace]) -> Rig:
    """The picture above, with a web server in both web pods and a DNS server."""
    rig = Rig({name: make(name) for name in (*NODES, "fabric", *PODS)})
    fabric = rig.spaces["fabric"]
    fabric.ip("link add nodes type bridge")
    fabric.ip("link set nodes up")
    for node, (address, cidr) in NODES.items():
        space = rig.spaces[node]
        space.ip(f"link add eth0 type veth peer name {node} netns {fabric.name}")
        fabric.ip(f"link set {node} master nodes up")
        space.ip("link set eth0 up")
        space.ip(f"addr add {address}/24 dev eth0")
        space.ip("link add cni0 type bridge")
        space.ip(f"addr add {cidr}.1/24 dev cni0")
        space.ip("link set cni0 up")
        space.ip(f"link add flannel.1 type vxlan id 1 local {address} dev eth0 dstport 8472 nolearning")
        space.ip("link set flannel.1 address 02:42:00:00:00:0" + node[-1] + " mtu 1450 up")
        space.ip(f"addr add {cidr}.0/32 dev flannel.1")
        space.sysctl("net/ipv4/ip_forward", "1")
    for node, (_address, _cidr) in NODES.items():
        (other,) = (name for name in NODES if name != node)
        address, cidr = NODES[other]
        mac, space = "02:42:00:00:00:0" + other[-1], rig.spaces[node]
        space.ip(f"route add {cidr}.0/24 via {cidr}.0 dev flannel.1 onlink")
        space.ip(f"neigh add {cidr}.0 lladdr {mac} dev flannel.1 nud permanent")
        done = subprocess.run(
            ["bridge", "-n", space.name, "fdb", "append", mac, "dev", "flannel.1", "dst", address],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    for pod, (node, address) in PODS.items():
        space, host = rig.spaces[pod], rig.spaces[node]
        outer = "v" + pod.replace("-", "")
        space.ip(f"link add eth0 type veth peer name {outer} netns {host.name}")
        host.ip(f"link set {outer} master cni0 up")
        space.ip("link set eth0 mtu 1450 up")
        space.ip(f"addr add {address}/24 dev eth0")
        space.ip(f"route add default via {NODES[node][1]}.1")
    for pod in ("web-a", "web-b"):
        rig.spaces[pod].serve(listener(PORT), accept_and_hold)
    rig.spaces["coredns-1"].serve(udp_server(53), answer_questions)
    rig.clean()
    return rig


# -- servers -------------------------------------------------------------------------------------------------------
def listener(port: int, backlog: int = 128) -> t.Callable[[], socket.socket]:
    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", port))
        sock.listen(backlog)
        return sock

    return make


def accept_and_hold(sock: socket.socket, stop: threading.Event) -> None:
    """Accepts, and closes only what the other end closed."""
    held: list[socket.socket] = []
    sock.setblocking(False)
    while not stop.is_set():
        for ready in select.select([sock, *held], [], [], 0.1)[0]:
            if ready is sock:
                with contextlib.suppress(OSError):
                    held.append(sock.accept()[0])
                continue
            with contextlib.suppress(OSError):
                if ready.recv(4096):
                    continue
            held.remove(ready)
            ready.close()


def never_accept(_sock: socket.socket, stop: threading.Event) -> None:
    stop.wait()


def udp_server(port: int) -> t.Callable[[], socket.socket]:
    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", port))
        return sock

    return make


def answer_questions(sock: socket.socket, stop: threading.Event) -> None:
    """A DNS server that knows no name; that is an answer too."""
    while not stop.is_set():
        if select.select([sock], [], [], 0.1)[0]:
            data, sender = sock.recvfrom(4096)
            with contextlib.suppress(OSError):  # a rule of its own namespace may refuse
                sock.sendto(data[:2] + struct.pack("!H", 0x8183) + data[4:], sender)
