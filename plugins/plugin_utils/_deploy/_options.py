# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a user asks for, checked: every problem is found before anything is changed, and named with its place."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import ConfigError, parse_config
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._endpoints import (
    endpoint_problem,
    is_namespace,
    is_object_name,
    split_host_port,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, is_name
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems

DEFAULT_NAMESPACE = "podnet-connectivity-checks"
DEFAULT_IMAGE = "docker.io/library/python:3.13-slim"
# Namespaces of OpenShift's own checks: its operator deletes what it does not know there.
_FORBIDDEN_NAMESPACES = ("openshift-network-diagnostics", "openshift-kube-apiserver", "openshift-apiserver")
_TARGET_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?")
_LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([numkMGTPE]|[KMGTPE]i|[eE][0-9]+)?")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TOLERATION_KEYS = ("key", "operator", "value", "effect", "tolerationSeconds")

_PLACE: dict[str, dict[str, t.Any]] = {
    "node_selector": {"type": "dict", "default": {}},
    "tolerations": {"type": "list", "elements": "dict", "default": []},
}
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "namespace": {"type": "str", "default": DEFAULT_NAMESPACE},
    "allow_unrestricted_namespace": {"type": "bool", "default": False},
    "image": {"type": "str", "default": DEFAULT_IMAGE},
    "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
    "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "period": {"type": "float", "default": 60.0},
    "timeout": {"type": "float", "default": 10.0},
    "write_interval": {"type": "float", "default": 1200.0},
    "replicas": {"type": "int", "default": 1},
    "spread_over_zones": {"type": "bool", "default": True},
    "source_node_selector": _PLACE["node_selector"],
    "source_tolerations": _PLACE["tolerations"],
    "source_resources": {"type": "dict", "default": {"requests": {"cpu": "10m", "memory": "48Mi"}}},
    "target_node_selector": _PLACE["node_selector"],
    "target_tolerations": {"type": "list", "elements": "dict", "default": [{"operator": "Exists"}]},
    "target_resources": {"type": "dict", "default": {"requests": {"cpu": "10m", "memory": "32Mi"}}},
    "priority_class": {"type": "str", "default": ""},
    "run_as_user": {"type": "int"},
    "load_balancers": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "endpoint": {"type": "str", "required": True}},
    },
    "discover_load_balancers": {"type": "bool", "default": True},
    "load_balancer_namespaces": {"type": "list", "elements": "str", "default": []},
    "extra_targets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "port": {"type": "int"},
            "tls": {"type": "bool", "default": False},
            "tls_secret": {"type": "str", "default": "", "no_log": False},
        },
    },
    "tls_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "mesh": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "enabled": {"type": "bool", "default": True},
            "interval": {"type": "float", "default": 60.0},
            "all_pairs_up_to": {"type": "int", "default": 30},
            "partners": {"type": "int", "default": 10},
            "host_scheme": {"type": "str", "choices": ["http", "https"], "default": "https"},
            "host_port": {"type": "int", "default": 10250},
            "timeout": {"type": "float", "default": 5.0},
        },
    },
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300.0},
    "remove_crd": {"type": "bool", "default": False},
}


