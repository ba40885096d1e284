# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a source watches: targets from the pods, Services, EndpointSlices and the configuration. Pure.

Labels and order are OpenShift's (cluster-network-operator, pkg/controller/connectivitycheck); targets that are not
ready are watched all the same, because they are the ones of which people want to know.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Extra, LoadBalancer
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import Pod, target_pods
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object import _names
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join

JsonObject = dict[str, t.Any]
TARGET_SERVICE = "network-check-target"
TARGET_SERVICE_PORT = 80
TARGET_PORT = 8080
NODE_PREFIX = "node/"


@dataclasses.dataclass(frozen=True)
class Target:
    """One thing to watch. label, target, node, identity: as in _names.Wish. host, port: where it listens; expect: the
    annotation podnet.diagnostics/expect, None for no HTTP; tls_secret: with the client certificate, empty for none.
    """

    __slots__ = ("expect", "host", "identity", "label", "node", "port", "target", "tls", "tls_secret")
    label: str
    target: str
    node: bool
    identity: str
    host: str
    port: int
    expect: str | None
    tls: bool
    tls_secret: str

    @property
    def endpoint(self) -> str:
        return join(self.host, self.port)


class Group(t.NamedTuple):
    """The targets of one origin. prefix: what their identities begin with. targets: None while it is not known which
    there
    are. waiting: targets that are known and cannot be probed now: why, by identity."""

    prefix: str
    targets: t.Sequence[Target] | None
    waiting: t.Mapping[str, str] = {}

    def covers(self, identity: str) -> bool:
        """Whether an identity is one of this origin."""
        return identity.startswith(self.prefix) if self.prefix.endswith("/") else identity == self.prefix


def node_group(pods: t.Iterable[Pod] | None, current: t.Mapping[str, str], now: float) -> Group:
    """The target pod of every node. pods: None while they are not known; current: uid of the pod that is probed now, by
    node;
    now: monotonic."""
    if pods is None:
        return Group(NODE_PREFIX, None)
    targets: list[Target] = []
    waiting: dict[str, str] = {}
    for node, pod in sorted(target_pods(pods, current).items()):
        problem = ""
        if not pod.addresses:
            problem = f"The target pod {pod.name} of node {node} has no address yet ({pod.phase or 'phase unknown'})"
        elif current.get(node) != pod.uid and not pod.settled(now):
            problem = f"The target pod {pod.name} of node {node} is starting"
        if problem:
            waiting.update((identity, problem) for identity in _node_identities(node))
            continue
        expect = compact({"pod": pod.name, "uid": pod.uid, "node": node})
        targets += [
            Target(_names.TARGET_ENDPOINT, node, True, identity, address, TARGET_PORT, expect, False, "")
            for identity, address in _by_family(node, pod.addresses)
        ]
    return Group(NODE_PREFIX, targets, waiting)


def _node_identities(node: str) -> tuple[str, ...]:
    return (f"{NODE_PREFIX}{node}", f"{NODE_PREFIX}{node}/ipv4", f"{NODE_PREFIX}{node}/ipv6")


def _by_family(node: str, addresses: t.Sequence[str]) -> t.Iterator[tuple[str, str]]:
    """The primary address, and the first one of the other family."""
    yield f"{NODE_PREFIX}{node}", addresses[0]
    for address in addresses[1:]:
        if (":" in address) != (":" in addresses[0]):
            yield f"{NODE_PREFIX}{node}/{'ipv6' if ':' in address else 'ipv4'}", address
            return


def node_of(identity: str) -> str:
    """The node whose target pod this identity stands for; empty for other targets."""
    return identity[len(NODE_PREFIX) :].partition("/")[0] if identity.startswith(NODE_PREFIX) else ""


def target_service_group(namespace: str) -> Group:
    """Any of our target pods, by name through the Service."""
    prefix = f"service/{namespace}/{TARGET_SERVICE}/"
    identity = f"{prefix}{TARGET_SERVICE}:{TARGET_SERVICE_PORT}"
    return Group(
        prefix,
        [Target(_names.TARGET_SERVICE, "", False, identity, TARGET_SERVICE, TARGET_SERVICE_PORT, "{}", False, "")],
    )


