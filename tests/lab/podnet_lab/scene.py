# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that faults are played with: pods that serve, Services, slices."""

from __future__ import annotations

from typing import Any

from .changes import Objects
from .config import IMAGE_PYTHON

PORT = 8080
HTTP = """
import http.server, socket
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self): self.answer()
    def do_POST(self):
        left = int(self.headers.get("Content-Length", 0))
        while left > 0:
            part = self.rfile.read(min(left, 65536))
            if not part: break
            left -= len(part)
        self.answer()
    def answer(self):
        body = socket.gethostname().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("%s", %d), H).serve_forever()
"""
ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", %d))
while True:
    data, peer = s.recvfrom(4000)
    s.sendto(data, peer)
"""


WITH_OPTION = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.%s, %#x)
s.bind(("0.0.0.0", %d))
s.listen(20)
while True:
    one, peer = s.accept()
    one.recv(1000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
"""


def http_server(port: int = PORT, address: str = "0.0.0.0") -> list[str]:
    """The command of a pod that serves HTTP."""
    return ["python3", "-c", HTTP % (address, port)]


def echo_server(port: int) -> list[str]:
    """The command of a pod that sends back what it receives by UDP."""
    return ["python3", "-c", ECHO % port]


def http_server_with(option: str, value: int, port: int = PORT) -> list[str]:
    """A server that answers each request with 200, on a socket with an option of level SOL_SOCKET."""
    return ["python3", "-c", WITH_OPTION % (option, value, port)]


def pod(
    name: str,
    node: str = "node-2",
    command: list[str] | None = None,
    port: int = PORT,
    container: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """A pod that serves HTTP on a port, or runs another command; container and spec add to what it says."""
    main = {
        "name": "app",
        "image": IMAGE_PYTHON,
        "imagePullPolicy": "IfNotPresent",
        "command": command or http_server(port),
        "ports": [{"name": "http", "containerPort": port}],
        **(container or {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {"app": name}},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [main], **spec},
    }


def service(name: str, app: str | None = "", port: int = 80, target: int | str = PORT, **spec: Any) -> dict[str, Any]:
    """A Service of the pods with label app (by default its own name); without a selector for app None."""
    selector = {} if app is None else {"selector": {"app": app or name}}
    ports = [{"name": "main", "port": port, "targetPort": target, "protocol": spec.pop("protocol", "TCP")}]
    if "nodePort" in spec:
        ports[0]["nodePort"] = spec.pop("nodePort")
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": spec.pop("namespace", "default")},
        "spec": {**selector, "ports": ports, **spec},
    }


def endpoints(of: str, *addresses: str, port: int = PORT) -> dict[str, Any]:
    """A slice that a person has written."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{of}-1", "namespace": "default", "labels": {"kubernetes.io/service-name": of}},
        "addressType": "IPv4",
        "ports": [{"name": "main", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}} for address in addresses],
    }


def serving(name: str, node: str = "node-2", **more: Any) -> Objects:
    """A pod that serves HTTP on 8080, and is Ready."""
    return Objects((pod(name, node, **more),), ready=(name,))


def pair(second: list[str] | None, first: list[str] | None = None) -> Objects:
    """A Service "pair" of two pods on 8080, one on each node, and their commands where they do not serve HTTP."""
    labels = {"app": "pair"}
    pods = (pod("pair-1", "node-1", first, labels=labels), pod("pair-2", command=second, labels=labels))
    return Objects((*pods, service("pair")), ready=("pair-1", "pair-2"))


def trio() -> Objects:
    """A Service "trio" of three pods, one on each of three nodes."""
    pods = tuple(pod(f"trio-{number}", f"node-{number}", labels={"app": "trio"}) for number in (1, 2, 3))
    return Objects((*pods, service("trio")), ready=("trio-1", "trio-2", "trio-3"))


def policy(app: str, **spec: Any) -> dict[str, Any]:
    """A NetworkPolicy "guarded" that selects the pods of an app."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "guarded", "namespace": "default"},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, **spec},
    }


def readiness(port: int, path: str = "/") -> dict[str, Any]:
    """A container's readiness probe over HTTP."""
    probe = {"httpGet": {"path": path, "port": port}, "periodSeconds": 1, "failureThreshold": 2}
    return {"readinessProbe": probe}


def host_port_pod(name: str = "edge-1", node: str = "node-1", port: int = 8088) -> Objects:
    """A pod that a node's own port leads to."""
    ports = {"ports": [{"name": "http", "containerPort": PORT, "hostPort": port}]}
    return Objects((pod(name, node, container=ports),), ready=(name,))


def old_endpoints(of: str, address: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """Endpoints that a person has written, which a controller mirrors to a slice where it may."""
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": of, "namespace": "default", "annotations": annotations or {}},
        "subsets": [{"addresses": [{"ip": address}], "ports": [{"name": "main", "port": PORT, "protocol": "TCP"}]}],
    }


def deployment(app: str, namespace: str, **of_pod: Any) -> dict[str, Any]:
    """A workload of one pod, on node-2 if nothing else is said; of_pod: see pod()."""
    labels = {"app": app}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod(app, **of_pod)["spec"]},
        },
    }


def webhook(namespace: str, policy: str = "Fail") -> dict[str, Any]:
    """A webhook without a program behind it that is asked about each new pod of a namespace."""
    there = {"kubernetes.io/metadata.name": namespace}
    hook = {
        "name": "pods.guard.example",
        "failurePolicy": policy,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 2,
        "namespaceSelector": {"matchLabels": there},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "clientConfig": {"service": {"name": "guard", "namespace": namespace, "path": "/"}},
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"guard-of-{namespace}"},
        "webhooks": [hook],
    }
