# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is odd in a cluster and harms nobody: each a context manager that makes it and takes it back."""

from __future__ import annotations

import contextlib
import json
import pathlib
import typing as t

from conftest import Lab

NODE_1, NODE_2 = "node-1", "node-2"
NODES = (NODE_1, NODE_2)
FABRIC = "fabric"
Command = tuple[str, ...]
Oddity = t.Callable[[Lab], t.ContextManager[None]]


def command(text: str) -> Command:
    """A command without spaces in its words."""
    return tuple(text.split())


@contextlib.contextmanager
def change(lab: Lab, host: str, make: t.Sequence[Command], heal: t.Sequence[Command]) -> t.Iterator[None]:
    """Commands on a host, and those that take them back. All of the latter are run, whatever becomes of one."""
    try:
        for words in make:
            lab.exec(host, *words)
        yield
    finally:
        for words in heal:
            lab.exec(host, *words, check=False)


@contextlib.contextmanager
def rule(lab: Lab, host: str, chain: str, text: str) -> t.Iterator[None]:
    """An iptables rule before all others of its chain."""
    with change(lab, host, [command(f"iptables -I {chain} 1 {text}")], [command(f"iptables -D {chain} {text}")]):
        yield


@contextlib.contextmanager
def file(lab: Lab, host: str, path: str, text: str) -> t.Iterator[None]:
    """A file that the host did not have."""
    write = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.parent.mkdir(parents=True, exist_ok=True);"
        " p.write_text(sys.argv[2])"
    )
    with change(lab, host, [("python3", "-c", write, path, text)], [("rm", "-f", path)]):
        yield


@contextlib.contextmanager
def objects(lab: Lab, directory: pathlib.Path, *items: t.Mapping[str, t.Any]) -> t.Iterator[None]:
    """Objects of the cluster, in the namespace default."""
    path = directory / "objects.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    try:
        lab.kubectl("apply", "-f", str(path))
        yield
    finally:
        lab.run("kubectl", "delete", "--ignore-not-found", "--wait", "-f", str(path), check=False)


def pod(name: str, words: t.Sequence[str], **spec: t.Any) -> dict[str, t.Any]:
    """A pod of the lab's Python image that runs a command."""
    container = {"name": "main", "image": "podnet.lab/python:3", "imagePullPolicy": "Never", "command": list(words)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], **spec},
    }


def pod_address(lab: Lab, name: str) -> str:
    """A pod's address."""
    return lab.kubectl("get", "pod", name, "-o", "jsonpath={.status.podIP}")


def pod_netns(lab: Lab, node: str, address: str) -> str:
    """The named network namespace on a node that has an address."""
    for line in lab.exec(node, "ip", "netns", "list").stdout.splitlines():
        name = line.split()[0]
        if f" {address}/" in lab.exec(node, "ip", "-n", name, "-4", "-o", "address").stdout:
            return name
    raise AssertionError(f"no network namespace of {node} has {address}")


# -- packet filters and policy routing -------------------------------------------------------------------------------
@contextlib.contextmanager
def forward_policy_drop_with_accepts(lab: Lab) -> t.Iterator[None]:
    """Flannel's own rules still accept all pod traffic."""
    with contextlib.ExitStack() as stack:
        for node in NODES:
            stack.enter_context(
                change(lab, node, [command("iptables -P FORWARD DROP")], [command("iptables -P FORWARD ACCEPT")])
            )
        yield


@contextlib.contextmanager
def unused_policy_rules(lab: Lab) -> t.Iterator[None]:
    """A mark that nobody sets, and a table that falls through for everybody."""
    with change(
        lab,
        NODE_1,
        [command("ip rule add fwmark 0x77 lookup 177 priority 177"), command("ip rule add lookup 178 priority 178")],
        [command("ip rule del priority 177"), command("ip rule del priority 178")],
    ):
        yield


@contextlib.contextmanager
def unused_blackhole(lab: Lab) -> t.Iterator[None]:
    """For a network that nobody asks for."""
    with change(
        lab,
        NODE_1,
        [command("ip route add blackhole 203.0.113.128/25")],
        [command("ip route del blackhole 203.0.113.128/25")],
    ):
        yield


@contextlib.contextmanager
def unused_chain(lab: Lab) -> t.Iterator[None]:
    """A chain that drops everything and is called by none."""
    with change(
        lab,
        NODE_2,
        [command("iptables -N UNUSED"), command("iptables -A UNUSED -j DROP")],
        [command("iptables -F UNUSED"), command("iptables -X UNUSED")],
    ):
        yield


@contextlib.contextmanager
def rules_for_others(lab: Lab) -> t.Iterator[None]:
    """Drops of another pair of pods, of another port, of invalid packets; a log at a limited rate; native nftables."""
    native = (
        "table inet another {\nchain forward {\ntype filter hook forward priority 5; policy accept\n"
        "ct state invalid drop\nip saddr 203.0.113.0/24 drop\ntcp dport 9 reject\n}\n}"
    )
    with contextlib.ExitStack() as stack:
        for node in NODES:
            for text in (
                "-s 10.244.1.250/32 -d 10.244.2.250/32 -j DROP",
                "-p tcp -m tcp --dport 9 -j REJECT",
                "-m limit --limit 3/min -j LOG --log-prefix another:",
            ):
                stack.enter_context(rule(lab, node, "FORWARD", text))
            stack.enter_context(change(lab, node, [("nft", native)], [command("nft delete table inet another")]))
        yield