class OptionError(Exception):
    """What is asked for cannot be done; the text names every problem with its place."""


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where pods may run."""

    node_selector: t.Mapping[str, t.Any]
    tolerations: tuple[JsonObject, ...]
    resources: JsonObject


@dataclasses.dataclass(frozen=True)
class DeployOptions:
    """What is deployed. Times are seconds. load_balancers, extra and mesh: as in config.json. run_as_user: None where
    nobody said anything.
    """

    namespace: str
    allow_unrestricted_namespace: bool
    image: str
    image_pull_policy: str
    image_pull_secrets: tuple[str, ...]
    period: float
    timeout: float
    write_interval: float
    replicas: int
    source: Placement
    target: Placement
    spread_over_zones: bool
    priority_class: str
    run_as_user: int | None
    load_balancers: tuple[JsonObject, ...]
    discover_load_balancers: bool
    load_balancer_namespaces: tuple[str, ...]
    extra: tuple[JsonObject, ...]
    tls_secrets: tuple[str, ...]
    mesh: JsonObject

    def extra_by_namespace(self) -> dict[str, list[tuple[str, str]]]:
        """The pods and Services that the source has to read elsewhere: namespace → (kind, name), kind pod or
        service.
        """
        found: dict[str, list[tuple[str, str]]] = {}
        for item in self.extra:
            kind, colon, place = str(item["target"]).partition(":")
            if colon and kind in ("pod", "service") and "/" in place:
                namespace, _slash, name = place.partition("/")
                found.setdefault(namespace, []).append((kind, name))
        return found


def read_options(arguments: t.Mapping[str, t.Any]) -> DeployOptions:
    """Options from the action's arguments. Raises OptionError with all problems at once."""
    problems = range_problems("connectivity_check_deployment", arguments)
    options = DeployOptions(
        namespace=arguments["namespace"],
        allow_unrestricted_namespace=arguments["allow_unrestricted_namespace"],
        image=arguments["image"],
        image_pull_policy=arguments["image_pull_policy"],
        image_pull_secrets=tuple(arguments["image_pull_secrets"]),
        period=arguments["period"],
        timeout=arguments["timeout"],
        write_interval=arguments["write_interval"],
        replicas=arguments["replicas"],
        source=Placement(
            arguments["source_node_selector"], tuple(arguments["source_tolerations"]), arguments["source_resources"]
        ),
        target=Placement(
            arguments["target_node_selector"], tuple(arguments["target_tolerations"]), arguments["target_resources"]
        ),
        spread_over_zones=arguments["spread_over_zones"],
        priority_class=arguments["priority_class"],
        run_as_user=arguments["run_as_user"],
        load_balancers=tuple(_load_balancers(arguments["load_balancers"], problems)),
        discover_load_balancers=arguments["discover_load_balancers"],
        load_balancer_namespaces=tuple(arguments["load_balancer_namespaces"]),
        extra=tuple(_extra_targets(arguments["extra_targets"], problems)),
        tls_secrets=(),
        mesh=dict(arguments["mesh"]),
    )
    secrets = dict.fromkeys(
        [*arguments["tls_secrets"], *(item["tls_secret"] for item in options.extra if item["tls_secret"])]
    )
    options = dataclasses.replace(options, tls_secrets=tuple(secrets))
    problems += _problems(options)
    if problems:
        raise OptionError("; ".join(problems))
    return options


def _problems(options: DeployOptions) -> t.Iterator[str]:
    yield from namespace_problems(options.namespace)
    if not options.image.strip() or any(character.isspace() for character in options.image):
        yield f"image {options.image!r} is not the name of an image"
    for name, names in (("image_pull_secrets", options.image_pull_secrets), ("tls_secrets", options.tls_secrets)):
        yield from (
            f"{name} has {item!r}, which is not the name of a Secret" for item in names if not is_object_name(item)
        )
    for item in options.load_balancer_namespaces:
        if not is_namespace(item):
            yield f"load_balancer_namespaces has {item!r}, which is not the name of a namespace"
    if options.priority_class and not is_object_name(options.priority_class):
        yield f"priority_class {options.priority_class!r} is not the name of a PriorityClass"
    for name, placement in (("source", options.source), ("target", options.target)):
        yield from _placement_problems(name, placement)
    if len({item["name"] for item in options.extra}) < len(options.extra):
        yield "extra_targets has two items of one name"


def namespace_problems(namespace: str) -> t.Iterator[str]:
    """Why the checks cannot live in this namespace, as far as its name says."""
    if not is_namespace(namespace):
        yield f"namespace {namespace!r} is not the name of a namespace"
    elif namespace in _FORBIDDEN_NAMESPACES:
        yield f"namespace {namespace} belongs to OpenShift's own checks, whose operator deletes all others there"


def _placement_problems(which: str, placement: Placement) -> t.Iterator[str]:
    for key, value in placement.node_selector.items():
        if not isinstance(value, str):
            yield f"{which}_node_selector has {key}: {value!r}, and a label's value is a text: put it in quotes"
        elif not _LABEL_KEY.fullmatch(str(key)) or not _LABEL_VALUE.fullmatch(value):
            yield f"{which}_node_selector has {key}: {value!r}, which no label can be"
    for index, item in enumerate(placement.tolerations):
        place = f"{which}_tolerations[{index}]"
        unknown = [str(key) for key in item if key not in _TOLERATION_KEYS]
        if unknown:
            yield f"{place} has {', '.join(unknown)}, which no toleration has"
        if item.get("operator", "Equal") not in ("Equal", "Exists"):
            yield f"{place} has the operator {item['operator']!r}, which is neither Equal nor Exists"
        if item.get("operator") == "Exists" and item.get("value"):
            yield f"{place} has a value, and with the operator Exists there is none"
        if item.get("operator", "Equal") == "Equal" and not item.get("key"):
            yield f"{place} has no key, and without one the operator has to be Exists"
        if item.get("effect") not in (None, "", *_EFFECTS):
            yield f"{place} has the effect {item['effect']!r}, and there are {', '.join(_EFFECTS)}"
    yield from _resource_problems(f"{which}_resources", placement.resources)


