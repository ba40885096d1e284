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
  - Nothing is measured, unless O(look_again=true). The same bundle gives the same verdict on another machine, months
    later.
  - With O(sink) the evidence is stored where it outlives the run. A place that cannot take it is a warning,
    one sentence in RV(evidence_problems); the other places get it.
  - Publishes a small summary with the name C(podnet_diagnosis) as M(ansible.builtin.set_stats) would.
  - Runs on the controller.
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
    description: Writes into the evidence folder only. Nothing is stored at the places of O(sink).
options:
  bundle:
    description:
      - The evidence folder of the run, as RV(podnet.diagnostics.diagnose_prepare#module:bundle) gave it.
      - Also evidence that was stored by O(sink), V(configmap:NAMESPACE/NAME), a web address, or the path of an
        archive. It is read into a new folder first.
    type: path
    required: true
  defer:
    description:
      - Whether a failure is left to a later task, which has its sentence in RV(failure). A task that fails is shown
        with its whole result, and hands nothing to the next job.
    type: bool
    default: false
  fail_on:
    description:
      - Which verdict fails the task. V(fault) is a root cause, V(inconclusive) is that or no clear answer.
      - A run that diagnosed nothing at all fails whatever is set here.
    type: str
    choices: [fault, inconclusive, never]
    default: never
  look_again:
    description:
      - Whether to read the EndpointSlices of the Service that was asked for once more before the analysis, so that
        endpoints that come and go are seen. For the end of a run; a bundle that is complete is never added to.
    type: bool
    default: false
  sink:
    description:
      - Places where bundle and report are stored, any number of V(directory:PATH), V(configmap:NAMESPACE), V(https://...).
      - A folder gets the bundle as C(podnet-diagnostics-RUN.tar.gz) and the report as C(podnet-diagnostics-RUN.md).
      - In a namespace the bundle is split over as many ConfigMaps as it needs, with the labels
        C(podnet.diagnostics/kind=evidence) and C(podnet.diagnostics/run=RUN). C(docs/rbac.yaml) has what this needs.
      - A web address that ends in a slash gets both files below it, another one the bundle, as a pre-signed address of
        an object store takes it. Redirects are not followed.
    type: list
    elements: str
    default: []
  sink_keep:
    description: How many runs are kept in ConfigMaps of one namespace, from 1 to 1000. Older ones are removed.
    type: int
    default: 10
  sink_token:
    description: A bearer token for web addresses.
    type: str
  sink_method:
    description: The HTTP method for web addresses.
    type: str
    choices: [PUT, POST]
    default: PUT
  sink_timeout:
    description: Seconds to wait for a web address, from 0.1 to 3600.
    type: float
    default: 30.0
  sink_validate_certs:
    description: Whether the certificate of a web address is verified.
    type: bool
    default: true
  sink_ca_path:
    description: Path of a file with certificate authorities for web addresses.
    type: path
  steps:
    description: Steps to show before the verdict, as M(podnet.diagnostics.diagnose_step) does, from the same analysis.
    type: list
    elements: str
    choices: [resolve, components, snapshot, ping, tcp, mtu, dns, nic_config, capture, verdict]
    default: []
"""

EXAMPLES = r"""
- name: Name the cause
  podnet.diagnostics.diagnose_report:
    bundle: "{{ plan.bundle }}"
    fail_on: fault
  register: diagnosis

- name: Name the cause, and keep the evidence beyond the job
  podnet.diagnostics.diagnose_report:
    bundle: "{{ plan.bundle }}"
    sink:
      - configmap:podnet-diagnostics
      - directory:/evidence

- name: The same verdict again, from what was kept
  podnet.diagnostics.diagnose_report:
    bundle: configmap:podnet-diagnostics/podnet-evidence-3f9a1c02
"""

RETURN = r"""
failure:
  description: Why the run is to fail by O(fail_on), or because nothing was diagnosed. Empty if it is not.
  returned: success
  type: str
  sample: ""
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
evidence:
  description: Where the evidence is now, one address for each place of O(sink) that took it.
  returned: always
  type: list
  elements: str
  sample: ["configmap:podnet-diagnostics/podnet-evidence-3f9a1c02"]
evidence_problems:
  description: One sentence for each place where something went wrong.
  returned: always
  type: list
  elements: str
  sample: ["Cannot store the evidence in /evidence/podnet-diagnostics-3f9a1c02.tar.gz: No space left on device"]
markdown:
  description: The verdict in Markdown, at most 6000 characters.
  returned: always
  type: str
  sample: "# FAULT FOUND: node-1 has no route to 10.244.1.0/24"
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
