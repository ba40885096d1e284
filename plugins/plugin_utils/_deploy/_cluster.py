# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What kind of cluster it is, as far as the deployment depends on it: OpenShift, its load balancers, the namespace."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._endpoints import endpoint_problem
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    MANAGER,
    annotations_of,
    labels_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import (
    CREATED_BY,
    OPENSHIFT_SERVICES,
    POD_SECURITY,
    Platform,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._options import DeployOptions

_INFRASTRUCTURE = "/apis/config.openshift.io/v1/infrastructures/cluster"
_CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
_SERVER = re.compile(r"^\s*server:\s*[\"']?(\S+?)[\"']?\s*$", re.MULTILINE)


def read_platform(kube: Kube) -> Platform:
    """Whether this is OpenShift, from the API groups that it serves. Raises KubeError."""
    groups = {str(group.get("name")) for group in kube.get("/apis").get("groups") or []}
    if "security.openshift.io" not in groups:
        return Platform()
    there = tuple(name for name in OPENSHIFT_SERVICES if _exists(kube, f"/api/v1/namespaces/{name}"))
    return Platform(True, there)


def _exists(kube: Kube, path: str) -> bool:
    try:
        kube.get(path)
    except KubeError as exc:
        if exc.kind in ("not_found", "forbidden"):
            return False
        raise
    return True


# -- namespace -----------------------------------------------------------------------------------------------------
def is_our_namespace(namespace: JsonObject) -> bool:
    """Whether the namespace was made by us, and may be changed and removed."""
    return annotations_of(namespace).get(CREATED_BY) == MANAGER


def namespace_problem(namespace: JsonObject, allow_unrestricted: bool) -> str:
    """Why the checks cannot live in a namespace that somebody else has made; empty if they can."""
    name = namespace["metadata"]["name"]
    if is_our_namespace(namespace) or allow_unrestricted:
        return ""
    level = labels_of(namespace).get(f"{POD_SECURITY}/enforce")
    if level == "restricted":
        return ""
    has = f"has {POD_SECURITY}/enforce={level}" if level else f"has no label {POD_SECURITY}/enforce"
    return (
        f"the namespace {name} exists, was not made by this collection, and {has}. Label it with restricted, choose"
        " another one, or set allow_unrestricted_namespace to use it as it is"
    )


# -- what is named in the options ----------------------------------------------------------------------------------
def missing_objects(kube: Kube, options: DeployOptions) -> list[str]:
    """Targets and Secrets that are not there, as sentences. They may come later, so that is no error; what may not be
    read is taken to be there.
    """
    found = []
    for item in options.extra:
        kind, colon, place = str(item["target"]).partition(":")
        namespace, slash, name = place.partition("/")
        if (
            colon
            and slash
            and kind in ("pod", "service")
            and not _seen(kube.get, f"{_core(namespace)}/{kind}s/{segment(name)}")
        ):
            found.append(
                f"The target {item['name']} has no results until there is a {kind} {name} in namespace {namespace}"
            )
    for name in options.tls_secrets:
        if not _seen(kube.metadata, f"{_core(options.namespace)}/secrets/{segment(name)}"):
            found.append(
                f"The Secret {name} does not exist in namespace {options.namespace}: its checks are not probed until it"
                " does"
            )
    return found


def _core(namespace: str) -> str:
    return f"/api/v1/namespaces/{segment(namespace)}"


def _seen(read: t.Callable[[str], JsonObject], path: str) -> bool:
    try:
        read(path)
    except KubeError as exc:
        if exc.kind == "not_found":
            return False
        if exc.kind != "forbidden":
            raise
    return True


# -- load balancers ------------------------------------------------------------------------------------------------
def find_load_balancers(kube: Kube, options: DeployOptions, warnings: list[str]) -> list[JsonObject]:
    """The given ones, then those that the cluster itself names. A given name or endpoint is not found once more."""
    found = list(options.load_balancers)
    candidates: list[JsonObject] = []
    if options.discover_load_balancers:
        candidates += _api_load_balancers(kube)
    for namespace in options.load_balancer_namespaces:
        try:
            for service in kube.list(f"/api/v1/namespaces/{namespace}/services"):
                candidates += service_load_balancers(service, warnings)
        except KubeError as exc:
            warnings.append(f"Load balancers in namespace {namespace} are not known: {exc}")
    for candidate in candidates:
        if not any(candidate["name"] == item["name"] or candidate["endpoint"] == item["endpoint"] for item in found):
            found.append(candidate)
    return found


def _api_load_balancers(kube: Kube) -> t.Iterator[JsonObject]:
    """What OpenShift or kubeadm have written down about the addresses before the API servers."""
    infrastructure = _read(kube, _INFRASTRUCTURE)
    if infrastructure:
        status = infrastructure.get("status") or {}
        for name, key in (("api-external", "apiServerURL"), ("api-internal", "apiServerInternalURI")):
            endpoint = url_endpoint(str(status.get(key) or ""))
            if endpoint:
                yield {"name": name, "endpoint": endpoint}
        return
    info = _read(kube, _CLUSTER_INFO)
    match = _SERVER.search(str(((info or {}).get("data") or {}).get("kubeconfig") or ""))
    endpoint = url_endpoint(match.group(1)) if match else ""
    if endpoint and endpoint not in _api_endpoints(kube):
        yield {"name": "api-internal", "endpoint": endpoint}


def _api_endpoints(kube: Kube) -> set[str]:
    """The API servers themselves: what leads to one of them directly is no load balancer."""
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    try:
        return {
            join(address, int(port.get("port") or 0))
            for found in kube.list(slices, label_selector="kubernetes.io/service-name=kubernetes")
            for endpoint in found.get("endpoints") or []
            for address in endpoint.get("addresses") or []
            for port in found.get("ports") or []
        }
    except KubeError:
        return set()


def _read(kube: Kube, path: str) -> JsonObject | None:
    """An object that need not be there, nor be readable."""
    try:
        return kube.get(path)
    except KubeError as exc:
        if exc.kind in ("not_found", "forbidden"):
            return None
        raise


def url_endpoint(url: str) -> str:
    """host:port of a URL; empty where that is no endpoint that pods could reach."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    host = parts.hostname or ""
    if not host or not port or host == "localhost" or host.startswith("127.") or host == "::1":
        return ""
    endpoint = join(host, port)
    return "" if endpoint_problem(endpoint) else endpoint


def service_load_balancers(service: JsonObject, warnings: list[str]) -> t.Iterator[JsonObject]:
    """The TCP endpoints of a Service of type LoadBalancer: name NAMESPACE-NAME, further ones with -PORT and the
    address.
    """
    metadata, spec = service["metadata"], service.get("spec") or {}
    if spec.get("type") != "LoadBalancer":
        return
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    hosts = [str(entry.get("ip") or entry.get("hostname") or "") for entry in ingress]
    if not any(hosts):
        warnings.append(f"The load balancer of Service {metadata['namespace']}/{metadata['name']} has no address yet")
    base = f"{metadata['namespace']}-{metadata['name']}"
    ports = [int(port["port"]) for port in spec.get("ports") or [] if port.get("protocol", "TCP") == "TCP"]
    for place, host in enumerate(filter(None, hosts)):
        for index, port in enumerate(ports):
            name = (
                base + (f"-{port}" if index else "") + (f"-{re.sub('[^a-z0-9]+', '-', host.lower())}" if place else "")
            )
            # Nobody knows what speaks there.
            yield {"name": name[:63].strip("-."), "endpoint": join(host, port), "tls": False}
