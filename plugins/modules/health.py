#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health
short_description: Show whether every node reaches every other, and name what is broken
version_added: 1.0.0
description:
  - Asks the target pods of the connectivity checks what they reach, and builds the matrix of all nodes, by ICMP and
    HTTP, to each node's own address and to its target pod.
  - Names what is broken. A node that is cut off, a node whose pods alone are, a pair of nodes, the border between two
    zones. Each statement has its evidence and says what to do next.
  - When a probe has failed, the rows and columns of the suspects are probed again at once, so that a sick node is told
    from a sick pair, and a lost packet from a fault.
  - Nodes that are NotReady, unschedulable, about to go, or without a target by intent are listed apart and raise no
    alarm.
  - Too little data is V(unknown), never V(healthy). A node whose agent cannot be asked does not fail the task, the
    others tell how they see it.
  - Prints in the format of C(cilium-health status), or JSON, and writes a report with a heat map.
  - Publishes a small summary with the name C(podnet_health) as M(ansible.builtin.set_stats) would.
  - Runs on the controller. It needs a cluster on which M(podnet.diagnostics.connectivity_check_deployment) has been
    run.
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
    description:
      - Nothing is changed on the cluster in any mode. In check mode no event is sent to O(event_url).
options:
  namespace:
    description: The namespace of the connectivity checks.
    type: str
    default: podnet-connectivity-checks
  probe:
    description:
      - Probe now and wait for the answers. Without it the last results are shown with their age. Those older than three
        probe intervals count as unknown.
      - In a bounded mesh every node probes its partners of this epoch, not all others.
    type: bool
    default: false
  confirm:
    description: Probe the rows and columns of suspects once more before anything is called broken.
    type: bool
    default: true
  nodes:
    description:
      - Names of the nodes that are asked about. By default all. The others are their witnesses.
      - With O(probe=true), these nodes probe all others and all others probe them, also in a bounded mesh.
    type: list
    elements: str
    default: []
  from_node:
    description:
      - The node whose own view is printed, exactly as C(cilium-health status) prints it. By default each node is shown
        as all others see it.
    type: str
  output:
    description: What is printed. V(json) is the document of RV(health).
    type: str
    choices: [text, json]
    default: text
  succinct:
    description: Print only nodes that are not healthy, and each fault in one line.
    type: bool
    default: false
  verbose:
    description: Print every probe with its time.
    type: bool
    default: false
  report_dir:
    description:
      - A folder for C(health.html), C(health.json), C(health.txt) and C(event.json). It is made if it is missing. Files
        of these names are replaced.
    type: path
  fail_on:
    description:
      - Which result fails the task, after everything was printed and written. V(unknown) means that or V(unhealthy).
    type: str
    choices: [never, unhealthy, unknown]
    default: never
  timeout:
    description:
      - Seconds to wait for one agent, from 0.1 to 3600. Five of them are left for its answer, the others are for its
        probes, of which the agents' own configuration limits each.
    type: float
    default: 30
  total_timeout:
    description: Seconds to wait for all agents together, from 0.1 to 86400. What is not known then is unknown.
    type: float
    default: 300
  packets:
    description:
      - Small packets, from 0 to 100, that each node sends to each address in a row where it is probed now (O(probe) or
        O(confirm)), so that a share that is lost is seen. 20 is a good number. With V(0) one answer is enough.
    type: int
    default: 0
  workers:
    description: How many agents are asked at once, from 1 to 256.
    type: int
    default: 32
  event_url:
    description:
      - An address to which RV(health_event) is sent with POST, for example the C(ansible.eda.webhook) source of a
        rulebook. Redirects are not followed.
      - An event that cannot be sent is a warning.
    type: str
  event_token:
    description: Sent as C(Authorization) header of the type C(Bearer).
    type: str
  event_timeout:
    description: Seconds to wait for O(event_url), from 0.1 to 3600.
    type: float
    default: 10
  event_validate_certs:
    description: Whether the certificate of O(event_url) is verified.
    type: bool
    default: true
  event_ca_path:
    description: Path of a file with certificate authorities for O(event_url).
    type: path