def _resource_problems(place: str, resources: JsonObject) -> t.Iterator[str]:
    for part, amounts in resources.items():
        if part not in ("requests", "limits") or not isinstance(amounts, dict):
            yield f"{place} has {part}, and there are requests and limits, each with amounts by name"
            continue
        for name, amount in amounts.items():
            if isinstance(amount, bool) or not _QUANTITY.fullmatch(str(amount)):
                yield f"{place}.{part}.{name} is {amount!r}, which is not an amount such as 10m or 40Mi"


def _load_balancers(items: t.Sequence[JsonObject], problems: list[str]) -> t.Iterator[JsonObject]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        name, endpoint = item["name"], item["endpoint"]
        place = f"load_balancers[{index}] ({name})"
        if not _TARGET_NAME.fullmatch(name):
            problems.append(f"{place}: the name has to be lower-case letters, digits, dashes and dots, at most 63")
        if name in seen:
            problems.append(f"{place}: the name is there twice")
        problem = endpoint_problem(endpoint)
        if problem:
            problems.append(f"{place}: {problem}")
        seen.add(name)
        yield {"name": name, "endpoint": endpoint}


def _extra_targets(items: t.Sequence[JsonObject], problems: list[str]) -> t.Iterator[JsonObject]:
    for index, item in enumerate(items):
        problem = "; ".join(_extra_problems(item))
        if problem:
            problems.append(f"extra_targets[{index}] ({item['name']}): {problem}")
        yield {
            "name": item["name"],
            "target": item["target"],
            "port": item["port"],
            "tls": item["tls"],
            "tls_secret": item["tls_secret"],
            "http": None,
        }


def _extra_problems(item: JsonObject) -> t.Iterator[str]:
    target, port = str(item["target"]), item["port"]
    if not _TARGET_NAME.fullmatch(item["name"]):
        yield "the name has to be lower-case letters, digits, dashes and dots, at most 63"
    if target.startswith(("pod:", "service:")):
        kind, _colon, place = target.partition(":")
        namespace, _slash, name = place.partition("/")
        if not is_namespace(namespace) or not is_object_name(name):
            yield f"{target!r} is not {kind}:NAMESPACE/NAME"
        if kind == "pod" and port is None:
            yield "a pod needs a port"
    else:
        yield from _address_problems(target, port)
    if item["tls_secret"] and not item["tls"]:
        yield "it has a tls_secret but tls is false"


def _address_problems(target: str, port: int | None) -> t.Iterator[str]:
    """Of host:port, or of a host with the port beside it."""
    if port is None:
        problem = endpoint_problem(target)
        if problem:
            yield problem
        return
    if Address.parse(target) is not None or is_name(target):
        return
    there = split_host_port(target)
    if there is None:
        yield endpoint_problem(join(target, port)) or f"{target!r} is neither an address nor a host name"
    elif there[1] != port:
        yield f"{target} has the port {there[1]}, and port says {port}"


def config_of(options: DeployOptions, openshift: bool, load_balancers: t.Sequence[JsonObject]) -> JsonObject:
    """config.json of the programs. load_balancers: the given and the discovered ones. Raises OptionError."""
    config: JsonObject = {
        "period": _plain(options.period),
        "timeout": _plain(options.timeout),
        "write_interval": _plain(options.write_interval),
        "lease_interval": 30,
        "max_in_flight": 1024,
        "prune_after": 172800,
        "targets": {
            "kubernetes": True,
            "openshift": openshift,
            "target_service": True,
            "target_endpoints": True,
            "load_balancers": list(load_balancers),
            "extra": list(options.extra),
        },
        "mesh": {key: _plain(value) for key, value in options.mesh.items()},
    }
    try:
        parse_config(config)
    except ConfigError as exc:
        raise OptionError(f"the programs would not take this configuration: {exc}") from None
    return config


def _plain(value: t.Any) -> t.Any:
    """A whole number as such, so that 60 and 60.0 give one file."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
