# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What harms nothing is not called a fault, nor does it hide one; what cannot be explained is said to be so."""

from __future__ import annotations

import contextlib
import pathlib
import time
import typing as t

import oddities
import pytest
from conftest import Diagnosis, Lab
from oddities import NODE_1, NODE_2, NODES, Oddity

CLIENT, PEER, WEB = "pod:default/client-1", "pod:default/client-2", "service:default/web"
NOBODY = "203.0.113.99"

FILTERS: t.Sequence[Oddity] = (
    oddities.forward_policy_drop_with_accepts,
    oddities.unused_policy_rules,
    oddities.unused_blackhole,
    oddities.unused_chain,
    oddities.rules_for_others,
    oddities.asymmetric_way_back,
)
NICS: t.Sequence[Oddity] = (oddities.second_address, oddities.nic_files, oddities.unused_devices)
SIZES: t.Sequence[Oddity] = (oddities.large_nic_mtu, oddities.large_pod_mtu, oddities.strict_rp_filter)


# Chains of these come and go with Services and pods, a moment after the objects.
OF_THE_CLUSTER = ("KUBE-", "FLANNEL")
SETTLE_SECONDS = 60


def _state(lab: Lab) -> dict[str, list[str]]:
    """What the oddities change on the nodes, without counters, and without what the cluster itself changes."""
    return {
        f"{node} {' '.join(words)}": [
            line
            for line in lab.exec(node, *words).stdout.splitlines()
            if not any(name in line for name in OF_THE_CLUSTER)
        ]
        for node in NODES
        for words in (
            ("ip", "rule"),
            ("ip", "-4", "route", "show", "table", "all"),
            ("ip", "-o", "-4", "address"),
            ("iptables", "-S"),
            ("nft", "list", "tables"),
        )
    }


@pytest.fixture(scope="module", autouse=True)
def nodes_stay_as_they_were(lab: Lab) -> t.Iterator[None]:
    before = _state(lab)
    yield
    until = time.monotonic() + SETTLE_SECONDS
    while (now := _state(lab)) != before and time.monotonic() < until:
        time.sleep(1)
    assert {key: (before[key], lines) for key, lines in now.items() if lines != before[key]} == {}


@pytest.fixture
def made(lab: Lab) -> t.Iterator[t.Callable[[t.Sequence[Oddity]], None]]:
    """Makes oddities that last until the end of the test."""
    with contextlib.ExitStack() as stack:

        def make(wanted: t.Sequence[Oddity]) -> None:
            for oddity in wanted:
                stack.enter_context(oddity(lab))

        yield make


def _loud(run: Diagnosis) -> dict[str, str]:
    return {finding["id"]: finding["severity"] for finding in run.findings["findings"] if finding["severity"] != "info"}


def _healthy(run: Diagnosis) -> None:
    assert run.verdict["result"] == "healthy", run.output
    assert _loud(run) == {}, run.output
    assert run.findings["errors"] == [], run.output
    assert run.status == 0, run.output


QUIET = {
    "filters and policy routing": (FILTERS, CLIENT, PEER, None, "icmp"),
    "NICs": (NICS, CLIENT, WEB, 80, "tcp"),
    "packet sizes and strict rp_filter": (SIZES, CLIENT, PEER, None, "icmp"),
    "pods that may not be pinged": ((oddities.echo_to_pods_dropped,), CLIENT, WEB, 80, "tcp"),
    "nodes that may not be pinged": (
        (oddities.echo_to_nodes_dropped,),
        "host:outside",
        "service:default/web-nodeport",
        80,
        "tcp",
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_harmless_on_nodes(
    lab: Lab, bundle: pathlib.Path, made: t.Callable[[t.Sequence[Oddity]], None], name: str
) -> None:
    wanted, source, destination, port, protocol = QUIET[name]
    made(wanted)
    _healthy(
        lab.diagnose(bundle, source, destination, port, diagnose_protocol=protocol, diagnose_fail_on="inconclusive")
    )


def _policy(name: str, *rules: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": list(rules)},
    }


OBJECTS: t.Sequence[t.Mapping[str, t.Any]] = (
    _policy("deny-all"),
    _policy("allow-all", {}),
    _policy("allow-http", {"ports": [{"port": 8080, "protocol": "TCP"}]}),
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "matches-nothing", "namespace": "default"},
        "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]},
    },
    oddities.pod("fits-nowhere", ["sleep", "infinity"], nodeSelector={"podnet.test/no-such-label": "true"}),
    oddities.pod("crashes", ["false"], nodeName=NODE_2),
    # DNS as all pods have it, and behind it a server that nobody reaches.
    oddities.pod("two-servers", ["sleep", "infinity"], nodeName=NODE_1, dnsConfig={"nameservers": [NOBODY]}),
)


