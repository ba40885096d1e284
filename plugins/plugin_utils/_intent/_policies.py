# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""NetworkPolicy (networking.k8s.io/v1): may this packet pass, and which policies say so?

Policies add up: a pod that no policy selects for a direction is open in that direction; one that is selected takes
what any of them allows. Source: the API reference of NetworkPolicySpec.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import Labels, labels_of, matches

INGRESS, EGRESS = "Ingress", "Egress"
# The API server labels each namespace with its own name.
NAME_LABEL = "kubernetes.io/metadata.name"


@dataclasses.dataclass(frozen=True)
class Party:
    """One end of the traffic. pod is None for an address outside the pod network, and for pods on a node's network."""

    address: str
    namespace: str | None = None
    pod: JsonObject | None = None


@dataclasses.dataclass(frozen=True)
class Side:
    """What the policies of one end say. allowed is None where it cannot be known.

    selecting: names (namespace/name) of the policies that apply; allowing: of those that let the packet pass.
    """

    direction: str
    allowed: bool | None
    selecting: tuple[str, ...] = ()
    allowing: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Decision:
    """Both sides. The packet passes only where both let it."""

    egress: Side
    ingress: Side

    @property
    def allowed(self) -> bool | None:
        """Whether it passes."""
        return both(self.egress.allowed, self.ingress.allowed)

    @property
    def denied(self) -> tuple[Side, ...]:
        """The sides that deny it."""
        return tuple(side for side in (self.egress, self.ingress) if side.allowed is False)


def both(first: bool | None, second: bool | None) -> bool | None:
    """And, with unknown."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def either(answers: t.Iterable[bool | None]) -> bool | None:
    """Or, with unknown."""
    found = list(answers)
    if any(answer is True for answer in found):
        return True
    return None if any(answer is None for answer in found) else False


class Policies:
    """All policies of a cluster. namespaces: labels by name; None where they could not be read."""

    def __init__(self, policies: t.Iterable[JsonObject], namespaces: t.Mapping[str, Labels] | None) -> None:
        self._policies: dict[str, list[JsonObject]] = {}
        for policy in policies:
            self._policies.setdefault(str(policy["metadata"].get("namespace")), []).append(policy)
        self._namespaces = namespaces

    def decide(self, source: Party, destination: Party, protocol: str, port: int | None) -> Decision:
        """May a packet of this protocol (tcp, udp, sctp, icmp) go from the one to the other's port? The port is the
        one of the destination's pod, behind any Service."""
        return Decision(
            self._side(EGRESS, source, destination, destination, protocol, port),
            self._side(INGRESS, destination, source, destination, protocol, port),
        )

    def _side(
        self, direction: str, own: Party, peer: Party, destination: Party, protocol: str, port: int | None
    ) -> Side:
        if own.pod is None:
            return Side(direction, True)
        selecting = [
            policy
            for policy in self._policies.get(str(own.namespace), [])
            if direction in policy_types(policy)
            and matches((policy.get("spec") or {}).get("podSelector") or {}, labels_of(own.pod))
        ]
        if not selecting:
            return Side(direction, True)
        answers = [(policy, self._allows(policy, direction, peer, destination, protocol, port)) for policy in selecting]
        return Side(
            direction,
            either(answer for _policy, answer in answers),
            tuple(map(_name, selecting)),
            tuple(_name(policy) for policy, answer in answers if answer),
        )

    def _allows(
        self, policy: JsonObject, direction: str, peer: Party, destination: Party, protocol: str, port: int | None
    ) -> bool | None:
        rules = (policy.get("spec") or {}).get(direction.lower()) or []
        peers = "from" if direction == INGRESS else "to"
        return either(
            both(
                self._peers(policy, rule.get(peers) or [], peer),
                _ports(rule.get("ports") or [], destination, protocol, port),
            )
            for rule in rules
        )

    def _peers(self, policy: JsonObject, peers: t.Sequence[JsonObject], party: Party) -> bool | None:
        if not peers:
            return True
        return either(self._peer(policy, peer, party) for peer in peers)

    def _peer(self, policy: JsonObject, peer: JsonObject, party: Party) -> bool | None:
        if peer.get("ipBlock"):
            return _in_block(peer["ipBlock"], party.address)
        if party.pod is None:
            return False
        own = str(policy["metadata"].get("namespace"))
        if peer.get("namespaceSelector") is None:
            place: bool | None = party.namespace == own
        else:
            place = self._namespace(peer["namespaceSelector"], str(party.namespace))
        if peer.get("podSelector") is None:
            return place
        return both(place, matches(peer["podSelector"], labels_of(party.pod)))

    def _namespace(self, selector: JsonObject, name: str) -> bool | None:
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            return True
        if self._namespaces is not None and name in self._namespaces:
            return matches(selector, {NAME_LABEL: name, **self._namespaces[name]})
        keys = {
            *(selector.get("matchLabels") or {}),
            *(entry.get("key") for entry in selector.get("matchExpressions") or []),
        }
        return matches(selector, {NAME_LABEL: name}) if keys == {NAME_LABEL} else None


def policy_types(policy: JsonObject) -> tuple[str, ...]:
    """The directions a policy is about. Without policyTypes: Ingress, and Egress where it has egress rules."""
    spec = policy.get("spec") or {}
    if spec.get("policyTypes"):
        return tuple(spec["policyTypes"])
    return (INGRESS, EGRESS) if spec.get("egress") else (INGRESS,)


def _name(policy: JsonObject) -> str:
    return f"{policy['metadata'].get('namespace')}/{policy['metadata'].get('name')}"


def _in_block(block: JsonObject, address: str) -> bool | None:
    try:
        found = ipaddress.ip_address(address)
        if found not in ipaddress.ip_network(block.get("cidr", ""), strict=False):
            return False
        return not any(found in ipaddress.ip_network(text, strict=False) for text in block.get("except") or [])
    except ValueError:
        return None


def _ports(ports: t.Sequence[JsonObject], destination: Party, protocol: str, port: int | None) -> bool | None:
    """Whether a rule's ports hold the packet's. What becomes of ICMP where ports are named is not defined."""
    if not ports:
        return True
    if protocol in ("icmp", "icmpv6"):
        return None
    return either(_port(entry, destination, protocol, port) for entry in ports)


def _port(entry: JsonObject, destination: Party, protocol: str, port: int | None) -> bool | None:
    if str(entry.get("protocol") or "TCP").lower() != protocol:
        return False
    wanted = entry.get("port")
    if wanted is None:
        return True
    if port is None:
        return None
    if isinstance(wanted, str) and not wanted.isdigit():
        return port in container_ports(destination.pod, wanted, protocol)
    last = int(entry.get("endPort") or wanted)
    return int(wanted) <= port <= last


def container_ports(pod: JsonObject | None, name: str, protocol: str) -> set[int]:
    """The numbers of a pod's container ports with that name and protocol."""
    spec = (pod or {}).get("spec") or {}
    return {
        int(port["containerPort"])
        for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
        for port in container.get("ports") or []
        if port.get("name") == name
        and port.get("containerPort")
        and str(port.get("protocol") or "TCP").lower() == protocol
    }
