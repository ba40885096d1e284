# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import hashlib
import random
import re
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object import _names as names
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import Check
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import Wish, assign, node_labels

START = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")  # as Kubernetes checks names


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def wish(
    target: str = "node-2",
    *,
    source: str = "node-1",
    label: str = names.TARGET_ENDPOINT,
    address: str = "10.244.2.5",
    port: int = 8080,
    identity: str = "",
) -> Wish:
    node = label in names.NODE_LABELS
    return Wish(source, label, target, node, identity or f"{'node' if node else label}/{target}", address, port)


def check(name: str, made_for: Wish | None = None, *, ours: bool = True, created: int = 0, **annotations: str) -> Check:
    endpoint = ""
    if made_for is not None:
        address = f"[{made_for.address}]" if ":" in made_for.address else made_for.address
        endpoint = f"{address}:{made_for.port}"
        annotations = {
            "podnet.diagnostics/source-node": made_for.source_node,
            "podnet.diagnostics/target": made_for.identity,
            **annotations,
        }
    labels = {"app.kubernetes.io/managed-by": "podnet.diagnostics"} if ours else {}
    return Check(name, "ns", "pod", endpoint, "", labels, annotations, "1", START + datetime.timedelta(seconds=created))


def objects(wishes: t.Sequence[Wish], given: t.Sequence[str]) -> list[Check]:
    return [check(name, made_for) for made_for, name in zip(wishes, given)]


# -- the grammar -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("made_for", "name"),
    [
        (wish("node-2"), "network-check-source-node-1-to-network-check-target-node-2"),
        (
            wish("node-2.example.com", source="node-1.example.com"),
            "network-check-source-node-1-to-network-check-target-node-2",
        ),
        (
            wish("0", label=names.KUBERNETES_SERVICE),
            "network-check-source-node-1-to-kubernetes-default-service-cluster-0",
        ),
        (wish("cp", label=names.APISERVER_ENDPOINT), "network-check-source-node-1-to-kubernetes-apiserver-endpoint-cp"),
        (
            wish("", label=names.APISERVER_SERVICE),
            "network-check-source-node-1-to-kubernetes-apiserver-service-cluster",
        ),
        (wish("api-external", label=names.LOAD_BALANCER), "network-check-source-node-1-to-load-balancer-api-external"),
        (wish("", label=names.TARGET_SERVICE), "network-check-source-node-1-to-network-check-target-service-cluster"),
        (wish("db", label=names.EXTRA), "network-check-source-node-1-to-extra-db"),
        # Nodes whose names are addresses are not cut at the dot.
        (wish("192.0.2.12", source="192.0.2.11"), "network-check-source-192-0-2-11-to-network-check-target-192-0-2-12"),
        (wish("2001:db8::12"), "network-check-source-node-1-to-network-check-target-2001-db8--12"),
        # What cannot stand in a name, or would look like another one, gets a digest.
        (
            wish("API_External", label=names.EXTRA),
            f"network-check-source-node-1-to-extra-api-external-{digest('API_External')}",
        ),
    ],
)
def test_names_have_the_grammar_of_the_original(made_for: Wish, name: str) -> None:
    assert assign([made_for], []) == [name]
    assert SUBDOMAIN.fullmatch(name)


def test_a_name_ends_with_a_letter_or_digit() -> None:
    (name,) = assign([wish("2001:db8::")], [])
    wanted = "network-check-source-node-1-to-network-check-target-2001-db8-"
    assert name == f"{wanted}{digest(wanted + '-')}"


def test_a_name_too_long_is_cut_and_stays_its_own() -> None:
    sources = ["a" * 240 + letter for letter in "xyz"]
    wishes = [wish("b" * 60, source=source) for source in sources]
    given = assign(wishes, [])
    assert len(set(given)) == 3
    assert all(len(name) <= 253 and SUBDOMAIN.fullmatch(name) for name in given)
    assert assign(wishes, objects(wishes, given)) == given


# -- one target, several addresses -------------------------------------------------------------------------------
def test_b20_each_port_has_its_own_name() -> None:
    """Of the three ports of an API server's Service the first keeps the original's name."""
    wishes = [
        wish("cp", label=names.APISERVER_ENDPOINT, port=port, identity=f"node/cp/{port}")
        for port in (6443, 6080, 17698)
    ]
    base = "network-check-source-node-1-to-kubernetes-apiserver-endpoint-cp"
    given = assign(wishes, [])
    assert given == [base, f"{base}-6080", f"{base}-17698"]
    made = objects(wishes, given)
    assert assign(wishes[::-1], made) == given[::-1]
    # The first port left, its object still tells the history; a new port does not get its name.
    new = wish("cp", label=names.APISERVER_ENDPOINT, port=9443, identity="node/cp/9443")
    assert assign([new, *wishes[1:]], made) == [f"{base}-9443", *given[1:]]
    assert assign([*wishes[1:], wishes[0]], made) == [*given[1:], base]