@pytest.fixture(scope="module")
def foreign_objects(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[None]:
    """Objects that have nothing to do with the question, some of them broken."""
    with oddities.objects(lab, tmp_path_factory.mktemp("objects"), *OBJECTS):
        lab.kubectl("wait", "--for=condition=Ready", "pod/two-servers", "--timeout=60s")
        lab.kubectl(
            "wait",
            "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff",
            "pod/crashes",
            "--timeout=60s",
        )
        yield


@pytest.mark.usefixtures("foreign_objects")
@pytest.mark.parametrize(
    ("source", "destination"), [(CLIENT, WEB), ("pod:default/two-servers", "web.default.svc.cluster.local")]
)
def test_harmless_objects(lab: Lab, bundle: pathlib.Path, source: str, destination: str) -> None:
    _healthy(lab.diagnose(bundle, source, destination, 80, diagnose_fail_on="inconclusive"))


# -- faults among oddities -------------------------------------------------------------------------------------------
def _bites(lab: Lab) -> None:
    """The way from client-1 to client-2 is broken for real."""
    words = (
        "kubectl",
        "exec",
        "client-1",
        "--",
        "ping",
        "-n",
        "-c",
        "2",
        "-i",
        "0.2",
        "-W",
        "1",
        oddities.pod_address(lab, "client-2"),
    )
    assert lab.run(*words, check=False).returncode == 1


def _back_dropped(lab: Lab) -> t.ContextManager[None]:
    pair = [oddities.pod_address(lab, name) for name in ("client-2", "client-1")]
    return oddities.rule(lab, NODE_2, "FORWARD", f"-s {pair[0]}/32 -d {pair[1]}/32 -j DROP")


def test_drop_on_the_way_back(lab: Lab, bundle: pathlib.Path, made: t.Callable[[t.Sequence[Oddity]], None]) -> None:
    """Amid rules that look worse and drop nothing."""
    made((*FILTERS, _back_dropped))
    _bites(lab)
    run = lab.diagnose(bundle, CLIENT, PEER, diagnose_protocol="icmp")
    assert run.findings["errors"] == [], run.output
    assert run.verdict["root_causes"] == ["netfilter-drop"], run.output
    assert run.verdict["location"] == {"node": NODE_2}, run.output
    cause = run.finding("netfilter-drop")
    assert cause["confidence"] == "proven" and "on the way back" in cause["title"], run.output
    assert f"-s {oddities.pod_address(lab, 'client-2')}/32" in cause["observed"], run.output


def test_two_ways_under_a_strict_reverse_path_filter(
    lab: Lab, bundle: pathlib.Path, made: t.Callable[[t.Sequence[Oddity]], None]
) -> None:
    """Each is harmless alone. Loosened on node-2 alone, the answers would end at the filter of node-1: the rule that
    sends them there is the second cause.
    """
    made((oddities.asymmetric_way_back, oddities.strict_rp_filter))
    _bites(lab)
    run = lab.diagnose(bundle, CLIENT, PEER, diagnose_protocol="icmp")
    assert run.findings["errors"] == [], run.output
    assert run.verdict["root_causes"] == ["rp-filter-drop", "policy-route-diverts"], run.output
    assert run.verdict["location"] == {"node": NODE_2, "device": "flannel.1"}, run.output
    assert run.finding("rp-filter-drop")["confidence"] == "proven", run.output


def test_two_faults_at_once(lab: Lab, bundle: pathlib.Path) -> None:
    """Who mends the first one would stand before the second: both are named, the one that the packet meets first is
    first.
    """
    with lab.fault("fdb-entry-wrong"), _back_dropped(lab):
        run = lab.diagnose(bundle, CLIENT, PEER, diagnose_protocol="icmp")
    assert run.verdict["root_causes"] == ["fdb-entry-wrong", "netfilter-drop"], run.output
    assert run.verdict["location"] == {"node": NODE_1, "device": "flannel.1"}, run.output
    assert run.finding("fdb-entry-wrong")["confidence"] == "proven", run.output
    assert run.finding("netfilter-drop")["location"] == {"node": NODE_2}, run.output


@contextlib.contextmanager
def _network_drops_tunnel(lab: Lab) -> t.Iterator[None]:
    """The network between the nodes drops VXLAN; no node can see that."""
    table = (
        "table bridge unexplained {\nchain forward {\ntype filter hook forward priority 0; policy accept\n"
        "udp dport 8472 drop\n}\n}"
    )
    with oddities.change(
        lab, oddities.FABRIC, [("nft", table)], [oddities.command("nft delete table bridge unexplained")]
    ):
        yield


def test_the_network_between_the_nodes(
    lab: Lab, bundle: pathlib.Path, made: t.Callable[[t.Sequence[Oddity]], None]
) -> None:
    """No oddity of the nodes, and no node, is blamed for what happens between them."""
    made((*NICS, _network_drops_tunnel))
    _bites(lab)
    run = lab.diagnose(bundle, CLIENT, PEER, diagnose_protocol="icmp")
    assert run.findings["errors"] == [], run.output
    assert (run.verdict["result"], run.verdict["root_causes"]) == ("fault", ["tunnel-port-blocked"]), run.output
    assert run.verdict["location"] == {}, run.output
    seen = [one["text"] for one in run.finding("tunnel-port-blocked")["evidence"] if one["kind"] == "capture"]
    assert "seen last on eth0 of node-1, never on eth0 of node-2" in " ".join(seen), run.output
