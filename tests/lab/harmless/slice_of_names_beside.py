# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one with a host name, of which kube-proxy makes nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

NAMES = {**endpoints("named-3", "db.lab.example"), "addressType": "FQDN"}


class FaultClass(Made):
    """Beside the controller's slice stands one with a host name, of which kube-proxy makes nothing."""

    truth = Truth(id="", destination="service:default/named-3", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("named-3"), service("named-3")), ready=("named-3",)),)
    changes = (Objects((NAMES,)),)
    attempts = 10
