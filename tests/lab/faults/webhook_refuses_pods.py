# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook must see each new pod of a namespace, and its own Service is gone: no pod is made."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

WEBHOOK = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "guard"},
    "webhooks": [
        {
            "name": "guard.example.com",
            "clientConfig": {"service": {"name": "guard", "namespace": "guard", "path": "/"}, "caBundle": ""},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "hooked"}},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Fail",
        }
    ],
}


class FaultClass(Made):
    """A webhook must see each new pod of a namespace, and its own Service is gone: no pod is made."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "hooked", "service": "hooked-1"},
        destination="service:hooked/hooked-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "hooked"}}, WEBHOOK)),
        Objects((deployment("hooked-1", "hooked"), service("hooked-1", namespace="hooked"))),
    )
