# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversations between the lab's ends, and the places that each of their packets passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..balancers import ADDRESS, announced
from ..changes import Change, Kept, Objects
from ..scene import echo_server, host_port_pod, pod, service


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
    """A question, the addresses of its packets as they pass the places, and the places in the way's order.

    Pods of the scene are called by the number of their node, as the lab's own are.
    """

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
ENTRY = Place("node-1", ("eth0", "flannel.1"))
SELF = Place("node-1", ("flannel.1", "eth0"), client=True, forwards=False)
NODE = Place("node-2", ("eth0",), forwards=False)
BACK = (
    Place("node-2", ("eth0",), "client-2", client=True, forwards=False),
    Place("node-2", ("cni0", "<client-2.veth>", "flannel.1", "eth0")),
)
SELF_2 = Place("node-2", ("flannel.1", "eth0"), client=True, forwards=False)
NODE_1 = Place("node-1", ("eth0",), forwards=False)
NEAR_WEB = Place("node-1", ("cni0", "<web-1.veth>", "flannel.1", "eth0"))
ENTRY_2 = Place("node-2", ("eth0", "flannel.1"))


def _far(pod: str) -> Place:
    return Place("node-2", ("cni0", f"<{pod}.veth>", "flannel.1", "eth0"))


def _server(pod: str) -> Place:
    return Place("node-2", ("eth0",), pod, forwards=False)


PODS = "pod:default/client-1"
OUTSIDE, OUTSIDE_ADDRESS = "host:outside", "198.51.100.10"
WEB = "pod:default/<web-2.name>"
ECHO = Objects((pod("echo-2", command=echo_server(5353)),), ready=("echo-2",))
ECHO_SERVICE = Objects(
    (pod("echo-2", command=echo_server(5353)), service("echo-2", port=53, target=5353, protocol="UDP")),
    ready=("echo-2",),
)
HEADLESS = Objects((pod("head-2"), service("head-2", port=8080, clusterIP="None")), ready=("head-2",))
TO_WEB = (CLIENT, NEAR, _far("web-2"), _server("web-2"))
TALKS = (
    Talk(PODS, WEB, 8080, "tcp", "<client-1>", "<web-2>", 8080, TO_WEB),
    Talk(PODS, WEB, 8080, "tcp", "<client-1>", "<web-2>", 8080, TO_WEB),
    Talk(
        PODS,
        "pod:default/client-2",
        None,
        "icmp",
        "<client-1>",
        "<client-2>",
        0,
        (CLIENT, NEAR, _far("client-2"), _server("client-2")),
    ),
    Talk(
        "pod:default/client-2",
        WEB,
        8080,
        "tcp",
        "<client-2>",
        "<web-2>",
        8080,
        (Place("node-2", ("eth0",), "client-2", client=True, forwards=False), _far("web-2"), _server("web-2")),
    ),
    Talk(PODS, "service:default/web", 80, "tcp", "<client-1>", "<service:web>", 80, (CLIENT, NEAR)),
    Talk(PODS, "web.default.svc.cluster.local", 80, "tcp", "<client-1>", "<service:web>", 80, (CLIENT, NEAR)),
    Talk("node:node-1", WEB, 8080, "tcp", "", "<web-2>", 8080, (SELF, _far("web-2"), _server("web-2"))),
    Talk("node:node-1", "service:default/web", 80, "tcp", "", "<service:web>", 80, (SELF,)),
    Talk(PODS, OUTSIDE_ADDRESS, 22, "tcp", "<client-1>", OUTSIDE_ADDRESS, 22, (CLIENT, NEAR)),
    Talk(PODS, "outside.lab.example", 22, "tcp", "<client-1>", OUTSIDE_ADDRESS, 22, (CLIENT, NEAR)),
    Talk(PODS, "node:node-2", 10250, "tcp", "<client-1>", "<node-2>", 10250, (CLIENT, NEAR, NODE)),
    Talk(PODS, "node:node-2", None, "icmp", "<client-1>", "<node-2>", 0, (CLIENT, NEAR, NODE)),
    Talk(PODS, "node:node-2", 30080, "tcp", "<client-1>", "<node-2>", 30080, (CLIENT, NEAR)),
    Talk(
        PODS,
        "pod:default/echo-2",
        5353,
        "udp",
        "<client-1>",
        "<echo-2>",
        5353,
        (CLIENT, NEAR, _far("echo-2"), _server("echo-2")),
        (ECHO,),
    ),
    Talk(
        PODS, "service:default/echo-2", 53, "udp", "<client-1>", "<service:echo-2>", 53, (CLIENT, NEAR), (ECHO_SERVICE,)
    ),
    Talk(
        PODS,
        "head-2.default.svc.cluster.local",
        8080,
        "tcp",
        "<client-1>",
        "<head-2>",
        8080,
        (CLIENT, NEAR, _far("head-2"), _server("head-2")),
        (HEADLESS,),
    ),
    Talk(OUTSIDE, "node:node-1", 30080, "tcp", OUTSIDE_ADDRESS, "<node-1>", 30080, (ENTRY,)),
    Talk(OUTSIDE, ADDRESS, 80, "tcp", OUTSIDE_ADDRESS, ADDRESS, 80, (ENTRY,), announced("edge-2")),
    Talk(
        PODS,
        "node:node-2",
        8088,
        "tcp",
        "<client-1>",
        "<node-2>",
        8088,
        (CLIENT, NEAR),
        # The plugin portmap sets it for the bridge, and leaves it.
        (Kept("node-2", "net/ipv4/conf/cni0/route_localnet", "1"), host_port_pod("edge-2", "node-2")),
    ),
    Talk(
        PODS,
        "pod:default/<web-1.name>",
        8080,
        "tcp",
        "<client-1>",
        "<web-1>",
        8080,
        (
            CLIENT,
            Place("node-1", ("cni0", "<client-1.veth>", "<web-1.veth>")),
            Place("node-1", ("eth0",), "web-1", forwards=False),
        ),
    ),
    Talk("pod:default/client-2", "service:default/web", 80, "tcp", "<client-2>", "<service:web>", 80, BACK),
    Talk("pod:default/client-2", OUTSIDE_ADDRESS, 22, "tcp", "<client-2>", OUTSIDE_ADDRESS, 22, BACK),
    Talk(PODS, "service:default/kubernetes", 443, "tcp", "<client-1>", "<service:kubernetes>", 443, (CLIENT, NEAR)),
    Talk("node:node-2", "node:node-1", 10250, "tcp", "<node-2>", "<node-1>", 10250, (SELF_2, NODE_1)),
    Talk("node:node-2", "pod:default/<web-1.name>", 8080, "tcp", "", "<web-1>", 8080, (SELF_2, NEAR_WEB)),
    Talk(OUTSIDE, "node:node-2", 30080, "tcp", OUTSIDE_ADDRESS, "<node-2>", 30080, (ENTRY_2,)),
)
