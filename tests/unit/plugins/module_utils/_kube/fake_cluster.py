# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's objects behind the small API server: read, listed by labels and fields, applied, deleted, and rights."""

from __future__ import annotations

import copy
import re
import typing as t

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Json,
    Reply,
    Request,
    items,
    refusal,
)

_PATH = re.compile(
    r"(?P<root>/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?"
)
CHECKS = "/apis/controlplane.operator.openshift.io/v1alpha1"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class FakeCluster:
    """Objects by path. denied: what the user may not do, as (verb, resource), or (verb, resource, namespace)."""

    def __init__(self, api: ApiServer) -> None:
        self.objects: dict[str, Json] = {}
        self.denied: set[tuple[str, ...]] = set()
        self.groups: list[str] = ["apps"]
        self.written: list[tuple[str, str]] = []
        self.served = True
        self.on_apply: t.Callable[[str, Json], None] = lambda path, found: None
        self.api = api
        self._number = 0
        api.otherwise(self._serve)
        self.put("/api/v1/namespaces/default", {"kind": "Namespace"})

    def put(self, path: str, found: Json) -> Json:
        """An object that is there."""
        match = _PATH.fullmatch(path)
        assert match is not None, path
        self._number += 1
        metadata = {
            "uid": f"uid-{self._number}",
            "resourceVersion": str(self._number),
            "name": path.rpartition("/")[2],
            "creationTimestamp": "2026-01-31T12:00:00Z",
            **found.get("metadata", {}),
        }
        if match["namespace"]:
            metadata["namespace"] = match["namespace"]
        self.objects[path] = {**found, "metadata": metadata}
        return self.objects[path]

    def paths(self, part: str = "") -> list[str]:
        """Of what is there."""
        return sorted(path for path in self.objects if part in path)

    # -- requests ------------------------------------------------------------------------------------------------
    def _serve(self, request: Request) -> Reply:
        if request.path == "/apis":
            return Reply(200, {"groups": [{"name": name} for name in self.groups]})
        if request.path == REVIEWS:
            return self._review(t.cast(Json, request.body))
        match = _PATH.fullmatch(request.path)
        if match is None or (request.path.startswith(CHECKS) and not self.served):
            return refusal(404, "the server could not find the requested resource")
        verb = {
            "GET": "get" if match["name"] else "list",
            "POST": "create",
            "PATCH": "patch",
            "DELETE": "delete" if match["name"] else "deletecollection",
        }[request.method]
        if self._is_denied(verb, match["plural"], match["namespace"] or ""):
            return refusal(403, f'{match["plural"]} is forbidden: User "u" cannot {verb} resource "{match["plural"]}"')
        if request.method == "GET":
            return self._get(request.path) if match["name"] else items(*self._listed(request, match))
        if request.method == "DELETE":
            return self._delete(request, match)
        return self._write(request, match)

    def _is_denied(self, verb: str, resource: str, namespace: str) -> bool:
        return (verb, resource) in self.denied or (verb, resource, namespace) in self.denied

    def _review(self, review: Json) -> Reply:
        asked = review["spec"]["resourceAttributes"]
        allowed = not self._is_denied(asked["verb"], asked["resource"], asked.get("namespace", ""))
        return Reply(201, {**review, "status": {"allowed": allowed}})

    def _get(self, path: str) -> Reply:
        return Reply(200, self.objects[path]) if path in self.objects else refusal(404, f"{path} not found")

    def _listed(self, request: Request, match: t.Match[str]) -> list[Json]:
        inside = re.compile(
            re.escape(match["root"])
            + (f"/namespaces/{match['namespace']}" if match["namespace"] else r"(/namespaces/[^/]+)?")
            + f"/{match['plural']}/[^/]+"
        )
        wanted = [pair.split("=") for pair in (request.first("labelSelector") or "").split(",") if pair]
        return [
            found
            for path, found in sorted(self.objects.items())
            if inside.fullmatch(path)
            and all(found["metadata"].get("labels", {}).get(key) == value for key, value in wanted)
        ]

    def _delete(self, request: Request, match: t.Match[str]) -> Reply:
        if match["name"]:
            if request.path not in self.objects:
                return refusal(404, "not found")
            gone = [request.path]
            if match["plural"] == "namespaces":
                gone += self.paths(f"/namespaces/{match['name']}/")
        else:
            gone = [path for path, found in self.objects.items() if found in self._listed(request, match)]
        for path in gone:
            del self.objects[path]
        self.written.append(("DELETE", request.path))
        return Reply(200, {})

    def _write(self, request: Request, match: t.Match[str]) -> Reply:
        body = copy.deepcopy(t.cast(Json, request.body))
        path = request.path if match["name"] else f"{request.path}/{body['metadata']['name']}"
        if match["namespace"] and f"/api/v1/namespaces/{match['namespace']}" not in self.objects:
            return refusal(404, f'namespaces "{match["namespace"]}" not found')
        found = copy.deepcopy(self.objects.get(path, {}))
        kept = {key: found["metadata"][key] for key in ("uid", "creationTimestamp") if found}
        if found and _same(found, body):
            return Reply(200, found)
        merged = {**found, **body, "metadata": {**body["metadata"], **kept}}
        if request.first("dryRun"):
            return Reply(200, merged)
        self.written.append((request.method, path))
        self.on_apply(path, self.put(path, merged))
        return Reply(200, self.objects[path])


def _same(found: Json, body: Json) -> bool:
    """Whether applying would change nothing."""
    return all(
        _same(found[key], value)
        if isinstance(value, dict) and isinstance(found.get(key), dict)
        else found.get(key) == value
        for key, value in body.items()
    )
