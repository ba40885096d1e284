# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of the lab is diagnosed to its true root cause and place, and a healthy cluster is called healthy."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from conftest import Diagnosis, Lab
from podnet_accuracy.gaps import known_gaps
from podnet_accuracy.judge import judge
from podnet_accuracy.live import filled_causes

# One or two of the lab's faults of each kind, live; the recordings of all are analysed by `make recorded`, and
# `make accuracy` tries all of them live.
SAMPLE = [
    "nic-static-and-dhcp",
    "path-mtu-blackhole",
    "kube-proxy-priority",
    "service-selector-mismatch",
    "port-not-listening",
    "route-missing",
    "dns-server-down",
    "drop-syn-ack",
    "policy-route-answers",
    "hairpin-off",
    "readiness-blocked-on-node",
    "redirect-in-client",
]
# What is known not to be right yet is kept as a recording (tests/accuracy).
FAULTS = [name for name in SAMPLE if f"{name}@iptables" not in known_gaps()]
# Diagnosed through both kinds of access, with the same verdict.
BOTH_WAYS = ["route-missing", "service-selector-mismatch", "nic-static-and-dhcp"]
SEVERE = ("critical", "major", "minor")


def _truth(lab: Lab, name: str) -> dict[str, t.Any]:
    """The truth of an injected fault, with the names of the running lab in it."""
    return t.cast(dict[str, t.Any], json.loads(lab.lab("fault", "show", name).stdout)["truth"])


def _diagnose(lab: Lab, bundle: pathlib.Path, truth: dict[str, t.Any], access: str) -> Diagnosis:
    return lab.diagnose(
        bundle, truth["source"], truth["destination"], truth["port"], access=access, diagnose_protocol=truth["protocol"]
    )


def _check(truth: dict[str, t.Any], run: Diagnosis) -> None:
    told = judge(filled_causes(truth), run.findings)
    assert told.right, (told, run.output)
    cause = run.finding(run.verdict["root_cause"])
    assert set(truth["explains"]) <= set(cause["explains"]), run.output
    assert cause["evidence"] and cause["remediation"], "a root cause comes with proof and with what to change"


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_diagnosed(lab: Lab, bundle: pathlib.Path, name: str) -> None:
    with lab.fault(name):
        truth = _truth(lab, name)
        run = _diagnose(lab, bundle, truth, "agent")
        if name in BOTH_WAYS:
            by_ssh = _diagnose(lab, bundle.with_name("ssh"), truth, "ssh")
            _check(truth, by_ssh)
            assert by_ssh.verdict["root_cause"] == run.verdict["root_cause"]
            assert by_ssh.verdict["location"] == run.verdict["location"]
    _check(truth, run)
    assert run.status == 0, "a fault fails the run only where the user asks for that"


HEALTHY = [
    ("pod:default/client-1", "service:default/web", 80),
    ("pod:default/client-1", "pod:default/client-2", None),
    ("pod:default/client-2", "web.default.svc.cluster.local", 80),
    ("node:node-1", "service:default/web", 80),
    ("host:outside", "service:default/web-nodeport", 80),
]


@pytest.mark.parametrize(("source", "destination", "port"), HEALTHY)
def test_healthy_cluster_is_called_healthy(
    lab: Lab, bundle: pathlib.Path, source: str, destination: str, port: int | None
) -> None:
    run = lab.diagnose(bundle, source, destination, port, diagnose_fail_on="inconclusive")
    assert run.verdict["result"] == "healthy", run.output
    assert [finding for finding in run.findings["findings"] if finding["severity"] in SEVERE] == [], run.output
    assert run.status == 0, run.output
