# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment: planned whole, refused whole, and written once."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._apply import (
    execute,
    make_plan,
    old_config_maps,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import CRD_PATH, read_crd
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import Deployment
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    refusal as refusal_of,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import (
    REVIEWS,
    FakeCluster,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import make_deployment

HOME = "/api/v1/namespaces/podnet-connectivity-checks"
APPS = "/apis/apps/v1/namespaces/podnet-connectivity-checks"


@pytest.fixture(autouse=True)
def established(cluster: FakeCluster) -> None:
    """A new definition is served at once."""

    def serve(path: str, found: Json) -> None:
        if path == CRD_PATH:
            found["status"] = {"conditions": [{"type": "Established", "status": "True"}]}

    cluster.on_apply = serve


def deploy(kube: Kube, deployment: Deployment | None = None) -> list[tuple[str, str]]:
    """Deploy; what changed, as action and name."""
    plan = make_plan(kube, deployment or make_deployment(), read_crd(kube))
    execute(kube, plan)
    return [(change.action, change.ref.name) for change in plan.changes]


def refusal(kube: Kube, deployment: Deployment | None = None) -> str:
    with pytest.raises(KubeError) as caught:
        make_plan(kube, deployment or make_deployment(), read_crd(kube))
    return str(caught.value)


def test_the_second_run_writes_nothing(cluster: FakeCluster, kube: Kube) -> None:
    made = deploy(kube)
    assert {action for action, unused_name in made} == {"created"} and len(made) == 18
    assert made[0] == ("created", "podnet-connectivity-checks") and made[-1] == ("created", "network-check-source")
    assert CRD_PATH in cluster.objects
    written = len(cluster.written)
    assert deploy(kube) == [] and len(cluster.written) == written


def test_a_plan_alone_writes_nothing(cluster: FakeCluster, kube: Kube) -> None:
    """Also where the namespace is not there yet, and the server cannot be asked."""
    before = cluster.paths()
    assert len(make_plan(kube, make_deployment(), read_crd(kube)).changes) == 18
    assert cluster.written == [] and cluster.paths() == before
    deploy(kube)
    cluster.written.clear()
    changes = make_plan(kube, make_deployment(replicas=2), read_crd(kube)).changes
    assert [(change.action, change.ref.kind) for change in changes] == [
        ("changed", "Deployment")
    ] and cluster.written == []


def test_what_the_source_has_written_stays(cluster: FakeCluster, kube: Kube) -> None:
    deploy(kube)
    cluster.objects[f"{HOME}/configmaps/network-check-peers"]["data"] = {"peers.json": "{}"}
    assert deploy(kube) == []
    assert cluster.objects[f"{HOME}/configmaps/network-check-peers"]["data"] == {"peers.json": "{}"}


def test_what_others_have_changed_is_set_back(cluster: FakeCluster, kube: Kube) -> None:
    deploy(kube)
    cluster.objects[f"{APPS}/deployments/network-check-source"]["spec"]["replicas"] = 0
    assert deploy(kube) == [("changed", "network-check-source")]
    assert cluster.objects[f"{APPS}/deployments/network-check-source"]["spec"]["replicas"] == 1


def test_a_new_program_comes_beside_the_old_one(cluster: FakeCluster, kube: Kube) -> None:
    old, new = make_deployment(program=b"old"), make_deployment(program=b"new")
    deploy(kube, old)
    assert deploy(kube, new) == [
        ("created", new.agent_name),
        ("changed", "network-check-target"),
        ("changed", "network-check-source"),
    ]
    assert [change.ref.name for change in old_config_maps(kube, new)] == [old.agent_name]
    assert f"{HOME}/configmaps/{old.agent_name}" in cluster.objects


def test_a_role_goes_with_its_last_target(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put("/api/v1/namespaces/shop", {})
    deploy(kube, make_deployment(extra_targets=[{"name": "db", "target": "service:shop/db"}]))
    assert len(cluster.paths("/namespaces/shop/role")) == 2
    changes = deploy(kube)
    assert changes[:2] == [("removed", "network-check-source-podnet-connectivity-checks")] * 2
    assert cluster.paths("/namespaces/shop/role") == [] and len(cluster.paths("/namespaces/default/role")) == 2
    assert deploy(kube) == []


def test_everything_that_is_missing_is_told_before_anything_is_written(cluster: FakeCluster, kube: Kube) -> None:
    cluster.denied |= {
        ("patch", "deployments"),
        ("create", "deployments"),
        ("create", "roles", "default"),
        ("create", "customresourcedefinitions"),
        ("get", "namespaces"),
    }
    text = refusal(kube)
    assert "create, patch deployments.apps in namespace podnet-connectivity-checks" in text
    assert "create roles.rbac.authorization.k8s.io in namespace default" in text
    assert "create customresourcedefinitions.apiextensions.k8s.io in the whole cluster" in text
    assert "get namespaces named podnet-connectivity-checks" in text and "rbac-connectivity-checks.yaml" in text
    assert cluster.written == []


def test_who_may_not_make_namespaces_needs_one(cluster: FakeCluster, kube: Kube) -> None:
    cluster.denied |= {("create", "namespaces"), ("patch", "namespaces")}
    assert "create namespaces in the whole cluster" in refusal(kube)
    cluster.put(HOME, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    assert ("created", "podnet-connectivity-checks") not in deploy(kube)
    assert cluster.objects[HOME]["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_an_object_that_the_server_refuses_is_named(cluster: FakeCluster, kube: Kube) -> None:
    """With server-side apply it refuses in the plan, before anything is written."""
    deploy(kube)
    cluster.written.clear()
    cluster.denied.add(("patch", "services"))
    cluster.api.on("POST", REVIEWS, refusal_of(403, "no reviews for you"))
    text = refusal(kube)
    assert text.startswith(
        "Cannot write Service network-check-target in namespace podnet-connectivity-checks: services is forbidden"
    )
    assert cluster.written == []


def test_an_object_of_others_is_not_taken(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(HOME, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    cluster.put(f"{APPS}/daemonsets/network-check-target", {"metadata": {"labels": {"app": "theirs"}}})
    assert (
        "DaemonSet network-check-target in namespace podnet-connectivity-checks exists and was not made by"
        in refusal(kube)
    )
    assert cluster.written == []


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [({}, "has no label pod-security"), ({"deletionTimestamp": "2026-01-31T12:00:00Z"}, "is being deleted")],
)
def test_a_namespace_that_cannot_be_used(cluster: FakeCluster, kube: Kube, metadata: Json, problem: str) -> None:
    cluster.put(HOME, {"metadata": metadata})
    assert problem in refusal(kube) and cluster.written == []


def test_a_definition_of_others_is_left_alone(cluster: FakeCluster, kube: Kube) -> None:
    deploy(kube)
    theirs = cluster.objects[CRD_PATH]
    theirs["metadata"]["labels"] = {}
    theirs["spec"]["versions"][0]["additionalPrinterColumns"] = []
    assert deploy(kube) == [] and cluster.objects[CRD_PATH] is theirs


def test_our_definition_is_kept_up_to_date(cluster: FakeCluster, kube: Kube) -> None:
    deploy(kube)
    cluster.objects[CRD_PATH]["spec"]["versions"][0]["additionalPrinterColumns"] = []
    assert [action for action, unused_name in deploy(kube)] == ["changed"]
    assert cluster.objects[CRD_PATH]["spec"]["versions"][0]["additionalPrinterColumns"]
