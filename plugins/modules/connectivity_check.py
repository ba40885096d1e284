#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connectivity_check
short_description: Watch endpoints of your own with PodNetworkConnectivityCheck objects
version_added: 1.0.0
description:
  - Makes, changes and removes PodNetworkConnectivityCheck objects, one or many. A source that was deployed with
    M(podnet.diagnostics.connectivity_check_deployment) then connects to their endpoints again and again.
  - What is there already is read in one list, and only what differs is written. The results in the objects are never
    touched.
  - Runs on the host of its task, which is C(localhost) as a rule, and needs the Python library there.
  - Objects that others have made, OpenShift's operator for example, are left alone unless O(force=true).
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - podnet.diagnostics.attributes
attributes:
  check_mode:
    support: full
    description:
      - The API server says whether it would take what differs. Nothing is waited for.
  diff_mode:
    support: full
    description: Each object that changes is shown, without its results and what the API server writes by itself.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the checks should be there.
    type: str
    choices: [present, absent]
    default: present
  checks:
    description:
      - The checks. Instead of a list of one, its options can be given directly.
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
      namespace:
        description: As O(namespace), which is the default.
        type: str
      source_pod:
        description: As O(source_pod).
        type: str
      source_node:
        description: As O(source_node).
        type: str
      target_endpoint:
        description: As O(target_endpoint).
        type: str
      tls_client_cert:
        description: As O(tls_client_cert).
        type: str
      tls:
        description: As O(tls).
        type: bool
  name:
    description:
      - The name of the object.
      - Without one it is made of the source and the endpoint, the same each time, also for O(state=absent).
    type: str
  namespace:
    description:
      - The namespace of the object and of the pod that probes.
    type: str
    default: podnet-connectivity-checks
  source_pod:
    description:
      - The pod that probes. When it is gone nobody does. The names of pods change with every deployment, so
        O(source_node) or neither of both is better.
    type: str
  source_node:
    description:
      - The node whose source probes. A later source on that node goes on with the check.
      - Without this and without O(source_pod) any source probes, and when that is gone another one.
    type: str
  target_endpoint:
    description:
      - What to connect to, C(HOST:PORT). The host is a name, an IPv4 address, or an IPv6 address in brackets.
      - Required unless O(state=absent) and O(name) is given.
    type: str
  tls_client_cert:
    description:
      - Name of a Secret in O(namespace), of type C(kubernetes.io/tls), with the client certificate to show.
      - The source may read it only if it is one of the C(tls_secrets) of
        M(podnet.diagnostics.connectivity_check_deployment).
    type: str
  tls:
    description:
      - Whether a TLS handshake must succeed. Certificates are not verified. Implied by O(tls_client_cert).
    type: bool
  force:
    description: Also change and remove objects that were not made with this module.
    type: bool
    default: false
  fail_on_bad:
    description:
      - What is done when one check cannot be had because its endpoint cannot be parsed, its name is too long, its
        source pod or Secret does not exist, or its object belongs to others.
      - With V(true) the task fails before anything is changed, and names all such checks with their reasons.
      - With V(false) the others are done, and such checks are in RV(bad) and in a warning.
    type: bool
    default: true
  wait_for:
    description:
      - Wait until all checks are in this state, by a result that is newer than the last change of what they ask for.
      - V(result) is any of them. V(unknown) is the condition C(Reachable=Unknown), which says that there is nothing to
        probe.
      - A check whose source has stopped is in none of these states.
    type: str
    choices: [reachable, unreachable, unknown, result]
  wait_timeout:
    description:
      - How many seconds to wait, from 0 to 86400. The task fails then, and names the checks that are not in the state.
    type: float
    default: 120
seealso:
  - module: podnet.diagnostics.connectivity_check_deployment
  - module: podnet.diagnostics.connectivity_check_info
"""

EXAMPLES = r"""
- name: Watch a database, whichever source does it
  podnet.diagnostics.connectivity_check:
    name: orders-db
    target_endpoint: db.example.com:5432

- name: Watch two endpoints from one node, and wait until both can be reached
  podnet.diagnostics.connectivity_check:
    checks:
      - source_node: node-1
        target_endpoint: 192.0.2.80:443
        tls: true
      - source_node: node-1
        target_endpoint: "[2001:db8::80]:443"
        tls: true
    wait_for: reachable

