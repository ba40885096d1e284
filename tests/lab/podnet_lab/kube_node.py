# SPDX-License-Identifier: GPL-3.0-or-later
"""A node: containerd and the kubelet. Flannel and kube-proxy come as DaemonSets."""

from __future__ import annotations

import json

from . import pki
from .config import CLUSTER_DNS_ADDRESS, CLUSTER_DOMAIN, IMAGE_PAUSE, Lab, node_address
from .hosts import HostPlan, Service

# restrict_oom_score_adj: without CAP_SYS_RESOURCE no sandbox starts otherwise.
CONTAINERD_CONFIG = f"""\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{IMAGE_PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
"""


def plan(lab: Lab, name: str) -> HostPlan:
    """A node's services and files."""
    certificates = {
        f"etc/kubernetes/pki/{target}": (lab.pki / source).read_text(encoding="ascii")
        for target, source in (("ca.crt", "ca.crt"), ("kubelet.crt", f"{name}.crt"), ("kubelet.key", f"{name}.key"))
    }
    files = {
        **certificates,
        "etc/containerd/config.toml": CONTAINERD_CONFIG,
        "etc/kubernetes/kubelet.conf": pki.kubeconfig(lab, name),
        "etc/kubernetes/kubelet-config.yaml": json.dumps(kubelet_configuration(lab, name), indent=1),
    }
    services = [
        Service("containerd", ("/usr/bin/containerd",)),
        Service(
            "kubelet",
            (
                "/usr/local/bin/kubelet",
                "--config=/etc/kubernetes/kubelet-config.yaml",
                "--kubeconfig=/etc/kubernetes/kubelet.conf",
                f"--hostname-override={name}",
                f"--node-ip={node_address(name)}",
            ),
        ),
    ]
    return HostPlan(name, services, files)


def kubelet_configuration(lab: Lab, name: str) -> dict[str, object]:
    """The KubeletConfiguration (v1beta1): certificates only, no anonymous requests."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": "/etc/kubernetes/pki/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": "/etc/kubernetes/pki/kubelet.crt",
        "tlsPrivateKeyFile": "/etc/kubernetes/pki/kubelet.key",
        "clusterDNS": [CLUSTER_DNS_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "resolvConf": "/etc/resolv.conf",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{lab.cgroup}/{name}",
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "oomScoreAdj": 0,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi"},
        "nodeStatusUpdateFrequency": "5s",
    }
