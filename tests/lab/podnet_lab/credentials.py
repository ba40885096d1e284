# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that the cluster does not take: of a node's kubelet, and of kube-proxy."""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import pki
from .changes import Change
from .cluster_changes import KubeProxyConfig
from .context import Context
from .proc import run

_CONFIGURATION = "/etc/kubernetes/kubelet.conf"
_WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"


@dataclass(frozen=True)
class KubeletConnects(Change):
    """How a kubelet connects to the API server; it starts anew, and its pods run on.

    server: another address of the API server; expired: its certificate was valid until yesterday.
    """

    node: str
    server: str = ""
    expired: bool = False

    def make(self, lab: Context) -> None:
        """Write it."""
        configuration = json.loads(pki.kubeconfig(lab.lab, self.node))
        if self.server:
            configuration["clusters"][0]["cluster"]["server"] = self.server
        if self.expired:
            user = configuration["users"][0]["user"]
            user["client-certificate-data"] = _base64(_expired(lab.lab.pki, self.node))
        self._write(lab, json.dumps(configuration, indent=1))

    def undo(self, lab: Context) -> None:
        """Write what it was."""
        self._write(lab, pki.kubeconfig(lab.lab, self.node))

    def _write(self, lab: Context, text: str) -> None:
        lab.exec_in(self.node, ["python3", "-c", _WRITE, _CONFIGURATION], stdin=text)
        lab.signal_daemon(self.node, "kubelet", "TERM")


@dataclass(frozen=True)
class KubeProxyTrusts(Change):
    """kube-proxy trusts an authority that has signed nothing here; fresh pods read it."""

    nodes: tuple[str, ...] = ("node-1", "node-2")

    def make(self, lab: Context) -> None:
        """Make the authority, and name it in place of the true one."""
        with tempfile.TemporaryDirectory() as directory:
            paths = ("-keyout", f"{directory}/key", "-out", f"{directory}/crt")
            run(["openssl", "req", "-x509", *pki.NEW_KEY, "-days", "30", "-subj", "/CN=another-cluster", *paths])
            lab.names.known["authority"] = _base64(Path(directory, "crt").read_bytes())
        self._change(lab).make(lab)

    def undo(self, lab: Context) -> None:
        """Name the true one again, where it was replaced."""
        if "authority" in lab.names.known:
            self._change(lab).undo(lab)

    def _change(self, lab: Context) -> KubeProxyConfig:
        true = "certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        other = f"certificate-authority-data: {lab.names.known['authority']}"
        return KubeProxyConfig(true, other, self.nodes, "kubeconfig.conf")


def _expired(directory: Path, name: str) -> bytes:
    """A certificate like a node's own, with its key, that has expired."""
    with tempfile.TemporaryDirectory() as scratch:
        request, out = f"{scratch}/csr", f"{scratch}/crt"
        subject = f"/O=system:nodes/CN=system:node:{name}"
        run(["openssl", "req", "-new", "-key", str(directory / f"{name}.key"), "-subj", subject, "-out", request])
        authority = ("-CA", str(directory / "ca.crt"), "-CAkey", str(directory / "ca.key"))
        run(["openssl", "x509", "-req", "-in", request, "-days", "-1", *authority, "-out", out])
        return Path(out).read_bytes()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
