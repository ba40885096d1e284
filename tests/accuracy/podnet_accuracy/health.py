# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded look at the health of a cluster: what its API and its agents said, judged and shown again.

python -m podnet_accuracy.health            record one, on a lab that has the checks (tests/recorded/README.md)
"""

from __future__ import annotations

import json
import lzma
import sys
import threading
import time
import typing as t
from pathlib import Path
from unittest import mock

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Keep, Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Completed, Container, run
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import options_from_params
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read import _agents
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._measure import Question, measure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._html import render_html

from .recording import DIRECTORY, Json

RECORDING = DIRECTORY / "health.json.xz"
NAMESPACE = "podnet-connectivity-checks"
QUESTION = Question(NAMESPACE, probe=True)


class _Said:
    """What was answered, in the order in which each was asked."""

    def __init__(self, said: Json | None = None) -> None:
        self.said: Json = said or {"lists": {}, "objects": {}, "agents": {}}
        self.requests = self.received = 0
        self._turn: dict[str, int] = {}

    def list(self, path: str, *, label_selector: str | None = None, keep: Keep | None = None) -> t.Any:
        """The objects of a list, as they were kept."""
        return self.said["lists"][path]

    def get(self, path: str) -> Json:
        """One object."""
        if path not in self.said["objects"]:
            raise KubeError("not_found", f"{path} was not recorded")
        return t.cast(Json, self.said["objects"][path])

    def run(self, unused_kube: t.Any, where: Container, *unused: t.Any, **also_unused: t.Any) -> Completed:
        """What the agent in a pod wrote when it was asked this time."""
        turn = self._turn.get(where.pod, 0)
        self._turn[where.pod] = turn + 1
        status, out, err = self.said["agents"][where.pod][turn]
        return Completed(status, out.encode(), err.encode())


class _Kept(_Said):
    """A real cluster, of which every answer is kept."""

    def __init__(self, kube: Kube) -> None:
        super().__init__()
        self._kube, self._lock = kube, threading.Lock()

    def list(self, path: str, *, label_selector: str | None = None, keep: Keep | None = None) -> t.Any:
        found = self.said["lists"][path] = list(self._kube.list(path, label_selector=label_selector, keep=keep))
        return found

    def get(self, path: str) -> Json:
        found = self.said["objects"][path] = {"spec": self._kube.get(path)["spec"]}
        return found

    def run(self, unused_kube: t.Any, where: Container, *rest: t.Any, **named: t.Any) -> Completed:
        done = run(self._kube, where, *rest, **named)
        with self._lock:
            answers = self.said["agents"].setdefault(where.pod, [])
            answers.append((done.status, done.stdout.decode(), done.stderr.decode()))
        return done


def _measured(said: _Said) -> Matrix:
    with mock.patch.object(_agents, "run", said.run):
        return measure(t.cast(Kube, said), QUESTION)


def record() -> Path:
    """Look at the cluster of the kubeconfig, and keep all that it says."""
    kube = connect(options_from_params({}))
    kept = _Kept(kube)
    _measured(kept)
    about = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cluster": kube.server}
    RECORDING.write_bytes(lzma.compress(json.dumps({**about, **kept.said}, sort_keys=True).encode()))
    return RECORDING


def page() -> str:
    """The report of the recorded look, made by what makes it now."""
    recorded = json.loads(lzma.decompress(RECORDING.read_bytes()))
    matrix = _measured(_Said(recorded))
    verdict = judge(matrix, NAMESPACE)
    place = {"time": recorded["time"], "cluster": recorded["cluster"], "namespace": NAMESPACE}
    return render_html(matrix, verdict, **place, probed=QUESTION.probe)


if __name__ == "__main__":
    print(f"written: {record()}")
    sys.exit(0)
