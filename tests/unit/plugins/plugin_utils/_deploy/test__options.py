# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be deployed is said before anything is, with its place."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import parse_config
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._options import OptionError
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import (
    make_deployment,
    make_options,
)

BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"namespace": "a/b"}, "namespace 'a/b'"),
    ({"namespace": "openshift-network-diagnostics"}, "belongs to OpenShift's own checks"),
    ({"image": "a b"}, "image 'a b'"),
    ({"image_pull_secrets": ["A"]}, "image_pull_secrets has 'A'"),
    ({"period": 0.5}, "period is 0.5;"),
    ({"timeout": 0}, "timeout is 0;"),
    ({"write_interval": 1}, "write_interval is 1;"),
    ({"replicas": 0}, "replicas is 0"),
    ({"run_as_user": 0}, "run_as_user is 0"),
    ({"priority_class": "a b"}, "priority_class 'a b'"),
    ({"source_node_selector": {"infra": True}}, "source_node_selector has infra: True, and a label's value is a text"),
    ({"target_node_selector": {"a b": "c"}}, "target_node_selector has a b"),
    ({"source_tolerations": [{"operator": "Exist"}]}, r"source_tolerations\[0\] has the operator 'Exist'"),
    ({"target_tolerations": [{"operator": "Exists"}, {"value": "x"}]}, r"target_tolerations\[1\] has no key"),
    ({"target_tolerations": [{"keys": "x", "operator": "Exists"}]}, "has keys, which no toleration has"),
    ({"target_tolerations": [{"key": "x", "effect": "Evict"}]}, "has the effect 'Evict'"),
    ({"source_resources": {"request": {}}}, "source_resources has request"),
    ({"source_resources": {"limits": {"memory": "much"}}}, "source_resources.limits.memory is 'much'"),
    ({"tls_secrets": ["a/b"]}, "tls_secrets has 'a/b'"),
    ({"mesh": {"host_port": 0}}, "mesh.host_port is 0"),
    ({"mesh": {"interval": 0}}, "mesh.interval is 0;"),
    ({"mesh": {"timeout": 0}}, "mesh.timeout is 0;"),
    ({"mesh": {"partners": -1}}, "mesh.partners is -1"),
    ({"load_balancers": [{"name": "API", "endpoint": "a:1"}]}, r"load_balancers\[0\] \(API\): the name has to be"),
    ({"load_balancers": [{"name": "api", "endpoint": "https://a:1"}]}, "a URL, but host:port is wanted"),
    (
        {"load_balancers": [{"name": "a", "endpoint": "a:1"}, {"name": "a", "endpoint": "b:1"}]},
        "the name is there twice",
    ),
    ({"load_balancer_namespaces": ["A"]}, "load_balancer_namespaces has 'A'"),
    (
        {"extra_targets": [{"name": "x", "target": "pod:shop"}]},
        r"extra_targets\[0\] \(x\): 'pod:shop' is not pod:NAMESPACE/NAME; a pod needs",
    ),
    (
        {"extra_targets": [{"name": "x", "target": "service:Shop/db"}]},
        "'service:Shop/db' is not service:NAMESPACE/NAME",
    ),
    ({"extra_targets": [{"name": "x", "target": "db"}]}, "'db' is not host:port: missing port"),
    ({"extra_targets": [{"name": "x", "target": "fd00::1:80"}]}, "an IPv6 address needs brackets"),
    ({"extra_targets": [{"name": "x", "target": "db:99999"}]}, "invalid port"),
    ({"extra_targets": [{"name": "x", "target": "a b", "port": 1}]}, "neither an IP address nor a host name"),
    ({"extra_targets": [{"name": "x", "target": "db:80", "port": 81}]}, "db:80 has the port 80, and port says 81"),
    ({"extra_targets": [{"name": "x", "target": "db", "port": 70000}]}, "port is 70000;"),
    ({"extra_targets": [{"name": "x", "target": "db:1", "tls_secret": "s"}]}, "it has a tls_secret but tls is false"),
    ({"extra_targets": [{"name": "x", "target": "a:1"}, {"name": "x", "target": "b:1"}]}, "two items of one name"),
]


@pytest.mark.parametrize(("given", "problem"), BAD)
def test_a_bad_option_is_named(given: dict[str, t.Any], problem: str) -> None:
    with pytest.raises(OptionError, match=problem):
        make_options(**given)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(OptionError, match=r"replicas.*extra_targets\[1\].*image"):
        make_options(image="", replicas=0, extra_targets=[{"name": "a", "target": "a:1"}, {"name": "b", "target": "b"}])


@pytest.mark.parametrize(
    "target",
    [
        {"target": "pod:shop/web-0", "port": 8080},
        {"target": "service:shop/db"},
        {"target": "service:shop/db", "port": 5432},
        {"target": "db.example.com:5432"},
        {"target": "db.example.com", "port": 5432},
        {"target": "[2001:db8::1]:443"},
        {"target": "2001:db8::1", "port": 443},
        {"target": "db:80", "port": 80},
        {"target": "a:1", "tls": True, "tls_secret": "client"},
    ],
)
def test_targets_that_can_be_watched(target: dict[str, t.Any]) -> None:
    config = make_deployment(extra_targets=[{"name": "x", **target}]).config
    parsed = parse_config(config).targets.extra[0]
    assert (parsed.target, parsed.port, parsed.tls) == (target["target"], target.get("port"), target.get("tls", False))


def test_the_programs_get_what_was_asked_for() -> None:
    deployment = make_deployment(
        period=5, timeout=2.5, mesh={"partners": 3}, load_balancers=[{"name": "api", "endpoint": "a:6443"}]
    )
    config = json.loads(deployment.config_text)
    assert set(config) == {
        "period",
        "timeout",
        "write_interval",
        "lease_interval",
        "max_in_flight",
        "prune_after",
        "targets",
        "mesh",
    }
    assert (config["period"], config["timeout"], config["mesh"]["partners"], config["mesh"]["host_port"]) == (
        5,
        2.5,
        3,
        10250,
    )
    assert config["targets"]["load_balancers"] == [{"name": "api", "endpoint": "a:6443"}]
    assert parse_config(config).period == 5.0


def test_a_number_is_written_in_one_way_only() -> None:
    assert (
        make_deployment(period=60).config_name
        == make_deployment(period=60.0).config_name
        == make_deployment().config_name
    )
    assert make_deployment(period=61).config_name != make_deployment().config_name


def test_the_secret_of_a_target_may_be_read_without_being_named_twice() -> None:
    targets = [{"name": "x", "target": "a:1", "tls": True, "tls_secret": "two"}]
    assert make_options(tls_secrets=["one"], extra_targets=targets).tls_secrets == ("one", "two")
