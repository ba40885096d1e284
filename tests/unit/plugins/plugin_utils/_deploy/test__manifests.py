# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deployed is restricted, may do little, and is named so that nothing changes under a running program."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import (
    Platform,
    manifests,
    namespace_manifest,
    source_rules,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import make_deployment

OPENSHIFT = Platform(True, ("openshift-apiserver", "openshift-kube-apiserver"))


def found(kind: str, name: str = "", namespace: str = "podnet-connectivity-checks", **given: t.Any) -> Json:
    """One of the objects."""
    matching = [
        item
        for item in manifests(make_deployment(**given))
        if item["kind"] == kind
        and item["metadata"]["namespace"] == namespace
        and name in ("", item["metadata"]["name"])
    ]
    assert len(matching) == 1, (kind, name, len(matching))
    return matching[0]


def pods(**given: t.Any) -> list[Json]:
    return [found(kind, **given)["spec"]["template"]["spec"] for kind in ("Deployment", "DaemonSet")]


def allowed(rules: t.Iterable[Json]) -> set[tuple[str, str, str, str]]:
    """Group, resource, verb and name (* for all) of everything that is allowed."""
    return {
        (group, resource, verb, name)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", ["*"])
    }


def test_pods_are_what_the_restricted_level_asks_for() -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    for pod in pods():
        container = pod["containers"][0]
        assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 65532
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {next(iter(set(volume) - {"name"})) for volume in pod["volumes"]} <= {"configMap", "emptyDir"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert {item["name"] for item in pod["securityContext"].get("sysctls", [])} <= {"net.ipv4.ping_group_range"}
    labels = namespace_manifest("x")["metadata"]["labels"]
    assert [labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")] == ["restricted"] * 3


def test_on_openshift_the_namespace_gives_the_user() -> None:
    for pod in pods(platform=OPENSHIFT):
        assert "runAsUser" not in pod["securityContext"] and pod["securityContext"]["runAsNonRoot"] is True
    for pod in pods(platform=OPENSHIFT, run_as_user=1234):
        assert pod["securityContext"]["runAsUser"] == 1234


def test_only_the_source_has_a_token() -> None:
    assert [pod["automountServiceAccountToken"] for pod in pods()] == [True, False]
    assert found("ServiceAccount", "network-check-target")["automountServiceAccountToken"] is False


def test_programs_and_their_options_are_in_config_maps_that_cannot_change() -> None:
    deployment = make_deployment(program=b"program")
    maps = {item["metadata"]["name"]: item for item in manifests(deployment) if item["kind"] == "ConfigMap"}
    agent, config = maps[deployment.agent_name], maps[deployment.config_name]
    assert base64.b64decode(agent["binaryData"]["agent.pyz"]) == b"program" and agent["immutable"] is True
    assert json.loads(config["data"]["config.json"]) == deployment.config and config["immutable"] is True
    assert "data" not in maps["network-check-peers"] and "immutable" not in maps["network-check-peers"]
    for pod in (
        item["spec"]["template"]["spec"]
        for item in manifests(deployment)
        if item["kind"] in ("Deployment", "DaemonSet")
    ):
        volumes = {volume["name"]: volume.get("configMap", {}).get("name") for volume in pod["volumes"]}
        assert (volumes["agent"], volumes["config"]) == (deployment.agent_name, deployment.config_name)


def test_other_sources_have_other_names() -> None:
    first, second = make_deployment(program=b"a"), make_deployment(program=b"b")
    assert first.agent_name != second.agent_name and first.config_name == second.config_name


def test_the_source_may_do_what_it_needs_and_no_more() -> None:
    checks, own = "controlplane.operator.openshift.io", allowed(found("Role", "network-check-source")["rules"])
    assert own == {
        *(("", "pods", verb, "*") for verb in ("get", "list", "watch")),
        *(
            (checks, "podnetworkconnectivitychecks", verb, "*")
            for verb in ("get", "list", "watch", "create", "patch", "update", "delete")
        ),
        *((checks, "podnetworkconnectivitychecks/status", verb, "*") for verb in ("patch", "update")),
        *(("coordination.k8s.io", "leases", verb, "*") for verb in ("create", "get", "patch", "update")),
        *(("", "events", verb, "*") for verb in ("create", "patch")),
        *(("", "configmaps", verb, "network-check-peers") for verb in ("get", "patch", "update")),
    }
    default = found("Role", namespace="default")
    assert allowed(default["rules"]) == {
        ("", "services", "get", "kubernetes"),
        ("discovery.k8s.io", "endpointslices", "get", "*"),
        ("discovery.k8s.io", "endpointslices", "list", "*"),
    }
    assert not [item for item in manifests(make_deployment()) if item["kind"].startswith("ClusterRole")]


def test_secrets_may_be_read_by_name_only() -> None:
    assert not [rule for rule in source_rules(()) if "secrets" in rule["resources"]]
    assert [rule["resourceNames"] for rule in source_rules(("b", "a")) if "secrets" in rule["resources"]] == [
        ["a", "b"]
    ]


def test_extra_targets_may_be_read_where_they_are() -> None:
    targets = [
        {"name": "a", "target": "pod:shop/web-0", "port": 80},
        {"name": "b", "target": "service:shop/db"},
        {"name": "c", "target": "service:bank/db"},
        {"name": "d", "target": "db.example.com:80"},
        {"name": "e", "target": "service:default/web"},
    ]
    assert allowed(found("Role", namespace="shop", extra_targets=targets)["rules"]) == {
        ("", "pods", "get", "web-0"),
        ("", "services", "get", "db"),
        ("discovery.k8s.io", "endpointslices", "get", "*"),
        ("discovery.k8s.io", "endpointslices", "list", "*"),
    }
    assert ("", "services", "get", "web") in allowed(found("Role", namespace="default", extra_targets=targets)["rules"])
    binding = found("RoleBinding", namespace="bank", extra_targets=targets)
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "network-check-source", "namespace": "podnet-connectivity-checks"}
    ]
    account = found("ServiceAccount", "network-check-source", extra_targets=targets)
    assert account["metadata"]["annotations"] == {"podnet.diagnostics/role-namespaces": "bank,default,shop"}


