#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_snapshot
short_description: Read the whole network state of a node at once
version_added: 1.0.0
description:
  - Reads links, addresses, routes of all tables, policy rules, neighbours, forwarding tables, iptables rules (both back
    ends), nftables, kernel settings, sockets and counters of the node and of chosen pods, the configuration files of
    the network interfaces (ifcfg and netplan), and the CNI configuration.
  - Everything is read at the same time; a usual node takes less than a second.
  - A part that cannot be read is empty or V(null) and has an entry in the nearest C(errors) list that names it and the
    cause. It does not fail the module.
  - It changes nothing, loads no kernel module, and runs listing commands only. No process arguments, environment
    variables or secrets are read; of WireGuard devices the public keys only.
requirements:
  - iproute2 4.18 or newer (C(ip) and C(bridge) with JSON output)
  - iptables and nftables, as far as there are rules of them
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.pods
  - podnet.diagnostics.attributes.linux
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description: It only reads.
options:
  node:
    description: The node's name, for RV(snapshot.node) and for messages. The host name by default.
    type: str
  pod_namespaces:
    description:
      - The pods whose network namespaces are read in full, each as V(pod:NAMESPACE/NAME). They must be in O(pods).
      - Of the other pods only the process and the number of the namespace are given.
    type: list
    elements: str
    default: []
  tracked_from:
    description:
      - Addresses that connections come from. The entries of the node's connection tracking table from one of these to
        one of O(tracked_to) are read, at most 500; no others are.
    type: list
    elements: str
    default: []
  tracked_to:
    description: Addresses that connections go to, see O(tracked_from).
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds for the whole snapshot, from 1 to 300. A single command gets at most 5 of them.
    type: float
    default: 15.0
  packed:
    description:
      - Give the snapshot as RV(packed) instead of RV(snapshot).
      - The rules of a node may be tens of megabytes; so they need less time and memory on their way.
    type: bool
    default: false
seealso:
  - module: podnet.diagnostics.diagnose_node
"""

EXAMPLES = r"""
- name: Read the network state of the node
  podnet.diagnostics.node_snapshot:
  register: node

- name: Read the network state of the node and of one pod on it
  podnet.diagnostics.node_snapshot:
    node: node-1
    pods:
      - namespace: default
        name: web-0
        uid: 5ba77b6f-6c2a-4b0b-8c4c-1f7a6a1c0a11
    pod_namespaces:
      - pod:default/web-0
  register: node

- name: Show the routes of the pod
  ansible.builtin.debug:
    msg: "{{ node.snapshot.netns | selectattr('id', 'eq', 'pod:default/web-0') | map(attribute='routes') | first }}"
"""

RETURN = r"""
packed:
  description: RV(snapshot) as JSON, compressed by gzip, in base64.
  returned: when O(packed) is true
  type: str
  sample: H4sIAAAAAAAEA6tWystPSVWyAlO6hko6SsXJGam5iUCRgvyUvNQSvZTMxPS8/OKSzORi/eK8xILijPwS/TJDpVoAFU3GWDsAAAA=
unread:
  description: The number of RV(snapshot.errors).
  returned: when O(packed) is true
  type: int
  sample: 0
