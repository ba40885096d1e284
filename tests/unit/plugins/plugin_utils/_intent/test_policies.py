# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetworkPolicy against an evaluator of another kind: it lists every pair that a policy lets pass, and looks there."""

from __future__ import annotations

import ipaddress
import itertools
import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import Party, Policies

Json = dict[str, t.Any]
NAMESPACES = {"x": {"ns": "x"}, "y": {"ns": "y"}, "z": {"ns": "z"}}
PORTS = [(protocol, port) for protocol in ("tcp", "udp") for port in (80, 81, 90)]


def _pod(namespace: str, name: str, number: int) -> Json:
    return {
        "metadata": {"namespace": namespace, "name": name, "labels": {"pod": name, "all": "pods"}},
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "ports": [
                        {"name": "serve-80-tcp", "containerPort": 80, "protocol": "TCP"},
                        {"name": "serve-81-udp", "containerPort": 81, "protocol": "UDP"},
                    ],
                }
            ]
        },
        "status": {"podIP": f"10.0.{number // 4}.{number % 4 + 1}"},
    }


PODS = [_pod(namespace, name, number) for number, (namespace, name) in enumerate(itertools.product(NAMESPACES, "abc"))]


def _party(pod: Json) -> Party:
    return Party(pod["status"]["podIP"], pod["metadata"]["namespace"], pod)


# -- the other evaluator -------------------------------------------------------------------------------------------
def _fits(selector: Json, labels: t.Mapping[str, str]) -> bool:
    tests = [labels.get(key, None) == value for key, value in (selector.get("matchLabels") or {}).items()]
    for entry in selector.get("matchExpressions") or []:
        value = labels.get(entry["key"], None)
        tests.append(
            {
                "In": value is not None and value in entry.get("values", []),
                "NotIn": value is None or value not in entry.get("values", []),
                "Exists": value is not None,
                "DoesNotExist": value is None,
            }[entry["operator"]]
        )
    return all(tests)


def _peer_addresses(policy: Json, peers: list[Json] | None) -> set[str]:
    everybody = {pod["status"]["podIP"] for pod in PODS}
    if not peers:
        return everybody
    found: set[str] = set()
    for peer in peers:
        if "ipBlock" in peer:
            inside = {
                one for one in everybody if ipaddress.ip_address(one) in ipaddress.ip_network(peer["ipBlock"]["cidr"])
            }
            for text in peer["ipBlock"].get("except", []):
                inside -= {one for one in inside if ipaddress.ip_address(one) in ipaddress.ip_network(text)}
            found |= inside
            continue
        for pod in PODS:
            namespace = pod["metadata"]["namespace"]
            if "namespaceSelector" in peer:
                right = _fits(peer["namespaceSelector"], NAMESPACES[namespace])
            else:
                right = namespace == policy["metadata"]["namespace"]
            if right and _fits(peer.get("podSelector", {}), pod["metadata"]["labels"]):
                found.add(pod["status"]["podIP"])
    return found


def _rule_ports(ports: list[Json] | None) -> set[tuple[str, int]]:
    if not ports:
        return set(PORTS)
    found = set()
    for entry in ports:
        protocol = entry.get("protocol", "TCP").lower()
        port = entry.get("port")
        if port is None:
            found |= {one for one in PORTS if one[0] == protocol}
        elif isinstance(port, str):
            found |= {("tcp", 80)} if (port, protocol) == ("serve-80-tcp", "tcp") else set()
            found |= {("udp", 81)} if (port, protocol) == ("serve-81-udp", "udp") else set()
        else:
            found |= {(protocol, number) for number in range(port, entry.get("endPort", port) + 1)}
    return found


def _brute_force(policies: list[Json], source: Json, target: Json, protocol: str, port: int) -> bool:
    for direction, own, other, key in (("Egress", source, target, "to"), ("Ingress", target, source, "from")):
        applying = []
        for policy in policies:
            spec = policy["spec"]
            types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
            same = policy["metadata"]["namespace"] == own["metadata"]["namespace"]
            if same and direction in types and _fits(spec.get("podSelector", {}), own["metadata"]["labels"]):
                applying.append(policy)
        allowed = {
            (address, *one)
            for policy in applying
            for rule in policy["spec"].get(direction.lower()) or []
            for address in _peer_addresses(policy, rule.get(key))
            for one in _rule_ports(rule.get("ports"))
        }
        if applying and (other["status"]["podIP"], protocol, port) not in allowed:
            return False
    return True


# -- random policies -----------------------------------------------------------------------------------------------
def _selector(dice: random.Random, key: str, values: t.Sequence[str]) -> Json:
    kind = dice.randrange(6)
    if kind == 0:
        return {}
    if kind == 1:
        return {"matchLabels": {key: dice.choice(values)}}
    if kind == 2:
        return {
            "matchExpressions": [
                {"key": dice.choice((key, "none")), "operator": dice.choice(("Exists", "DoesNotExist"))}
            ]
        }
    return {
        "matchExpressions": [
            {
                "key": key,
                "operator": dice.choice(("In", "NotIn")),
                "values": dice.sample(list(values), dice.randint(1, 2)),
            }
        ]
    }


