# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The objects that are deployed. Nothing here asks the API: options in, manifests out, in the order in which they are
applied.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    CHECK_GROUP,
    CHECK_PLURAL,
    MANAGED_BY,
    MANAGER,
    PART_OF,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import Application
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._options import DeployOptions, Placement

SOURCE = "network-check-source"
TARGET = "network-check-target"
PEERS = "network-check-peers"
AGENT_PREFIX = "network-check-agent-"
CONFIG_PREFIX = "network-check-config-"
# On a namespace that was made by us: only such a one is ever removed.
CREATED_BY = "podnet.diagnostics/created-by"
# On the source's ServiceAccount: the other namespaces in which it has a Role.
ROLE_NAMESPACES = "podnet.diagnostics/role-namespaces"
# On a Role outside of the namespace: which deployment it belongs to.
DEPLOYMENT_LABEL = "podnet.diagnostics/deployment"
POD_SECURITY = "pod-security.kubernetes.io"
LABELS = {MANAGED_BY: MANAGER, PART_OF: MANAGER}
# Nobody's user id (https://docs.docker.com/build/building/best-practices/#user calls for an explicit one).
_USER = 65532
_METRICS_PORT = 17698
_TARGET_PORT = 8080
_RBAC = "rbac.authorization.k8s.io"
_ENV_FIELDS = (
    ("POD_NAME", "metadata.name"),
    ("POD_NAMESPACE", "metadata.namespace"),
    ("POD_UID", "metadata.uid"),
    ("NODE_NAME", "spec.nodeName"),
    ("POD_IP", "status.podIP"),
    ("HOST_IP", "status.hostIP"),
)
_LINUX = {"kubernetes.io/os": "linux"}
# OpenShift's own API server (https://github.com/openshift/cluster-network-operator).
OPENSHIFT_SERVICES = {"openshift-apiserver": "api", "openshift-kube-apiserver": "apiserver"}


@dataclasses.dataclass(frozen=True)
class Platform:
    """What is different on OpenShift. assigns_users: pods get the user id of their namespace; api_namespaces: where its
    API servers are."""

    assigns_users: bool = False
    api_namespaces: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Deployment:
    """Everything that the manifests are made of. config: config.json."""

    options: DeployOptions
    platform: Platform
    application: Application
    config: JsonObject

    @property
    def namespace(self) -> str:
        """Where it lives."""
        return self.options.namespace

    @property
    def agent_name(self) -> str:
        """The ConfigMap with the program."""
        return AGENT_PREFIX + self.application.digest[:12]

    @property
    def config_text(self) -> str:
        """config.json as it is mounted."""
        return json.dumps(self.config, indent=1, sort_keys=True) + "\n"

    @property
    def config_name(self) -> str:
        """The ConfigMap with config.json."""
        return CONFIG_PREFIX + hashlib.sha256(self.config_text.encode()).hexdigest()[:12]

    @property
    def role_namespaces(self) -> list[str]:
        """The other namespaces in which the source has a Role."""
        names = {"default", *self.platform.api_namespaces, *self.options.extra_by_namespace()}
        return sorted(names - {self.namespace})


def namespace_manifest(name: str) -> JsonObject:
    """A namespace of our own, in which only restricted pods may run
    (https://kubernetes.io/docs/concepts/security/pod-security-standards/)."""
    security = {f"{POD_SECURITY}/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {**LABELS, **security},
            # OpenShift: the target belongs on every node, whatever the default node selector says.
            "annotations": {CREATED_BY: MANAGER, "openshift.io/node-selector": ""},
        },
    }


def manifests(deployment: Deployment) -> list[JsonObject]:
    """All but the namespace and the custom resource definition, each after what it needs."""
    found = [
        *_accounts(deployment),
        *_config_maps(deployment),
        *_roles(deployment),
        *_services(deployment),
        *_network_policies(deployment),
        _target(deployment),
        _source(deployment),
    ]
    return found


