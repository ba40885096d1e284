# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that end an armed capture: as they are before it begins, from one task to the next."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.action import capture_wait
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KUBE_ARGUMENT_SPEC
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle

OPTIONS: dict[str, t.Any] = {name: option.get("default") for name, option in KUBE_ARGUMENT_SPEC.items()}


class Api:
    """A cluster with one check. status: of its condition Reachable; down: the API does not answer."""

    status = "True"
    down = False

    def list(self, _path: str) -> t.Iterator[dict[str, t.Any]]:
        if self.down:
            raise KubeError("network", "Cannot reach the API")
        condition = {"type": "Reachable", "status": self.status, "lastTransitionTime": "1"}
        return iter([{"metadata": {"namespace": "ns", "name": "a"}, "status": {"conditions": [condition]}}])


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    known = Api()
    monkeypatch.setattr(capture_wait, "connect", lambda *_options: known)
    return known


def bundle_of(path: pathlib.Path, *checks: str) -> Bundle:
    bundle = Bundle.create(path / "b", {"run_id": "r", "kind": "capture"})
    bundle.write_json("plan.json", {"checks": list(checks)})
    return bundle


def test_a_check_that_turns_while_captures_begin_is_no_check_that_was_down_before(
    api: Api, tmp_path: pathlib.Path
) -> None:
    bundle = bundle_of(tmp_path, "ns")
    assert capture_wait._arm(bundle, OPTIONS) == {"msg": "1 connectivity check watched"}
    api.status = "False"
    checks = capture_wait._checks(bundle, OPTIONS)
    assert checks is not None
    assert checks.look() == "the connectivity check ns/a turned not reachable"


def test_an_api_that_was_away_before_the_captures_is_asked_again(api: Api, tmp_path: pathlib.Path) -> None:
    bundle = bundle_of(tmp_path, "ns")
    api.down = True
    assert "Cannot reach the API" in capture_wait._arm(bundle, OPTIONS)["msg"]
    api.down = False
    checks = capture_wait._checks(bundle, OPTIONS)
    assert checks is not None and checks.look() == ""
    api.status = "False"
    assert checks.look() == "the connectivity check ns/a turned not reachable"


def test_no_check_is_no_question_to_the_api(api: Api, tmp_path: pathlib.Path) -> None:
    api.down = True
    bundle = bundle_of(tmp_path)
    assert "no connectivity check" in capture_wait._arm(bundle, OPTIONS)["msg"]
    assert capture_wait._checks(bundle, OPTIONS) is None
