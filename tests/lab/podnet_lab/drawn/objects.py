# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of the cluster that are changed or added: the Service that is asked, its slices, policies."""

from __future__ import annotations

import random
from typing import Any

from ..changes import Change, Objects, Patched
from ..scene import endpoints, policy
from .packets import Side
from .ways import Way

SERVICE = Way(
    "service-target-port-mismatch",
    (
        "service-selector-mismatch",
        "service-port-missing",
        "service-no-endpoints",
        "service-protocol-mismatch",
        "port-not-listening",
        "service-internal-traffic-local",
        "endpoint-address-unknown",
        "dns-name-missing",
        "backend-unhealthy",
    ),
)
POLICY = Way("network-policy-deny", ())
MAIN = {"name": "http", "protocol": "TCP", "port": 80, "targetPort": "http"}


def objects(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """Something that the API server takes without a word."""
    if one.talk.server != "<service:web>" or dice.random() < 0.3:
        return POLICY, (_policy(dice),)
    return SERVICE, (dice.choice((_port, _spec, _slice))(dice),)


def _port(dice: random.Random) -> Change:
    port = dice.choice(
        ({"targetPort": 8081}, {"targetPort": "web"}, {"port": 81}, {"appProtocol": "https"}, {"name": "w"})
    )
    patch: Any = {"spec": {"ports": [{**MAIN, **port}]}}
    return Patched("service web", patch, {"spec": {"ports": [MAIN]}}, kind="merge")


def _spec(dice: random.Random) -> Change:
    changed, normal = dice.choice(
        (
            ({"selector": {"app": "web", "tier": "front"}}, {"selector": {"app": "web", "tier": None}}),
            ({"selector": {"app": "client"}}, {"selector": {"app": "web"}}),
            ({"sessionAffinity": "ClientIP"}, {"sessionAffinity": "None", "sessionAffinityConfig": None}),
            ({"internalTrafficPolicy": "Local"}, {"internalTrafficPolicy": "Cluster"}),
            ({"publishNotReadyAddresses": True}, {"publishNotReadyAddresses": None}),
            ({"externalTrafficPolicy": "Local"}, {"externalTrafficPolicy": "Cluster"}),
            ({"externalIPs": ["192.0.2.77"]}, {"externalIPs": None}),
        )
    )
    return Patched("service web", {"spec": changed}, {"spec": normal}, kind="merge")


def _slice(dice: random.Random) -> Change:
    """A slice that a person wrote beside those of the controller."""
    address = dice.choice(("10.244.2.250", "10.244.1.1", "<client-2>"))
    written = endpoints("web", address, port=dice.choice((8080, 8080, 9)))
    written["metadata"]["name"] = "web-by-hand"
    written["ports"][0]["name"] = dice.choice(("http", "http", "main"))
    return Objects((written,))


def _policy(dice: random.Random) -> Change:
    """A policy, which nobody here enforces."""
    spec = dice.choice(
        (
            {"policyTypes": ["Ingress"], "ingress": []},
            {"policyTypes": ["Egress"], "egress": []},
            {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 9}]}]},
        )
    )
    return Objects((policy(dice.choice(("web", "client")), **spec),))
