# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of real packets for the tests that ask the kernel."""

from __future__ import annotations

import pathlib
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence.real_network import (
    REASON,
    Experiment,
    Network,
)


@pytest.fixture(name="network", scope="module")
def _network() -> t.Iterator[Network]:
    if REASON:
        pytest.skip(REASON)
    network = Network(uuid.uuid4().hex[:6])
    try:
        try:
            network.build()
        except (RuntimeError, OSError) as exc:
            pytest.skip(f"the test network cannot be made here: {exc}")
        yield network
    finally:
        network.destroy()


@pytest.fixture(name="experiment")
def _experiment(network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Experiment:
    return Experiment(network, monkeypatch, tmp_path)
