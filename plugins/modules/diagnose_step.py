#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose_step
short_description: Show a step of the runbook from what a diagnosis has found so far
version_added: 1.0.0
description:
  - Cuts steps from the evidence folder and prints for each what it asks, what it found, the numbers, and how it ended.
  - Runs on the controller and touches neither nodes nor the API.
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.attributes
  - podnet.diagnostics.attributes.controller
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description: Reads only.
options:
  bundle:
    description: The evidence folder of the run, as RV(podnet.diagnostics.diagnose_prepare#module:bundle) gave it.
    type: path
    required: true
  steps:
    description: The steps to show, in the order of the runbook.
    type: list
    elements: str
    required: true
    choices: [resolve, components, snapshot, ping, tcp, mtu, dns, nic_config, capture, verdict]
"""

EXAMPLES = r"""
- name: Do packets reach the other end?
  podnet.diagnostics.diagnose_step:
    bundle: "{{ plan.bundle }}"
    steps: [ping]
"""

RETURN = r"""
steps:
  description: The steps asked for, as in the C(findings.json) of the bundle.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The step.
      type: str
      sample: ping
    status:
      description: V(pass), V(fail), V(skipped) or V(error), which means that it could not be measured.
      type: str
      sample: pass
    summary:
      description: What was found, in one sentence.
      type: str
      sample: 4 sent, 4 received
crossed:
  description:
    - Nodes that the packets of the question would be forwarded by, as the snapshots say, and that nobody looked at.
    - Only known between the snapshots and the probes.
  returned: always
  type: list
  elements: str
  sample: []
msg:
  description: The status of each step in one line.
  returned: always
  type: str
  sample: "ping: pass"
"""
