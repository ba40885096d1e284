# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that deny everything, allow everything, and allow one port: together they allow."""

from __future__ import annotations

from typing import Any

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made


def policy(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    """A NetworkPolicy for all pods of the namespace default."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": list(rules)},
    }


class FaultClass(Made):
    """Policies that deny everything, allow everything, and allow one port: together they allow."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (
        Objects(
            (
                policy("deny-all"),
                policy("allow-all", {}),
                policy("allow-http", {"ports": [{"port": 8080, "protocol": "TCP"}]}),
            )
        ),
    )