@contextlib.contextmanager
def asymmetric_way_back(lab: Lab) -> t.Iterator[None]:
    """node-2 answers node-1's pods without the tunnel. No strict rp_filter, so it works."""
    with change(
        lab,
        NODE_2,
        [
            command("ip route add 10.244.1.0/24 via 192.0.2.11 dev eth0 table 110"),
            command("ip rule add from 10.244.2.0/24 to 10.244.1.0/24 lookup 110 priority 110"),
        ],
        [command("ip rule del priority 110"), command("ip route flush table 110")],
    ):
        yield


# -- NICs and devices ------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def second_address(lab: Lab) -> t.Iterator[None]:
    """An address of the NIC that nothing uses."""
    with change(
        lab,
        NODE_1,
        [command("ip address add 192.0.2.77/24 dev eth0")],
        [command("ip address del 192.0.2.77/24 dev eth0")],
    ):
        yield


@contextlib.contextmanager
def nic_files(lab: Lab) -> t.Iterator[None]:
    """A file that agrees with the NIC, and one for a NIC that is not there."""
    ifcfg = "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.11\nPREFIX=24\nGATEWAY=192.0.2.1\n"
    netplan = (
        "network:\n  version: 2\n  ethernets:\n    enp9s9:\n      dhcp4: true\n      addresses: [192.0.2.200/24]\n"
        "      mtu: 9000\n"
    )
    with (
        file(lab, NODE_1, "/etc/sysconfig/network-scripts/ifcfg-eth0", ifcfg),
        file(lab, NODE_2, "/etc/netplan/90-another.yaml", netplan),
    ):
        yield


@contextlib.contextmanager
def unused_devices(lab: Lab) -> t.Iterator[None]:
    """A second tunnel and a pair of devices, one of them down, that no route uses."""
    with change(
        lab,
        NODE_1,
        [
            command("ip link add another type vxlan id 77 dstport 4789 local 192.0.2.11 dev eth0"),
            command("ip link set another up"),
            command("ip link add unused type veth peer name unused-peer"),
        ],
        [command("ip link del another"), command("ip link del unused")],
    ):
        yield


@contextlib.contextmanager
def large_nic_mtu(lab: Lab) -> t.Iterator[None]:
    """One node's NIC takes 9000 bytes; its tunnel still has the size that fits both."""
    with change(lab, NODE_1, [command("ip link set eth0 mtu 9000")], [command("ip link set eth0 mtu 1500")]):
        yield


@contextlib.contextmanager
def strict_rp_filter(lab: Lab) -> t.Iterator[None]:
    """Packets come in by the device that leads back to their sender, so the filter has nothing to drop."""
    names = ("all", "eth0", "cni0")
    with contextlib.ExitStack() as stack:
        for node in NODES:
            stack.enter_context(
                change(
                    lab,
                    node,
                    [command("sysctl -q -w " + " ".join(f"net.ipv4.conf.{name}.rp_filter=1" for name in names))],
                    [command("sysctl -q -w " + " ".join(f"net.ipv4.conf.{name}.rp_filter=0" for name in names))],
                )
            )
        yield


@contextlib.contextmanager
def large_pod_mtu(lab: Lab) -> t.Iterator[None]:
    """client-1 may send 1500 bytes, more than the tunnel takes, and is told so."""
    name = pod_netns(lab, NODE_1, pod_address(lab, "client-1"))
    index = json.loads(lab.exec(NODE_1, "ip", "-n", name, "-j", "link", "show", "eth0").stdout)[0]["link_index"]
    port = {link["ifindex"]: link["ifname"] for link in json.loads(lab.exec(NODE_1, "ip", "-j", "link").stdout)}[index]
    sizes = [
        [command(f"ip link set {port} mtu {mtu}"), command(f"ip -n {name} link set eth0 mtu {mtu}")]
        for mtu in (1500, 1450)
    ]
    bridge = [command(f"ip link set cni0 mtu {mtu}") for mtu in (1500, 1450)]
    with change(lab, NODE_1, [*sizes[0], bridge[0]], [*sizes[1], bridge[1]]):
        yield


@contextlib.contextmanager
def echo_to_nodes_dropped(lab: Lab) -> t.Iterator[None]:
    """Nobody may ping a node."""
    with contextlib.ExitStack() as stack:
        for node in NODES:
            stack.enter_context(rule(lab, node, "INPUT", "-p icmp -m icmp --icmp-type 8 -j DROP"))
        yield


@contextlib.contextmanager
def echo_to_pods_dropped(lab: Lab) -> t.Iterator[None]:
    """Nobody may ping a pod of node-2; nothing else is dropped."""
    with rule(lab, NODE_2, "FORWARD", "-p icmp -m icmp --icmp-type 8 -j DROP"):
        yield