# -- small objects -------------------------------------------------------------------------------------------------
def _named(deployment: Deployment, api_version: str, kind: str, name: str, **more: t.Any) -> JsonObject:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": deployment.namespace, "labels": dict(LABELS)},
        **more,
    }


def _accounts(deployment: Deployment) -> t.Iterator[JsonObject]:
    source = _named(deployment, "v1", "ServiceAccount", SOURCE, automountServiceAccountToken=False)
    source["metadata"]["annotations"] = {ROLE_NAMESPACES: ",".join(deployment.role_namespaces)}
    yield source
    yield _named(deployment, "v1", "ServiceAccount", TARGET, automountServiceAccountToken=False)


def _config_maps(deployment: Deployment) -> t.Iterator[JsonObject]:
    yield _named(
        deployment,
        "v1",
        "ConfigMap",
        deployment.agent_name,
        immutable=True,
        binaryData={"agent.pyz": base64.b64encode(deployment.application.data).decode()},
    )
    yield _named(
        deployment,
        "v1",
        "ConfigMap",
        deployment.config_name,
        immutable=True,
        data={"config.json": deployment.config_text},
    )
    yield _named(deployment, "v1", "ConfigMap", PEERS)  # its data belong to the source


def _services(deployment: Deployment) -> t.Iterator[JsonObject]:
    yield _named(
        deployment,
        "v1",
        "Service",
        TARGET,
        spec={
            "type": "ClusterIP",
            "selector": {"app": TARGET},
            "ports": [{"name": "http", "port": 80, "targetPort": _TARGET_PORT, "protocol": "TCP"}],
        },
    )
    source = _named(
        deployment,
        "v1",
        "Service",
        SOURCE,
        spec={
            "clusterIP": "None",
            "selector": {"app": SOURCE},
            "publishNotReadyAddresses": True,
            "ports": [{"name": "metrics", "port": _METRICS_PORT, "targetPort": _METRICS_PORT, "protocol": "TCP"}],
        },
    )
    source["metadata"]["annotations"] = {"prometheus.io/scrape": "true", "prometheus.io/port": str(_METRICS_PORT)}
    yield source


def _network_policies(deployment: Deployment) -> t.Iterator[JsonObject]:
    """Only our pods are selected: others in the same namespace are none of our business."""

    def policy(name: str, **spec: t.Any) -> JsonObject:
        return _named(deployment, "networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)

    def ports(number: int, *protocols: str) -> JsonObject:
        return {"ports": [{"protocol": protocol, "port": number} for protocol in protocols]}

    ours = {"matchLabels": {PART_OF: MANAGER}}
    yield policy("network-check-default-deny", podSelector=ours, policyTypes=["Ingress", "Egress"])
    yield policy(
        SOURCE,
        podSelector={"matchLabels": {"app": SOURCE}},
        policyTypes=["Ingress", "Egress"],
        ingress=[ports(_METRICS_PORT, "TCP")],
        egress=[{}],
    )
    # A rule without ports allows ICMP as well, which the targets send to one another.
    yield policy(
        TARGET,
        podSelector={"matchLabels": {"app": TARGET}},
        policyTypes=["Ingress", "Egress"],
        ingress=[ports(_TARGET_PORT, "TCP", "UDP"), {"from": [{"podSelector": ours}]}],
        egress=[{}],
    )


# -- what the source may do ----------------------------------------------------------------------------------------
def source_rules(tls_secrets: t.Sequence[str]) -> list[JsonObject]:
    """The least that the source needs in its own namespace."""
    rules = [
        _rule("", ("pods",), ("get", "list", "watch")),
        _rule(CHECK_GROUP, (CHECK_PLURAL,), ("get", "list", "watch", "create", "patch", "update", "delete")),
        _rule(CHECK_GROUP, (f"{CHECK_PLURAL}/status",), ("patch", "update")),
        _rule("coordination.k8s.io", ("leases",), ("create", "get", "patch", "update")),
        _rule("", ("events",), ("create", "patch")),
        _rule("", ("configmaps",), ("get", "patch", "update"), (PEERS,)),
    ]
    if tls_secrets:
        rules.append(_rule("", ("secrets",), ("get",), sorted(tls_secrets)))
    return rules


def role_rules(deployment: Deployment, namespace: str) -> list[JsonObject]:
    """What the source needs in another namespace: the API server's Service, or what extra targets name."""
    services: set[str] = set()
    pods: set[str] = set()
    if namespace == "default":
        services.add("kubernetes")
    if namespace in deployment.platform.api_namespaces:
        services.add(OPENSHIFT_SERVICES[namespace])
    for kind, name in deployment.options.extra_by_namespace().get(namespace, []):
        (services if kind == "service" else pods).add(name)
    rules = []
    if services:
        rules.append(_rule("", ("services",), ("get",), sorted(services)))
        rules.append(_rule("discovery.k8s.io", ("endpointslices",), ("get", "list")))
    if pods:
        rules.append(_rule("", ("pods",), ("get",), sorted(pods)))
    return rules


def role_name(deployment_namespace: str, namespace: str) -> str:
    """Of the source's Role in a namespace."""
    return SOURCE if namespace == deployment_namespace else f"{SOURCE}-{deployment_namespace}"


def _rule(group: str, resources: t.Sequence[str], verbs: t.Sequence[str], names: t.Sequence[str] = ()) -> JsonObject:
    more = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), **more}


