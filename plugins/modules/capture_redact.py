#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_redact
short_description: Exchange the addresses in a capture file, or bring the true ones back
version_added: 1.0.0
description:
  - Writes a pcapng file of the playbook C(podnet.diagnostics.capture) once more, with other IP and MAC addresses in
    place of the true ones, also in ARP, in neighbour discovery, in tunnels and in what ICMP errors quote. Packets are
    cut behind their headers, and what is not understood is cut off.
  - The same address becomes the same other one everywhere, and addresses that share a prefix share one of the same
    length afterwards. Checksums that were right stay right.
  - Loopback, multicast, broadcast, and unspecified addresses stay as they are, and the first bits of those beside them
    with them, so that a private address mostly stays one that looks alike. Names stay, too.
  - With the key, and only with it, V(restored) brings the true addresses back.
  - Whoever knows some true addresses and sees them in the file can guess at others that share their prefixes. It is
    meant for handing a capture to somebody, not for publishing it.
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
    description: In check mode no file is written.
options:
  src:
    description: The file to read.
    type: path
  dest:
    description: The file to write. One that is there already is not written over.
    type: path
  text:
    description: A text whose addresses are exchanged as well, a line of a log for example.
    type: str
  state:
    description:
      - V(redacted) exchanges the true addresses for others, V(restored) brings them back.
    type: str
    choices: [redacted, restored]
    default: redacted
  key_file:
    description:
      - The file with the key. By default C(~/.config/podnet-diagnostics/redact.key). With O(state=redacted), it is made
        if it is missing. Nobody else may be able to read it.
    type: path
seealso:
  - module: podnet.diagnostics.capture_finish
"""

EXAMPLES = r"""
- name: Make a file for the vendor
  podnet.diagnostics.capture_redact:
    src: /tmp/capture/capture.pcapng
    dest: /tmp/for-the-vendor.pcapng

- name: Which of our addresses does the vendor mean?
  podnet.diagnostics.capture_redact:
    text: 12.224.109.119 resets the connection
    state: restored
"""

RETURN = r"""
packets:
  description: How many packets were written.
  returned: O(src) was given
  type: int
  sample: 1204
dest:
  description: The file that was written.
  returned: O(src) was given
  type: str
  sample: /tmp/for-the-vendor.pcapng
text:
  description: The text of O(text) with the addresses exchanged.
  returned: success
  type: str
  sample: 10.244.1.5 resets the connection
"""
