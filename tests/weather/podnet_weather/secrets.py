# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are planted all over the cluster, and searched in everything that a run writes and prints."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import pathlib
from collections.abc import Iterator

from .lab import Json, Lab

# A word for each place, so that a find says where it came from.
PLACES = ("secret", "configmap", "environment", "annotation", "argument", "nicfile", "token")
NIC_FILE = "/etc/NetworkManager/system-connections/weather.nmconnection"


def word(place: str) -> str:
    """What is planted in a place."""
    return f"planted-{place}-7f3a9c51"


@contextlib.contextmanager
def planted(lab: Lab) -> Iterator[None]:
    """All of them are there inside the block."""
    metadata = {"name": "weather-planted", "namespace": "default"}
    secret: Json = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a": word("secret")}}
    config: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": word("configmap")}}
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "annotations": {"weather.example/key": word("annotation")}},
        "spec": {
            "nodeName": lab.nodes[0],
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "app",
                    "image": lab.image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-c", "sleep infinity", word("argument")],
                    "env": [{"name": "PASSWORD", "value": word("environment")}],
                }
            ],
        },
    }
    file = f"[connection]\nid=weather\ntype=wifi\n[wifi-security]\npsk={word('nicfile')}\n"
    with lab.objects(secret, config, pod, wait=""):
        for node in lab.nodes:
            lab.shell(node, f"mkdir -p $(dirname {NIC_FILE}); printf '{file}' > {NIC_FILE}; chmod 600 {NIC_FILE}")
        try:
            yield
        finally:
            for node in lab.nodes:
                lab.shell(node, f"rm -f {NIC_FILE}", check=False)


def found(lab: Lab, folder: pathlib.Path, output: str) -> list[str]:
    """Where a planted secret, or a key of the kubeconfig, stands in what a run wrote and printed."""
    user = json.loads(lab.kubeconfig.read_text())["users"][0]["user"]
    words = {place: word(place) for place in PLACES}
    words["kubeconfig"] = str(user["client-key-data"])[:60]
    problems = [f"the output has the {place}" for place, text in words.items() if _has(output.encode(), text)]
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "kubeconfig":
            continue
        data = path.read_bytes()
        if path.suffix == ".gz":
            with contextlib.suppress(OSError, EOFError):
                data = gzip.decompress(data)
        problems += [f"{path.name} has the {place}" for place, text in words.items() if _has(data, text)]
    return problems


def _has(data: bytes, text: str) -> bool:
    return text.encode() in data or base64.b64encode(text.encode())[:-4] in data
