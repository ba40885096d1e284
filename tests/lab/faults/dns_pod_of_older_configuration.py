# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod of an earlier cluster DNS is still behind its Service, and denies half of the names that are asked for."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Ready
from podnet_lab.config import IMAGE_COREDNS
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

LABELS = {"k8s-app": "kube-dns"}
OLD = """
.:53 {
    errors
    ready
    template ANY ANY {
        rcode NXDOMAIN
    }
}
"""
FILE = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "coredns-before", "namespace": "kube-system"},
    "data": {"Corefile": OLD},
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "coredns-before", "namespace": "kube-system", "labels": LABELS},
    "spec": {
        "nodeName": "node-2",
        "dnsPolicy": "Default",
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {
                "name": "coredns",
                "image": IMAGE_COREDNS,
                "imagePullPolicy": "IfNotPresent",
                "command": ["/coredns", "-conf", "/etc/coredns/Corefile"],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
                "volumeMounts": [{"name": "file", "mountPath": "/etc/coredns"}],
            }
        ],
        "volumes": [{"name": "file", "configMap": {"name": "coredns-before"}}],
    },
}


class FaultClass(Made):
    """A pod of an earlier cluster DNS is still behind its Service, and denies half of the names that are asked for."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "kube-system", "pod": "coredns-before"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables",)
    traffic = Traffic("pod:default/client-1", "web.default.svc.cluster.local", 80, "name")
    attempts = 20
    lost = (2, 20)
    changes = (Objects((FILE, POD)), Ready("coredns-before", "kube-system"))
