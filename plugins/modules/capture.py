#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: capture
short_description: Capture packets on several network devices of a node at once
version_added: 1.0.0
description:
  - Starts one C(tcpdump) for each device and returns when each of them listens, or stops the captures of a run and
    returns what they saw.
  - The captures run detached from the task. They end by themselves after O(deadline) seconds, and their files are
    removed O(grace) seconds later, also when Ansible was killed meanwhile.
  - Only the first O(snaplen) bytes of each packet are kept, which is the headers and a little more.
  - A device that cannot be captured on does not fail the task, it has an RV(devices[].error). The same is true of a
    node without C(tcpdump).
  - A bridge is captured on in promiscuous mode, since it would not see what it forwards otherwise. Every other device
    keeps its mode.
author:
  - podnet.diagnostics contributors (@podnet)
requirements:
  - Linux
  - C(tcpdump) on the node
  - The rights of root, or the capabilities C(CAP_NET_RAW) and, for the devices of pods, C(CAP_SYS_ADMIN)
extends_documentation_fragment:
  - podnet.diagnostics.pods
  - podnet.diagnostics.attributes.linux
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description:
      - The module does the same in check mode, since it only reads.
      - It makes temporary files of its own, which it removes.
options:
  state:
    description:
      - V(started) starts the captures. Where the same captures of O(run_id) run already, nothing happens.
      - V(stopped) ends them, returns what they saw, and removes their files. Where none run, RV(captures) is empty.
      - V(listed) says how far they are, in RV(progress).
      - V(ended) ends them and keeps their files, which may be larger than one answer. RV(captures[].files) has their
        sizes and sums.
      - V(read) returns O(parts) of the files.
      - V(removed) ends what still runs and removes the files.
    type: str
    choices: [started, stopped, listed, ended, read, removed]
    default: started
  run_id:
    description:
      - Tells the captures of one run from those of another on the same node.
      - Letters, digits, dot, dash and underscore, at most 64.
    type: str
    required: true
  devices:
    description: Where to capture. Required for O(state=started).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the network device.
        type: str
        required: true
      netns:
        description: The network namespace that the device is in, V(host) or V(pod:NAMESPACE/NAME).
        type: str
        default: host
      filter:
        description: Which packets to capture on this device, instead of O(filter).
        type: str
  keep:
    description:
      - Whether O(state=stopped) leaves the files, so that the packets can be fetched once more where the answer was
        lost. They are removed as if the capture still ran, O(grace) seconds after its O(deadline).
    type: bool
    default: false
  filter:
    description:
      - Which packets to capture, in the language of C(pcap-filter(7)). All packets if it is empty.
      - It is handed to C(tcpdump) as one argument and never to a shell.
    type: str
    default: ''
  snaplen:
    description: How many bytes of each packet are kept, from 64 to 65535.
    type: int
    default: 160
  deadline:
    description: After how many seconds the captures end by themselves, from 1 to 87000.
    type: float
    default: 60
  grace:
    description: For how many seconds after O(deadline) the packets can still be fetched, from 0 to 3600.
    type: float
    default: 60
  max_packets:
    description: After how many packets the capture on a device ends, from 1 to 1000000000.
    type: int
    default: 20000
  max_bytes:
    description:
      - How many bytes of each capture O(state=stopped) returns at most before compression, from 1024 to 67108864.
      - With O(state=read), of all O(parts) together.
    type: int
    default: 4194304
  ring:
    description:
      - Whether to keep the newest packets of each device, about O(ring_megabytes), instead of the first
        O(max_packets). So a capture can wait for a failure that comes seldom.
      - RV(captures[].truncated) says then whether older packets were given up.
    type: bool
    default: false
  ring_megabytes:
    description:
      - How many million bytes of each device O(ring=true) keeps at most, from 2 to 4096, and at least half of it.
    type: int
    default: 2
  max_file_bytes:
    description:
      - The capture on a device ends when its file has so many bytes, from 0 to 1000000000000. V(0) is no limit.
      - The file is looked at four times a second. O(ring=true) has its own limit.
    type: int
    default: 0
  min_free:
    description:
      - How many bytes the disk with the files keeps free, from 0 to 1000000000000000. Where fewer are free, no capture
        starts; those that run end when it comes to that, with all that they have. V(0) is no limit.
    type: int
    default: 0
  parts:
    description: What O(state=read) returns, at most 256 parts.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of a file, as RV(captures[].files) has it.
        type: str
        required: true
      offset:
        description: How many bytes of it are left out at its begin, from 0 to 1000000000000.
        type: int
        default: 0
  counters:
    description:
      - Whether O(state=started) reads the counters of the node and of the pods in O(counted_pods), and O(state=stopped)
        reads them again and tells in RV(counters) what moved.
    type: bool
    default: false
  counted_pods:
    description: The pods whose counters are read as well, each as C(pod:NAMESPACE/NAME) and among the O(pods).
    type: list
    elements: str
    default: []
  marked:
    description:
      - Lengths of IP packets, in bytes and at most 16, that the kernel is asked about while the captures run, which
        devices they pass, and why and where they are dropped. A probe of the kind C(marker) sends such packets.
      - The events come from a tracing instance of its own. The tracing of the system is left as it is. Where the
        kernel has none, the captures go on without.
    type: list
    elements: int
    default: []
  trace_rules:
    description:
      - Whether nftables is asked, too, which of its rules packets with the lengths in O(marked) meet, in the network
        namespace of the node. Rules of C(iptables-nft) are told, those of C(iptables-legacy) are not.
      - Of these packets alone, in a table of its own that its process owns, so that the kernel removes the table when
        the capture ends, also when it is killed. Linux 5.12 is needed. Where it cannot be done, nothing is changed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Start to capture echo requests and replies on the bridge and the tunnel device
  podnet.diagnostics.capture:
    state: started
    run_id: ping-1
    devices:
      - name: cni0
      - name: flannel.1
    filter: icmp and host 10.244.1.5
    deadline: 30

