# SPDX-License-Identifier: GPL-3.0-or-later
"""A server behind a load balancer wants the header that only the balancer writes, and is asked inside."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import says_http, server
from podnet_lab.traffic import Traffic

ANSWER = says_http("200 OK").partition("; ")[2]
WANTS_HEADER = f'if c.recv(65536)[:6] == b"PROXY ": {ANSWER}'

LOADBALANCER = service("ingress-1", type="LoadBalancer")
LOADBALANCER["spec"]["ports"][0].update({"name": "http", "appProtocol": "http"})


class FaultClass(Made):
    """A server behind a load balancer wants the header that only the balancer writes, and is asked inside."""

    truth = Truth(
        id="backend-unhealthy", location={"namespace": "default", "pod": "ingress-1"}, destination="192.0.2.50", port=80
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "192.0.2.50", 80, size=10)
    changes = (
        Objects((pod("ingress-1", command=server(WANTS_HEADER)), LOADBALANCER), ready=("ingress-1",)),
        Assigned("ingress-1", "192.0.2.50"),
    )
