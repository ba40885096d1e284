# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test of this folder starts without the credentials of whoever runs it."""

from __future__ import annotations

import pathlib
import shutil
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube import api_server

pytest.importorskip("kubernetes")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """No kubeconfig, no K8S_AUTH_*, no proxy and no home directory of a person."""
    import os

    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def api() -> t.Iterator[api_server.ApiServer]:
    """An API server over plain HTTP."""
    with api_server.ApiServer() as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A certificate authority, a server's and a client's certificate."""
    if not shutil.which("openssl"):
        pytest.skip("this machine has no openssl command")
    folder = tmp_path_factory.mktemp("certificates")
    api_server.make_certificates(folder)
    return folder
