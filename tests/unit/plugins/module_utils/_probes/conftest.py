# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real network namespaces for probes: a client, a router and a server, joined by veth pairs.

client 192.0.2.2 --(1500)-- 192.0.2.1 router 198.51.100.1 --(1400)-- 198.51.100.2 server
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import threading
import time
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _engine
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Result

_Value = t.TypeVar("_Value")


class Namespace:
    """A network namespace of its own, kept by a sleeping process."""

    def __init__(self, role: str) -> None:
        self.name = f"pnt-{uuid.uuid4().hex[:6]}-{role}"
        subprocess.run(["ip", "netns", "add", self.name], check=True, capture_output=True)
        self.holder = subprocess.Popen(["ip", "netns", "exec", self.name, "sleep", "3600"])
        self._threads: list[tuple[threading.Event, threading.Thread]] = []
        deadline = time.monotonic() + 5
        while self.inode() == _netns.netns_inode() and time.monotonic() < deadline:
            time.sleep(0.002)
        for scope in ("all", "default"):
            self.sysctl(f"net/ipv6/conf/{scope}/accept_dad", "0")  # IPv6 addresses are usable at once
            self.sysctl(f"net/ipv4/conf/{scope}/rp_filter", "0")  # else as the machine has it
        self.ip("link set lo up")

    def inode(self) -> int:
        return _netns.netns_inode(self.holder.pid)

    @property
    def process(self) -> _netns.PodProcess:
        return _netns.PodProcess(self.holder.pid, self.inode(), pids=(self.holder.pid,))

    def close(self) -> None:
        for stop, _thread in self._threads:
            stop.set()
        for _stop, thread in self._threads:
            thread.join(5)
        self.holder.kill()
        self.holder.wait()
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)

    def ip(self, words: str) -> None:
        done = subprocess.run(["ip", "-n", self.name, *words.split()], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"ip {words}: {done.stderr}"

    def call(self, function: t.Callable[[], _Value]) -> _Value:
        return _netns.call_in(self.holder.pid, function)

    def sysctl(self, name: str, value: str) -> None:
        path = pathlib.Path("/proc/sys") / name
        self.call(lambda: path.write_text(value))

    def probe(self, **request: t.Any) -> Result:
        """One probe from here; kind and target at least."""
        return self.call(lambda: _engine.run_probes([request]).results[0])

    def serve(self, make: t.Callable[[], t.Any], loop: t.Callable[[t.Any, threading.Event], None]) -> t.Any:
        """Run a server here in a thread until the namespace is closed. make: its socket; returned."""
        made = self.call(make)
        stop = threading.Event()
        thread = threading.Thread(target=loop, args=(made, stop), daemon=True)
        thread.start()
        self._threads.append((stop, thread))
        return made


def join(
    left: Namespace,
    left_address: str,
    right: Namespace,
    right_address: str,
    device: str,
    mtu: int = 1500,
    right_mtu: int | None = None,
) -> None:
    """A veth pair between two namespaces, the same device name on both sides, up and with addresses."""
    left.ip(f"link add {device} type veth peer name {device} netns {right.name}")
    for side, address, size in ((left, left_address, mtu), (right, right_address, right_mtu or mtu)):
        side.ip(f"link set {device} mtu {size} up")
        for one in address.split():
            if ":" in one and size < 1280:  # RFC 8200: no IPv6 on such a link
                continue
            side.ip(f"addr add {one} dev {device}" + (" nodad" if ":" in one else ""))


class Network(t.NamedTuple):
    client: Namespace
    router: Namespace
    server: Namespace


CLIENT, ROUTER, SERVER = "192.0.2.2", "192.0.2.1", "198.51.100.2"


def need_namespaces() -> None:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2 to make network namespaces")
    name = f"pnt-{uuid.uuid4().hex[:6]}-try"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root make network namespaces")
    subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture(name="namespace", scope="module")
def namespace_maker() -> t.Iterator[t.Callable[[str], Namespace]]:
    """Makes namespaces that are gone after the last test."""
    need_namespaces()
    with contextlib.ExitStack() as stack:

        def make(role: str) -> Namespace:
            made = Namespace(role)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture(name="network", scope="module")
def client_router_server(namespace: t.Callable[[str], Namespace]) -> Network:
    """The network of the picture above, one for each file: a router tells a peer about five errors, then one a
    second.
    """
    return make_network(namespace)


@pytest.fixture(name="new_network", scope="module")
def network_maker(namespace: t.Callable[[str], Namespace]) -> t.Callable[..., Network]:
    return lambda **options: make_network(namespace, **options)


def make_network(
    namespace: t.Callable[[str], Namespace], right_mtu: int = 1400, server_mtu: int | None = None
) -> Network:
    network = Network(namespace("client"), namespace("router"), namespace("server"))
    client, router, server = network
    join(client, f"{CLIENT}/24 2001:db8:1::2/64", router, f"{ROUTER}/24 2001:db8:1::1/64", "left")
    join(
        router,
        "198.51.100.1/24 2001:db8:2::1/64",
        server,
        f"{SERVER}/24 2001:db8:2::2/64",
        "right",
        right_mtu,
        server_mtu,
    )
    router.sysctl("net/ipv4/ip_forward", "1")
    router.sysctl("net/ipv6/conf/all/forwarding", "1")
    router.sysctl("net/ipv4/icmp_ratelimit", "0")
    client.ip(f"route add default via {ROUTER}")
    server.ip("route add default via 198.51.100.1")
    client.ip("route add default via 2001:db8:1::1")
    if min(right_mtu, server_mtu or right_mtu) >= 1280:
        server.ip("route add default via 2001:db8:2::1")
    return network
