#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_prepare
short_description: Find the targets of a capture and plan it
version_added: 1.0.0
description:
  - Reads the pods, nodes and Services that are named, checks everything that was asked for, and writes the plan into a
    folder on the controller. It is the first step of the role C(podnet.diagnostics.capture).
  - A target that is not there is told and leaves the others as they are.
  - The controller half is an action plugin. Nothing on a node is touched.
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
    description: It reads the cluster, and writes its own folder on the controller. In check mode it makes no pipes.
options:
  targets:
    description:
      - What to capture on. Each is V(pod:NAMESPACE/NAME), V(node:NAME) or V(service:NAMESPACE/NAME), which
        means the pods of the Service.
      - Of a pod all its own network devices are captured on, of a node its tunnels and the NIC with its
        address. A pod on the host network means its node.
    type: list
    elements: str
    default: []
  devices:
    description:
      - Names of network devices to capture on instead, at most 16. One that a pod of the targets has is meant
        there, any other on the nodes of the targets.
    type: list
    elements: str
    default: []
  way:
    description:
      - Whether to capture, too, on the devices that the packets of pods pass on their node, which are the
        port of the pod, its bridge, the tunnels and the NIC. Of these devices only packets with an address of
        the pods are kept, also within VXLAN.
    type: bool
    default: false
  filter:
    description:
      - Which packets to capture, in the language of C(pcap-filter(7)). All if it is empty. It cannot look
        into tunnels. With O(way) all tunnelled packets of the pods are kept.
    type: str
    default: ""
  seconds:
    description:
      - After how many seconds the capture ends, from 1 to 82800, whatever else would end it.
    type: float
    default: 60.0
  packets:
    description:
      - After how many packets the capture on a device ends, from 1 to 1000000000. Not for rolling captures.
    type: int
    default: 1000000
  megabytes:
    description:
      - After how many million bytes the capture on a device ends, from 1 to 100000. Not for rolling captures.
    type: int
    default: 100
  snaplen:
    description:
      - How many bytes of each packet are captured, from 64 to 65535. By default 192, which is room for all
        headers, and with O(payload) all.
    type: int
  payload:
    description:
      - Whether the file has what applications sent. Otherwise each packet is cut behind its headers, on the
        controller.
    type: bool
    default: false
  ring:
    description:
      - Whether only the newest packets are kept, of each device about O(ring_megabytes), until O(seconds) are
        over or somebody at a terminal presses Ctrl-C. A capture that waits for a failure does so by itself.
    type: bool
    default: false
  ring_megabytes:
    description:
      - How many million bytes of each device a rolling capture keeps at most, from 2 to 4096, and at least
        half of it.
    type: int
    default: 32
  after:
    description:
      - For how many seconds a capture that was triggered goes on, from 0 to 3600.
    type: float
    default: 5.0
  min_free:
    description:
      - How many million bytes stay free on the disk of each node and of the controller, from 0 to 1000000000.
        Where fewer are free no capture starts, and those that run end.
    type: int
    default: 1024
  max_nodes:
    description:
      - On how many nodes the targets may be, from 1 to 64. With more of them nothing is captured.
    type: int
    default: 8
  probe_source:
    description:
      - Arms the capture. From here, V(pod:NAMESPACE/NAME) or V(node:NAME), a probe is sent again and again.
        When it fails, the packets before, during and after that are kept. If nothing fails within O(seconds),
        no packet is kept.
    type: str
  probe_destination:
    description:
      - Where the probe of O(probe_source) goes. A pod, a node, a Service or an IP address.
    type: str
  probe_port:
    description:
      - The port of the probe, for TCP and UDP.
    type: str
  probe_protocol:
    description:
      - What the probe is. With V(udp), silence is a failure.
    type: str
    choices: [tcp, udp, icmp]
    default: tcp
  probe_interval:
    description:
      - Seconds between two probes, from 1 to 3600. A probe itself takes about one more.
    type: float
    default: 1.0
  probe_timeout:
    description:
      - Seconds until a probe has failed, from 0.05 to 10.
    type: float
    default: 1.0
  probe_failures:
    description:
      - How many probes have to fail in a row, from 1 to 1000.
    type: int
    default: 1
  check:
    description:
      - Arms the capture. Connectivity checks, each V(NAMESPACE/NAME), or V(NAMESPACE) for all of one, at most
        16. When the condition C(Reachable) of one turns C(False), the packets before, during and after that
        are kept.
    type: list
    elements: str
    default: []
  live:
    description:
      - A folder for a live view. For each node it gets a named pipe, V(NODE.pcapng), which C(wireshark -k -i)
        or any other program can read while the capture runs. It needs a capture for a time, not a rolling
        one.
    type: path
  redact:
    description:
      - Whether addresses are exchanged for others, consistently and with their prefixes kept, in the file and
        in all that is told of it. Names stay. It excludes O(payload).
    type: bool
    default: false
  redact_key:
    description:
      - The file with the key of O(redact), which alone leads back (M(podnet.diagnostics.capture_redact)). It
        is made, for its user alone, if it is missing, and must not be within O(dir). By default
        C(~/.config/podnet-diagnostics/redact.key).
    type: path
  dir:
    description:
      - The folder to make for the file and its index. By default a new one in the controller's directory for
        temporary files.
    type: path
  sink:
    description:
      - Where the evidence is kept when the run has ended, as one archive. Each is V(directory:PATH),
        V(configmap:NAMESPACE), or a web address, which M(podnet.diagnostics.capture_finish) sends the archive to.
    type: list
    elements: str
    default: []
  access:
    description: How the nodes are reached, which the plan notes.
    type: str
    choices: [agent, ssh]
    default: agent
"""

EXAMPLES = r"""
- name: Plan to capture on a pod for half a minute
  podnet.diagnostics.capture_prepare:
    targets: [pod:default/web-0]
    seconds: 30
  register: plan
"""

RETURN = r"""
run_id:
  description: Tells this run from others.
  returned: success
  type: str
  sample: 1f3a9c20
dir:
  description: The folder of the run.
  returned: success
  type: str
  sample: /tmp/podnet-capture-2026-01-31T120000-1f3a9c20
nodes:
  description: The nodes that are needed, that of the probe first.
  returned: success
  type: list
  elements: dict
  sample:
    - name: node-1
      inventory_name: node-1
      address: 192.0.2.11
      ready: true
      targets: [pod:default/web-0]
checks:
  description: The connectivity checks that end the capture.
  returned: success
  type: list
  elements: str
  sample: [podnet-diagnostics]
problems:
  description: What was asked for and is not there.
  returned: success
  type: list
  elements: str
  sample: ["Cannot find pod:default/web-9 in the cluster; did you mean web-0?"]
agent_deadline:
  description: For how many seconds agents are needed.
  returned: success
  type: int
  sample: 935
"""
