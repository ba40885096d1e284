#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose_node
short_description: Run one phase of a diagnosis on one node and store its result
version_added: 1.0.0
description:
  - Runs M(podnet.diagnostics.node_snapshot), M(podnet.diagnostics.probe) or M(podnet.diagnostics.capture) on the node
    with what the plan says, and adds the result to the evidence folder on the controller.
  - A node that cannot be reached or measured does not fail the task. RV(status) is then V(error), and the reason
    is in the evidence folder.
  - A snapshot of another node than the source's that makes the others wait is left to go on by itself. RV(status) is
    then V(late), and what else is to be done on the node is skipped until it has ended.
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
    description: Everything it does on a node is reading; captures and probes leave nothing behind.
options:
  bundle:
    description: The evidence folder of the run, as RV(podnet.diagnostics.diagnose_prepare#module:bundle) gave it.
    type: path
    required: true
  node:
    description: The node's name in the plan.
    type: str
    required: true
  phase:
    description:
      - V(snapshot) reads the node's network state.
      - V(probe) sends every probe that starts on this node, and reads counters before and after.
      - V(watch) goes on with gentle bursts from the source until the first failure, for as many minutes as were
        planned. Ctrl-C at a terminal ends it, and the run goes on with what is known.
      - V(watch_start) arms a capture before that, which keeps the newest packets. V(watch_dose) sends the dose again
        when a round went wrong, and reads the counters of every node around it. V(watch_stop) ends the capture; where
        a round went wrong, its packets are kept in C(captures/NODE.watch.pcapng).
      - V(late) waits for the end of a snapshot whose task has ended as V(late).
      - V(capture_start), V(reprobe) and V(capture_stop) do nothing where no probe failed and no capture was asked for.
    type: str
    required: true
    choices:
      - snapshot
      - probe
      - watch_start
      - watch
      - watch_dose
      - watch_stop
      - capture_start
      - reprobe
      - capture_stop
      - late
  pending:
    description:
      - Whether the node has an agent that nobody has waited for yet. The snapshot begins with that then.
    type: bool
    default: false
  silent:
    description: Whether the kubelet of the node does not answer. It is recorded then, as a fact about the node.
    type: bool
    default: false
  unavailable:
    description: Why the node cannot be used. If set, the phase is recorded as an error with this reason.
    type: str
"""

EXAMPLES = r"""
- name: Take one snapshot of the node
  podnet.diagnostics.diagnose_node:
    bundle: "{{ plan.bundle }}"
    node: node-1
    phase: snapshot
"""

RETURN = r"""
status:
  description: V(done), V(skipped), V(late) or V(error).
  returned: always
  type: str
  sample: done
msg:
  description: What was done, or why it was not.
  returned: always
  type: str
  sample: 7 of 9 probes passed
"""
