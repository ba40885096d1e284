#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_wait
short_description: Wait until captures are over or triggered
version_added: 1.0.0
description:
  - Waits while the captures of all nodes go on by themselves, shows how far they are, and ends when their time is over,
    when all have come to their limits, when an armed one is triggered, or when somebody at a terminal presses Ctrl-C.
  - The probe of an armed capture is sent from the node that the task runs for, which is the first one of
    RV(podnet.diagnostics.capture_prepare#module:nodes).
  - A probe that cannot be measured is no failure. After five of them in a row it is given up.
  - The controller half is an action plugin.
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
    description: It changes nothing in any mode.
options:
  phase:
    description:
      - V(arm) reads the connectivity checks that end an armed capture, and returns. It belongs before the first
        capture, so that no check turns unseen while captures begin.
      - V(wait) waits.
    type: str
    choices: [arm, wait]
    default: wait
  bundle:
    description: The folder of the run, as RV(podnet.diagnostics.capture_prepare#module:dir) gave it.
    type: path
    required: true
  unavailable:
    description: Why no probe can be sent from the node.
    type: str
"""

EXAMPLES = r"""
- name: Wait until the captures are over
  podnet.diagnostics.capture_wait:
    bundle: "{{ plan.dir }}"
"""

RETURN = r"""
ended:
  description:
    - V(time) if the time is over, V(limit) if every capture has come to its limit, V(trigger) if a failure has ended
      it, V(hand) if somebody has, V(given_up) if the trigger cannot be watched, and V(nothing) if nothing runs.
  returned: success and O(phase=wait)
  type: str
  sample: trigger
msg:
  description: The same in words.
  returned: success
  type: str
  sample: "tcp from pod:default/web-0 to service:default/db port 5432 failed at its attempt 12: timeout"
"""
