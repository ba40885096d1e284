# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's own certificate authority, certificates and kubeconfigs (with openssl)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from .config import (
    API_PORT,
    CLUSTER_DOMAIN,
    CONTROLLER,
    CONTROLLER_ADDRESS,
    KUBERNETES_SERVICE_ADDRESS,
    Lab,
    node_address,
)
from .proc import run

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
DAYS = "365"
API_SERVER = f"https://{CONTROLLER_ADDRESS}:{API_PORT}"


def create(lab: Lab, nodes: list[str]) -> None:
    """Make the authority and every certificate the lab uses."""
    lab.pki.mkdir(parents=True, exist_ok=True)
    lab.pki.chmod(0o700)
    run(
        [
            "openssl",
            "req",
            "-x509",
            *NEW_KEY,
            "-days",
            DAYS,
            "-subj",
            "/CN=podnet-lab",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
            "-keyout",
            str(lab.pki / "ca.key"),
            "-out",
            str(lab.pki / "ca.crt"),
        ]
    )
    service_names = ",".join(
        f"DNS:{name}"
        for name in (
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            f"kubernetes.default.svc.{CLUSTER_DOMAIN}",
            CONTROLLER,
            "localhost",
        )
    )
    addresses = f"IP:{CONTROLLER_ADDRESS},IP:{KUBERNETES_SERVICE_ADDRESS},IP:127.0.0.1"
    _issue(lab, "apiserver", "/CN=kube-apiserver", f"{service_names},{addresses}")
    _issue(lab, "apiserver-kubelet-client", "/CN=kube-apiserver-kubelet-client")
    _issue(lab, "admin", "/O=system:masters/CN=kubernetes-admin")
    _issue(lab, "controller-manager", "/CN=system:kube-controller-manager")
    _issue(lab, "scheduler", "/CN=system:kube-scheduler")
    for node in nodes:
        _issue(lab, node, f"/O=system:nodes/CN=system:node:{node}", f"DNS:{node},IP:{node_address(node)}")
    key = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    run([*key, "-out", str(lab.pki / "sa.key")])
    run(["openssl", "pkey", "-in", str(lab.pki / "sa.key"), "-pubout", "-out", str(lab.pki / "sa.pub")])


def _issue(lab: Lab, name: str, subject: str, names: str = "") -> None:
    """Issue a certificate for client use, and for server use if it has names."""
    usage = "clientAuth,serverAuth" if names else "clientAuth"
    extensions = ["-addext", f"extendedKeyUsage={usage}", "-addext", "basicConstraints=CA:FALSE"]
    if names:
        extensions += ["-addext", f"subjectAltName={names}"]
    run(
        [
            "openssl",
            "req",
            "-x509",
            *NEW_KEY,
            "-days",
            DAYS,
            "-subj",
            subject,
            *extensions,
            "-CA",
            str(lab.pki / "ca.crt"),
            "-CAkey",
            str(lab.pki / "ca.key"),
            "-keyout",
            str(lab.pki / f"{name}.key"),
            "-out",
            str(lab.pki / f"{name}.crt"),
        ]
    )


def kubeconfig(lab: Lab, name: str) -> str:
    """A kubeconfig (JSON is YAML) with everything inside it, for one certificate."""

    def inline(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode("ascii")

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "lab", "cluster": {"server": API_SERVER, "certificate-authority-data": inline(lab.pki / "ca.crt")}}
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": inline(lab.pki / f"{name}.crt"),
                    "client-key-data": inline(lab.pki / f"{name}.key"),
                },
            }
        ],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": name, "namespace": "default"}}],
        "current-context": "lab",
    }
    return json.dumps(config, indent=1)


def write_admin_kubeconfig(lab: Lab) -> None:
    """Write the administrator's kubeconfig, readable by root only."""
    lab.kubeconfig.touch(mode=0o600)
    lab.kubeconfig.write_text(kubeconfig(lab, "admin"), encoding="utf-8")
