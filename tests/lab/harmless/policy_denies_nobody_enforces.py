# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy denies the connection, and the cluster has nothing that enforces policies."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny-all", "namespace": "default"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
}


class FaultClass(Made):
    """A NetworkPolicy denies the connection, and the cluster has nothing that enforces policies."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = (Objects((DENY,)),)