def load_balancer_group(load_balancers: t.Sequence[LoadBalancer]) -> Group:
    """Load balancers, of the API servers or others."""
    found = []
    for item in load_balancers:
        host, port = split_endpoint(item.endpoint, None)
        found.append(
            Target(
                _names.LOAD_BALANCER,
                item.name,
                False,
                f"load-balancer/{item.name}",
                host,
                port or 443,
                None,
                item.tls,
                "",
            )
        )
    return Group("load-balancer/", found)


def service_group(label: str, namespace: str, name: str, service: JsonObject | None, port: int | None = None) -> Group:
    """The cluster addresses of an API server's Service; an empty object: there is no such Service. port: the target
    port that is looked for; None: 443.
    """
    prefix = f"service/{namespace}/{name}/"
    if service is None:
        return Group(prefix, None)
    spec = service.get("spec") or {}
    number = next(
        (item.get("port") for item in spec.get("ports") or () if port is not None and item.get("targetPort") == port),
        None,
    )
    number = int(number or 443)
    addresses = [
        address for address in spec.get("clusterIPs") or [spec.get("clusterIP")] if address and address != "None"
    ]
    if label != _names.KUBERNETES_SERVICE:
        addresses = addresses[:1]
    return Group(
        prefix,
        [
            Target(
                label,
                str(index) if label == _names.KUBERNETES_SERVICE else "",
                False,
                f"{prefix}{join(address, number)}",
                address,
                number,
                None,
                True,
                "",
            )
            for index, address in enumerate(addresses)
        ],
    )


def endpoint_group(label: str, namespace: str, name: str, slices: t.Sequence[JsonObject] | None) -> Group:
    """Every address and port behind an API server's Service, from its EndpointSlices
    (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/)."""
    prefix = f"endpoint/{namespace}/{name}/"
    if slices is None:
        return Group(prefix, None)
    found: dict[str, Target] = {}
    for item in sorted(slices, key=lambda item: str(item.get("addressType"))):
        ports = [
            port["port"]
            for port in item.get("ports") or ()
            if port.get("protocol", "TCP") == "TCP" and port.get("port")
        ]
        for endpoint in item.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("terminating"):
                continue
            for address in (endpoint.get("addresses") or ())[:1]:  # all of them are of one endpoint
                for port in ports:
                    identity = f"{prefix}{join(address, port)}"
                    found[identity] = Target(
                        label, endpoint.get("nodeName") or address, True, identity, address, port, None, True, ""
                    )
    return Group(prefix, sorted(found.values(), key=lambda target: target.target))


def extra_group(extra: Extra, host: str | None, port: int | None = None, problem: str = "") -> Group:
    """Something that the configuration names. host: where it is now; empty when it is not there (problem says why),
    None when
    that is not known. port: the one that was found, for want of one in the configuration."""
    prefix = f"extra/{extra.name}"
    if host is None:
        return Group(prefix, None)
    number = extra.port or port
    if not host or not number:
        return Group(prefix, (), {prefix: problem or f"The target {extra.target} has no port"})
    expect = None if extra.http is None else compact(extra.http)
    return Group(
        prefix,
        [
            Target(
                _names.EXTRA,
                extra.name,
                False,
                prefix,
                host,
                number,
                expect,
                extra.tls or bool(extra.tls_secret),
                extra.tls_secret,
            )
        ],
    )


def split_endpoint(text: str, port: int | None) -> tuple[str, int | None]:
    """host and port of host:port, [IPv6]:port, or of a host alone. port: is used whatever the text says, unless
    None.
    """
    host, _colon, number = text.rpartition(":")
    if host and number.isdigit() and (":" not in host or (host[0] == "[" and host[-1] == "]")):
        return host.strip("[]"), int(number) if port is None else port
    return text.strip("[]"), port


def compact(value: t.Mapping[str, t.Any]) -> str:
    """JSON, the same text for the same object."""
    return json.dumps(value, separators=(",", ":"))
