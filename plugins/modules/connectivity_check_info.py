#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connectivity_check_info
short_description: Read what PodNetworkConnectivityCheck objects say
version_added: 1.0.0
description:
  - Reads the results of connectivity checks, those of M(podnet.diagnostics.connectivity_check_deployment) and those of
    OpenShift, and says for each what it means now. Outages and a summary by pairs of nodes are with it.
  - Runs on the host of its task, which is C(localhost) as a rule, and needs the Python library there.
  - A check whose source has stopped is V(stale), whatever its object says. Whether a source lives is seen from its
    Lease. OpenShift's sources have none, theirs are stale when their newest result is older than 15 minutes. Where
    Leases may not be read, ours are judged by the age of their newest result as well, and a warning says so.
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - podnet.diagnostics.attributes
attributes:
  check_mode:
    support: full
    description: Nothing is changed.
  diff_mode:
    support: N/A
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
options:
  namespaces:
    description: The namespaces to read. On OpenShift V(openshift-network-diagnostics) has the operator's checks.
    type: list
    elements: str
    default: [podnet-connectivity-checks]
  all_namespaces:
    description: Read all namespaces instead of O(namespaces).
    type: bool
    default: false
  names:
    description: Only checks of these names.
    type: list
    elements: str
    default: []
  source_pod:
    description: Only checks that this pod probes.
    type: str
    default: ""
  source_node:
    description: Only checks from this node.
    type: str
    default: ""
  target:
    description: Only checks of this target, which is an endpoint, the name of a node, or as in RV(checks[].target).
    type: str
    default: ""
  node:
    description: Only checks from this node or to it.
    type: str
    default: ""
  state:
    description:
      - Only checks in one of these states. V(flapping) are those that are said to be so, whatever else they are.
    type: list
    elements: str
    choices: [reachable, unreachable, unknown, stale, flapping]
    default: []
  since:
    description:
      - Only outages that had not ended by then. A duration before now such as V(2h) or V(1d12h), a date, or a time such
        as V(2026-01-31T12:00:00Z), in UTC if it does not say otherwise.
      - RV(checks) and RV(summary) are not affected.
    type: str
    default: ""
  until:
    description: Only outages that had begun by then. As O(since).
    type: str
    default: ""
  raw:
    description: Whether to return the objects as they are, in RV(objects).
    type: bool
    default: false
seealso:
  - module: podnet.diagnostics.connectivity_check
  - module: podnet.diagnostics.connectivity_check_deployment
"""

EXAMPLES = r"""
- name: Read everything that is not well
  podnet.diagnostics.connectivity_check_info:
    state: [unreachable, flapping, stale]
  register: trouble

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.source_node }} to {{ item.target }}: {{ item.message }}"
  loop: "{{ trouble.checks }}"
  loop_control:
    label: "{{ item.name }}"

- name: Read the outages of the last two hours to and from one node, ours and OpenShift's
  podnet.diagnostics.connectivity_check_info:
    all_namespaces: true
    node: node-1
    since: 2h
"""

RETURN = r"""
checks:
  description: The checks, by namespace and name. Times are UTC, latencies seconds.
  returned: success
  type: list
  elements: dict
  sample:
    - name: network-check-source-node-1-to-network-check-target-node-2
      namespace: podnet-connectivity-checks
      state: unreachable
      since: "2026-01-31T12:00:00Z"
  contains:
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: network-check-source-node-1-to-network-check-target-node-2
    namespace:
      description: Its namespace.
      returned: success
      type: str
      sample: podnet-connectivity-checks
    state:
      description: One of V(reachable), V(unreachable), V(unknown), V(stale).
      returned: success
      type: str
      sample: unreachable
    flapping:
      description: Whether the target comes and goes.
      returned: success
      type: bool
      sample: false
    since:
      description: Since when the state is what it is. Of a stale check the last sign of life.
      returned: success
      type: str
      sample: "2026-01-31T12:00:00Z"
    reachable:
      description: The condition C(Reachable) as it is in the object, or none.
      returned: success
      type: str
      sample: "False"
    reason:
      description: Why, as one word.
      returned: success
      type: str
      sample: TCPConnectError
    message:
      description: Why.
      returned: success
      type: str
      sample: "network-check-target-node-2: failed to establish a TCP connection to 10.244.2.7:8080: dial tcp
        10.244.2.7:8080: i/o timeout"
    target_endpoint:
      description: What is connected to.
      returned: success
      type: str
      sample: 10.244.2.7:8080
    target:
      description: What that is.
      returned: success
      type: str
      sample: node/node-2
    target_node:
      description: The node that it is on, if it is known.
      returned: success
      type: str
      sample: node-2
    source_pod:
      description: The pod that probes.
      returned: success
      type: str
      sample: network-check-source-6b9cf9d5d4-x2x7q
    source_node:
      description: The node that it is on, if it is known.
      returned: success
      type: str
      sample: node-1
    last_probe:
      description: When the newest result was seen that is in the object. A source writes good ones now and then only.
      returned: success
      type: str
      sample: "2026-01-31T12:01:00Z"
    latency:
      description: How long the newest connection took, in seconds.
      returned: success
      type: float
      sample: 0.000412
    lookup_latency:
      description: How long the newest lookup of the host name took, in seconds.
      returned: success
      type: float
      sample: 0.0021
    outages:
      description: How many outages the object has.
      returned: success
      type: int
      sample: 1
    open_outage:
      description: Whether one lasts.
      returned: success
      type: bool
      sample: true
