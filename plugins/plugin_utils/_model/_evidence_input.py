# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The whole evidence of a run, typed: the one argument of every finding rule."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    Namespace,
    Node,
    node_from_snapshot,
)


@dataclasses.dataclass(frozen=True)
class Service:
    """The Service port on the way."""

    namespace: str
    name: str
    cluster_ip: str | None
    type: str
    port: int
    target_port: int | str | None
    node_port: int | None

    @property
    def key(self) -> tuple[str, str]:
        """How the cluster index knows it."""
        return self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclasses.dataclass(frozen=True)
class End:
    """One end of the path as the plan resolved it."""

    text: str
    kind: str
    namespace: str | None
    name: str | None
    node: str | None
    address: str | None
    port: int | None
    protocol: str
    netns: str | None
    host_network: bool
    ready: bool | None
    why: str
    service: Service | None

    @classmethod
    def from_json(cls, data: JsonObject) -> End:
        """From plan.json."""
        service = data.get("service")
        names = [field.name for field in dataclasses.fields(cls) if field.name != "service"]
        fields = [field.name for field in dataclasses.fields(Service)]
        values: JsonObject = {name: data.get(name) for name in names}
        values["service"] = Service(**{name: service.get(name) for name in fields}) if service else None
        return cls(**values)

    @property
    def label(self) -> str:
        """How a person calls it."""
        return f"pod {self.namespace}/{self.name}" if self.kind == "pod" else self.text


def carries_nothing(request: JsonObject, result: JsonObject) -> bool:
    """Whether a connection was accepted, and nothing that was sent on it confirmed."""
    silent = request.get("kind") == "tcp_segment" and result.get("outcome") == "no_reply"
    return silent and not (result.get("data") or {}).get("largest")