snapshot:
  description: The network state of the node.
  returned: when O(packed) is false
  type: dict
  sample:
    schema: podnet.diagnostics/snapshot/v1
    node: node-1
  contains:
    schema:
      description: Name and version of this form.
      returned: always
      type: str
      sample: podnet.diagnostics/snapshot/v1
    node:
      description: The node's name, as O(node).
      returned: always
      type: str
      sample: node-1
    hostname:
      description: What the node calls itself.
      returned: always
      type: str
      sample: node-1
    kernel:
      description: The release of the kernel.
      returned: always
      type: str
      sample: 6.8.0-45-generic
    time:
      description: When the reading began, in UTC.
      returned: always
      type: str
      sample: '2026-01-31T12:00:00.000000Z'
    seconds:
      description: How long it took.
      returned: always
      type: float
      sample: 0.21
    tools:
      description: The version of each program by its name, V(null) where there is none.
      returned: always
      type: dict
      sample: {"ip": "6.1.0", "iptables": "v1.8.9 (nf_tables)", "nft": "v1.0.6", "tcpdump": "4.99.3", "ethtool": null}
    netns:
      description:
        - The network namespaces that were read, the node's own (V(host)) first. Each has C(id), C(pid), C(inode),
          C(links), C(routes), C(rules), C(neighbours), C(fdb), C(netfilter), C(sysctls), C(sockets), C(socket_counts),
          C(counters), C(resolv_conf) (and in C(resolv_conf_access) who may read it), C(connections) (between
          O(tracked_from) and O(tracked_to)), C(path_mtus) and
          C(errors).
      returned: always
      type: list
      elements: dict
      sample: [{"id": "host", "pid": null, "inode": 4026531840}]
    pods:
      description:
        - Where each pod of O(pods) runs, or in C(error) why that is not known. Of those that are read in full, C(users)
          has whom its programs run as, and C(name_sources) where its C library looks for names (C(hosts) in
          nsswitch.conf).
      returned: always
      type: list
      elements: dict
      sample: [{"id": "pod:default/web-0", "pid": 4711, "inode": 4026532900, "host_network": false, "error": null}]
    conntrack:
      description: Use of the connection tracking table of the node. V(null) when there is none.
      returned: always
      type: dict
      sample: {"count": 311, "max": 262144, "drop": 0, "early_drop": 0, "insert_failed": 0}
    neighbour_table:
      description: Use of the IPv4 neighbour table, and its limit where this namespace shows it.
      returned: always
      type: dict
      sample: {"count": 12, "gc_thresh3": 1024}
    load:
      description: Load averages of 1, 5 and 15 minutes.
      returned: always
      type: list
      elements: float
      sample: [0.2, 0.3, 0.3]
    cpus:
      description: The number of processors.
      returned: always
      type: int
      sample: 4
    memory:
      description: Memory in bytes.
      returned: always
      type: dict
      sample: {"total": 8326414336, "available": 5120000000}
    nic_counters:
      description: Error counters that are not 0, by device. Those of the driver begin with C(ethtool_).
      returned: always
      type: dict
      sample: {"eth0": {"rx_dropped": 17}}
    nic_config:
      description: What the configuration files want of each interface, and which of their lines cannot be read.
      returned: always
      type: dict
      sample:
        files: [{"path": "/etc/sysconfig/network-scripts/ifcfg-eth0", "format": "ifcfg", "interfaces": ["eth0"]}]
        interfaces: [{"device": "eth0", "method": "dhcp", "dhcp": true, "static": true, "addresses": ["192.0.2.11/24"]}]
        errors: []
    cni_config:
      description: The CNI configuration files and flannel's subnet file.
      returned: always
      type: dict
      sample:
        files: [{"path": "/etc/cni/net.d/10-flannel.conflist", "name": "cbr0", "plugins": ["flannel", "portmap"]}]
        flannel: {"FLANNEL_SUBNET": "10.244.1.1/24", "FLANNEL_MTU": "1450"}
        allocated: {"cbr0": 7}
    errors:
      description: Parts of the node that could not be read. Those of a namespace are in its own C(errors).
      returned: always
      type: list
      elements: dict
      sample: [{"what": "links", "text": "Cannot read links of node node-1: there is no ip"}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._snapshot import Request, collect, pack
from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PODS_OPTION
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems


def main() -> None:
    """Read, and answer."""
    module = AnsibleModule(
        argument_spec={
            "node": {"type": "str"},
            "pods": PODS_OPTION,
            "pod_namespaces": {"type": "list", "elements": "str", "default": []},
            "tracked_from": {"type": "list", "elements": "str", "default": []},
            "tracked_to": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 15.0},
            "packed": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    problems = range_problems("node_snapshot", module.params)
    if problems:
        module.fail_json(msg="; ".join(problems))
    snapshot = collect(Request.from_params(module.params))
    if module.params["packed"]:
        module.exit_json(changed=False, packed=pack(snapshot), unread=len(snapshot.errors))
    module.exit_json(changed=False, snapshot=snapshot.to_dict())


if __name__ == "__main__":
    main()
