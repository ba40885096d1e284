# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of gap: where the captures of a recorded run say that packets were lost, what the kernel said of it, and
how sure the verdict is.

Kinds that no recording can show are in tests/unit/plugins/plugin_utils/_evidence/test__evidence_doubt_real.py (copies,
repetitions, captures that begin late, lose packets or fill their disk) and in tests/weather (dead nodes, full disks).
"""

from __future__ import annotations

import json
import tarfile
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from podnet_accuracy.evidence import Drop, Gap, drops, gaps, index_of, matches
from podnet_accuracy.recording import analyse, path_of, recordings, unpack

Json = dict[str, t.Any]
FILTER, NEIGHBOUR = "NETFILTER_DROP", "NEIGH_FAILED"


@dataclass(frozen=True)
class Row:
    """A kind of gap and the fault that makes it. last, missing: "NODE DEVICE" (patterns; empty for none). kernel: the
    reason and the device behind which it must be told; None where the kernel tells nothing that is reliable, which
    then is a truth of its own: silent. share: how many percent of the packets are lost there."""

    kind: str
    fault: str
    way: str
    last: str
    missing: str
    kernel: tuple[str, str] | None = None
    silent: str = ""
    share: tuple[int, int] = (100, 100)
    blamed: t.Mapping[str, str] | None = None
    confidence: str = "proven"
    mode: str = "iptables"

    def __str__(self) -> str:
        return f"{self.kind}: {self.fault}"


ROWS = (
    Row("in the client's pod", "drop-pod-output-policy", "forward", "", "node-1 veth*", silent="EPERM"),
    Row("in the server's pod", "drop-pod-input-nft", "reply", "", "node-2 veth*", (FILTER, "eth0")),
    Row("on the veth", "veth-down", "forward", "node-2 flannel.1", "node-2 cni0", (NEIGHBOUR, "flannel.1")),
    Row(
        "by the bridge family, forwarded",
        "drop-bridge-forward",
        "forward",
        "node-1 cni0",
        "node-1 veth*",
        silent="what is dropped is a copy",
    ),
    Row("by the bridge family, sent", "drop-bridge-output", "forward", "node-2 cni0", "node-2 veth*", (FILTER, "cni0")),
    Row(
        "by the bridge family, received",
        "drop-bridge-prerouting-reply",
        "reply",
        "node-2 veth*",
        "node-2 cni0",
        silent="answers over TCP are not marked",
    ),
    Row("at netdev ingress", "drop-netdev-ingress-veth", "forward", "node-1 veth*", "node-1 cni0", (FILTER, "veth*")),
    Row(
        "at netdev egress of the tunnel",
        "drop-netdev-egress-tunnel",
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        (FILTER, "cni0"),
    ),
    Row(
        "at the tunnel's entrance",
        "vtep-neighbour-missing",
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        silent="it is still waited for when the captures end",
    ),
    Row(
        "at the tunnel's exit: VNI",
        "tunnel-vni-differs",
        "forward",
        "node-2 eth0",
        "node-2 flannel.1",
        ("VXLAN_VNI_NOT_FOUND", "eth0"),
    ),
    Row(
        "at the tunnel's exit: INPUT",
        "tunnel-blocked-input",
        "forward",
        "node-2 eth0",
        "node-2 flannel.1",
        (FILTER, "eth0"),
    ),
    Row(
        "at the near NIC", "drop-netdev-egress-nic", "forward", "node-1 flannel.1", "node-1 eth0", (FILTER, "flannel.1")
    ),
    Row("at the far NIC", "tunnel-blocked-netdev", "forward", "node-2 eth0", "node-2 flannel.1", (FILTER, "eth0")),
    Row(
        "between the nodes",
        "network-drops-tunnel",
        "forward",
        "node-1 eth0",
        "node-2 eth0",
        (FILTER, "node-1"),
        blamed={},
    ),
    Row(
        "between the nodes, back",
        "network-drops-tunnel-back",
        "reply",
        "node-2 eth0",
        "node-1 eth0",
        (FILTER, "node-2"),
        blamed={},
    ),
    Row("before DNAT", "drop-before-dnat", "forward", "node-1 veth*", "node-1 cni0", (FILTER, "veth*")),
    Row("behind DNAT", "drop-behind-dnat", "forward", "node-1 cni0", "node-1 *", (FILTER, "cni0")),
    Row("before SNAT", "drop-before-masquerade", "forward", "node-1 cni0", "node-1 eth0", (FILTER, "cni0")),
    Row("behind SNAT", "drop-behind-masquerade", "forward", "node-1 cni0", "node-1 eth0", (FILTER, "cni0")),
    Row(
        "only the reply, near",
        "drop-reply-at-client-node",
        "reply",
        "node-1 flannel.1",
        "node-1 cni0",
        silent="answers over TCP are not marked",
    ),
    Row(
        "only SYN-ACKs",
        "drop-syn-ack",
        "reply",
        "node-2 cni0",
        "node-2 flannel.1",
        silent="answers over TCP are not marked",
    ),
    Row(
        "only large packets, between the nodes",
        "mtu-of-network-small",
        "forward",
        "node-1 eth0",
        "node-2 eth0",
        silent="small packets pass",
        share=(40, 80),
        blamed={},
    ),
    Row(
        "30 % by chance",
        "loss-statistic",
        "forward",
        "node-2 flannel.1",
        "node-2 cni0",
        silent="three marked packets show no share",
        share=(8, 60),
    ),
    Row(
        "a REJECT on the way",
        "reject-forward-admin",
        "forward",
        "node-2 flannel.1",
        "node-2 cni0",
        (FILTER, "flannel.1"),
    ),
    Row("a REJECT in the client's pod", "reject-in-client", "forward", "", "node-1 veth*", silent="EPERM"),
    Row("forwarding", "forward-policy-drop", "forward", "node-2 flannel.1", "node-2 cni0", (FILTER, "flannel.1")),
    Row("a blackhole", "route-blackhole-host", "forward", "node-1 cni0", "node-1 flannel.1", ("NOT_SPECIFIED", "cni0")),
    Row(
        "the filter of the way back",
        "rp-filter-strict",
        "forward",
        "node-2 flannel.1",
        "node-2 cni0",
        ("IP_RPFILTER", "flannel.1"),
    ),
)


@pytest.fixture(name="bundles", scope="module")
def _bundles() -> t.Iterator[t.Callable[[Row], Path]]:
    """The bundle of a row, unpacked and analysed once."""
    with tempfile.TemporaryDirectory(prefix="podnet-gaps-") as folder:

        def bundle(row: Row) -> Path:
            place = Path(folder, f"{row.fault}@{row.mode}")
            if not place.exists():
                unpack(path_of(row.fault, row.mode), place)
                (place / "findings.json").write_text(json.dumps(analyse(place)))
            return place

        yield bundle


def _of(row: Row, index: Json) -> list[Gap]:
    return [
        gap
        for gap in gaps(index)
        if gap.way == row.way and matches(gap.last, row.last) and matches(gap.missing, row.missing)
    ]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_captures_find_the_gap(row: Row, bundles: t.Callable[[Row], Path]) -> None:
    """Where packets were seen last and never, how many of how many, and nowhere else."""
    found = gaps(index_of(bundles(row)))
    mine = _of(row, index_of(bundles(row)))
    assert mine, [str(gap) for gap in found]
    assert {(gap.way, gap.last, gap.missing) for gap in found} == {(gap.way, gap.last, gap.missing) for gap in mine}
    for gap in mine:
        if gap.last:
            assert row.share[0] <= 100 * gap.packets / gap.sent <= row.share[1], str(gap)


@pytest.mark.parametrize("row", [row for row in ROWS if row.kernel], ids=str)
def test_the_kernel_gives_its_reason_for_it(row: Row, bundles: t.Callable[[Row], Path]) -> None:
    reason, device = row.kernel or ("", "")
    told = drops(index_of(bundles(row)))
    mine = [drop for drop in told if drop.reason == reason and matches(drop.device, device)]
    assert mine, [str(drop) for drop in told]
    assert max(drop.packets for drop in mine) >= 2


@pytest.mark.parametrize("row", [row for row in ROWS if row.silent == "EPERM"], ids=str)
def test_what_never_left_its_sender_is_no_drop_on_the_way(row: Row, bundles: t.Callable[[Row], Path]) -> None:
    """The sender's own kernel refuses it; a capture sees nothing, and that is said."""
    findings = json.loads((bundles(row) / "findings.json").read_text())
    texts = [proof["text"] for finding in findings["findings"] for proof in finding["evidence"]]
    assert any("never came out" in text or "no packet ever came out" in text for text in texts)
    assert [str(drop) for drop in drops(index_of(bundles(row))) if drop.function.startswith("ip_forward")] == []


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_verdict_is_as_sure_as_that_allows(row: Row, bundles: t.Callable[[Row], Path]) -> None:
    verdict = json.loads((bundles(row) / "findings.json").read_text())["verdict"]
    assert verdict["confidence"] == row.confidence, verdict
    assert verdict["proof"]
    if row.blamed is not None:
        assert verdict["location"] == row.blamed, "neither node is to blame"
        assert "node-1" in verdict["summary"] and "node-2" in verdict["summary"], "and that is said"


