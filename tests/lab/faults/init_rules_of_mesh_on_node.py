# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh has put its proxy beside a pod on the host's network: node-1 itself redirects what its pods send.

Public report: istio/istio.io#655, openservicemesh/osm#4359.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
iptables -w 5 -t nat -N PROXY_INBOUND
iptables -w 5 -t nat -N PROXY_IN_REDIRECT
iptables -w 5 -t nat -A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15003
iptables -w 5 -t nat -A PROXY_INBOUND -p tcp --dport 22 -j RETURN
iptables -w 5 -t nat -A PROXY_INBOUND -p tcp --dport 6443 -j RETURN
iptables -w 5 -t nat -A PROXY_INBOUND -p tcp --dport 10250 -j RETURN
iptables -w 5 -t nat -A PROXY_INBOUND -p tcp --dport 15010 -j RETURN
iptables -w 5 -t nat -A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT
iptables -w 5 -t nat -A PREROUTING -p tcp -j PROXY_INBOUND
"""
BACK = """
iptables -w 5 -t nat -D PREROUTING -p tcp -j PROXY_INBOUND
iptables -w 5 -t nat -F PROXY_INBOUND
iptables -w 5 -t nat -F PROXY_IN_REDIRECT
iptables -w 5 -t nat -X PROXY_INBOUND
iptables -w 5 -t nat -X PROXY_IN_REDIRECT
"""


class FaultClass(Made):
    """A mesh has put its proxy beside a pod on the host's network: node-1 itself redirects what its pods send."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", DO, BACK),)