- name: Ping a pod
  ansible.builtin.command:
    cmd: ping -c 3 10.244.1.5
  changed_when: false
  failed_when: false

- name: Stop the captures and fetch the packets
  podnet.diagnostics.capture:
    state: stopped
    run_id: ping-1
  register: capture_result

- name: Show how many packets each device saw
  ansible.builtin.debug:
    msg: "{{ item.device }}: {{ item.captured }}"
  loop: "{{ capture_result.captures }}"
  loop_control:
    label: "{{ item.device }}"
"""

RETURN = r"""
devices:
  description: How the start went on each device, in the order of O(devices).
  returned: state is V(started)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      returned: success
      type: str
      sample: cni0
    netns:
      description: The network namespace that it is in.
      returned: success
      type: str
      sample: host
    pid:
      description: The process that captures, null if none does.
      returned: success
      type: int
      sample: 4711
    status:
      description: V(running) if the capture listens, else V(error).
      returned: success
      type: str
      sample: running
    link_type:
      description: What kind of packets the device has, as C(tcpdump) names it.
      returned: success
      type: str
      sample: EN10MB
    error:
      description: Why the device cannot be captured on, else null.
      returned: success
      type: str
      sample: "Cannot capture on eth9: there is no such device"
captures:
  description: What each device saw. Empty if no capture of the run is on this node.
  returned: state is V(stopped) or V(ended)
  type: list
  elements: dict
  contains:
    files:
      description: With O(state=ended), the files of this device, each with C(name), C(size) in bytes and C(sha256).
      returned: state is V(ended)
      type: list
      elements: dict
      sample: [{"name": "0.pcap", "size": 1824, "sha256": "9f86d081884c7d65..."}]
    device:
      description: The name of the device.
      returned: success
      type: str
      sample: cni0
    netns:
      description: The network namespace that it is in.
      returned: success
      type: str
      sample: host
    pcap:
      description: The packets as a pcap file, compressed with gzip, in Base64. Null if there is no such file.
      returned: success
      type: str
      sample: H4sIAAAAAAAC/...
    captured:
      description: How many packets were written to the file. This and the other numbers are null if they are not known.
      returned: success
      type: int
      sample: 12
    received:
      description: How many packets passed the filter.
      returned: success
      type: int
      sample: 12
    dropped_by_kernel:
      description: How many packets were lost because C(tcpdump) did not keep up.
      returned: success
      type: int
      sample: 0
    dropped_by_interface:
      description: How many packets the device or its driver lost.
      returned: success
      type: int
      sample: 0
    snaplen:
      description: How many bytes of each packet were kept.
      returned: success
      type: int
      sample: 160
    truncated:
      description: Whether RV(captures[].pcap) is only the first part of the file, because of O(max_bytes).
      returned: success
      type: bool
      sample: false
    ended:
      description:
        - V(stopped) if the capture ran until now, V(deadline), V(max_packets), V(max_file_bytes) or V(no_space) if it
          ended by itself before, V(died) if it failed meanwhile, and V(not_started) if it never ran.
      returned: success
      type: str
      sample: stopped
    error:
      description: What went wrong on this device, else null.
      returned: success
      type: str
      sample: "Cannot capture on eth1 to the end: pcap_loop: The interface disappeared"