def test_a_share_that_is_lost_between_the_nodes_blames_neither(tmp_path: Path) -> None:
    unpack(path_of("comes-loss-on-cable", "iptables"), tmp_path)
    verdict = analyse(tmp_path)["verdict"]
    assert (verdict["root_cause"], verdict["location"], verdict["confidence"]) == ("packet-loss", {}, "proven")
    assert "on the network between node-1 and node-2" in verdict["summary"]
    assert "of 40 packets seen last on eth0 of node-1, never on eth0 of node-2" in verdict["proof"]


def test_who_sent_a_rejection_is_told(bundles: t.Callable[[Row], Path]) -> None:
    (row,) = [row for row in ROWS if row.fault == "reject-forward-admin"]
    findings = json.loads((bundles(row) / "findings.json").read_text())
    (finding,) = [one for one in findings["findings"] if one["id"] == "netfilter-reject"]
    texts = [proof["text"] for proof in finding["evidence"]]
    assert any(text.startswith("the rejection came from ") and "node-2" in text for text in texts), texts


def test_the_kernel_agrees_with_the_captures_in_every_recording() -> None:
    """What a kernel dropped, for all of the packets, was dropped behind the device that saw them last, and never behind
    the one that did not."""
    compared = []
    for path in recordings():
        index = _index(path)
        told = _whole(index)
        for flow in index.get("flows") or []:
            way = "forward" if flow["missing_forward"] else "reply"
            last, missing = flow[f"last_{way}"], flow[f"missing_{way}"]
            mine = [drop for drop in told if drop.probe_id == flow["probe_id"]]
            if flow["ambiguous"] or not (flow["lossless"] and last and missing and mine):
                continue
            if way == "reply" and all(drop.reason == "NEIGH_FAILED" for drop in mine):
                # Devices are told once each: of an answer that waits for a neighbour only those of its question are.
                continue
            asked = (flow["last_forward"] or {}).get("device")
            if way == "reply" and all(asked in drop.devices and last["device"] not in drop.devices for drop in mine):
                # It went the way of the questions, as a reset does of who got the answer in the client's place.
                continue
            marked = [one["target"] for one in index["kernel"]["marked"] if one["id"] == flow["probe_id"]]
            if len(mine) > 1 and flow["destination"] not in marked:
                # A Service leads each of them to a backend of its own.
                continue
            compared.append(path.name)
            assert any(_agrees(_passed(drop), last["device"], missing["device"]) for drop in mine), (path.name, mine)
    assert len(compared) >= 39


