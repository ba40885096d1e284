# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Looks at the targets outside our namespace once a minute: API servers, and what the configuration names.

A source may read only what its Roles name, so there is nothing to watch; and a look that fails changes nothing: what
was found before stays.
"""

from __future__ import annotations

import asyncio
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks import _targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import Group
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Extra, Targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api, JsonObject, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told, logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object import _names

POLL_SECONDS = 60.0
FIRST_SECONDS = 5.0  # after a look at which something could not be read, while it has never been
SECONDS_EACH = 3.0  # many extra targets are looked at less often
OPENSHIFT_PORT = 6443
Look = t.Callable[[], t.Awaitable[Group]]


class Discovery:
    """namespace: our own. changed: called when there is something new."""

    def __init__(self, api: Api, namespace: str, targets: Targets, changed: t.Callable[[], None]) -> None:
        self._api, self._changed = api, changed
        self._fixed: list[Group] = []
        if targets.target_service:
            self._fixed.append(_targets.target_service_group(namespace))
        self._fixed.append(_targets.load_balancer_group(targets.load_balancers))
        self._looks: dict[str, Look] = {}
        self._found: dict[str, Group] = {}
        self._told: dict[str, Told] = {}
        if targets.kubernetes:
            self._add_api_server(_names.KUBERNETES_SERVICE, _names.APISERVER_ENDPOINT, "default", "kubernetes", None)
        if targets.openshift:
            self._add_api_server(
                _names.APISERVER_SERVICE,
                _names.APISERVER_ENDPOINT,
                "openshift-kube-apiserver",
                "apiserver",
                OPENSHIFT_PORT,
            )
            self._add_api_server(
                _names.OPENSHIFT_APISERVER_SERVICE,
                _names.OPENSHIFT_APISERVER_ENDPOINT,
                "openshift-apiserver",
                "api",
                None,
            )
        for extra in targets.extra:
            self._add_extra(extra)

    def groups(self) -> list[Group]:
        """What is known now."""
        return [*self._fixed, *self._found.values()]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            failed = await self.look()
            never = failed and any(group.targets is None for group in self._found.values())
            interval = max(POLL_SECONDS, SECONDS_EACH * len(self._looks))
            await asyncio.sleep(max(FIRST_SECONDS, SECONDS_EACH * len(self._looks)) if never else interval)

    async def look(self) -> bool:
        """Look at everything once: whether something could not be read for a cause that may pass by itself."""
        failed = changed = False
        for prefix, look in self._looks.items():
            told = self._told[prefix]
            try:
                group = await look()
            except ApiError as exc:
                told.bad(f"Cannot look at {told.what}: {exc}", exc.group)
                failed = failed or exc.transient
                continue
            except (AttributeError, KeyError, TypeError, ValueError) as exc:
                told.bad(
                    f"Cannot look at {told.what}: the answer is not what it should be: {type(exc).__name__}:"
                    f" {one_line(exc)}"
                )
                continue
            told.good()
            if group != self._found[prefix]:
                for problem in group.waiting.values():
                    logger.warning("%s", problem)
                self._found[prefix] = group
                changed = True
        if changed:
            self._changed()
        return failed

    # -- what to look at ------------------------------------------------------------------------------------------
    def _add(self, unknown: Group, what: str, look: Look) -> None:
        if unknown.prefix in self._looks:
            logger.error("Two targets are called %s: only the first one is watched", unknown.prefix)
            return
        self._looks[unknown.prefix] = look
        self._found[unknown.prefix] = unknown
        self._told[unknown.prefix] = Told(f"Looking at {what}", what)

    def _add_api_server(
        self, service_label: str, endpoint_label: str, namespace: str, name: str, port: int | None
    ) -> None:
        async def service() -> Group:
            found = await self._maybe(f"/api/v1/namespaces/{namespace}/services/{name}")
            return _targets.service_group(service_label, namespace, name, found or {}, port)

        async def endpoints() -> Group:
            path = (
                f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
                f"?labelSelector=kubernetes.io%2Fservice-name%3D{name}"
            )
            slices: list[JsonObject] = []
            async for page in self._api.pages(path):
                slices += page.objects()
            return _targets.endpoint_group(endpoint_label, namespace, name, slices)

        self._add(_targets.service_group(service_label, namespace, name, None), f"Service {namespace}/{name}", service)
        self._add(
            _targets.endpoint_group(endpoint_label, namespace, name, None),
            f"EndpointSlices of {namespace}/{name}",
            endpoints,
        )

    def _add_extra(self, extra: Extra) -> None:
        kind, colon, rest = extra.target.partition(":")
        namespace, slash, name = rest.partition("/")
        if colon and slash and kind in ("pod", "service") and namespace and name:
            find = self._pod if kind == "pod" else self._service
            self._add(_targets.extra_group(extra, None), f"{kind} {rest}", lambda: find(extra, namespace, name))
            return
        host, port = _targets.split_endpoint(extra.target, extra.port)
        group = _targets.extra_group(extra, host, port)
        for problem in group.waiting.values():
            logger.error("Cannot watch %s: %s", extra.name, problem)
        self._fixed.append(group)

    async def _pod(self, extra: Extra, namespace: str, name: str) -> Group:
        found = await self._maybe(f"/api/v1/namespaces/{segment(namespace)}/pods/{segment(name)}")
        status = (found or {}).get("status") or {}
        address = str(status.get("podIP") or "") if status.get("phase") not in ("Succeeded", "Failed") else ""
        problem = f"The pod {namespace}/{name} has no address" if found else f"There is no pod {namespace}/{name}"
        return _targets.extra_group(extra, address, problem="" if address else problem)

    async def _service(self, extra: Extra, namespace: str, name: str) -> Group:
        found = await self._maybe(f"/api/v1/namespaces/{segment(namespace)}/services/{segment(name)}")
        if found is None:
            return _targets.extra_group(extra, "", problem=f"There is no Service {namespace}/{name}")
        spec = found.get("spec") or {}
        address = spec.get("clusterIP") or ""
        if address in ("", "None"):
            address = f"{name}.{namespace}.svc"
        ports = [int(port["port"]) for port in spec.get("ports") or ()]
        return _targets.extra_group(extra, str(address), ports[0] if ports else None)

    async def _maybe(self, path: str) -> JsonObject | None:
        try:
            return await self._api.get(path)
        except ApiError as exc:
            if exc.kind != "missing":
                raise
            return None
