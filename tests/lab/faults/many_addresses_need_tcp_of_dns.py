# SPDX-License-Identifier: GPL-3.0-or-later
"""A name has more addresses than an answer by UDP holds, and the Service of cluster DNS has no port for TCP."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.cluster_changes import Corefile
from podnet_lab.dns_ports import DNS, METRICS, of_cluster_dns
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

MANY = "".join(f"        198.51.100.{number} crowd.example\n" for number in range(130, 185))


class FaultClass(Made):
    """A name has more addresses than an answer by UDP holds, and the Service of cluster DNS has no port for TCP."""

    truth = Truth(
        id="service-port-missing", location={"namespace": "kube-system"}, destination="crowd.example", port=22
    )
    modes = ("nftables", "host-gw")
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "crowd.example", 22, "name")
    scene = (
        Run("outside", "ip route add local 198.51.100.128/26 dev lo", "ip route del local 198.51.100.128/26 dev lo"),
        Corefile(".:53 {", "crowd.example:53 {\n    errors\n    hosts {\n" + MANY + "    }\n}\n.:53 {"),
    )
    changes = (of_cluster_dns(DNS, METRICS),)
