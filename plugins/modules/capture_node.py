#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_node
short_description: Start the captures of one node, or fetch them
version_added: 1.0.0
description:
  - Runs M(podnet.diagnostics.node_snapshot) and M(podnet.diagnostics.capture) on the node with what the plan says, and
    stores what comes back in the folder of the run.
  - A node that cannot be reached does not fail the task. RV(status) is then V(error), and the reason is in the folder.
  - A small process stays beside the playbook while it captures. It says how far the captures are, feeds the live view,
    and removes what is on the node when the playbook is gone.
  - The controller half is an action plugin.
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.attributes
  - podnet.diagnostics.attributes.controller
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description: Everything it does on a node is reading. Captures leave nothing behind.
options:
  bundle:
    description: The folder of the run, as RV(podnet.diagnostics.capture_prepare#module:dir) gave it.
    type: path
    required: true
  node:
    description: The node's name in the plan.
    type: str
    required: true
  phase:
    description:
      - V(start) looks which devices there are and captures on those that are meant. V(fetch) ends the captures, fetches
        their files in parts, compares their sums, and removes them from the node.
      - Nothing is removed from a node before the sums were compared. An armed capture that was not triggered is removed
        without being fetched.
    type: str
    required: true
    choices: [start, fetch]
  silent:
    description: Whether the kubelet of the node does not answer. It is recorded then, as a fact about the node.
    type: bool
    default: false
  unavailable:
    description: Why the node cannot be used. If set, the phase is recorded as an error with this reason.
    type: str
"""

EXAMPLES = r"""
- name: Start the captures
  podnet.diagnostics.capture_node:
    bundle: "{{ plan.dir }}"
    node: node-1
    phase: start
"""

RETURN = r"""
status:
  description: V(done), V(skipped) or V(error).
  returned: always
  type: str
  sample: done
msg:
  description: What was done, or why it was not.
  returned: always
  type: str
  sample: eth0 of pod:default/web-0
"""
