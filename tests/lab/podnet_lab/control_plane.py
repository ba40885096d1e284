# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller: etcd, API server, controller manager and scheduler."""

from __future__ import annotations

from . import pki
from .config import API_PORT, CLUSTER_DOMAIN, CONTROLLER, CONTROLLER_ADDRESS, SERVICE_CIDR, Lab
from .hosts import HostPlan, Service

PKI = "/etc/kubernetes/pki"
PKI_FILES = (
    "ca.crt",
    "ca.key",
    "apiserver.crt",
    "apiserver.key",
    "apiserver-kubelet-client.crt",
    "apiserver-kubelet-client.key",
    "sa.key",
    "sa.pub",
)


def plan(lab: Lab) -> HostPlan:
    """The controller's services and files."""
    files = {f"{PKI[1:]}/{name}": (lab.pki / name).read_text(encoding="ascii") for name in PKI_FILES}
    for name in ("controller-manager", "scheduler"):
        files[f"etc/kubernetes/{name}.conf"] = pki.kubeconfig(lab, name)
    files["etc/kubernetes/admin.conf"] = pki.kubeconfig(lab, "admin")
    return HostPlan(CONTROLLER, [_etcd(), _api_server(), _controller_manager(), _scheduler()], files)


def _etcd() -> Service:
    # In memory: a lab's etcd does not outlive its host, and need not wait for a disk.
    return Service(
        "etcd",
        (
            "/usr/bin/etcd",
            "--data-dir=/run/etcd",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--initial-advertise-peer-urls=http://127.0.0.1:2380",
            "--initial-cluster=default=http://127.0.0.1:2380",
        ),
    )


def _api_server() -> Service:
    return Service(
        "kube-apiserver",
        (
            "/usr/local/bin/kube-apiserver",
            f"--advertise-address={CONTROLLER_ADDRESS}",
            f"--secure-port={API_PORT}",
            "--etcd-servers=http://127.0.0.1:2379",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--client-ca-file={PKI}/ca.crt",
            f"--tls-cert-file={PKI}/apiserver.crt",
            f"--tls-private-key-file={PKI}/apiserver.key",
            f"--kubelet-certificate-authority={PKI}/ca.crt",
            f"--kubelet-client-certificate={PKI}/apiserver-kubelet-client.crt",
            f"--kubelet-client-key={PKI}/apiserver-kubelet-client.key",
            "--kubelet-preferred-address-types=InternalIP",
            f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
            f"--service-account-key-file={PKI}/sa.pub",
            f"--service-account-signing-key-file={PKI}/sa.key",
        ),
    )


def _controller_manager() -> Service:
    configuration = "/etc/kubernetes/controller-manager.conf"
    return Service(
        "kube-controller-manager",
        (
            "/usr/local/bin/kube-controller-manager",
            f"--kubeconfig={configuration}",
            f"--authentication-kubeconfig={configuration}",
            f"--authorization-kubeconfig={configuration}",
            # It starts together with the API server, which knows no roles in its first seconds.
            "--authentication-tolerate-lookup-failure=true",
            "--leader-elect=false",
            # Every node object brings its own: a kubelet that registers first must not be given another one.
            "--allocate-node-cidrs=false",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            f"--root-ca-file={PKI}/ca.crt",
            f"--cluster-signing-cert-file={PKI}/ca.crt",
            f"--cluster-signing-key-file={PKI}/ca.key",
            f"--service-account-private-key-file={PKI}/sa.key",
            "--use-service-account-credentials=true",
            # Every controller asks for a token of its own first; the default limit makes
            # that take five seconds.
            "--kube-api-qps=300",
            "--kube-api-burst=600",
        ),
    )


def _scheduler() -> Service:
    configuration = "/etc/kubernetes/scheduler.conf"
    return Service(
        "kube-scheduler",
        (
            "/usr/local/bin/kube-scheduler",
            f"--kubeconfig={configuration}",
            f"--authentication-kubeconfig={configuration}",
            f"--authorization-kubeconfig={configuration}",
            "--leader-elect=false",
        ),
    )
