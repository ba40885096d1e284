# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is broken in a drill on a cluster: objects of our own, in a namespace of their own, and what is true of them.

Each of them is wrong from the beginning: nothing that somebody else has made is ever changed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

CLIENT, SERVER = "drill-client", "drill-server"
PORT, SERVICE_PORT = 8080, 80
MANAGED_BY, KIND = "app.kubernetes.io/managed-by", "podnet.diagnostics/kind"
LABELS = {MANAGED_BY: "podnet.diagnostics", KIND: "drill"}
_SERVE = ("python3", "-m", "http.server", str(PORT), "--directory", "/tmp")


@dataclasses.dataclass(frozen=True)
class Exercise:
    """A fault to be found. finding: the id that names it; also: ids that are as true; about: the truth in one line."""

    name: str
    about: str
    finding: str
    source: str
    destination: str
    port: int | None = None
    protocol: str = "tcp"
    also: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """For a result of Ansible."""
        return {**dataclasses.asdict(self), "also": list(self.also)}


@dataclasses.dataclass(frozen=True)
class Broken:
    """How the objects of one exercise differ from those that work. runs: "ready" or "running" pods are waited for,
    "waiting" for a container that cannot start, "" for none."""

    about: str
    finding: str
    runs: str = "ready"
    also: tuple[str, ...] = ()
    command: tuple[str, ...] = _SERVE
    path: str = ""
    replicas: int = 1
    selector: str = SERVER
    service_port: int = SERVICE_PORT
    target_port: int = PORT
    image_suffix: str = ""


BROKEN: dict[str, Broken] = {
    "selector": Broken(
        "The selector of the Service matches no pod", "service-selector-mismatch", selector="drill-servre"
    ),
    "target-port": Broken(
        "The Service sends to a port on which its pods do not listen", "service-target-port-mismatch", target_port=8081
    ),
    "service-port": Broken(
        "The Service does not offer the port that is asked for", "service-port-missing", service_port=8000
    ),
    "silent": Broken(
        "The program in the pod has not opened its port", "port-not-listening", command=("sleep", "86400")
    ),
    "loopback": Broken(
        "The program in the pod listens on 127.0.0.1 alone",
        "port-listening-on-loopback",
        command=(*_SERVE, "--bind", "127.0.0.1"),
    ),
    "readiness": Broken(
        "The readiness probe asks a path that the program does not know",
        "readiness-probe-failing",
        runs="running",
        path="/healthz",
    ),
    "no-replicas": Broken("The Deployment has no replicas", "service-no-endpoints", runs="", replicas=0),
    "image": Broken(
        "The image of the container does not exist",
        "container-not-ready",
        runs="waiting",
        also=("pod-not-ready",),
        image_suffix="-drill-nosuch",
    ),
}


def exercise(name: str, namespace: str) -> Exercise:
    """What is asked, and what is true."""
    broken = BROKEN[name]
    source, destination = f"pod:{namespace}/{CLIENT}", f"service:{namespace}/{SERVER}"
    return Exercise(name, broken.about, broken.finding, source, destination, SERVICE_PORT, also=broken.also)


def manifests(name: str, namespace: str, image: str, pull_policy: str) -> list[JsonObject]:
    """Every object of an exercise but its namespace, in the order in which they are made."""
    broken = BROKEN[name]
    client = _container(image, pull_policy, ("sleep", "86400"))
    server = _container(f"{image}{broken.image_suffix}", pull_policy, broken.command)
    server["ports"] = [{"name": "http", "containerPort": PORT}]
    if broken.path:
        server["readinessProbe"] = {"httpGet": {"path": broken.path, "port": PORT}, "periodSeconds": 1}
    template = {"metadata": {"labels": {**LABELS, "app": SERVER}}, "spec": _pod_spec(server)}
    return [
        _object("v1", "Pod", CLIENT, namespace, _pod_spec(client)),
        _object(
            "apps/v1",
            "Deployment",
            SERVER,
            namespace,
            {"replicas": broken.replicas, "selector": {"matchLabels": {"app": SERVER}}, "template": template},
        ),
        _object(
            "v1",
            "Service",
            SERVER,
            namespace,
            {
                "selector": {"app": broken.selector},
                "ports": [{"name": "http", "port": broken.service_port, "targetPort": broken.target_port}],
            },
        ),
    ]


def namespace_manifest(namespace: str) -> JsonObject:
    """The namespace of a drill; with it goes everything that was made."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": dict(LABELS)}}


def _object(api_version: str, kind: str, name: str, namespace: str, spec: JsonObject) -> JsonObject:
    metadata = {"name": name, "namespace": namespace, "labels": {**LABELS, "app": name}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _pod_spec(container: JsonObject) -> JsonObject:
    """A pod that every cluster takes (Pod Security level restricted)."""
    security = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": security,
        "containers": [container],
    }


def _container(image: str, pull_policy: str, command: tuple[str, ...]) -> JsonObject:
    return {
        "name": "main",
        "image": image,
        "imagePullPolicy": pull_policy,
        "command": list(command),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
