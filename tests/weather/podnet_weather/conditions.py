# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weather of the cases: each a context manager that makes it and mends it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from .lab import LAB, Json, Lab

PROXY = pathlib.Path(__file__).resolve().parent / "proxy.py"
AGENTS = "podnet-diagnostics"
_port = 16443


# -- kubeconfigs -----------------------------------------------------------------------------------------------
def kubeconfig(lab: Lab, path: pathlib.Path, server: str = "", **user: str) -> str:
    """A copy of the lab's kubeconfig with another server or another user."""
    config = json.loads(lab.kubeconfig.read_text())
    if server:
        config["clusters"][0]["cluster"]["server"] = server
        if server.startswith("http:"):
            config["clusters"][0]["cluster"].pop("certificate-authority-data")
    if user:
        config["users"][0]["user"] = user
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return str(path)


def server_at(url: str) -> Any:
    """Runs are told another server."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", url)}

    return around


def config_text(text: str) -> Any:
    """Runs are told a file with this in it."""

    @contextlib.contextmanager
    def around(_lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        (folder / "kubeconfig").write_text(text)
        yield {"podnet_kubeconfig": str(folder / "kubeconfig")}

    return around


@contextlib.contextmanager
def wrong_token(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """A token that the API does not know."""
    yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", token="planted-token-of-nobody")}


@contextlib.contextmanager
def foreign_certificate(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """An authority that did not sign the server's certificate."""
    config = json.loads(lab.kubeconfig.read_text())
    lab.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=nobody",
        "-keyout",
        str(folder / "key"),
        "-out",
        str(folder / "crt"),
    )
    data = base64.b64encode((folder / "crt").read_bytes()).decode()
    config["clusters"][0]["cluster"]["certificate-authority-data"] = data
    (folder / "kubeconfig").write_text(json.dumps(config))
    yield {"podnet_kubeconfig": str(folder / "kubeconfig")}


def proxied(mode: str) -> Any:
    """A server between the run and the API."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        global _port
        _port += 1
        command = [sys.executable, str(PROXY), str(_port), mode, str(lab.kubeconfig), str(folder / "mark")]
        with subprocess.Popen(
            [str(LAB), "run", "--", *command],
            env=lab.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert process.stdout is not None and process.stdout.readline() == "ready\n"
                yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", f"http://127.0.0.1:{_port}")}
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    return around


# -- rights ----------------------------------------------------------------------------------------------------
READ = "pods,nodes,services,events,endpointslices.discovery.k8s.io,daemonsets.apps,deployments.apps"


def allowed(*rules: tuple[str, str]) -> Any:
    """A service account with these verbs on these resources, everywhere."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        name = "weather-narrow"
        lab.kubectl("create", "serviceaccount", name, "-n", "default", check=False)
        items: list[Json] = []
        for verbs, resources in rules:
            for resource in resources.split(","):
                plural, _dot, group = resource.partition(".")
                items.append({"apiGroups": [group], "resources": [plural], "verbs": verbs.split(",")})
        role = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": items,
        }
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
        }
        with lab.objects(role, binding):
            token = lab.kubectl("create", "token", name, "-n", "default").strip()
            yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", token=token)}

    return around


# -- pods ------------------------------------------------------------------------------------------------------
def pod(lab: Lab, name: str, node: str = "node-2", **container: Any) -> Json:
    """A pod of the lab's image."""
    spec = {"name": "app", "image": lab.image, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": container.pop("restart", "Always"),
            "initContainers": container.pop("init", []),
            "containers": [{**spec, **container}],
        },
    }


