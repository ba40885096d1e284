# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty cluster behind a small real API server."""

from __future__ import annotations

import os
import typing as t

import pytest

pytest.importorskip("kubernetes")

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy import _remove, _rollout
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import ApiServer
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials of whoever runs this, and no long pauses."""
    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_rollout, "_PAUSES", (0.01,))
    monkeypatch.setattr(_remove, "_PAUSE", 0.01)


@pytest.fixture
def cluster() -> t.Iterator[FakeCluster]:
    with ApiServer() as api:
        yield FakeCluster(api)


@pytest.fixture
def kube(cluster: FakeCluster) -> Kube:
    """A client of it."""
    return connect(KubeOptions(host=cluster.api.url, api_key="secret-token"))
