# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels that nothing asks for are not kept, and are still found by who asks later."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, matches, selects
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._concealed import without_private_labels

LABELS = {
    "app": "web",
    "app.kubernetes.io/name": "web",
    "example.com/team": "red",
    "example.com/stage": "test",
    "example.com/key": "planted-7f3a",
    "password": "planted-7f3a",
}
SERVICE = {"metadata": {"name": "web"}, "spec": {"selector": {"example.com/team": "red"}}}
RULE = {"from": [{"podSelector": {"matchExpressions": [{"key": "example.com/stage", "operator": "Exists"}]}}]}
POLICY = {"metadata": {"name": "p"}, "spec": {"podSelector": {"matchLabels": {}}, "ingress": [RULE]}}


def pod(**resources: t.Any) -> dict[str, t.Any]:
    cluster = {"resources": {"pods": [{"metadata": {"name": "p", "labels": LABELS}}], **resources}}
    concealed = without_private_labels(cluster)
    assert without_private_labels(concealed) == concealed  # what is read further does not conceal it twice
    found: dict[str, t.Any] = concealed["resources"]["pods"][0]
    return found


def test_only_what_is_asked_for_keeps_its_value() -> None:
    labels = labels_of(pod(services=[SERVICE], networkpolicies=[POLICY]))
    assert {key: value for key, value in labels.items() if not value.startswith("sha256.")} == {
        "app": "web",
        "app.kubernetes.io/name": "web",
        "example.com/team": "red",
        "example.com/stage": "test",
    }
    assert set(labels) == set(LABELS) and "planted" not in json.dumps(labels)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"matchLabels": {"example.com/team": "red"}}, True),
        ({"matchLabels": {"example.com/team": "blue"}}, False),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "In", "values": ["blue", "red"]}]}, True),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "In", "values": ["blue"]}]}, False),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "NotIn", "values": ["red"]}]}, False),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "NotIn", "values": ["blue"]}]}, True),
        ({"matchExpressions": [{"key": "example.com/none", "operator": "NotIn", "values": ["blue"]}]}, True),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "example.com/team", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_policy_that_is_read_later_finds_it(selector: dict[str, t.Any], expected: bool) -> None:
    assert matches(selector, labels_of(pod())) is expected is matches(selector, LABELS)


def test_a_service_that_is_read_later_finds_it() -> None:
    assert selects({"example.com/team": "red"}, labels_of(pod())) and not selects({"password": "x"}, labels_of(pod()))


def test_a_cluster_without_pods_is_as_it_was() -> None:
    assert without_private_labels({"resources": {}}) == {"resources": {}}
