# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was deployed goes, and nothing else."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._apply import execute, make_plan
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import CRD_PATH, crd_manifest, read_crd
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._remove import Removal, plan_removal, remove
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json, Reply
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import (
    CHECKS,
    FakeCluster,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import make_deployment

HOME = "/api/v1/namespaces/podnet-connectivity-checks"
OURS = {"app.kubernetes.io/managed-by": "podnet.diagnostics", "app.kubernetes.io/part-of": "podnet.diagnostics"}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
MINE = f"{CHECKS}/namespaces/podnet-connectivity-checks/podnetworkconnectivitychecks"


@pytest.fixture
def deployed(cluster: FakeCluster, kube: Kube) -> FakeCluster:
    """A cluster with a deployment in a namespace of its own, and a check."""
    cluster.put(CRD_PATH, crd_manifest())
    cluster.put("/api/v1/namespaces/shop", {})
    execute(
        kube,
        make_plan(kube, make_deployment(extra_targets=[{"name": "db", "target": "service:shop/db"}]), read_crd(kube)),
    )
    cluster.put(f"{MINE}/a", {"metadata": {"labels": OURS}})
    cluster.written.clear()
    return cluster


def plan(kube: Kube, remove_crd: bool = False) -> Removal:
    return plan_removal(kube, "podnet-connectivity-checks", (), read_crd(kube), remove_crd)


def test_nothing_is_left_and_a_second_run_changes_nothing(deployed: FakeCluster, kube: Kube) -> None:
    remove(kube, plan(kube), 5)
    assert deployed.paths() == sorted(["/api/v1/namespaces/default", "/api/v1/namespaces/shop", CRD_PATH])
    assert plan(kube).changes == [] and "set remove_crd" in plan(kube).kept[0]
    remove(kube, plan(kube, remove_crd=True), 5)
    assert CRD_PATH not in deployed.objects and plan(kube, remove_crd=True).changes == []


def test_a_plan_removes_nothing(deployed: FakeCluster, kube: Kube) -> None:
    assert {change.action for change in plan(kube, remove_crd=True).changes} == {"removed"} and deployed.written == []


def test_a_namespace_of_others_loses_only_what_is_ours(deployed: FakeCluster, kube: Kube) -> None:
    deployed.objects[HOME]["metadata"].update(annotations={}, labels=RESTRICTED)
    deployed.put(f"{HOME}/configmaps/theirs", {})
    deployed.put(f"{MINE}/theirs", {"metadata": {"labels": {"app": "theirs"}}})
    removal = plan(kube)
    assert removal.kept[0] == "The namespace podnet-connectivity-checks is kept: it was not made by this collection"
    remove(kube, removal, 5)
    assert deployed.paths("podnet-connectivity-checks/") == sorted([f"{HOME}/configmaps/theirs", f"{MINE}/theirs"])
    assert deployed.written[0][1].endswith("/deployments/network-check-source"), "what writes goes first"
    assert plan(kube).changes == []


def test_a_namespace_in_which_others_run_pods_is_kept(deployed: FakeCluster, kube: Kube) -> None:
    deployed.put(f"{HOME}/pods/theirs", {"metadata": {"labels": {"app": "theirs"}}})
    removal = plan(kube)
    assert "1 pods of others run in it (theirs)" in removal.kept[0]
    remove(kube, removal, 5)
    assert deployed.paths("podnet-connectivity-checks/") == [f"{HOME}/pods/theirs"] and HOME in deployed.objects


@pytest.mark.parametrize(
    ("labels", "others", "reason"),
    [
        ({}, False, "was not made by this collection"),
        (OURS, True, "there are checks in namespace openshift-network-diagnostics"),
    ],
)
def test_a_definition_that_others_need_is_kept(
    deployed: FakeCluster, kube: Kube, labels: dict[str, str], others: bool, reason: str
) -> None:
    deployed.objects[CRD_PATH]["metadata"]["labels"] = labels
    if others:
        deployed.put(f"{CHECKS}/namespaces/openshift-network-diagnostics/podnetworkconnectivitychecks/x", {})
    removal = plan(kube, remove_crd=True)
    assert removal.crd is None and reason in removal.refused[0]
    remove(kube, removal, 5)
    assert CRD_PATH in deployed.objects


def test_a_definition_stays_where_nobody_can_tell_who_needs_it(deployed: FakeCluster, kube: Kube) -> None:
    deployed.denied.add(("list", "podnetworkconnectivitychecks", ""))
    assert "whether other namespaces have checks is not known" in plan(kube, remove_crd=True).refused[0]


def test_roles_are_found_without_looking_everywhere(deployed: FakeCluster, kube: Kube) -> None:
    deployed.denied |= {("list", "rolebindings", ""), ("list", "roles", ""), ("get", "roles", "openshift-apiserver")}
    assert {change.ref.namespace for change in plan(kube).roles} == {"default", "shop"}
    remove(kube, plan(kube), 5)
    assert deployed.paths("/role") == []


def test_what_may_not_be_removed_is_told_before_anything_is(deployed: FakeCluster, kube: Kube) -> None:
    deployed.denied |= {("delete", "namespaces"), ("delete", "roles", "shop")}
    with pytest.raises(KubeError) as caught:
        plan(kube)
    assert (
        "delete namespaces named podnet-connectivity-checks; delete roles.rbac.authorization.k8s.io in namespace shop"
        in str(caught.value)
    )
    assert deployed.written == []


def test_a_namespace_that_does_not_go_says_why(deployed: FakeCluster, kube: Kube) -> None:
    stuck: Json = {
        **deployed.objects[HOME],
        "status": {
            "conditions": [
                {
                    "type": "NamespaceFinalizersRemaining",
                    "status": "True",
                    "message": "Some content in the namespace has finalizers remaining: x.y/z",
                }
            ]
        },
    }
    deployed.api.on("GET", HOME, Reply(200, stuck))
    with pytest.raises(KubeError, match=r"within 0.1 s: Some content in the namespace has finalizers remaining: x.y/z"):
        remove(kube, plan(kube), 0.1)


def test_pods_on_dead_nodes_are_not_waited_for(deployed: FakeCluster, kube: Kube) -> None:
    """Ten seconds after its end should have come nothing but its object is left."""
    deployed.objects[HOME]["metadata"].update(annotations={}, labels=RESTRICTED)
    deployed.put(f"{HOME}/pods/dead", {"metadata": {"labels": OURS, "deletionTimestamp": "2026-01-31T12:00:00Z"}})
    remove(kube, plan(kube), 5)
    forced = [
        request
        for request in deployed.api.requests
        if request.method == "DELETE" and request.path.endswith("/pods/dead")
    ]
    assert [request.first("gracePeriodSeconds") for request in forced] == ["0"]
