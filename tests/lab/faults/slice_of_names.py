# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand has a host name in place of addresses, of which kube-proxy makes nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

NAMES = {**endpoints("named-2", "web.default.svc.cluster.local"), "addressType": "FQDN"}


class FaultClass(Made):
    """A slice written by hand has a host name in place of addresses, of which kube-proxy makes nothing."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "named-2"},
        destination="service:default/named-2",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("named-2", app=None), NAMES)),)
