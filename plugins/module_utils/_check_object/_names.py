# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Names of check objects: network-check-source-<source node>-to-<label>[-<target>].

The grammar is OpenShift's, which cuts node names at the first dot and so gives one name to two nodes of different
domains, and to all ports of an endpoint. Here the first of them has that name, and each later one a name of its own:
the port, the IP family or the start of a SHA-256 is appended. A name once given stays: an object is found again by its
source node and target (annotations), whatever order the targets come in and whoever left or came back meanwhile.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import ipaddress
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    FOLLOW_SOURCE,
    SOURCE_NODE,
    TARGET,
    Check,
)

SOURCE = "network-check-source"
KUBERNETES_SERVICE = "kubernetes-default-service-cluster"
APISERVER_SERVICE = "kubernetes-apiserver-service-cluster"
APISERVER_ENDPOINT = "kubernetes-apiserver-endpoint"
OPENSHIFT_APISERVER_SERVICE = "openshift-apiserver-service-cluster"
OPENSHIFT_APISERVER_ENDPOINT = "openshift-apiserver-endpoint"
LOAD_BALANCER = "load-balancer"
TARGET_SERVICE = "network-check-target-service-cluster"
TARGET_ENDPOINT = "network-check-target"
EXTRA = "extra"
# Labels that are followed by a node, and all labels: the longest that fits is meant.
NODE_LABELS = (APISERVER_ENDPOINT, OPENSHIFT_APISERVER_ENDPOINT, TARGET_ENDPOINT)
LABELS = (
    KUBERNETES_SERVICE,
    APISERVER_SERVICE,
    APISERVER_ENDPOINT,
    OPENSHIFT_APISERVER_SERVICE,
    OPENSHIFT_APISERVER_ENDPOINT,
    LOAD_BALANCER,
    TARGET_SERVICE,
    TARGET_ENDPOINT,
    EXTRA,
)

MAX_NAME = 253  # RFC 1123 subdomain, as Kubernetes limits names of objects
_DIGITS = 8
_TO = "-to-"
_NOT_ALLOWED = re.compile(r"[^a-z0-9-]")
_KNOWN_TARGET = re.compile(f"{_TO}(?=(?:{'|'.join(LABELS)})(?:-|$))")


@dataclasses.dataclass(frozen=True)
class Wish:
    """A check that should exist. label: one of LABELS; target: what follows it in the name: a node's full name (node is
    true then), the name of a load balancer, or nothing. identity: what the check is about, the same for as long as it
    is about that; it stands in the annotation podnet.diagnostics/target. port, address: where the target listens; they
    only tell apart the checks of one target, of which the first one in the list has the plain name."""

    __slots__ = ("address", "identity", "label", "node", "port", "source_node", "target")
    source_node: str
    label: str
    target: str
    node: bool
    identity: str
    address: str
    port: int


# -- parts of names ----------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=16384)
def short_name(node: str) -> str:
    """A node in a name: an IP address with hyphens, else what stands before the first dot."""
    try:
        ipaddress.ip_address(node)
    except ValueError:
        return _plain(node.split(".", 1)[0])
    return _plain(node)


def _plain(text: str) -> str:
    return _NOT_ALLOWED.sub("-", text.lower())


def _hashed(text: str, full: str, digits: int = _DIGITS) -> str:
    return f"{text}-{hashlib.sha256(full.encode()).hexdigest()[:digits]}"


def node_labels(nodes: t.Iterable[str], existing: t.Iterable[Check] = ()) -> dict[str, str]:
    """What each node is called in names, no two the same. existing: checks whose names have to go on being right."""
    labels: dict[str, str] = {}
    taken: set[str] = set()

    def give(node: str, label: str) -> None:
        if node not in labels and label not in taken:
            labels[node] = label
            taken.add(label)

    for node, label in sorted(_labels_in_use(existing)):
        give(node, label)
    for node in sorted(set(nodes)):
        give(node, short_name(node))
        digits = _DIGITS
        while node not in labels:
            give(node, _hashed(short_name(node), node, digits))
            digits += 1
    return labels