def end(which: str, name: str, state: str, node: str = "node-2", **container: Any) -> Any:
    """An end of the diagnosis that is in a state. state: what its status has to say before the run starts."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.objects(pod(lab, name, node, **container)):
            lab.until(
                f"{name} is {state}",
                lambda: state in lab.kubectl("get", "pod", name, "-n", "default", "-o", "json", check=False),
                120,
            )
            time.sleep(1)
            port = {} if which == "source" else {"diagnose_port": 8080}
            yield {f"diagnose_{which}": f"pod:default/{name}", **port}

    return around


# -- cluster ---------------------------------------------------------------------------------------------------
def namespace_with(labels: Json, *manifests: Json) -> Any:
    """The agents go to a namespace of this kind."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        name = "weather-agents"
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        placed = [{**item, "metadata": {**item["metadata"], "namespace": name}} for item in manifests]
        with lab.objects(space, *placed):
            yield {"node_agent_namespace": name}

    return around


@contextlib.contextmanager
def refusing_webhook(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """An admission webhook that is asked about every pod and that nobody serves."""
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "weather-refuses"},
        "webhooks": [
            {
                "name": "refuses.weather.example",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 1,
            }
        ],
    }
    with lab.objects(hook):
        time.sleep(1)
        yield {}


@contextlib.contextmanager
def going_namespace(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """A namespace that is being deleted, and that something keeps."""
    name = "weather-going"
    keeper = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "keeper", "namespace": name, "finalizers": ["weather.example/keep"]},
    }
    lab.kubectl("create", "namespace", name)
    try:
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(keeper))
        lab.kubectl("delete", "namespace", name, "--wait=false")
        yield {"node_agent_namespace": name}
    finally:
        patch = '{"metadata":{"finalizers":null}}'
        lab.kubectl("patch", "configmap", "keeper", "-n", name, "--type=merge", "-p", patch, check=False)
        lab.until("it is gone", lambda: name not in lab.kubectl("get", "namespaces"), 60)


# -- nodes -----------------------------------------------------------------------------------------------------
def frozen(host: str, name: str) -> Any:
    """A daemon that does nothing for the whole run."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.stopped(host, name):
            yield {}
        lab.until(f"{host} is Ready", lambda: host == "controller" or lab.node_ready(host), 90)

    return around


def not_ready(node: str) -> Any:
    """A kubelet that has been silent for so long that Kubernetes calls its node NotReady."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.stopped(node, "kubelet"):
            lab.until(f"{node} is NotReady", lambda: not lab.node_ready(node), 120)
            yield {}
        lab.until(f"{node} is Ready", lambda: lab.node_ready(node), 90)

    return around


@contextlib.contextmanager
def cut_off(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """A node without its network: as dead as can be seen."""
    lab.exec("node-2", "ip", "link", "set", "eth0", "down")
    try:
        yield {"diagnose_destination": "pod:default/client-2", "diagnose_port": ""}
    finally:
        lab.exec("node-2", "ip", "link", "set", "eth0", "up")
        lab.shell("node-2", "ip route replace default via 192.0.2.1 2>/dev/null", check=False)
        lab.until("node-2 is Ready", lambda: lab.node_ready("node-2"), 120)


def prepared(host: str, script: str, mend: str, **variables: Any) -> Any:
    """A host on which a script was run, and after the run another that mends it."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.shell(host, script)
        try:
            yield variables
        finally:
            lab.shell(host, mend, check=False)

    return around


def kubectl_around(before: list[str], after: list[str], **variables: Any) -> Any:
    """Something that kubectl does before the run and undoes after it."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.kubectl(*before)
        try:
            yield variables
        finally:
            lab.kubectl(*after, check=False)

    return around


def injected(fault: str, **variables: Any) -> Any:
    """A fault of the lab."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.lab("fault", "inject", fault)
        try:
            yield variables
        finally:
            lab.lab("fault", "heal", fault)

    return around


# -- disks -----------------------------------------------------------------------------------------------------
def small_disk(size: str, *options: str) -> Any:
    """The bundle on a disk of this size."""

    @contextlib.contextmanager
    def around(_lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        disk = folder / "disk"
        disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}", *options)), "tmpfs", str(disk)], check=True
        )
        try:
            yield {"diagnose_bundle_dir": str(disk / "bundle")}
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)

    return around