counters:
  description:
    - What the counters moved by since the captures started, as RV(podnet.diagnostics.probe#module:counters). Null where
      O(counters) was not set at the start.
  returned: state is V(stopped)
  type: dict
  sample:
    before: '2026-11-21T08:45:08.712345Z'
    after: '2026-11-21T08:45:13.301234Z'
    netns:
      host:
        protocols:
          TcpRetransSegs: [10, 12]
kernel:
  description: What the kernel said of packets with the lengths in O(marked). Null if none were asked for.
  returned: state is V(stopped)
  type: dict
  contains:
    ways:
      description:
        - One entry for each way that such packets took. C(length) is the marked length, C(devices) are the devices in
          order, each with V(queue) or V(receive), and C(packets) is how many packets took this way.
        - C(reason) and C(location) are the kernel's drop reason and the function that dropped them, or null.
      returned: success
      type: list
      elements: dict
      sample:
        - length: 431
          devices: [[eth0, queue], [veth1, receive]]
          reason: NETFILTER_DROP
          location: nft_do_chain
          packets: 3
    lost:
      description: How many events the kernel's buffers lost.
      returned: success
      type: int
      sample: 0
    error:
      description: Why there are no events, else null.
      returned: success
      type: str
      sample: "Cannot trace the kernel: Cannot mount tracefs: Operation not permitted"
rules:
  description: At which rules packets with the lengths in O(marked) ended. Null if O(trace_rules) was not set.
  returned: state is V(stopped)
  type: dict
  contains:
    ends:
      description:
        - One entry for each rule that dropped such packets, with C(family), C(table), C(chain), the C(rule) as nft
          prints it (null for the policy of the chain), C(length), and C(packets).
      returned: success
      type: list
      elements: dict
      sample:
        - length: 431
          family: ip
          table: filter
          chain: FORWARD
          rule: ip daddr 10.244.2.3 drop
          packets: 3
    error:
      description: Why rules could not be traced, else null.
      returned: success
      type: str
      sample: "Cannot trace rules: nft is not installed here"
progress:
  description: How far the captures are. Null if no capture of the run is on this node.
  returned: state is V(listed)
  type: dict
  contains:
    devices:
      description: Each device with the sizes of its files, and whether it is still captured on.
      type: list
      elements: dict
      sample: [{"name": "cni0", "netns": "host", "running": true, "files": [{"name": "0.pcap", "size": 24}]}]
    free:
      description: How many bytes are free on the disk with the files.
      type: int
      sample: 52428800000
parts:
  description:
    - What was asked for with O(parts), in the same order, each with C(name), C(offset), C(length) and C(size) of the
      whole file in bytes, and C(data), compressed with zlib, in Base64.
  returned: state is V(read)
  type: list
  elements: dict
  sample: [{"name": "0.pcap", "offset": 0, "length": 1824, "size": 1824, "data": "eAHtwTEBAAAA..."}]
removed:
  description: Whether there was anything to remove.
  returned: state is V(removed)
  type: bool
  sample: true
msg:
  description: What was done.
  returned: success
  type: str
  sample: Capturing on 2 of 2 devices
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _counting, _files
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._session import (
    kernel_ways,
    rule_ends,
    start,
    stop,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import (
    CaptureError,
    StartOptions,
    checked_max_bytes,
    checked_run_id,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PODS_OPTION

STATES = ["started", "stopped", "listed", "ended", "read", "removed"]


def run(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result of the module; CaptureError with its text when nothing can be done at all."""
    if params["state"] == "started":
        options = StartOptions.from_dict(params)
        first = _counting.first_look(options.pods, params["counted_pods"]) if params["counters"] else None
        devices = [status.to_dict() for status in start(options)]
        _counting.keep(options.run_id, first)
        running = sum(1 for device in devices if device["status"] == "running")
        return {"devices": devices, "msg": f"Capturing on {running} of {len(devices)} devices"}
    run_id = checked_run_id(params["run_id"])
    if params["state"] != "stopped":
        return _of_files(params["state"], run_id, params)
    counters = _counting.moved(run_id)
    kernel = kernel_ways(run_id)
    rules = rule_ends(params["run_id"])
    captures = stop(checked_run_id(params["run_id"]), checked_max_bytes(params["max_bytes"]), params["keep"])
    if captures is None:
        return {
            "captures": [],
            "counters": None,
            "kernel": None,
            "rules": None,
            "msg": f"No capture of run {params['run_id']} is on this node",
        }
    return {
        "captures": [capture.to_dict() for capture in captures],
        "counters": counters,
        "kernel": kernel,
        "rules": rules,
        "msg": f"{len(captures)} captures stopped",
    }


def _of_files(state: str, run_id: str, params: dict[str, t.Any]) -> dict[str, t.Any]:
    if state == "listed":
        return {"progress": _files.progress(run_id), "msg": f"Looked for the captures of run {run_id}"}
    if state == "read":
        parts = [_files.Part.from_dict(part) for part in params["parts"]]
        read = _files.read(run_id, parts, checked_max_bytes(params["max_bytes"]))
        return {"parts": read, "msg": f"{sum(part['length'] for part in read)} bytes read"}
    if state == "removed":
        removed = _files.remove(run_id)
        return {"removed": removed, "msg": "Removed" if removed else f"No capture of run {run_id} is on this node"}
    captures = _files.end(run_id) or []
    return {"captures": captures, "msg": f"{len(captures)} captures ended"}


def main() -> None:
    device = {
        "name": {"type": "str", "required": True},
        "netns": {"type": "str", "default": "host"},
        "filter": {"type": "str"},
    }
    part = {"name": {"type": "str", "required": True}, "offset": {"type": "int", "default": 0}}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": STATES, "default": "started"},
            "run_id": {"type": "str", "required": True},
            "devices": {"type": "list", "elements": "dict", "options": device},
            "pods": PODS_OPTION,
            "keep": {"type": "bool", "default": False},
            "filter": {"type": "str", "default": ""},
            "snaplen": {"type": "int", "default": 160},
            "deadline": {"type": "float", "default": 60},
            "grace": {"type": "float", "default": 60},
            "max_packets": {"type": "int", "default": 20000},
            "max_bytes": {"type": "int", "default": 4194304},
            "ring": {"type": "bool", "default": False},
            "counters": {"type": "bool", "default": False},
            "counted_pods": {"type": "list", "elements": "str", "default": []},
            "marked": {"type": "list", "elements": "int", "default": []},
            "trace_rules": {"type": "bool", "default": False},
            "ring_megabytes": {"type": "int", "default": 2},
            "max_file_bytes": {"type": "int", "default": 0},
            "min_free": {"type": "int", "default": 0},
            "parts": {"type": "list", "elements": "dict", "options": part, "default": []},
        },
        required_if=[("state", "started", ["devices"])],
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, **run(module.params))
    except (CaptureError, OSError) as exc:
        module.fail_json(msg=str(exc))


if __name__ == "__main__":
    main()