def test_b13_each_family_and_address_has_its_own_name() -> None:
    base = "network-check-source-node-1-to-network-check-target-node-2"
    wishes = [
        wish(address="10.244.2.5", identity="node/node-2"),
        wish(address="2001:db8::5", identity="node/node-2/ipv6"),
        wish(address="2001:db8::5", port=9090, identity="node/node-2/ipv6/9090"),
        wish(address="10.244.2.6", identity="node/node-2/10.244.2.6"),
        wish(address="10.244.2.7", identity="node/node-2/10.244.2.7"),
    ]
    given = assign(wishes, [])
    assert given[:4] == [base, f"{base}-ipv6", f"{base}-9090-ipv6", f"{base}-8080"]
    assert re.fullmatch(f"{base}-[0-9a-f]{{8}}", given[4])
    assert assign(wishes[::-1], objects(wishes, given)) == given[::-1]


def test_one_identity_with_two_families_does_not_grow() -> None:
    """Also where both addresses are new: each family finds its own object again."""
    wishes = [wish(address="10.244.2.5"), wish(address="2001:db8::5")]
    given = assign(wishes, [])
    made = objects(wishes, given)
    moved = [wish(address="2001:db8::77"), wish(address="10.244.2.77")]
    assert assign(wishes[::-1], made) == given[::-1]
    assert assign(moved, made) == given[::-1]
    assert assign(moved[:1], made[::-1]) == given[1:]


# -- nodes with one short name -----------------------------------------------------------------------------------
def test_two_nodes_with_one_short_name() -> None:
    assert node_labels(["web.b.example", "web.a.example", "web"]) == {
        "web": "web",
        "web.a.example": f"web-{digest('web.a.example')}",
        "web.b.example": f"web-{digest('web.b.example')}",
    }


def test_a_node_keeps_its_label_when_another_one_comes() -> None:
    first = wish("web.b.example", source="web.b.example")
    made = objects([first], assign([first], []))
    wishes = [
        wish(target, source=source)
        for source in ("web.a.example", "web.b.example")
        for target in ("web.a.example", "web.b.example")
    ]
    other = f"web-{digest('web.a.example')}"
    assert assign(wishes, made) == [
        f"network-check-source-{other}-to-network-check-target-{other}",
        f"network-check-source-{other}-to-network-check-target-web",
        f"network-check-source-web-to-network-check-target-{other}",
        "network-check-source-web-to-network-check-target-web",
    ]


def test_a_node_that_left_and_comes_back_finds_its_objects() -> None:
    both = [wish("web.a.example"), wish("web.b.example")]
    given = assign(both, [])
    made = objects(both, given)
    assert assign(both[1:], made) == given[1:]  # a has left: b does not get its name
    assert assign(both[::-1], made) == given[::-1]


# -- objects that are there --------------------------------------------------------------------------------------
def test_b10_history_survives_new_addresses_and_pods() -> None:
    """The object is found by source node and target, whatever pod and address are behind them now."""
    old = check("any-name-it-once-got", wish(address="10.244.2.5"))
    assert assign([wish(address="10.244.2.99")], [old]) == ["any-name-it-once-got"]


def test_other_peoples_names_are_not_taken() -> None:
    name = assign([wish()], [])[0]
    theirs = check(name, ours=False)
    users = check(name, **{"podnet.diagnostics/follow-source": "true"})
    for existing in (theirs, users):
        assert assign([wish()], [existing]) == [f"{name}-8080"]
        assert re.fullmatch(f"{name}-[0-9a-f]{{8}}", assign([wish()], [existing, check(f"{name}-8080", ours=False)])[0])
    # Annotations alone do not make an object ours.
    assert assign([wish()], [check("their-own", wish(), ours=False)]) == [name]


def test_an_object_that_lost_its_annotations_is_taken_over() -> None:
    name = assign([wish()], [])[0]
    assert assign([wish()], [check(name)]) == [name]


def test_of_two_objects_for_one_target_the_older_counts() -> None:
    existing = [check("newer", wish(), created=60), check("older", wish(), created=0)]
    assert assign([wish(address="10.244.2.99")], existing) == ["older"]


def test_a_node_called_like_a_label() -> None:
    wishes = [wish("service-cluster"), wish("", label=names.TARGET_SERVICE)]
    assert len(set(assign(wishes, []))) == 2