@dataclasses.dataclass(frozen=True)
class Probe:
    """A probe and its result."""

    node: str
    phase: str
    request: JsonObject
    result: JsonObject

    @property
    def id(self) -> str:
        """The id of the request."""
        return str(self.request["id"])

    @property
    def role(self) -> str:
        """What the probe was for."""
        return str(self.request.get("role"))

    @property
    def status(self) -> str:
        """pass, fail, skipped or error."""
        return str(self.result.get("status"))

    @property
    def outcome(self) -> str:
        """What was seen."""
        return str(self.result.get("outcome"))

    @property
    def data(self) -> JsonObject:
        """What only this kind of probe tells."""
        return self.result.get("data") or {}

    @property
    def carries_nothing(self) -> bool:
        """Whether a search for the largest size found none that passes, in silence."""
        return carries_nothing(self.request, self.result)

    @property
    def sent_again(self) -> tuple[int, int]:
        """Of connections that carried data which was confirmed, one packet each: how many had to send it again, or
        the request to open them, and how many there were."""
        again = [
            int(one.get("retransmissions") or 0)
            for step in (self.data.get("tried") or () if self.request.get("kind") == "tcp_segment" else ())
            for one in step.get("connections") or ()
            if one.get("outcome") == "reply"
        ]
        return sum(number > 0 for number in again), len(again)

    @property
    def loss(self) -> float | None:
        """Per cent of what was sent; None where that means nothing."""
        return t.cast(t.Optional[float], self.result.get("loss_percent"))

    def __str__(self) -> str:
        origin = self.request.get("netns") if self.request.get("netns") != HOST else f"node {self.node}"
        port = f":{self.request['port']}" if self.request.get("port") else ""
        return f"{self.request.get('kind')} from {origin} to {self.request.get('target')}{port}: {self.outcome}"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Everything a run has found out by now. endpoints: those of the Service as they were at the end of the run.

    counters_again: of what was sent again while packets were captured."""

    plan: JsonObject
    index: ClusterIndex
    nodes: t.Mapping[str, Node]
    probes: tuple[Probe, ...]
    captures: JsonObject
    events: tuple[JsonObject, ...]
    source: End | None
    destination: End | None
    backends: tuple[End, ...]
    counters: t.Mapping[str, JsonObject] = dataclasses.field(default_factory=dict)
    endpoints: JsonObject | None = None
    counters_again: t.Mapping[str, JsonObject] = dataclasses.field(default_factory=dict)
    _made: dict[str, t.Any] = dataclasses.field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, key: str, make: t.Callable[[Evidence], t.Any]) -> t.Any:
        """What make() builds of this evidence, built once. The evidence never changes, so it stays true."""
        if key not in self._made:
            self._made[key] = make(self)
        return self._made[key]

    # -- ends ------------------------------------------------------------------------------------------------
    @property
    def targets(self) -> tuple[End, ...]:
        """Where packets really go: the backends of a Service, else the destination."""
        if self.backends:
            return self.backends
        if self.destination is None or self.destination.service or self.destination.kind in ("service", "name"):
            return ()
        return (self.destination,)

    @property
    def service(self) -> Service | None:
        """The Service on the way."""
        return self.destination.service if self.destination else None

    @property
    def uses_name(self) -> bool:
        """Whether DNS is a part of the path."""
        return self.destination is not None and self.destination.kind == "name"

    @property
    def entry_node(self) -> str | None:
        """The node that turns the Service's address into a backend's: the source's own, or the NodePort's."""
        if self.destination and self.service and self.destination.node:
            return self.destination.node
        return self.source.node if self.source else None

    # -- nodes -----------------------------------------------------------------------------------------------
    def namespace(self, node: str | None, netns: str | None) -> Namespace | None:
        """A namespace that was read."""
        found = self.nodes.get(node or "")
        return found.namespaces.get(netns or "") if found else None

    def read(self, node: str | None) -> bool:
        """Whether the state of a node could be read."""
        found = self.nodes.get(node or "")
        return found is not None and found.read

    def node_addresses(self, name: str | None) -> list[str]:
        """Addresses by which the other nodes know a node: InternalIP, and what flannel published."""
        item = self.index.nodes.get(name or "")
        if item is None:
            return []
        annotations = item["metadata"].get("annotations") or {}
        published = annotations.get("flannel.alpha.coreos.com/public-ip")
        return [address for address in dict.fromkeys((self.index.node_address(item), published)) if address]

    def silent(self, node: str) -> str:
        """Why a node counts as dead though Kubernetes calls it Ready: its kubelet does not answer. Empty otherwise."""
        told = [event for event in self.events if event.get("node") == node and event.get("silent")]
        return str(told[0].get("text")) if told else ""

    # -- probes ----------------------------------------------------------------------------------------------
    def sent(self, *roles: str, address: str | None = None) -> list[Probe]:
        """Probes of the first round with one of the roles, and to that address where one is given."""
        return [
            probe
            for probe in self.probes
            if probe.phase == "probe"
            and probe.role in roles
            and (address is None or address in (probe.request.get("target"), probe.result.get("address")))
        ]

    def failed(self, *roles: str, address: str | None = None) -> list[Probe]:
        """Those of sent() that were measured as bad."""
        return [probe for probe in self.sent(*roles, address=address) if probe.status == "fail"]

    def passed(self, *roles: str, address: str | None = None) -> list[Probe]:
        """Those of sent() that were measured as good."""
        return [probe for probe in self.sent(*roles, address=address) if probe.status == "pass"]

    def cut_off(self, target: End) -> bool:
        """Whether no packet of the source came back from the target: every ping and connection went unanswered."""
        silent = ("no_reply", "timed_out", "no_route", "unreachable")
        probes = [
            probe
            for probe in self.sent("ping", "backend-tcp", "tcp", address=target.address)
            if probe.status in ("pass", "fail")
        ]
        return bool(probes) and all(probe.status == "fail" and probe.outcome in silent for probe in probes)

    def flows(self, *probe_ids: str) -> list[JsonObject]:
        """What the captures say of these probes; of all, where none is named."""
        flows = self.captures.get("flows") or []
        return [flow for flow in flows if not probe_ids or flow.get("probe_id") in probe_ids]

    def climbed(self, *probe_ids: str) -> t.Iterator[tuple[str, JsonObject]]:
        """Each packet that captures listed, with the id of its probe, as the devices saw it (its rungs): those of these
        probes; of all, where none is named."""
        for ladder in self.captures.get("ladders") or []:
            if not probe_ids or ladder.get("probe_id") in probe_ids:
                yield from ((str(ladder.get("probe_id")), packet) for packet in ladder.get("packets") or [])


def load(
    plan: JsonObject,
    cluster: JsonObject,
    snapshots: t.Mapping[str, JsonObject],
    probes: t.Sequence[JsonObject],
    captures: JsonObject,
    events: t.Sequence[JsonObject] = (),
    counters: t.Mapping[str, JsonObject] | None = None,
    endpoints: JsonObject | None = None,
    counters_again: t.Mapping[str, JsonObject] | None = None,
) -> Evidence:
    """The plain files of a bundle as Evidence."""

    def end(data: JsonObject | None) -> End | None:
        return End.from_json(data) if data else None

    return Evidence(
        plan=plan,
        index=ClusterIndex(cluster),
        captures=captures,
        events=tuple(events),
        nodes={name: node_from_snapshot(snapshot) for name, snapshot in snapshots.items()},
        probes=tuple(Probe(record["node"], record["phase"], record["request"], record["result"]) for record in probes),
        source=end(plan.get("source")),
        destination=end(plan.get("destination")),
        backends=tuple(End.from_json(backend) for backend in plan.get("backends") or []),
        counters=dict(counters or {}),
        endpoints=endpoints,
        counters_again=dict(counters_again or {}),
    )
