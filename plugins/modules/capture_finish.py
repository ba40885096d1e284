#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_finish
short_description: Make one file of all captures of a run
version_added: 1.0.0
description:
  - Writes C(capture.pcapng) with the packets of all nodes in the order of their times, C(index.json) that says what
    each device has seen and how far its silence can be trusted, C(report.md), and C(manifest.json) with the sums.
  - Each packet has the time of the clock of its node.
  - Publishes a small summary with the name C(podnet_capture) as M(ansible.builtin.set_stats) would.
  - It never fails because of what was captured. RV(failure) says whether the role should.
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
    description: In check mode nothing is sent to O(sink).
options:
  bundle:
    description: The folder of the run, as RV(podnet.diagnostics.capture_prepare#module:dir) gave it.
    type: path
    required: true
  fail_on:
    description:
      - What fails the run, after everything was written. V(incomplete) is a target, a device, a file or a
        place for the evidence that is missing, V(nothing) only that there is no packet file at all.
    type: str
    choices: [incomplete, nothing, never]
    default: incomplete
  sink:
    description:
      - Where the evidence is kept when the run has ended, as one archive. Each is V(directory:PATH),
        V(configmap:NAMESPACE), or a web address, which is sent the archive with O(sink_method).
    type: list
    elements: str
    default: []
  sink_keep:
    description:
      - How many runs are kept in ConfigMaps of one namespace, from 1 to 1000. Older ones are removed.
    type: int
    default: 10
  sink_token:
    description:
      - A bearer token for web addresses of O(sink).
    type: str
  sink_method:
    description:
      - The HTTP method for web addresses of O(sink).
    type: str
    choices: [PUT, POST]
    default: PUT
  sink_timeout:
    description:
      - Seconds to wait for a web address of O(sink), from 0.1 to 3600.
    type: float
    default: 30.0
  sink_validate_certs:
    description:
      - Whether the certificate of a web address is verified.
    type: bool
    default: true
  sink_ca_path:
    description:
      - Path of a file with certificate authorities for web addresses of O(sink).
    type: path
"""

EXAMPLES = r"""
- name: Make one file of everything
  podnet.diagnostics.capture_finish:
    bundle: "{{ plan.dir }}"
"""

RETURN = r"""
result:
  description: V(complete), V(incomplete), V(nothing), or V(not_triggered).
  returned: success
  type: str
  sample: complete
summary:
  description: The result in one sentence.
  returned: success
  type: str
  sample: 1204 packets of 5 devices on 2 nodes (143.9 kB)
file:
  description: The path of the file with the packets, empty if there is none.
  returned: success
  type: str
  sample: /tmp/podnet-capture-2026-01-31T120000-1f3a9c20/capture.pcapng
captures:
  description: Each device, with the number of its packets, what the capture lost, why it ended, and whether its silence
    can be trusted.
  returned: success
  type: list
  elements: dict
  sample: [{"node": "node-1", "device": "eth0", "netns": "pod:default/web-0", "packets": 602, "lossless": true}]
trigger:
  description: What has ended an armed capture, and when. Null if nothing has.
  returned: success
  type: dict
  sample: {"time": "2026-01-31T12:00:31.204Z", "text": "ended by hand"}
problems:
  description: What is missing, one sentence each.
  returned: success
  type: list
  elements: str
  sample: []
evidence:
  description: Where the evidence is kept.
  returned: success
  type: list
  elements: str
  sample: ["configmap:podnet-diagnostics/podnet-evidence-1f3a9c20"]
failure:
  description: Why the run should fail by O(fail_on). Empty if it should not.
  returned: success
  type: str
  sample: ""
"""
