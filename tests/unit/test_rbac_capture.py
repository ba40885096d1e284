# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac-capture.yaml allows what the playbook capture asks for: its plan is made here, with each request noted."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._plan import PlanError, Planner
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._request import parse_request
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._trigger import CheckTrigger

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
Json = dict[str, t.Any]


def _rules(manifest: str, kind: str, name: str) -> list[Json]:
    for item in yaml.safe_load((DOCS / manifest).read_text(encoding="utf-8"))["items"]:
        if (item["kind"], item["metadata"]["name"]) == (kind, name):
            return t.cast(list[Json], item["rules"])
    raise AssertionError(f"no {kind} {name}")


class Api:
    """A cluster with one Service and its pod on one node, which notes what it is asked."""

    POD: t.ClassVar[Json] = {
        "metadata": {"namespace": "default", "name": "web-0", "labels": {"app": "web"}, "uid": "u"},
        "spec": {"nodeName": "node-1"},
        "status": {"phase": "Running", "podIP": "10.244.1.5", "podIPs": [{"ip": "10.244.1.5"}]},
    }

    def __init__(self) -> None:
        self.asked: set[tuple[str, str]] = set()
        self.objects: dict[str, Json] = {
            "pods/web-0": self.POD,
            "services/web": {
                "metadata": {"namespace": "default", "name": "web"},
                "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.9"},
            },
            "nodes/node-1": {
                "metadata": {"name": "node-1"},
                "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.11"}]},
            },
        }

    def get(self, path: str, **_more: t.Any) -> Json:
        if path == "/version":
            return {"gitVersion": "v1.34.4"}
        resource, name = path.split("/")[-2:]
        self.asked.add((resource, "get"))
        if f"{resource}/{name}" not in self.objects:
            raise KubeError("not_found", f"no {path}")
        return self.objects[f"{resource}/{name}"]

    def list(self, path: str, *_more: t.Any, **_named: t.Any) -> t.Iterator[Json]:
        resource = path.rpartition("/")[2]
        self.asked.add((resource, "list"))
        return iter([item for name, item in self.objects.items() if name.startswith(f"{resource}/")])


def _plan(api: Api, **values: t.Any) -> Json:
    request, problems = parse_request(values)
    assert request is not None and problems == []
    return Planner(t.cast(t.Any, api), request).plan("run", {}, 4)


def test_what_is_read_may_be_read_and_nothing_else() -> None:
    api = Api()
    probe = {"probe_source": "pod:default/web-0", "probe_destination": "service:default/web", "probe_port": "80"}
    plan = _plan(api, targets=["service:default/web", "pod:default/web-0", "node:node-1", "pod:default/web-9"], **probe)
    assert plan["nodes"]["node-1"]["pod_namespaces"] == ["pod:default/web-0"] and plan["nodes"]["node-1"]["whole"]
    assert (plan["probe"]["request"]["target"], plan["probe"]["node"]) == ("10.96.0.9", "node-1")
    assert [problem["what"] for problem in plan["problems"]] == ["pod:default/web-9"]
    assert "web-0" in plan["problems"][0]["text"]
    for target in ("node:node-9", "service:default/wed"):
        try:
            _plan(api, targets=[target])
        except PlanError as exc:
            assert f"Cannot find {target} in the cluster" in str(exc)
    for name in ("ns", "ns/one"):
        try:
            CheckTrigger(t.cast(t.Any, api), [name]).arm()
        except KubeError as exc:
            assert exc.kind == "not_found"
    allowed = {
        (resource, verb)
        for rule in _rules("rbac-capture.yaml", "ClusterRole", "podnet-capture-read")
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    # Leases are read by the agents' connection.
    assert allowed == api.asked | {("leases", "get")}


def test_too_many_nodes_are_refused_before_anything_is_made() -> None:
    api = Api()
    for number in range(2, 7):
        api.objects[f"nodes/node-{number}"] = {"metadata": {"name": f"node-{number}"}}
    try:
        _plan(api, targets=[f"node:node-{number}" for number in range(1, 7)])
    except PlanError as exc:
        assert "on 6 nodes; capture_max_nodes allows 4" in str(exc)
    else:
        raise AssertionError("a plan was made")


def test_agents_need_the_rights_that_they_need_for_a_diagnosis() -> None:
    assert _rules("rbac-capture.yaml", "Role", "podnet-capture-agents") == _rules(
        "rbac.yaml", "Role", "podnet-diagnostics-agents"
    )
