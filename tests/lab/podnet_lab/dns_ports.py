# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of the Service of cluster DNS, some of them taken away."""

from __future__ import annotations

from typing import Any

from podnet_lab.changes import Patched

Port = dict[str, Any]
DNS: Port = {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}
DNS_TCP: Port = {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53}
METRICS: Port = {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153}


def of_cluster_dns(*left: Port) -> Patched:
    """The Service has these ports alone, and all of them again afterwards."""
    return Patched("service kube-dns kube-system", _ports(*left), _ports(DNS, DNS_TCP, METRICS), kind="json")


def _ports(*ports: Port) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": "/spec/ports", "value": list(ports)}]