def _peer(dice: random.Random) -> Json:
    kind = dice.randrange(4)
    if kind == 0:
        block: Json = {"cidr": dice.choice(("0.0.0.0/0", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.2/32"))}
        if dice.random() < 0.5:
            block["except"] = [dice.choice(("10.0.0.0/30", "10.0.1.2/32"))]
        return {"ipBlock": block}
    found: Json = {}
    if kind in (1, 3):
        found["podSelector"] = _selector(dice, "pod", ["a", "b", "c"])
    if kind in (2, 3):
        found["namespaceSelector"] = _selector(dice, "ns", ["x", "y", "z"])
    return found


def _port(dice: random.Random) -> Json:
    protocol = dice.choice(("TCP", "UDP"))
    kind = dice.randrange(4)
    if kind == 0:
        return {"protocol": protocol}
    if kind == 1:
        return {"protocol": protocol, "port": dice.choice(("serve-80-tcp", "serve-81-udp", "nothing"))}
    if kind == 2:
        return {"port": dice.choice((80, 81)), "endPort": dice.choice((81, 90)), "protocol": protocol}
    return {"port": dice.choice((80, 81, 90))}


def _policy(dice: random.Random, number: int) -> Json:
    spec: Json = {"podSelector": _selector(dice, "pod", ["a", "b", "c"])}
    for direction, key in (("ingress", "from"), ("egress", "to")):
        if dice.random() < 0.6:
            spec[direction] = []
            for _rule in range(dice.randrange(3)):
                rule: Json = {}
                if dice.random() < 0.8:
                    rule[key] = [_peer(dice) for _peer_number in range(dice.randint(0, 2))]
                if dice.random() < 0.6:
                    rule["ports"] = [_port(dice) for _port_number in range(dice.randint(0, 2))]
                spec[direction].append(rule)
    if dice.random() < 0.6:
        spec["policyTypes"] = dice.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    return {"metadata": {"namespace": dice.choice("xyz"), "name": f"policy-{number}"}, "spec": spec}


@pytest.mark.parametrize("seed", range(30))
def test_random_policies(seed: int) -> None:
    dice = random.Random(seed)
    policies = [_policy(dice, number) for number in range(dice.randint(1, 5))]
    engine = Policies(policies, NAMESPACES)
    for source, target in itertools.product(PODS, PODS):
        for protocol, port in PORTS:
            found = engine.decide(_party(source), _party(target), protocol, port)
            assert found.allowed is _brute_force(policies, source, target, protocol, port), (
                policies,
                source["metadata"],
                target["metadata"],
                protocol,
                port,
            )


# -- what is not known ---------------------------------------------------------------------------------------------
def _deny(**spec: t.Any) -> Json:
    return {"metadata": {"namespace": "x", "name": "deny"}, "spec": {"podSelector": {}, **spec}}


def test_the_denying_policies_are_named() -> None:
    decision = Policies([_deny(policyTypes=["Ingress"])], NAMESPACES).decide(
        _party(PODS[3]), _party(PODS[0]), "tcp", 80
    )
    assert [(side.direction, side.selecting) for side in decision.denied] == [("Ingress", ("x/deny",))]


def test_namespaces_that_could_not_be_read_leave_it_open() -> None:
    rule = {"from": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}]}
    policy = _deny(ingress=[rule])
    assert Policies([policy], None).decide(_party(PODS[3]), _party(PODS[0]), "tcp", 80).allowed is None
    named = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "y"}}}]}
    known = Policies([_deny(ingress=[named])], None)
    assert known.decide(_party(PODS[3]), _party(PODS[0]), "tcp", 80).allowed is True
    assert known.decide(_party(PODS[6]), _party(PODS[0]), "tcp", 80).allowed is False


def test_icmp_is_not_defined_where_ports_are_named() -> None:
    engine = Policies([_deny(ingress=[{"ports": [{"port": 80}]}])], NAMESPACES)
    assert engine.decide(_party(PODS[3]), _party(PODS[0]), "icmp", None).allowed is None
    assert Policies([_deny()], NAMESPACES).decide(_party(PODS[3]), _party(PODS[0]), "icmp", None).allowed is False


def test_an_address_outside_matches_blocks_only() -> None:
    outside = Party("198.51.100.10")
    block = {"from": [{"ipBlock": {"cidr": "198.51.100.0/24", "except": ["198.51.100.128/25"]}}]}
    engine = Policies([_deny(ingress=[block])], NAMESPACES)
    assert engine.decide(outside, _party(PODS[0]), "tcp", 80).allowed is True
    assert engine.decide(Party("198.51.100.200"), _party(PODS[0]), "tcp", 80).allowed is False
    assert (
        Policies([_deny(ingress=[{"from": [{"podSelector": {}}]}])], NAMESPACES)
        .decide(outside, _party(PODS[0]), "tcp", 80)
        .allowed
        is False
    )