def test_on_openshift_its_own_api_server_may_be_read() -> None:
    assert ("", "services", "get", "api") in allowed(
        found("Role", namespace="openshift-apiserver", platform=OPENSHIFT)["rules"]
    )
    assert make_deployment(platform=OPENSHIFT).config["targets"]["openshift"] is True
    assert make_deployment().config["targets"]["openshift"] is False


def test_one_source_is_replaced_and_several_are_never_on_one_node() -> None:
    one = found("Deployment")["spec"]
    assert (one["replicas"], one["strategy"]) == (1, {"type": "Recreate"})
    three = found("Deployment", replicas=3)["spec"]
    assert three["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    pod = three["template"]["spec"]
    rule = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    assert rule == {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {"app": "network-check-source"}},
    }
    assert pod["topologySpreadConstraints"][0]["topologyKey"] == "topology.kubernetes.io/zone"
    assert (
        "topologySpreadConstraints"
        not in found("Deployment", replicas=3, spread_over_zones=False)["spec"]["template"]["spec"]
    )


def test_where_pods_run() -> None:
    source, target = pods(
        source_node_selector={"infra": "yes"},
        source_tolerations=[{"key": "infra", "operator": "Exists"}],
        priority_class="high",
        image="registry/python",
        image_pull_policy="Always",
        image_pull_secrets=["registry"],
    )
    assert source["nodeSelector"] == {"kubernetes.io/os": "linux", "infra": "yes"}
    assert target["nodeSelector"] == {"kubernetes.io/os": "linux"} and target["tolerations"] == [{"operator": "Exists"}]
    for pod in (source, target):
        assert (pod["priorityClassName"], pod["imagePullSecrets"]) == ("high", [{"name": "registry"}])
        assert (pod["containers"][0]["image"], pod["containers"][0]["imagePullPolicy"]) == ("registry/python", "Always")


@pytest.mark.parametrize(
    ("tolerations", "leaves"),
    [
        ([], ["not-ready", "unreachable"]),
        ([{"operator": "Exists"}], []),
        ([{"operator": "Exists", "effect": "NoSchedule"}], ["not-ready", "unreachable"]),
        ([{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}], ["unreachable"]),
    ],
)
def test_the_source_leaves_a_dead_node_after_a_minute(tolerations: list[Json], leaves: list[str]) -> None:
    pod = pods(source_tolerations=tolerations)[0]
    assert [
        item["key"].partition("/")[2] for item in pod["tolerations"] if item.get("tolerationSeconds") == 60
    ] == leaves


def test_a_target_answers_for_a_while_when_it_leaves() -> None:
    """Until nobody sends anything to it any more, and no longer than it may."""
    target = pods()[1]
    assert target["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-1] == "import time; time.sleep(5)"
    assert target["terminationGracePeriodSeconds"] > 10


def test_policies_select_our_pods_only() -> None:
    """Pods of others in the same namespace must go on as they did."""
    for policy in (item for item in manifests(make_deployment()) if item["kind"] == "NetworkPolicy"):
        assert policy["spec"]["podSelector"]["matchLabels"]
        assert sorted(policy["spec"]["policyTypes"]) == ["Egress", "Ingress"]
    assert "ingress" not in found("NetworkPolicy", "network-check-default-deny")["spec"]
    ports = found("NetworkPolicy", "network-check-target")["spec"]["ingress"][0]["ports"]
    assert {(port["protocol"], port["port"]) for port in ports} == {("TCP", 8080), ("UDP", 8080)}


def test_everything_is_marked_as_ours_and_in_its_namespace() -> None:
    for item in manifests(make_deployment(namespace="mine")):
        assert item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "podnet.diagnostics"
        assert item["metadata"]["namespace"] == "mine" or (item["metadata"]["namespace"], item["metadata"]["name"]) == (
            "default",
            "network-check-source-mine",
        )
