# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned, and what is pruned: pure rules on what a source knows."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._reconcile import (
    Plan,
    Situation,
    outlived,
    plan,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Owner, Store
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import Group, Target
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object import _names

Json = dict[str, t.Any]
NOW = datetime.datetime(2026, 11, 21, 12, 0, 0, tzinfo=datetime.timezone.utc)
PREFIX = "podnet.diagnostics/"


def target(
    identity: str,
    host: str,
    label: str = _names.TARGET_ENDPOINT,
    port: int = 8080,
    expect: str | None = "{}",
    secret: str = "",
) -> Target:
    return Target(
        label, identity.partition("/")[2].partition("/")[0], True, identity, host, port, expect, bool(secret), secret
    )


def obj(
    name: str, identity: str = "", source: str = "me", node: str = "n1", endpoint: str = "10.0.0.2:8080", **more: t.Any
) -> Json:
    """A check object; with an identity, it is one that a source has made."""
    annotations: Json = {
        **({f"{PREFIX}target": identity, f"{PREFIX}source-node": node, f"{PREFIX}expect": "{}"} if identity else {}),
        **more.get("annotations", {}),
    }
    return {
        "metadata": {
            "name": name,
            "namespace": "ns",
            "uid": f"uid-{name}",
            "resourceVersion": "5",
            "labels": {"app.kubernetes.io/managed-by": "podnet.diagnostics"} if identity or more.get("ours") else {},
            "annotations": annotations,
            "creationTimestamp": more.get("created", "2026-11-01T00:00:00Z"),
        },
        "spec": {"sourcePod": source, "targetEndpoint": endpoint},
        "status": more.get("status"),
    }


def situation(
    groups: t.Sequence[Group],
    objects: t.Sequence[Json],
    alive: t.Collection[str] | None = ("me",),
    living: t.Mapping[str, str] | None = None,
    me: str = "me",
    node: str = "n1",
) -> Situation:
    store = Store(me, 60.0, Owner())
    store.begin()
    for item in objects:
        store.seen(item)
    store.listed()
    return Situation(
        me,
        node,
        "ns",
        groups,
        store.entries,
        living if living is not None else {me: node},
        None if alive is None else alive.__contains__,
    )


NODE_2 = target("node/n2", "10.0.0.2")
NODES = Group("node/", [NODE_2])
NAME = "network-check-source-n1-to-network-check-target-n2"


def nothing(planned: Plan) -> bool:
    return not planned.creates and not planned.patches


def test_what_is_missing_is_created_with_the_originals_name() -> None:
    planned = plan(situation([NODES], []))
    assert list(planned.creates) == [NAME]
    made = planned.creates[NAME]
    assert made["spec"] == {"sourcePod": "me", "targetEndpoint": "10.0.0.2:8080"}
    assert made["metadata"]["annotations"] == {
        f"{PREFIX}source-node": "n1",
        f"{PREFIX}target": "node/n2",
        f"{PREFIX}expect": "{}",
    }


def test_what_is_right_is_left_alone() -> None:
    planned = plan(situation([NODES], [obj("any-name", "node/n2")]))
    assert nothing(planned) and planned.holds == {"any-name": None} and planned.wanted == {"any-name"}


def test_only_the_difference_is_patched_and_a_moved_target_is_not_probed() -> None:
    moved = Group("node/", [target("node/n2", "10.0.0.3", expect='{"uid":"new"}')])
    planned = plan(situation([moved], [obj(NAME, "node/n2")]))
    assert planned.patches == {
        NAME: {
            "metadata": {"annotations": {f"{PREFIX}expect": '{"uid":"new"}'}},
            "spec": {"targetEndpoint": "10.0.0.3:8080"},
        }
    }
    hold = planned.holds[NAME]
    assert hold is not None and hold.reason == "TargetPodMissing"
    secret = Group("node/", [target("node/n2", "10.0.0.2", secret="client")])
    assert plan(situation([secret], [obj(NAME, "node/n2")])).patches == {
        NAME: {"metadata": {"annotations": {f"{PREFIX}tls": "true"}}, "spec": {"tlsClientCert": {"name": "client"}}}
    }


def test_an_object_of_a_pod_that_is_gone_is_taken_over_as_it_was_seen() -> None:
    objects = [obj(NAME, "node/n2", source="old", endpoint="10.0.0.1:8080")]
    assert nothing(plan(situation([NODES], objects, alive=("me", "old")))), "the old one may still write"
    assert nothing(plan(situation([NODES], objects, alive=None))), "nobody knows"
    planned = plan(situation([NODES], objects))
    assert planned.patches == {
        NAME: {"metadata": {"resourceVersion": "5"}, "spec": {"sourcePod": "me", "targetEndpoint": "10.0.0.2:8080"}}
    }
    assert planned.creates == {}


def test_objects_of_other_nodes_are_not_ours() -> None:
    planned = plan(situation([NODES], [obj("theirs", "node/n2", source="gone", node="n9")]))
    assert list(planned.creates) == [NAME] and planned.patches == {}


def test_a_target_that_is_gone_is_held() -> None:
    planned = plan(situation([Group("node/", [])], [obj(NAME, "node/n2"), obj("lb", "load-balancer/x"), obj("user")]))
    assert nothing(planned)
    assert [(name, hold.reason if hold else None) for name, hold in sorted(planned.holds.items())] == [
        ("lb", "TargetRemoved"),
        (NAME, "TargetPodMissing"),
        ("user", None),
    ]
    waiting = plan(situation([Group("node/", [], {"node/n2": "it is starting"})], [obj(NAME, "node/n2")]))
    hold = waiting.holds[NAME]
    assert hold is not None and hold.message == "it is starting" and waiting.wanted == {NAME}


