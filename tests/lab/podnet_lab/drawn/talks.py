# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversations between the lab's ends, and the places that each of their packets passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..changes import Change, Objects
from ..scene import echo_server, pod


@dataclass(frozen=True)
class Place:
    """A network namespace on the way: a node's own, or with a pod that of this pod (a word of names.py).

    devices are those that the packets pass there; forwards: whether it hands packets on.
    """

    node: str
    devices: tuple[str, ...]
    pod: str = ""
    client: bool = False
    forwards: bool = True

    @property
    def location(self) -> dict[str, str]:
        """Where a diagnosis has to find what is broken there."""
        return {"pod": f"<{self.pod}.name>"} if self.pod else {"node": self.node}


@dataclass(frozen=True)
class Talk:
    """A question, the addresses of its packets as they pass the places, and the places in the way's order."""

    source: str
    destination: str
    port: int | None
    protocol: str
    client: str
    server: str
    service: int
    places: tuple[Place, ...]
    scene: tuple[Change, ...] = field(default=())


CLIENT = Place("node-1", ("eth0",), "client-1", client=True, forwards=False)
NEAR = Place("node-1", ("cni0", "<client-1.veth>", "flannel.1", "eth0"))
FAR = Place("node-2", ("cni0", "<web-2.veth>", "flannel.1", "eth0"))
FAR_CLIENT = Place("node-2", ("cni0", "<client-2.veth>", "flannel.1", "eth0"))
SERVER = Place("node-2", ("eth0",), "web-2", forwards=False)
OTHER = Place("node-2", ("eth0",), "client-2", forwards=False)
ECHO = Place("node-2", ("eth0",), "echo-1", forwards=False)

WEB = "pod:default/<web-2.name>"
TALKS = (
    Talk("pod:default/client-1", WEB, 8080, "tcp", "<client-1>", "<web-2>", 8080, (CLIENT, NEAR, FAR, SERVER)),
    Talk("pod:default/client-1", WEB, 8080, "tcp", "<client-1>", "<web-2>", 8080, (CLIENT, NEAR, FAR, SERVER)),
    Talk(
        "pod:default/client-1",
        "pod:default/client-2",
        None,
        "icmp",
        "<client-1>",
        "<client-2>",
        0,
        (CLIENT, NEAR, FAR_CLIENT, OTHER),
    ),
    Talk(
        "pod:default/client-2",
        WEB,
        8080,
        "tcp",
        "<client-2>",
        "<web-2>",
        8080,
        (Place("node-2", ("eth0",), "client-2", client=True, forwards=False), FAR, SERVER),
    ),
    Talk("pod:default/client-1", "service:default/web", 80, "tcp", "<client-1>", "<service:web>", 80, (CLIENT, NEAR)),
    Talk(
        "pod:default/client-1",
        "web.default.svc.cluster.local",
        80,
        "tcp",
        "<client-1>",
        "<service:web>",
        80,
        (CLIENT, NEAR),
    ),
    Talk(
        "node:node-1",
        WEB,
        8080,
        "tcp",
        "",
        "<web-2>",
        8080,
        (Place("node-1", ("flannel.1", "eth0"), client=True, forwards=False), FAR, SERVER),
    ),
    Talk("pod:default/client-1", "198.51.100.10", 22, "tcp", "<client-1>", "198.51.100.10", 22, (CLIENT, NEAR)),
    Talk(
        "pod:default/client-1",
        "node:node-2",
        10250,
        "tcp",
        "<client-1>",
        "<node-2>",
        10250,
        (CLIENT, NEAR, Place("node-2", ("eth0",), forwards=False)),
    ),
    Talk(
        "pod:default/client-1",
        "pod:default/echo-1",
        5353,
        "udp",
        "<client-1>",
        "<echo-1>",
        5353,
        (CLIENT, NEAR, Place("node-2", ("cni0", "<echo-1.veth>", "flannel.1", "eth0")), ECHO),
        (Objects((pod("echo-1", command=echo_server(5353)),), ready=("echo-1",)),),
    ),
)
