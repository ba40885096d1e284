#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose_report
short_description: Name the root cause from an evidence folder and write the reports
version_added: 1.0.0
description:
  - Analyses an evidence folder, writes C(findings.json), C(report.html), C(report.md), C(report.json) and C(report.xml)
    (JUnit) into it, and prints the verdict.
  - Nothing is measured. The same bundle gives the same verdict on another machine, months later.
  - Publishes a small summary with the name C(podnet_diagnosis) as M(ansible.builtin.set_stats) would.
  - Runs on the controller.
author:
  - podnet.diagnostics contributors (@podnet)
attributes:
  check_mode:
    support: full
    description: Writes into the evidence folder only.
  diff_mode:
    support: N/A
    description: Nothing is changed, so there is no difference to show.
  action:
    support: full
    description: Runs as an action plugin on the controller.
  platform:
    support: full
    description: Target systems this works on.
    platforms: posix
options:
  bundle:
    description: The evidence folder of the run, as RV(podnet.diagnostics.diagnose_prepare#module:bundle) gave it.
    type: path
    required: true
  fail_on:
    description:
      - Which verdict fails the task. V(fault) is a root cause, V(inconclusive) is that or no clear answer.
      - A run that diagnosed nothing at all fails whatever is set here.
    type: str
    choices: [fault, inconclusive, never]
    default: never
"""

EXAMPLES = r"""
- name: Name the cause
  podnet.diagnostics.diagnose_report:
    bundle: "{{ plan.bundle }}"
    fail_on: fault
  register: diagnosis
"""

RETURN = r"""
verdict:
  description: The verdict, as in C(findings.json).
  returned: always
  type: dict
  contains:
    result:
      description: V(healthy), V(fault) or V(inconclusive).
      type: str
      sample: fault
    root_cause:
      description: The id of the finding that explains most, or null.
      type: str
      sample: route-missing
    confidence:
      description: V(possible), V(likely) or V(proven).
      type: str
      sample: proven
    summary:
      description: The verdict in one sentence.
      type: str
      sample: node-1 has no route to 10.244.1.0/24
findings:
  description: The ids of all findings.
  returned: always
  type: list
  elements: str
  sample: [route-missing]
report:
  description: The files that were written, by kind.
  returned: always
  type: dict
  sample:
    html: /tmp/bundle/report.html
    json: /tmp/bundle/report.json
    md: /tmp/bundle/report.md
    xml: /tmp/bundle/report.xml
"""