outages:
  description: The outages of these checks, the newest of each check first, within O(since) and O(until).
  returned: success
  type: list
  elements: dict
  sample:
    - check: network-check-source-node-1-to-network-check-target-node-2
      namespace: podnet-connectivity-checks
      start: "2026-01-31T12:00:00Z"
      end: null
      seconds: 61.0
  contains:
    check:
      description: The name of the check.
      returned: success
      type: str
      sample: network-check-source-node-1-to-network-check-target-node-2
    namespace:
      description: Its namespace.
      returned: success
      type: str
      sample: podnet-connectivity-checks
    source_node:
      description: The node that probes.
      returned: success
      type: str
      sample: node-1
    target:
      description: What was out.
      returned: success
      type: str
      sample: node/node-2
    target_endpoint:
      description: What is connected to.
      returned: success
      type: str
      sample: 10.244.2.7:8080
    start:
      description: When it began.
      returned: success
      type: str
      sample: "2026-01-31T12:00:00Z"
    end:
      description: When it ended. None while it lasts.
      returned: success
      type: str
      sample: "2026-01-31T12:02:00Z"
    seconds:
      description: How long it lasted, or has lasted.
      returned: success
      type: float
      sample: 120.0
    message:
      description: What the object says about it.
      returned: success
      type: str
      sample: Connectivity restored after 2m0.1s
    failure:
      description: The first failure.
      returned: success
      type: str
      sample: "network-check-target-node-2: failed to establish a TCP connection to 10.244.2.7:8080: dial tcp
        10.244.2.7:8080: i/o timeout"
summary:
  description: The checks counted by pairs of nodes. The target's is empty for targets that are no node.
  returned: success
  type: list
  elements: dict
  sample:
    - source_node: node-1
      target_node: node-2
      state: unreachable
      counts:
        reachable: 0
        unreachable: 1
        unknown: 0
        stale: 0
      flapping: 0
      open_outages: 1
      latency: null
      not_reachable:
        - network-check-source-node-1-to-network-check-target-node-2
counts:
  description: How many checks are in each state.
  returned: success
  type: dict
  sample:
    reachable: 11
    unreachable: 1
    unknown: 0
    stale: 0
    flapping: 0
time:
  description: When this was read, by the API server's clock.
  returned: success
  type: str
  sample: "2026-01-31T12:01:01Z"
objects:
  description: The objects as they are, in the order of RV(checks). Empty unless O(raw=true).
  returned: success
  type: list
  elements: dict
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._check_info import (
    ALL_STATES,
    BadQuery,
    ask,
    read_query,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._checks import DEFAULT_NAMESPACE
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "namespaces": {"type": "list", "elements": "str", "default": [DEFAULT_NAMESPACE]},
            "all_namespaces": {"type": "bool", "default": False},
            "names": {"type": "list", "elements": "str", "default": []},
            "source_pod": {"type": "str", "default": ""},
            "source_node": {"type": "str", "default": ""},
            "target": {"type": "str", "default": ""},
            "node": {"type": "str", "default": ""},
            "state": {"type": "list", "elements": "str", "choices": list(ALL_STATES), "default": []},
            "since": {"type": "str", "default": ""},
            "until": {"type": "str", "default": ""},
            "raw": {"type": "bool", "default": False},
            **KUBE_ARGUMENT_SPEC,
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        answer = ask(connect(options_from_params(params)), [] if params["all_namespaces"] else params["namespaces"])
        result = answer.to_dict(read_query(params, answer.now), params["raw"])
    except (KubeError, BadQuery) as exc:
        module.fail_json(msg=str(exc))
    for warning in answer.warnings:
        module.warn(warning)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
