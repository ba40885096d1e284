#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose_prepare
short_description: Resolve both ends of a failing connection and plan its diagnosis
version_added: 1.0.0
description:
  - Reads the cluster's objects from the Kubernetes API, resolves both ends, and writes a new evidence folder with
    the plan of the work for every node involved.
  - An API that cannot be reached, or that forbids a resource, does not fail the task. What is missing is in
    RV(problems) and in the report.
  - Runs on the controller. It is the first task of the playbook C(podnet.diagnostics.diagnose).
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - podnet.diagnostics.attributes
  - podnet.diagnostics.attributes.controller
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description: Reads the API and writes the evidence folder only.
options:
  source:
    description:
      - Where the connection starts.
      - One of C(pod:NAMESPACE/NAME), C(node:NAME), C(host:INVENTORY_NAME) (a machine outside the cluster, reached by
        SSH), an IP address or a host name.
      - An address that nobody here manages has its probes skipped.
    type: str
    required: true
  destination:
    description:
      - Where the connection should arrive.
      - Written as O(source), and also C(service:NAMESPACE/NAME). A host name makes DNS a part of the path.
    type: str
    required: true
  port:
    description:
      - The destination port. A Service with one port needs none. A nodePort is understood for a node or a Service.
    type: str
  protocol:
    description: What the application speaks. With V(icmp) only ping and MTU are probed.
    type: str
    choices: [tcp, udp, icmp]
    default: tcp
  access:
    description: How the nodes are reached, by an on-demand agent pod or by SSH.
    type: str
    choices: [agent, ssh]
    default: agent
  capture:
    description: When packets are captured. V(auto) is where a probe failed.
    type: str
    choices: [auto, always, never]
    default: auto
  fail_on:
    description: Recorded in the plan. See O(podnet.diagnostics.diagnose_report#module:fail_on).
    type: str
    choices: [fault, inconclusive, never]
    default: never
  bundle_dir:
    description:
      - The evidence folder to make. It may exist, but must not hold a bundle.
      - Default is a new folder in the controller's directory for temporary files.
    type: path
  bundle:
    description:
      - The evidence folder of a run that has sent nothing yet. Its plan is made anew with what the API says now, and
        with the nodes that packets would be forwarded by, see
        RV(podnet.diagnostics.diagnose_step#module:crossed).
    type: path
  max_nodes:
    description: How many nodes are examined at most, from 1 to 64. The nodes of both ends come first.
    type: int
    default: 4
  also_nodes:
    description:
      - Names of nodes that are examined beside those of both ends, beyond O(max_nodes), too.
      - A verdict that cannot be told because packets go by a node that was not examined names it.
      - A name that the cluster does not have ends the run before anything is made.
    type: list
    elements: str
    default: []
  ping_count:
    description: Echo requests per ping, from 1 to 100.
    type: int
    default: 4
  tcp_count:
    description: Connections per TCP probe, from 1 to 100.
    type: int
    default: 4
  tcp_data:
    description:
      - Whether one padded HTTP request may be sent to find the largest TCP segment that passes.
      - V(auto) does so only where the port speaks HTTP by its name, its C(appProtocol) or its number.
    type: str
    choices: [auto, always, never]
    default: auto
  probe_timeout:
    description: Seconds to wait for each answer, from 0.05 to 10.
    type: float
    default: 1.0
  task_timeout:
    description: Seconds after which a task on a node is given up, from 10 to 3600. Only checked here.
    type: int
    default: 90
  pause:
    description: Seconds that the run pauses after the snapshot, from 0 to 3600. Only checked here.
    type: int
    default: 0
  agent:
    description:
      - The times of M(podnet.diagnostics.node_agent) that the run is going to use. Only checked here, before anything
        is read.
    type: dict
    default: {}
  dose:
    description:
      - Whether more is sent after the plain probes, so that a fault that comes and goes is seen, and so that the word
        healthy says what it could have seen. It begins only where plain packets are answered, and stops at the first
        sign of a limit.
      - V(none) sends the plain probes only, and reads no counters.
    type: str
    choices: [none, gentle]
    default: gentle
  dose_packets:
    description: Small packets to each address that is pinged, 180 by default, from 0 to 5000.
    type: str
  dose_connections:
    description: Connections to the port asked for, growing within a second, 40 by default, from 0 to 500.
    type: str
  dose_queries:
    description: Pairs of DNS questions to each server where a name is involved, 20 by default, from 0 to 200.
    type: str
  idle:
    description:
      - Seconds, from 0 to 7200, after which a connection that said nothing is asked whether it is still there. By
        default none is opened.
    type: str
  watch:
    description: Minutes, from 0 to 1440, for which gentle bursts go on until the first failure. By default none.
    type: str
  trace_rules:
    description:
      - Whether nftables is asked which of its rules the marked packets meet that are sent beside the captures. For that
        a table of its own with one rule for each of two hooks is there for some seconds on each node.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Plan a diagnosis
  podnet.diagnostics.diagnose_prepare:
    source: pod:default/web-0
    destination: service:default/db
    port: 5432
  register: plan
"""

RETURN = r"""
run_id:
  description: Eight hexadecimal digits that mark everything this run makes.
  returned: always
  type: str
  sample: 3f9a1c02
bundle:
  description: The evidence folder.
  returned: always
  type: str
  sample: /tmp/podnet-diagnostics-2026-11-21T081530-3f9a1c02
source_node:
  description: The node, or the host outside the cluster, that the source is on; empty where nobody here manages it.
  returned: always
  type: str
  sample: node-1
problems:
  description: What could not be resolved.
  returned: always
  type: list
  elements: dict
  sample: []
  contains:
    what:
      description: Which end, V(source) or V(destination).
      type: str
      sample: source
    text:
      description: The reason.
      type: str
      sample: Cannot find pod default/web-9 in the cluster; similar web-0
read:
  description: What was read of the API; empty where it could not be reached.
  returned: always
  type: dict
  sample:
    objects: 29
    rows: 5
    requests: 41
    size: 68113
  contains:
    objects:
      description: Objects of which something was kept. But for one for each node, they are no more in a large cluster.
      type: int
    rows:
      description: Rows of the index of Services, by which an address or a node port is found.
      type: int
    requests:
      description: Answers of the API server.
      type: int
    size:
      description: Bytes of these answers.
      type: int
nodes:
  description: The nodes and hosts that the next tasks look at.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name in the cluster, or the inventory name of a host outside it.
      type: str
      sample: node-1
    inventory_name:
      description: The name in the inventory.
      type: str
      sample: node-1
    kind:
      description: V(node) or V(host).
      type: str
      sample: node
    address:
      description: The node's InternalIP, or the host's address.
      type: str
      sample: 192.0.2.11
    ready:
      description: Whether Kubernetes calls the node Ready. Null for a host.
      type: bool
      sample: true
"""
