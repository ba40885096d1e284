# SPDX-License-Identifier: GPL-3.0-or-later
"""The balancer of small distributions: a pod with a host port, whose own rules lead to a Service."""

from __future__ import annotations

from .changes import Change, Kept, Objects, Run, in_pod
from .scene import PORT, pod

HOST_PORT = 8089
PUBLISHED = {"ports": [{"name": "http", "containerPort": PORT, "hostPort": HOST_PORT}]}


def balancer_pod(to: str = "<service:web>:80") -> tuple[Change, ...]:
    """Pod svclb-1 of node-1 with host port 8089, which leads on to an address and port."""
    goal = to.rpartition(":")[0]
    return (
        # The plugin portmap turns it on for the first host port, and nobody turns it off.
        Kept("node-1", "net/ipv4/conf/cni0/route_localnet", "1"),
        # Nothing listens in it: all that it does is in its rules.
        Objects((pod("svclb-1", "node-1", ["sleep", "infinity"], container=PUBLISHED),), ready=("svclb-1",)),
        in_pod(
            "svclb-1",
            f"""sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward"
            iptables -w 10 -t nat -I PREROUTING -p tcp --dport 8080 -j DNAT --to-destination {to}
            iptables -w 10 -t nat -I POSTROUTING -d {goal}/32 -p tcp -j MASQUERADE""",
            """iptables -w 10 -t nat -F PREROUTING
            iptables -w 10 -t nat -F POSTROUTING""",
        ),
    )


def in_balancer(do: str, back: str) -> Run:
    """Commands in the namespace of the balancer's pod."""
    return in_pod("svclb-1", do, back)