- name: Stop watching the database
  podnet.diagnostics.connectivity_check:
    name: orders-db
    state: absent
"""

RETURN = r"""
checks:
  description: The checks that could be had, in the order of O(checks).
  returned: success
  type: list
  elements: dict
  sample:
    - index: 0
      name: orders-db
      namespace: podnet-connectivity-checks
      action: created
      source_pod: network-check-source-6b9cf9d5d4-x2x7q
      target_endpoint: db.example.com:5432
      state: reachable
  contains:
    index:
      description: Its place in O(checks).
      returned: success
      type: int
      sample: 0
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: orders-db
    namespace:
      description: Its namespace.
      returned: success
      type: str
      sample: podnet-connectivity-checks
    action:
      description: One of V(created), V(changed), V(removed), V(unchanged).
      returned: success
      type: str
      sample: created
    source_pod:
      description: The pod that probes. Empty if O(state=absent).
      returned: success
      type: str
      sample: network-check-source-6b9cf9d5d4-x2x7q
    target_endpoint:
      description: What it connects to. Empty if O(state=absent).
      returned: success
      type: str
      sample: db.example.com:5432
    state:
      description: What the object says at the end, as M(podnet.diagnostics.connectivity_check_info) describes it.
      returned: if O(wait_for) is given
      type: str
      sample: reachable
    message:
      description: Why.
      returned: if O(wait_for) is given
      type: str
      sample: "extra-orders-db: tcp connection to db.example.com:5432 succeeded"
bad:
  description: The checks that cannot be had.
  returned: success
  type: list
  elements: dict
  sample:
    - index: 2
      name: ""
      namespace: podnet-connectivity-checks
      problem: "target_endpoint 'fd00::1:80' is not host:port: too many colons in address: an IPv6 address needs
        brackets"
  contains:
    index:
      description: Its place in O(checks).
      returned: success
      type: int
      sample: 2
    name:
      description: Its name, as it was given.
      returned: success
      type: str
      sample: ""
    namespace:
      description: Its namespace.
      returned: success
      type: str
      sample: podnet-connectivity-checks
    problem:
      description: Why not.
      returned: success
      type: str
      sample: namespace podnet-connectivity-checks has no Secret etcd-client
"""

import json
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._checks import DEFAULT_NAMESPACE, manage
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import diff_of
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)

_ONE = {
    "name": {"type": "str"},
    "source_pod": {"type": "str"},
    "source_node": {"type": "str"},
    "target_endpoint": {"type": "str"},
    "tls_client_cert": {"type": "str"},
    "tls": {"type": "bool"},
}
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems


def items(params: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """The checks as a list, each with its namespace."""
    given = params["checks"] if params["checks"] is not None else [{name: params[name] for name in _ONE}]
    return [{**item, "namespace": item.get("namespace") or params["namespace"]} for item in given]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "checks": {"type": "list", "elements": "dict", "options": {**_ONE, "namespace": {"type": "str"}}},
            "namespace": {"type": "str", "default": DEFAULT_NAMESPACE},
            **_ONE,
            "force": {"type": "bool", "default": False},
            "fail_on_bad": {"type": "bool", "default": True},
            "wait_for": {"type": "str", "choices": ["reachable", "unreachable", "unknown", "result"]},
            "wait_timeout": {"type": "float", "default": 120},
            **KUBE_ARGUMENT_SPEC,
        },
        mutually_exclusive=[("checks", name) for name in _ONE],
        required_one_of=[("checks", "name", "target_endpoint")],
        supports_check_mode=True,
    )
    params = module.params
    problems = range_problems("connectivity_check", params)
    if problems:
        module.fail_json(msg="; ".join(problems))
    try:
        kube = connect(options_from_params(params))
        done = manage(
            kube,
            items(params),
            params["state"] == "present",
            params["force"],
            params["fail_on_bad"],
            None if module.check_mode else params["wait_for"],
            params["wait_timeout"],
            module.check_mode,
        )
    except KubeError as exc:
        module.fail_json(msg=str(exc))
    for warning in done.warnings:
        module.warn(warning)
    result = done.to_dict()
    if module._diff:
        result["diff"] = [
            diff_of(change, lambda found: json.dumps(found, indent=2, sort_keys=True) + "\n") for change in done.changes
        ]
    if done.failure:
        module.fail_json(msg=done.failure, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