# -- properties --------------------------------------------------------------------------------------------------
NODES = [
    "node-1",
    "node-1.a.example",
    "node-1.b.example",
    "node-2.a.example",
    "a-to-b",
    "a",
    "b-to-a",
    "service-cluster",
    "192.0.2.1",
    "192.0.2.2",
    "192-0-2-1",
    "2001:db8::",
    "2001:db8::1",
    f"node-1-{digest('node-1.a.example')}",
    "x" * 63 + ".example",
    "x" * 120,
    "x" * 120 + "y",
    "network-check-target-a",
    "a-to-network-check-target-b",
]


def everything(dice: random.Random) -> list[Wish]:
    """All targets that these nodes can have: each once, in any order."""
    wishes = []
    for source in dice.sample(NODES, 4):
        for node in NODES:
            for port in (8080, 9090):
                for address in ("10.0.0.1", "10.0.0.2", "2001:db8::1"):
                    wishes.append(
                        wish(node, source=source, address=address, port=port, identity=f"node/{node}/{address}/{port}")
                    )
        for name in ("db", "DB", "d_b", "d-b", "service-cluster"):
            wishes.append(wish(name, source=source, label=names.EXTRA))
        wishes.append(wish("", source=source, label=names.TARGET_SERVICE))
    dice.shuffle(wishes)
    return wishes


@pytest.mark.parametrize("seed", range(8))
def test_no_collision_and_no_change_whatever_happens(seed: int) -> None:
    """Targets come, go and return in any order, objects are pruned at times, other people have objects too."""
    dice = random.Random(seed)
    universe = everything(dice)
    theirs = [check(name, ours=False) for name in dice.sample(assign(universe, []), 20)]
    alive: dict[tuple[str, str], Check] = {}
    for _unused in range(12):
        wishes = dice.sample(universe, dice.randrange(1, len(universe)))
        given = assign(wishes, dice.sample([*alive.values(), *theirs], len(alive) + len(theirs)))
        assert all(len(name) <= 253 and SUBDOMAIN.fullmatch(name) for name in given)
        for made_for, name in zip(wishes, given):
            key = made_for.source_node, made_for.identity
            assert alive.setdefault(key, check(name, made_for)).name == name
        taken = [item.name for item in (*alive.values(), *theirs)]
        assert len(set(taken)) == len(taken)
        for key in dice.sample(sorted(alive), len(alive) // 10):
            del alive[key]


@pytest.mark.parametrize("seed", range(4))
def test_without_objects_the_order_of_targets_does_not_matter(seed: int) -> None:
    """Two processes that begin at the same time come to the same names."""
    dice = random.Random(seed)
    wishes = [wish(node, source=source) for source in NODES[:6] for node in NODES]
    expected = dict(zip(wishes, assign(wishes, [])))
    shuffled = dice.sample(wishes, len(wishes))
    assert dict(zip(shuffled, assign(shuffled, []))) == expected


# -- names taken apart -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "source_node", "target", "source", "node"),
    [
        ("network-check-source-w-to-network-check-target-m", "", "network-check-target-m", "w", "m"),
        (
            "network-check-source-a-to-b-to-network-check-target-c-to-d",
            "",
            "network-check-target-c-to-d",
            "a-to-b",
            "c-to-d",
        ),
        ("network-check-source-a-to-b-to-extra-x-to-y", "a-to-b", "extra-x-to-y", "a-to-b", ""),
        (
            "network-check-source-w-to-network-check-target-service-cluster",
            "",
            "network-check-target-service-cluster",
            "w",
            "",
        ),
        (
            "network-check-source-w-to-kubernetes-apiserver-endpoint-m-0",
            "",
            "kubernetes-apiserver-endpoint-m-0",
            "w",
            "m-0",
        ),
        (
            "network-check-source-w-to-kubernetes-default-service-cluster-0",
            "",
            "kubernetes-default-service-cluster-0",
            "w",
            "",
        ),
        ("network-check-source-a-to-extra-b-to-extra-c", "a-to-extra-b.example", "extra-c", "a", ""),
        ("test-to-target-endpoint", "", "target-endpoint", "", ""),
        ("x-to-y-to-z", "", "z", "", ""),
        ("db", "node-1", "db", "", ""),
    ],
)
def test_parts_of_a_name(name: str, source_node: str, target: str, source: str, node: str) -> None:
    assert names.target_part(name, source_node) == target
    assert names.source_part(name) == source
    assert names.node_of_target(name) == node


def test_b16_a_node_called_a_to_b_is_described_right() -> None:
    made_for = wish("c-to-d", source="a-to-b.example")
    (name,) = assign([made_for], [])
    assert names.target_part(name, made_for.source_node) == "network-check-target-c-to-d"
    hashed = (
        f"network-check-source-{node_labels(['a-to-b', made_for.source_node])[made_for.source_node]}-to-extra-e-to-f"
    )
    assert names.target_part(hashed, made_for.source_node) == "extra-e-to-f"