seealso:
  - module: podnet.diagnostics.connectivity_check_deployment
"""

EXAMPLES = r"""
- name: Show the last results
  podnet.diagnostics.health:

- name: Probe now, write a report, and fail if something is broken
  podnet.diagnostics.health:
    probe: true
    report_dir: /tmp/health
    fail_on: unhealthy

- name: What does node-1 reach?
  podnet.diagnostics.health:
    from_node: node-1
    verbose: true

- name: Tell a rulebook
  podnet.diagnostics.health:
    event_url: https://eda.example.com:5000/endpoint
    event_token: "{{ eda_token }}"
"""

RETURN = r"""
result:
  description: V(healthy), V(unhealthy) or V(unknown).
  returned: success
  type: str
  sample: unhealthy
summary:
  description: The result in one sentence.
  returned: success
  type: str
  sample: node-2 answers, but its pods do not and reach no other pod.
health:
  description: Everything that is known, with the field names of C(cilium-health) where it has such fields.
  returned: success
  type: dict
  contains:
    schema:
      description: Always C(podnet.diagnostics/health/v1).
      type: str
      sample: podnet.diagnostics/health/v1
    mesh:
      description: How the agents probe, with how many partners, each how many seconds, and after how many all pairs
        were probed. Null if no agent answered.
      type: dict
      sample: {"partners": 2, "all_pairs": true, "interval": 60.0, "probeInterval": "1m0s", "coverage": 60.0}
    nodes:
      description: Every node with its state, and sums of how it is seen and what it sees.
      type: list
      elements: dict
      sample: [{"name": "node-1", "state": "healthy"}]
    matrix:
      description:
        - Every pair with the probes of each address. RV(health.matrix_complete) is false where this is not all of it.
        - Empty here if there are more than 100 pairs, C(health.json) in O(report_dir) has them.
      type: list
      elements: dict
      sample: [{"from": "node-1", "to": "node-2"}]
    matrix_complete:
      description: Whether RV(health.matrix) holds every pair.
      type: bool
      sample: true
    findings:
      description: What is broken, unknown or odd, with evidence, remediation and the variables of a diagnosis.
      type: list
      elements: dict
      sample: [{"id": "hosts-answer-pods-do-not", "severity": "critical", "nodes": ["node-2"]}]
    view:
      description: The own view of O(from_node) as C(cilium-health status -o json) has it. Null without O(from_node).
      type: dict
      sample: {"local": {"name": "node-1"}}
health_event:
  description: The event for a rulebook, schema C(podnet.diagnostics/event/v1).
  returned: success
  type: dict
  sample:
    schema: podnet.diagnostics/event/v1
    type: podnet.health.unhealthy
    severity: critical
    nodes: [node-2]
    pair: {"source": "node-1", "destination": "node-2", "path": "endpoint"}
diagnose:
  description: The variables of the playbook C(podnet.diagnostics.diagnose) for the worst pair. Empty if nothing is
    broken.
  returned: success
  type: dict
  sample:
    diagnose_source: pod:podnet-connectivity-checks/network-check-target-x7k2p
    diagnose_destination: pod:podnet-connectivity-checks/network-check-target-b9d4s
    diagnose_port: "8080"
    diagnose_protocol: tcp
report:
  description: The files that were written, by kind.
  returned: success
  type: dict
  sample:
    html: /tmp/health/health.html
    json: /tmp/health/health.json
    txt: /tmp/health/health.txt
    event: /tmp/health/event.json
read:
  description: What was read of the API and of the agents.
  returned: success
  type: dict
  sample:
    nodes: 3
    pods: 3
    requests: 3
    size: 41120
    asked: 3
    told: 6200
  contains:
    nodes:
      description: Nodes, of which only what is judged is kept.
      type: int
    pods:
      description: Target pods.
      type: int
    requests:
      description: Answers of the API server, the agents' not counted.
      type: int
    size:
      description: Bytes of these answers.
      type: int
    asked:
      description: Agents that were asked; one that was asked twice counts twice.
      type: int
    told:
      description: Bytes of what the agents said.
      type: int
"""
