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
PLACES = (
    *("secret", "configmap", "environment", "annotation", "label", "argument", "nodeannotation", "serviceannotation"),
    *("nicfile", "netplan", "networkd", "ifupdown", "proxy", "become", "sink"),
)
# Files of a node that hold a secret, as those who manage its NICs write them: place, path, text.
NIC_FILES = (
    (
        "nicfile",
        "/etc/NetworkManager/system-connections/weather.nmconnection",
        "[connection]\nid=weather\ntype=wifi\n[wifi-security]\npsk={}\n",
    ),
    (
        "netplan",
        "/etc/netplan/90-weather.yaml",
        "network:\n  wifis:\n    weather0:\n      access-points:\n        weather:\n          password: {}\n",
    ),
    (
        "networkd",
        "/etc/systemd/network/90-weather.netdev",
        "[NetDev]\nName=weather1\nKind=wireguard\n[WireGuard]\nPrivateKey={}\n",
    ),
    ("ifupdown", "/etc/network/interfaces.d/weather", "iface weather2 inet manual\n    wpa-psk {}\n"),
)


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
        "metadata": {
            **metadata,
            "annotations": {"weather.example/key": word("annotation")},
            "labels": {"weather.example/key": word("label")},
        },
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
    service: Json = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**metadata, "annotations": {"weather.example/key": word("serviceannotation")}},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "nobody"}},
    }
    with lab.objects(secret, config, pod, service, wait=""):
        for node in lab.nodes:
            lab.kubectl("annotate", "--overwrite", "node", node, f"weather.example/key={word('nodeannotation')}")
            for place, path, text in NIC_FILES:
                made = f"mkdir -p $(dirname {path}); cat > {path}; chmod 600 {path}"
                lab.lab("exec", node, "--", "sh", "-c", made, stdin=text.format(word(place)))
        try:
            yield
        finally:
            for node in lab.nodes:
                lab.kubectl("annotate", "node", node, "weather.example/key-", check=False)
                lab.shell(node, "rm -f " + " ".join(path for _place, path, _text in NIC_FILES), check=False)


def found(lab: Lab, folder: pathlib.Path, output: str) -> list[str]:
    """Where a planted secret, or a key of the kubeconfig, stands in what a run wrote and printed."""
    words = {place: word(place) for place in PLACES}
    words["key of the kubeconfig"] = str(_user(lab.kubeconfig)["client-key-data"])[:60]
    token = _user(folder / "kubeconfig").get("token")
    if token:
        words["token of the kubeconfig"] = str(token)
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


def _user(kubeconfig: pathlib.Path) -> Json:
    """Who a kubeconfig is for; nobody where a case has none of its own, or a bad one."""
    try:
        user: Json = json.loads(kubeconfig.read_text())["users"][0]["user"]
    except (OSError, ValueError):
        return {}
    return user


def _has(data: bytes, text: str) -> bool:
    return any(spelling in data for spelling in _spellings(text.encode()))


def _spellings(text: bytes) -> Iterator[bytes]:
    """As it is, and as it stands within the base64 of something longer, wherever it begins there."""
    yield text
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text)
        # What is shared with the bytes around it says nothing.
        yield coded[(0, 2, 3)[before] : len(coded) - (0, 3, 2)[(before + len(text)) % 3]]
