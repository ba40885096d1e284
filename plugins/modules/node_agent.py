#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_agent
short_description: Make and remove the pods through which nodes are reached without SSH
version_added: 1.0.0
description:
  - Makes one privileged pod on each node, an agent, waits until all of them are ready, and removes them again.
    The connection plugin P(podnet.diagnostics.node_agent#connection) runs modules in them.
  - An agent is a Job that belongs to one run. It ends by itself after O(deadline) seconds, and Kubernetes removes it
    O(ttl) seconds later, also when Ansible was killed meanwhile.
  - An agent shares the network and the process namespaces of its node. The node's files are under C(/host), read-only.
    It tolerates every taint, requests no resources, and has no priority, so that it pushes nothing off a full node.
  - A node whose agent cannot start does not fail the task, it has its C(error) in RV(agents). The other nodes go on.
    The same is true of an API that cannot be reached or that forbids what is needed, then all nodes have it.
  - Runs on the controller.
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - podnet.diagnostics.attributes
  - podnet.diagnostics.attributes.controller
attributes:
  check_mode:
    support: full
    description:
      - Nothing is made or removed in check mode, and the API is not asked. RV(agents) is empty then.
  diff_mode:
    support: none
    description: No difference is shown.
options:
  state:
    description:
      - V(present) makes the agents of a run on O(nodes) where they are missing and waits for them. It also removes what
        earlier runs left behind, as V(swept) does.
      - V(absent) removes all agents of O(run_id) and waits until their pods are gone.
      - V(swept) removes the agents of every run that have ended, or that should have ended at least a minute ago.
        Agents that are in use are never among them.
    type: str
    choices: [present, absent, swept]
    default: present
  run_id:
    description:
      - Tells the agents of one run from those of another. Runs share nothing.
      - One to 16 lower-case letters, digits and dashes. Required unless O(state=swept).
    type: str
  nodes:
    description: The names of the nodes, for O(state=present).
    type: list
    elements: str
    default: []
  needed:
    description:
      - The nodes among O(nodes) that are waited for in any case, for O(state=present). By default all of them.
      - Another one is not waited for where the agents of others are ready and its kubelet takes no notice of its pod.
        It is C(pending) then, and its agent may still start.
    type: list
    elements: str
  namespace:
    description:
      - The namespace of the agents. It must allow privileged pods.
      - It is made if it does not exist, with the label that says so for Pod Security admission.
      - It is never removed, unless by O(remove_namespace), because another run may be about to use it.
    type: str
    default: podnet-diagnostics
  image:
    description:
      - The image of the agents. It needs C(/bin/sh), C(sleep) and Python 3.9 or newer to run modules in it, and for
        the modules of this collection the commands C(ip), C(iptables-save), C(nft) and C(tcpdump).
    type: str
    default: docker.io/nicolaka/netshoot
  image_pull_policy:
    description: When a node pulls the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  image_pull_secrets:
    description: Names of Secrets in O(namespace) with the credentials of the image's registry.
    type: list
    elements: str
    default: []
  deadline:
    description:
      - After how many seconds an agent ends by itself, from 1 to 86400, counted from when it was made.
    type: int
    default: 600
  lease:
    description:
      - After how many seconds an agent ends by itself when nobody renews its life, from 15 to 86400.
      - Each command that is run in it does that, and so does a small process that stays beside the playbook. An agent
        whose controller is gone ends therefore, whatever its O(deadline).
    type: int
    default: 45
  keep:
    description:
      - Whether the agents stay when the playbook that made them has ended, until somebody removes them or their
        O(deadline) is over. For those who make agents in one run of Ansible and use them in another.
      - Otherwise a small process removes them when the playbook has ended or was killed, and there is O(lease).
    type: bool
    default: false
  ttl:
    description: After how many seconds Kubernetes removes an agent that has ended, from 0 to 86400.
    type: int
    default: 30
  wait_timeout:
    description:
      - How many seconds to wait for the agents to become ready, or for their pods to go, from 0 to 3600.
      - An agent that cannot become ready, because its image cannot be pulled for example, is not waited for.
      - With V(0) and O(state=absent) nothing is waited for, the pods go in the background.
    type: float
    default: 60
  remove_namespace:
    description:
      - With O(state=absent) and O(state=swept), also remove O(namespace).
      - That is done only if O(state=present) made it, and no pod and no Job is in it. Do not use it where another run
        may be starting.
    type: bool
    default: false
seealso:
  - plugin: podnet.diagnostics.node_agent
    plugin_type: connection
  - plugin: podnet.diagnostics.cluster
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Make an agent on two nodes
  podnet.diagnostics.node_agent:
    run_id: maintenance-7
    nodes:
      - node-1
      - node-2
  register: made

- name: Show which nodes have none
  ansible.builtin.debug:
    msg: "{{ item.value.error }}"
  loop: "{{ made.agents | dict2items | rejectattr('value.ready') }}"
  loop_control:
    label: "{{ item.key }}"

- name: Remove the agents
  podnet.diagnostics.node_agent:
    state: absent
    run_id: maintenance-7

- name: Remove what runs left that were killed
  podnet.diagnostics.node_agent:
    state: swept
"""

RETURN = r"""
agents:
  description: The agents by node, in the order of O(nodes). Empty unless O(state=present), and in check mode.
  returned: success
  type: dict
  sample:
    node-1:
      pod: podnet-maintenance-7-node-1-2b0d8f5a-x7k2p
      namespace: podnet-diagnostics
      ready: true
      error: ""
  contains:
    pod:
      description: The name of the pod, empty if there is none.
      returned: success
      type: str
      sample: podnet-maintenance-7-node-1-2b0d8f5a-x7k2p
    namespace:
      description: The namespace of the pod.
      returned: success
      type: str
      sample: podnet-diagnostics
    ready:
      description: Whether commands can be run in it.
      returned: success
      type: bool
      sample: true
    silent:
      description: Whether the kubelet of the node does not answer.
      returned: success
      type: bool
      sample: false
    pending:
      description: Whether it was not waited for, because it is on none of the nodes O(needed). It may start yet.
      returned: success
      type: bool
      sample: false
    error:
      description: Why not, empty if they can or it is pending.
      returned: success
      type: str
      sample: "The agent on node-3 cannot be used: the cluster has no such node"
removed:
  description: How many agents were removed. Zero for O(state=present).
  returned: success
  type: int
  sample: 2
namespace_removed:
  description: Whether O(namespace) was removed.
  returned: success
  type: bool
  sample: false
"""
