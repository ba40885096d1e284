# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook as people start it: without an inventory, with tags, to fail a job, and again from its bundle."""

from __future__ import annotations

import json
import pathlib
import stat

from conftest import Lab

WEB = ("pod:default/client-1", "service:default/web", 80)


def test_without_an_inventory_the_nodes_come_from_the_api(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(
        bundle, *WEB, environment={"ANSIBLE_INVENTORY": "/dev/null"}, node_agent_image="podnet.lab/agent:1"
    )
    assert run.verdict["result"] == "healthy", run.output
    assert sorted(path.name for path in (bundle / "nodes").iterdir()) == ["node-1.json.gz", "node-2.json.gz"]


def test_tags_choose_steps_and_the_verdict_says_what_was_left_out(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, *WEB, "--tags", "ping", access="ssh")
    assert run.step("ping")["status"] == "pass" and run.step("tcp")["status"] == "skipped", run.output
    assert run.verdict["result"] == "inconclusive" and "port 80 was not tried" in run.verdict["summary"], run.output


def test_an_unmanaged_source_is_skipped_and_the_rest_is_done(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, "203.0.113.7", WEB[1], WEB[2], access="ssh")
    assert run.step("tcp")["status"] in ("pass", "skipped") and run.step("snapshot")["status"] == "pass", run.output
    assert run.verdict["result"] == "inconclusive" and "203.0.113.7" in run.verdict["summary"], run.output


def test_a_fault_fails_the_job_on_request_and_the_bundle_gives_the_same_verdict_again(
    lab: Lab, bundle: pathlib.Path
) -> None:
    with lab.fault("service-selector-mismatch"):
        run = lab.diagnose(
            bundle, *WEB, access="ssh", environment={"ANSIBLE_SHOW_CUSTOM_STATS": "1"}, diagnose_fail_on="fault"
        )
    assert run.status != 0
    assert "podnet_diagnosis" in run.output, "the summary for the next job"
    before = run.findings
    again = lab.run(
        "ansible-playbook", "podnet.diagnostics.analyze_bundle", "-e", json.dumps({"diagnose_bundle_dir": str(bundle)})
    )
    assert again.returncode == 0
    assert run.findings["verdict"] == before["verdict"] and run.findings["findings"] == before["findings"]


def test_the_bundle_is_complete_private_and_sealed(lab: Lab, bundle: pathlib.Path) -> None:
    run = lab.diagnose(bundle, *WEB, access="ssh", diagnose_capture="always")
    assert run.verdict["result"] == "healthy", run.output
    manifest = json.loads((bundle / "manifest.json").read_text())
    files = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert files - {"manifest.json"} == set(manifest["files"])
    expected = {
        "cluster.json.gz",
        "plan.json",
        "probes.jsonl",
        "findings.json",
        "report.html",
        "report.md",
        "report.xml",
        "captures/index.json",
        "captures/node-1.pcapng",
        "captures/node-2.pcapng",
        "captures/_all.pcapng",
    }
    assert expected <= files
    modes = {stat.S_IMODE(path.stat().st_mode) for path in bundle.rglob("*") if path.is_file()}
    assert modes == {0o600}