def _labels_in_use(existing: t.Iterable[Check]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for check in existing:
        node = check.annotations.get(SOURCE_NODE, "")
        if check.ours and node:
            found.update(
                (node, label) for label in _own_labels(node) if check.name.startswith(f"{SOURCE}-{label}{_TO}")
            )
        kind, _unused, target = check.annotations.get(TARGET, "").partition("/")
        if check.ours and kind == "node" and target:
            found.update(
                (target, label)
                for label in _own_labels(target)
                if check.name.endswith(f"{_TO}{TARGET_ENDPOINT}-{label}")
            )
    return found


@functools.lru_cache(maxsize=16384)
def _own_labels(node: str) -> tuple[str, str]:
    return short_name(node), _hashed(short_name(node), node)


def target_part(name: str, source_node: str = "") -> str:
    """What follows the source in a name; the whole name when it is not made of two parts."""
    if source_node:
        for label in _own_labels(source_node):
            prefix = f"{SOURCE}-{label}{_TO}"
            if name.startswith(prefix) and len(name) > len(prefix):
                return name[len(prefix) :]
    place = _known_target(name)
    return name[place + len(_TO) :] if place >= 0 else name.rpartition(_TO)[2] or name


def source_part(name: str) -> str:
    """The source node in a name, as it is called there; empty when the name does not tell."""
    place = _known_target(name)
    start = len(SOURCE) + 1
    return name[start:place] if name.startswith(f"{SOURCE}-") and place > start else ""


def node_of_target(name: str) -> str:
    """The node in the target's part of a name, as it is called there; empty when the target is no node."""
    part = target_part(name)
    for label in NODE_LABELS:
        if part.startswith(f"{label}-") and not part.startswith(TARGET_SERVICE):
            return part[len(label) + 1 :]
    return ""


def _known_target(name: str) -> int:
    """Where `-to-` is followed by a label, so that a node called a-to-b is not cut; -1 if nowhere."""
    found = _KNOWN_TARGET.search(name)
    return found.start() if found else -1


# -- names -------------------------------------------------------------------------------------------------------
def assign(wishes: t.Sequence[Wish], existing: t.Iterable[Check]) -> list[str]:
    """A name for each wish, in their order, no two the same and none that another object has. existing: all checks of
    the namespace, also those of other people.
    """
    return _Names(wishes, list(existing)).assign()


class _Names:
    def __init__(self, wishes: t.Sequence[Wish], existing: t.Sequence[Check]) -> None:
        # The first port of a target comes first; otherwise the order of the wishes does not matter.
        self._wishes = sorted(enumerate(wishes), key=lambda item: (*_group(item[1]), item[0]))
        self._existing = existing
        self._taken = {check.name for check in existing}
        # An object of ours that lost its annotations is taken over by the wish that would get its name.
        self._ownerless = {
            check.name for check in existing if check.ours and not {TARGET, FOLLOW_SOURCE} & check.annotations.keys()
        }
        nodes = [wish.source_node for wish in wishes] + [wish.target for wish in wishes if wish.node]
        self._labels = node_labels(nodes, existing)

    def assign(self) -> list[str]:
        names = self._known()
        leaders: dict[tuple[str, str, str], Wish] = {}
        for index, wish in self._wishes:
            leader = leaders.setdefault(_group(wish), wish)
            if index not in names:
                names[index] = self._new(wish, leader)
        return [names[index] for index in range(len(names))]

    def _known(self) -> dict[int, str]:
        """Names of the objects that are there already, by index of the wish. Where one identity has several objects,
        each wish gets the one that fits best.
        """
        held = _by_identity(self._existing)
        names: dict[int, str] = {}
        for fits in (_same_endpoint, _same_family_and_port, _any):
            for index, wish in self._wishes:
                checks = held.get((wish.source_node, wish.identity), [])
                found = next((check for check in checks if index not in names and fits(wish, check)), None)
                if found is not None:
                    names[index] = found.name
                    checks.remove(found)
        return names

    def _new(self, wish: Wish, leader: Wish) -> str:
        for name in self._candidates(wish, leader):
            if name not in self._taken or name in self._ownerless:
                self._taken.add(name)
                self._ownerless.discard(name)
                return name
        raise ValueError(f"Cannot name the check of {wish.identity} from {wish.source_node}: every name is taken")

    def _candidates(self, wish: Wish, leader: Wish) -> t.Iterator[str]:
        base = f"{SOURCE}-{self._labels[wish.source_node]}{_TO}{wish.label}{self._target(wish)}"
        suffix = "" if wish.port == leader.port else f"-{wish.port}"
        if _family(wish.address) != _family(leader.address):
            suffix += f"-{_family(wish.address)}"
        yield _fitting(base + suffix)
        if not suffix:
            yield _fitting(f"{base}-{wish.port}")
        full = "\n".join((wish.source_node, wish.label, wish.identity))
        for digits in range(_DIGITS, 65):
            yield _fitting(_hashed(base + suffix, full, digits))

    def _target(self, wish: Wish) -> str:
        if not wish.target:
            return ""
        if wish.node:
            return f"-{self._labels[wish.target]}"
        plain = _plain(wish.target)
        return f"-{plain}" if plain == wish.target else f"-{_hashed(plain, wish.target)}"


def _group(wish: Wish) -> tuple[str, str, str]:
    return wish.source_node, wish.label, wish.target


def _by_identity(existing: t.Sequence[Check]) -> dict[tuple[str, str], list[Check]]:
    """Objects of ours by source node and target, the oldest first."""
    found: dict[tuple[str, str], list[Check]] = {}
    for check in existing:
        identity, node = check.annotations.get(TARGET), check.annotations.get(SOURCE_NODE)
        if check.ours and identity and node:
            found.setdefault((node, identity), []).append(check)
    for checks in found.values():
        if len(checks) > 1:
            checks.sort(key=lambda check: (check.created.timestamp() if check.created else 0.0, check.name))
    return found


def _same_endpoint(wish: Wish, check: Check) -> bool:
    return (wish.address, str(wish.port)) == _split(check.target_endpoint)


def _same_family_and_port(wish: Wish, check: Check) -> bool:
    address, port = _split(check.target_endpoint)
    return (_family(wish.address), str(wish.port)) == (_family(address), port)


def _any(wish: Wish, check: Check) -> bool:
    return True


def _split(endpoint: str) -> tuple[str, str]:
    address, _unused, port = endpoint.rpartition(":")
    return (address[1:-1] if address[:1] == "[" else address), port


@functools.lru_cache(maxsize=16384)
def _family(address: str) -> str:
    try:
        return f"ipv{ipaddress.ip_address(address).version}"
    except ValueError:
        return "name"


def _fitting(name: str) -> str:
    """A name that Kubernetes takes: not longer than 253 characters, and with a letter or digit at its end."""
    if len(name) <= MAX_NAME and name[-1].isalnum():
        return name
    return _hashed(name[: MAX_NAME - _DIGITS - 1].rstrip("-."), name)