def _index(path: Path) -> Json:
    with tarfile.open(path, mode="r:xz") as archive:
        for entry in archive:
            if entry.name == "captures/index.json":
                stream = archive.extractfile(entry)
                index: Json = json.loads(stream.read() if stream else b"{}")
                return index
    return {}


def _whole(index: Json) -> list[t.Any]:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import kernel_drops

    return [drop for drop in kernel_drops(index) if drop.dropped == drop.sent and drop.reason != "OTHERHOST"]


def _passed(drop: t.Any) -> t.Sequence[str]:
    """The devices that captures saw it on: what a queue refuses was given to its device, and never sent; what an XDP
    program takes came to its device, and captures there come behind it (__netif_receive_skb_core())."""
    before = drop.reason == "QDISC_DROP" or drop.location == "do_xdp_generic"
    return t.cast("t.Sequence[str]", drop.devices[:-1] if before else drop.devices)


def _agrees(devices: t.Sequence[str], last: str, missing: str) -> bool:
    """Devices have one name on several nodes: it is the last of that name."""
    if last not in devices:
        return False
    behind = devices[len(devices) - devices[::-1].index(last) :]
    return missing not in behind


def test_drops_are_told_in_words() -> None:
    assert str(Drop(FILTER, "nft_do_chain", "cni0", 3, 3)) == "NETFILTER_DROP in nft_do_chain behind cni0 (3 of 3)"