def test_while_targets_are_unknown_everything_goes_on() -> None:
    unknown = Group("node/", None)
    planned = plan(situation([unknown], [obj(NAME, "node/n2")]))
    assert nothing(planned) and planned.wanted == {NAME} and planned.holds.get(NAME) is None
    taken = plan(situation([unknown], [obj(NAME, "node/n2", source="old")]))
    assert taken.patches == {NAME: {"metadata": {"resourceVersion": "5"}, "spec": {"sourcePod": "me"}}}


def test_annotations_that_were_lost_are_written_again() -> None:
    planned = plan(situation([NODES], [obj(NAME, ours=True)]))
    assert planned.creates == {}
    assert planned.patches[NAME]["metadata"]["annotations"][f"{PREFIX}target"] == "node/n2"


def test_names_of_other_peoples_objects_are_not_taken() -> None:
    planned = plan(situation([NODES], [obj(NAME, source="somebody")], alive=("me", "somebody")))
    assert len(planned.creates) == 1
    name = next(iter(planned.creates))
    assert name != NAME and name.startswith(NAME)


def test_of_two_objects_for_one_target_the_older_counts() -> None:
    planned = plan(
        situation([NODES], [obj("younger", "node/n2", created="2026-11-02T00:00:00Z"), obj("older", "node/n2")])
    )
    assert planned.wanted == {"older"} and planned.creates == {}


def test_checks_that_follow_go_to_one_of_the_living() -> None:
    living = {"a": "n1", "b": "n2", "c": "n3"}
    objects = [
        obj(f"user-{number}", source="gone", annotations={f"{PREFIX}follow-source": "true"}) for number in range(30)
    ]
    taken = [
        set(plan(situation([], objects, alive=living, living=living, me=me, node=node)).patches)
        for me, node in living.items()
    ]
    assert all(taken) and sum(map(len, taken)) == 30 and set.union(*taken) == {f"user-{number}" for number in range(30)}
    fixed = [obj("fixed", source="gone", annotations={f"{PREFIX}follow-source": "n2"})]
    assert plan(situation([], fixed, alive=living, living=living, me="b", node="n2")).patches
    assert not plan(situation([], fixed, alive=living, living=living, me="a", node="n1")).patches
    assert not plan(situation([], objects, alive=("me", "gone"))).patches, "its source lives"


def test_one_source_tells_of_checks_that_nobody_probes() -> None:
    living = {"a": "n1", "b": "n2"}
    objects = [obj("lost", source="gone"), obj("old", "node/n2", source="gone", node="n9")]
    assert plan(situation([], objects, alive=living, living=living, me="a", node="n1")).orphans == {("lost", "gone")}
    assert plan(situation([], objects, alive=living, living=living, me="b", node="n2")).orphans == set()


# -- pruning -------------------------------------------------------------------------------------------------------
DAY = 86400.0


def pruned(
    objects: t.Sequence[Json], wanted: t.AbstractSet[str] = frozenset(), server: datetime.datetime = NOW, **more: t.Any
) -> list[str]:
    return [entry.check.name for entry in outlived(situation([], objects, **more), wanted, server, 2 * DAY)]


def entry(time: str) -> Json:
    return {"time": time, "success": True, "reason": "TCPConnect", "message": "m", "latency": "1ms"}


def test_only_what_is_ours_unwanted_and_quiet_for_two_days_is_pruned() -> None:
    quiet = {"successes": [entry("2026-11-19T11:59:59Z")]}
    objects = [
        obj("quiet", "node/a", status=quiet),
        obj("wanted", "node/b", status=quiet),
        obj("user", status=quiet),
        obj("newly-made", "node/c", created="2026-11-20T12:00:00Z"),
        obj("success", "node/d", status={"successes": [entry("2026-11-19T12:00:01Z")]}),
        obj("failure", "node/e", status={"failures": [entry("2026-11-19T12:00:01Z")]}),
        obj("outage", "node/f", status={"outages": [{"start": "2026-11-01T00:00:00Z", "end": "2026-11-20T00:00:00Z"}]}),
        obj(
            "transition",
            "node/g",
            status={
                "conditions": [{"type": "Reachable", "status": "Unknown", "lastTransitionTime": "2026-11-19T13:00:00Z"}]
            },
        ),
    ]
    assert pruned(objects, {"wanted"}) == ["quiet"]


def test_the_clock_that_counts_is_the_api_servers() -> None:
    objects = [obj("quiet", "node/a", status={"successes": [entry("2026-11-19T11:59:59Z")]})]
    assert pruned(objects, server=NOW - datetime.timedelta(hours=1)) == []
    assert pruned([obj("future", "node/a", status={"successes": [entry("2030-01-01T00:00:00Z")]})]) == []


def test_one_source_prunes_what_nobody_cares_for() -> None:
    left = [obj("left", "node/a", source="gone", node="n9")]
    living = {"a": "n1", "b": "n2"}
    assert pruned(left, alive=living, living=living, me="a", node="n1") == ["left"]
    assert pruned(left, alive=living, living=living, me="b", node="n2") == []
    theirs = [obj("theirs", "node/a", source="gone", node="n2")]
    assert pruned(theirs, alive=living, living=living, me="a", node="n1") == []
    assert pruned(theirs, alive=living, living=living, me="b", node="n2") == ["theirs"]
    assert pruned([obj("alive", "node/a", source="b", node="n2")], alive=living, living=living, me="a", node="n1") == []
    assert pruned(left, alive=None) == [], "nobody knows who lives"
