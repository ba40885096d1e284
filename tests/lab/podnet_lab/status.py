# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab is and how its nodes are."""

from __future__ import annotations

import json
from typing import Any

from .config import IMAGE_AGENT, IMAGE_PYTHON, POD_CIDR, SERVICE_CIDR, Lab
from .errors import LabError
from .operator import kubectl
from .state import is_up, load


def _ready(thing: dict[str, Any]) -> bool:
    conditions = thing.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _items(lab: Lab, *what: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(kubectl(lab, "get", *what, "-o", "json"))["items"]
    return items


def nodes(lab: Lab) -> list[dict[str, Any]]:
    """Every node with its address, its pod CIDR and whether it is Ready."""
    found = []
    for node in _items(lab, "nodes"):
        addresses = {a["type"]: a["address"] for a in node["status"].get("addresses", [])}
        found.append(
            {
                "name": node["metadata"]["name"],
                "address": addresses.get("InternalIP"),
                "pod_cidr": node["spec"].get("podCIDR"),
                "ready": _ready(node),
            }
        )
    return found


def ready_pods(lab: Lab) -> tuple[int, list[str]]:
    """How many pods are Ready, and the names of those that are not."""
    pods = _items(lab, "pods", "--all-namespaces")
    waiting = [p["metadata"]["name"] for p in pods if not _ready(p)]
    return len(pods) - len(waiting), waiting


def remains(lab: Lab) -> list[str]:
    """What is there of a lab that is not up: how far its boot came, and its hosts."""
    state = load(lab)
    if state is None:
        return []
    found = [] if state.complete else ["its boot did not come to the end"]
    for name, host in state.hosts.items():
        found.append(f"{name}: process {host.pid} {'runs' if host.alive() else 'is dead'}")
    return found


def status(lab: Lab) -> dict[str, Any]:
    """The status as `lab status --json` prints it."""
    up = is_up(lab)
    try:
        listed = nodes(lab) if up else []
    except LabError:
        up, listed = False, []
    return {
        "up": up,
        "kubeconfig": str(lab.kubeconfig),
        "image": IMAGE_PYTHON,
        "agent_image": IMAGE_AGENT,
        "service_cidr": SERVICE_CIDR,
        "pod_cidr": POD_CIDR,
        "nodes": listed,
    }
