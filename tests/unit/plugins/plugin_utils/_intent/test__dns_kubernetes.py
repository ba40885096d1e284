# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that cluster DNS is told to give no name to."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns import Corefile
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns_kubernetes import NO_OPTIONS, Options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

Json = dict[str, t.Any]
COREFILE = (
    ".:53 {\n  kubernetes cluster.local in-addr.arpa {\n    pods insecure\n    %s\n  }\n  forward . 192.0.2.1\n}\n"
)


def service(headless: bool = False, **labels: str) -> ServicePort:
    item: Json = {
        "metadata": {"namespace": "shop", "name": "web", "labels": labels},
        "spec": {"clusterIP": "None" if headless else "10.96.0.20", "ports": [{"port": 80}]},
    }
    return ServicePort(item, item["spec"]["ports"][0])


def index(ready: bool | None = None) -> ClusterIndex:
    endpoint = {"addresses": ["10.244.1.5"], "conditions": {"ready": bool(ready)}}
    piece = {
        "metadata": {"namespace": "shop", "name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
        "ports": [{"port": 8080, "protocol": "TCP"}],
        "endpoints": [endpoint],
    }
    return ClusterIndex({"resources": {"endpointslices": [] if ready is None else [piece]}})


@pytest.mark.parametrize(
    ("line", "asked", "leaves_out"),
    [
        ("namespaces kube-system default", service(), True),
        ("namespaces kube-system shop", service(), False),
        ("labels exposed=yes", service(), True),
        ("labels exposed=yes", service(exposed="yes"), False),
        ("labels exposed in (yes, true), app", service(exposed="true", app="web"), False),
        ("labels exposed in (yes, true), app", service(exposed="true"), True),
        ("labels !hidden", service(hidden="1"), True),
        ("labels tier!=internal", service(tier="internal"), True),
        ("labels tier notin (internal)", service(tier="front"), False),
        ("labels tier >> 3", service(), False),  # not understood
        ("noendpoints", service(headless=True), True),
        ("noendpoints", service(), False),
        ("ttl 30", service(), False),
    ],
)
def test_a_line_that_leaves_a_service_out(line: str, asked: ServicePort, leaves_out: bool) -> None:
    found = Options.parse(COREFILE % line).leaves_out(index(ready=True), asked)
    assert found == (line if leaves_out else "")


@pytest.mark.parametrize(
    ("ready", "asked", "hidden"),
    [
        (None, service(), True),
        (False, service(), True),
        (True, service(), False),
        (None, service(headless=True), False),
    ],
)
def test_services_without_endpoints_may_be_ignored(ready: bool | None, asked: ServicePort, hidden: bool) -> None:
    options = Options.parse(COREFILE % "ignore empty_service")
    assert options.hides_empty(index(ready), asked) is hidden
    assert options.leaves_out(index(ready), asked) == ("ignore empty_service" if hidden else "")
    assert not Options.parse(COREFILE % "ttl 30").hides_empty(index(ready), asked)


def test_of_two_blocks_nobody_can_tell_which_serves_a_name() -> None:
    text = COREFILE % "noendpoints"
    assert Options.parse(text + text) == NO_OPTIONS


def test_the_corefile_has_them() -> None:
    item = {"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": COREFILE % "noendpoints"}}
    found = Corefile.of(ClusterIndex({"resources": {"configmaps": [item]}})).options
    assert found.lines == (("pods", "insecure"), ("noendpoints",))
