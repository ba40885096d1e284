# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence on the lab: who dropped the packets, in the words of the kernel and of nftables, and that nothing is left.

A sample: tests/accuracy/test_gaps.py has every kind of gap, from recorded runs.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

from conftest import Diagnosis, Lab

Json = dict[str, t.Any]
LATE = "drop-nft-forward-late"


def _index(run: Diagnosis) -> Json:
    index: Json = json.loads((run.bundle / "captures" / "index.json").read_text())
    return index


def _ask(lab: Lab, name: str, bundle: pathlib.Path, **variables: t.Any) -> Diagnosis:
    """Ask what the truth of an injected fault asks."""
    truth = json.loads(lab.lab("fault", "show", name).stdout)["truth"]
    return lab.diagnose(
        bundle,
        truth["source"],
        truth["destination"],
        truth["port"],
        access="ssh",
        diagnose_protocol=truth["protocol"],
        **variables,
    )


def _tables(lab: Lab) -> dict[str, str]:
    return {node: lab.exec(node, "nft", "list", "tables").stdout for node in ("node-1", "node-2")}


def test_nftables_itself_names_the_rule_where_it_is_asked(lab: Lab, bundle: pathlib.Path) -> None:
    before = _tables(lab)
    with lab.fault(LATE):
        unasked = _ask(lab, LATE, bundle)
        asked = _ask(lab, LATE, bundle.with_name("traced"), diagnose_trace_rules=True)
        during = _tables(lab)
    assert all(told["rules"] is None for told in _index(unasked)["kernel"]["nodes"].values())
    ends = {node: told["rules"] for node, told in _index(asked)["kernel"]["nodes"].items()}
    assert all(rules["error"] is None for rules in ends.values()), ends
    (end,) = ends["node-2"]["ends"]
    assert end["chain"] == "first" and "drop" in end["rule"] and end["packets"] >= 2
    assert ends["node-1"]["ends"] == [], "the packets pass there"
    assert asked.verdict["root_cause"] == "netfilter-drop" and asked.verdict["confidence"] == "proven", asked.output
    texts = [proof["text"] for proof in asked.finding("netfilter-drop")["evidence"]]
    assert any(text.startswith("nftables of node-2 dropped ") and '"' in text for text in texts), texts
    for node, tables in during.items():
        assert "podnet" not in tables, f"{node} still has the table that asks for the trace"
    assert _tables(lab) == before


def test_a_network_that_drops_is_blamed_and_neither_node(lab: Lab, bundle: pathlib.Path) -> None:
    with lab.fault("network-drops-tunnel"):
        run = _ask(lab, "network-drops-tunnel", bundle)
    verdict = run.verdict
    assert (verdict["root_cause"], verdict["location"], verdict["confidence"]) == ("tunnel-port-blocked", {}, "proven")
    assert "never on eth0 of node-2" in json.dumps(run.finding("tunnel-port-blocked")["evidence"])


def test_a_share_of_loss_is_counted_device_by_device(lab: Lab, bundle: pathlib.Path) -> None:
    with lab.fault("loss-statistic"):
        run = _ask(lab, "loss-statistic", bundle)
    assert (run.verdict["root_cause"], run.verdict["confidence"]) == ("netfilter-drop", "proven"), run.output
    (ladder,) = [one for one in _index(run)["ladders"] if one["probe_id"].startswith("ping")]
    seen = {(one["node"], one["device"]): one["packets"] for one in ladder["counts"] if one["direction"] == "forward"}
    assert seen["node-1", "eth0"] == seen["node-2", "flannel.1"] == ladder["total"] == 40
    # Of 40, 28 pass on average; fewer than 9 or more than 37 in one run of many thousands.
    assert 9 <= seen["node-2", "cni0"] <= 37
    assert any(", of 40 packets, there: " in line for line in run.step("capture")["numbers"])
