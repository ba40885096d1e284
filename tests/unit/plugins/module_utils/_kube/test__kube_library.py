# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of configurations, taken out of the kubernetes library."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _library

FRESH = """
import importlib, json, sys
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _library
def loaded(): return sorted(name for name in sys.modules if name.split(".")[0] == "kubernetes")
before = {"loaded": loaded()}
library = _library.load_library()
after = {"loaded": loaded(), "version": library.version, "reader": library.kube_config.__name__}
client = library.kube_config.ApiClient(configuration=library.Configuration())
import kubernetes
whole = {"version": kubernetes.__version__, "api": hasattr(kubernetes.client, "CoreV1Api"),
         "client": isinstance(client, kubernetes.client.ApiClient)}
again = _library.load_library()
print(json.dumps([before, after, whole, again.kube_config is kubernetes.config.kube_config]))
"""


def test_the_reader_alone_leaves_the_library_to_others() -> None:
    done = subprocess.run([sys.executable, "-c", FRESH], check=True, capture_output=True, text=True)
    before, after, whole, same = json.loads(done.stdout)
    assert before["loaded"] == after["loaded"] == [], "none of its modules stay where others would find them"
    assert after["reader"] == "kubernetes.config.kube_config"
    assert whole == {"version": after["version"], "api": True, "client": True}
    assert same, "what is there already is used as it is"


@pytest.fixture(name="absent")
def _absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _library._loaded():
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("absent")
def test_a_library_that_is_built_differently_is_imported_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, folder: str) -> None:
        raise AttributeError(name)

    monkeypatch.setattr(_library, "_package", broken)
    assert _library.load_library().kube_config is sys.modules["kubernetes.config.kube_config"]


@pytest.mark.usefixtures("absent")
def test_a_library_that_is_not_there_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(ImportError, match="kubernetes"):
        _library.load_library()
