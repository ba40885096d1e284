# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the cluster: add-ons and sample workloads, filled in from templates."""

from __future__ import annotations

from string import Template

from . import config
from .config import LAB_SOURCE, Options, node_names, node_pod_cidr

DIRECTORY = LAB_SOURCE / "manifests"
CLUSTER = ("access", "flannel", "kube-proxy", "coredns", "web")
MAX_CLIENTS = 2


def _values(options: Options) -> dict[str, str]:
    return {
        "pod_cidr": config.POD_CIDR,
        "cluster_dns_address": config.CLUSTER_DNS_ADDRESS,
        "cluster_domain": config.CLUSTER_DOMAIN,
        "controller_address": config.CONTROLLER_ADDRESS,
        "api_port": str(config.API_PORT),
        "flannel_backend": options.cni.removeprefix("flannel-"),
        "proxy_mode": options.proxy_mode,
        "image_python": config.IMAGE_PYTHON,
        "image_kube_proxy": config.IMAGE_KUBE_PROXY,
        "image_flannel": config.IMAGE_FLANNEL,
        "image_coredns": config.IMAGE_COREDNS,
    }


def _template(name: str) -> Template:
    return Template((DIRECTORY / f"{name}.yaml").read_text(encoding="utf-8"))


def render(options: Options) -> str:
    """All objects but the client pods, as one YAML stream."""
    values = _values(options)
    parts: list[str] = []
    for name in node_names(options.nodes):
        parts.append(_template("nodes").substitute(node=name, node_pod_cidr=node_pod_cidr(name)))
    parts += [_template(name).substitute(values) for name in CLUSTER]
    return "\n".join(parts)


def render_clients(options: Options) -> str:
    """The client pods, as one YAML stream.

    They are bound to their nodes by name and not by the scheduler, which would
    wait for a node to be Ready: a pod that comes earlier fails and tries again late.
    """
    values = _values(options)
    parts: list[str] = []
    for index, name in enumerate(node_names(options.nodes)[:MAX_CLIENTS], start=1):
        parts.append(_template("client").substitute(values, node=name, index=str(index)))
    return "\n".join(parts)


def expected_pods(options: Options) -> int:
    """How many pods are Ready when all of them are: flannel and kube-proxy on each node, …"""
    coredns, web = 1, 2
    return 2 * options.nodes + coredns + web + min(options.nodes, MAX_CLIENTS)
