# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the nodes' networks in lines that can be compared: what a fault has left behind."""

from __future__ import annotations

import json
import re

from . import state
from .config import FABRIC, Lab
from .context import Context

AGENTS = "podnet-diagnostics"  # a diagnosis makes it, and leaves it
# portmap's own chains stay once there was a host port; kube-proxy removes the chains of a Service later.
KEPT = re.compile(r"CNI-HOSTPORT-(?!.*-j CNI-DN)|chain (service|endpoint|external)-")
# Everything that a fault changes, without what moves by itself: counters, lifetimes, order, learned entries, addresses
# that a device of a pod gives itself a moment after it was made.
SCRIPT = r"""
one() {
    ip -o -4 address | sed 's/^[0-9]*: //; s/ *valid_lft.*//'
    ip -o link | sed 's/^[0-9]*: //; s/@[^:]*//; s/<[^>]*>//; s/ state [A-Z]*//; s/ qlen.*//; s/ group.*//'
    ip rule
    ip route show table all | grep -v -e '^local fe80::.* dev veth'
    ip neigh show nud permanent
    iptables-save | sed 's/ \[[0-9:]*\]//; /^#/d; /^COMMIT/d; /^\*/d; /^:KUBE-/d'
    iptables-legacy-save 2>/dev/null | sed 's/ \[[0-9:]*\]//; /^#/d; /^COMMIT/d; /^\*/d'
    nft list tables | grep -v -e ' raw$' -e ' mangle$' -e ' security$' -e ' filter$' -e ' nat$'
}
one
ipset list -n
nft -s list table ip kube-proxy 2>/dev/null | grep -v -e expires
bridge fdb show | grep -e permanent -e static | grep -v -e '33:33:' -e '01:00:5e'
bridge -d link show 2>/dev/null | grep -o -e '^[0-9]*: [^ @:]*' -e 'hairpin [a-z]*'
sysctl -a 2>/dev/null | grep -e '\.forwarding' -e rp_filter -e bridge-nf -e route_localnet -e accept_local \
    -e nf_conntrack_tcp_be -e ip_forward | grep -v -e mc_forwarding -e 'conf\.veth'
for n in $(ip netns list | cut -d' ' -f1 | sort); do
    echo "pod $n"
    ip netns exec "$n" bash -c "$(declare -f one); one; ipset list -n; cat /proc/sys/net/ipv4/ip_local_port_range"
done
ls /etc/cni/net.d /run/flannel
"""


def of(lab: Lab) -> set[str]:
    """Every line of every node, with the node's name before it."""
    here, found = Context(lab), set()
    known = state.load(lab)
    for host in known.hosts if known else ():
        if host.startswith("node-"):
            said = here.exec_in(host, ["bash", "-c", SCRIPT], 30, check=False).stdout
            found |= {f"{host}: {line.strip()}" for line in said.splitlines()}
        if host == FABRIC:
            said = here.exec_in(host, ["nft", "list", "ruleset"], check=False).stdout
            found |= {f"{host}: {line.strip()}" for line in said.splitlines()}
    return {line for line in found if not KEPT.search(line)} | _objects(here)


def _objects(here: Context) -> set[str]:
    """Names and generations are enough: what was patched back has the spec it had."""
    kinds = ("pods", "services", "deployments", "daemonsets", "networkpolicies", "configmaps")
    found = set()
    for item in here.get(",".join(kinds), "-A")["items"]:
        kind, meta = item["kind"], item["metadata"]
        if meta["namespace"] == AGENTS or meta["name"] == "kube-root-ca.crt":
            continue
        name = str(meta["name"])
        if kind == "Pod":
            name = name.rsplit("-", 2)[0]
        else:
            about = {key: value for key, value in item.get("spec", {}).items() if key != "clusterIP"}
            name += " " + json.dumps(about or item.get("data", {}), sort_keys=True)
        found.add(f"{kind} {meta['namespace']}/{name}")
    return found
