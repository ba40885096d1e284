# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's objects as the API server gives them: by name, by label, by field, and as a table. No network."""

from __future__ import annotations

import itertools
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError

JsonObject = dict[str, t.Any]
_PATH = re.compile(
    r"/(?:api|apis/[^/]+)/v1(?:/namespaces/(?P<namespace>[^/]+))?/(?P<resource>[a-z]+)(?:/(?P<name>.+))?"
)
_NAMESPACES = re.compile(r"/api/v1/namespaces/(?P<name>[^/]+)")


class StoredApi:
    """Answers get, list and table from cluster.json as it was when everything was read. given: how many objects."""

    def __init__(self, cluster: JsonObject) -> None:
        self._resources: dict[str, list[JsonObject]] = cluster["resources"]
        self._errors = {error["resource"]: error for error in cluster.get("errors") or []}
        self.version = cluster.get("version") or {}
        self.given: dict[str, int] = {}
        self.requests = 0
        self.received = 0

    def get(self, path: str, read_seconds: float | None = None, **query: t.Any) -> JsonObject:
        """One object, or a KubeError of kind not_found."""
        self.requests += 1
        if path == "/version":
            return self.version
        place = _NAMESPACES.fullmatch(path)
        resource, namespace, name = ("namespaces", "", place["name"]) if place else self._place(path)
        for item in self._items(resource, namespace):
            if item["metadata"]["name"] == name:
                self._count(resource, 1)
                return item
        raise KubeError("not_found", f"Cannot GET {path}: HTTP 404")

    def list(
        self,
        path: str,
        label_selector: str | None = None,
        field_selector: str | None = None,
        limit: int = 0,
        cached: bool = False,
        keep: t.Callable[[JsonObject], JsonObject] = lambda item: item,
    ) -> t.Iterator[JsonObject]:
        """Those that the selectors mean."""
        self.requests += 1
        resource, namespace, _name = self._place(path)
        wanted = dict(one.split("=", 1) for one in (label_selector or "").split(",") if one)
        for item in self._items(resource, namespace):
            labels = item["metadata"].get("labels") or {}
            if wanted.items() <= labels.items() and _fits(resource, item, field_selector):
                self._count(resource, 1)
                yield keep(item)

    def table(self, path: str) -> JsonObject:
        """As kubectl shows it."""
        self.requests += 1
        names = ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector")
        resource, namespace, _name = self._place(path)
        rows = [{"cells": _cells(item)} for item in self._items(resource, namespace)]
        return {"kind": "Table", "columnDefinitions": [{"name": name} for name in names], "rows": rows}

    def kube(self) -> Kube:
        """The same for the type checker."""
        return t.cast(Kube, self)

    @staticmethod
    def _place(path: str) -> tuple[str, str, str]:
        match = _PATH.fullmatch(path)
        assert match is not None, path
        return match["resource"], match["namespace"] or "", match["name"] or ""

    def _items(self, resource: str, namespace: str) -> t.Iterator[JsonObject]:
        if resource in self._errors:
            raise KubeError(self._errors[resource].get("kind") or "server", self._errors[resource]["text"])
        for item in self._resources.get(resource) or []:
            if not namespace or item["metadata"].get("namespace") == namespace:
                yield item

    def _count(self, resource: str, number: int) -> None:
        self.given[resource] = self.given.get(resource, 0) + number


def _cells(item: JsonObject) -> list[str]:
    spec = item.get("spec") or {}
    ingress = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    external = [*(spec.get("externalIPs") or []), *(one.get("ip") or one.get("hostname") for one in ingress)]
    ports = [
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol') or 'TCP'}"
        for port in spec.get("ports") or []
    ]
    return [
        item["metadata"]["name"],
        spec.get("type") or "ClusterIP",
        spec.get("clusterIP") or "<none>",
        spec.get("externalName") or ",".join(external) or "<none>",
        ",".join(ports) or "<none>",
        "1d",
        "<none>",
    ]


def _fits(resource: str, item: JsonObject, selector: str | None) -> bool:
    """Whether a field selector means an object; an unknown field is an error, as it is for the API server."""
    for one in (selector or "").split(","):
        match = re.fullmatch(r"([\w.]+)(!=|=)(.*)", one)
        if match is None:
            continue
        about = item.get("involvedObject") or item.get("regarding") or {}
        known = {
            "metadata.name": item["metadata"]["name"],
            **(
                {
                    "status.podIP": (item.get("status") or {}).get("podIP") or "",
                    "spec.nodeName": (item.get("spec") or {}).get("nodeName") or "",
                }
                if resource == "pods"
                else {}
            ),
            **(
                {"involvedObject.name": about.get("name"), "type": item.get("type"), "reason": item.get("reason")}
                if resource == "events"
                else {}
            ),
        }
        if (known[match[1]] == match[3]) != (match[2] == "="):
            return False
    return True


def crowd(number: int) -> dict[str, list[JsonObject]]:
    """So many pods, Services with a slice and policies in namespaces, and on nodes, that have nothing to do with us."""
    found: dict[str, list[JsonObject]] = {"pods": [], "services": [], "endpointslices": [], "networkpolicies": []}
    for one, kind in itertools.product(range(number), found):
        metadata = {"name": f"other-{one}", "namespace": f"other-{one % 97}", "labels": {"app": "other"}}
        address = f"100.{64 + one // 65536}.{one // 256 % 256}.{one % 256}"
        body: JsonObject = {"metadata": metadata, "spec": {}}
        if kind == "pods":
            body["spec"] = {"nodeName": f"other-node-{one % 89}"}
            body["status"] = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
        elif kind == "services":
            body["spec"] = {"clusterIP": address, "selector": {"app": "other"}, "ports": [{"port": 80}]}
        elif kind == "endpointslices":
            metadata["labels"] = {"kubernetes.io/service-name": f"other-{one}"}
        found[kind].append(body)
    return found