def _roles(deployment: Deployment) -> t.Iterator[JsonObject]:
    own = source_rules(deployment.options.tls_secrets)
    own_extra = deployment.options.extra_by_namespace().get(deployment.namespace)
    if own_extra:
        own += [rule for rule in role_rules(deployment, deployment.namespace) if rule["resources"] != ["pods"]]
    yield from _role(deployment, deployment.namespace, own)
    for namespace in deployment.role_namespaces:
        yield from _role(deployment, namespace, role_rules(deployment, namespace))


def _role(deployment: Deployment, namespace: str, rules: list[JsonObject]) -> t.Iterator[JsonObject]:
    name = role_name(deployment.namespace, namespace)
    metadata = {"name": name, "namespace": namespace, "labels": {**LABELS, DEPLOYMENT_LABEL: deployment.namespace}}
    yield {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    yield {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": SOURCE, "namespace": deployment.namespace}],
    }


# -- pods ----------------------------------------------------------------------------------------------------------
def _source(deployment: Deployment) -> JsonObject:
    replicas = deployment.options.replicas
    # Two sources never on one node, so the old one goes first.
    strategy = (
        {"type": "Recreate"}
        if replicas == 1
        else {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    )
    pod = _pod(deployment, SOURCE, "source", deployment.options.source, grace=30)
    pod["containers"][0].update(
        {
            "ports": [{"name": "metrics", "containerPort": _METRICS_PORT, "protocol": "TCP"}],
            "readinessProbe": _http_probe("/readyz", _METRICS_PORT, 5, 3),
            "livenessProbe": _http_probe("/healthz", _METRICS_PORT, 20, 6),
        }
    )
    pod["automountServiceAccountToken"] = True
    pod["tolerations"] += _leaving_dead_nodes(pod["tolerations"])
    same = {"labelSelector": {"matchLabels": {"app": SOURCE}}}
    if replicas > 1:
        pod["affinity"] = {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [{**same, "topologyKey": "kubernetes.io/hostname"}]
            }
        }
        if deployment.options.spread_over_zones:
            pod["topologySpreadConstraints"] = [
                {
                    **same,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "maxSkew": 1,
                    "whenUnsatisfiable": "ScheduleAnyway",
                }
            ]
    return _named(
        deployment,
        "apps/v1",
        "Deployment",
        SOURCE,
        spec={
            "replicas": replicas,
            "strategy": strategy,
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": {"app": SOURCE}},
            "template": _template(SOURCE, pod),
        },
    )


def _leaving_dead_nodes(tolerations: t.Sequence[JsonObject]) -> list[JsonObject]:
    """The source moves on after a minute, not after Kubernetes' five, unless it is told to stay
    (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions)."""
    told = {item.get("key") for item in tolerations if item.get("effect") in (None, "", "NoExecute")}
    return [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
        for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
        if not told & {key, None, ""}
    ]


def _target(deployment: Deployment) -> JsonObject:
    pod = _pod(deployment, TARGET, "target", deployment.options.target, grace=15)
    pod["containers"][0].update(
        {
            # It answers until every node knows that it is leaving: an update of the targets is no outage of their
            # Service
            # (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination).
            "lifecycle": {"preStop": {"exec": {"command": ["python3", "-c", "import time; time.sleep(5)"]}}},
            "ports": [
                {"name": "http", "containerPort": _TARGET_PORT, "protocol": "TCP"},
                {"name": "echo", "containerPort": _TARGET_PORT, "protocol": "UDP"},
            ],
            "readinessProbe": _http_probe("/", _TARGET_PORT, 5, 3),
            "livenessProbe": _http_probe("/", _TARGET_PORT, 20, 6),
        }
    )
    pod["automountServiceAccountToken"] = False
    # Unprivileged ICMP; a safe sysctl since Kubernetes 1.18
    # (https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls).
    pod["securityContext"]["sysctls"] = [{"name": "net.ipv4.ping_group_range", "value": "0 2147483647"}]
    pod["containers"][0]["volumeMounts"].append({"name": "peers", "mountPath": "/etc/podnet/peers", "readOnly": True})
    pod["volumes"].append({"name": "peers", "configMap": {"name": PEERS, "optional": True}})
    return _named(
        deployment,
        "apps/v1",
        "DaemonSet",
        TARGET,
        spec={
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": {"app": TARGET}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
            "template": _template(TARGET, pod),
        },
    )


def _template(app: str, pod: JsonObject) -> JsonObject:
    return {
        "metadata": {
            "labels": {"app": app, PART_OF: MANAGER},
            "annotations": {"openshift.io/required-scc": "restricted-v2"},
        },
        "spec": pod,
    }


def _pod(deployment: Deployment, app: str, command: str, placement: Placement, grace: int) -> JsonObject:
    options = deployment.options
    container = {
        "name": "agent",
        "image": options.image,
        "imagePullPolicy": options.image_pull_policy,
        "command": ["python3", "/opt/podnet/agent.pyz", command],
        "env": [
            *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in _ENV_FIELDS),
            {"name": "PYTHONUNBUFFERED", "value": "1"},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
        ],
        "resources": dict(placement.resources),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "agent", "mountPath": "/opt/podnet", "readOnly": True},
            {"name": "config", "mountPath": "/etc/podnet/config", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    pod: JsonObject = {
        "serviceAccountName": app,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace,
        "nodeSelector": {**_LINUX, **placement.node_selector},
        "tolerations": [dict(item) for item in placement.tolerations],
        "securityContext": _pod_security(deployment),
        "containers": [container],
        "volumes": [
            {"name": "agent", "configMap": {"name": deployment.agent_name}},
            {"name": "config", "configMap": {"name": deployment.config_name}},
            # Certificates are written there for a moment; nothing goes to a disk.
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
    }
    if options.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in options.image_pull_secrets]
    if options.priority_class:
        pod["priorityClassName"] = options.priority_class
    return pod


def _pod_security(deployment: Deployment) -> JsonObject:
    """OpenShift gives each namespace its range of user ids, and others are refused there."""
    context: JsonObject = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    user = deployment.options.run_as_user
    if user is None and not deployment.platform.assigns_users:
        user = _USER
    if user is not None:
        context.update({"runAsUser": user, "runAsGroup": user})
    return context


def _http_probe(path: str, port: int, period: int, failures: int) -> JsonObject:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "timeoutSeconds": 10 if failures > 3 else 3,
        "failureThreshold": failures,
    }
