#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Probe addresses from the network namespaces of a node and of its pods
version_added: 1.0.0
description:
  - Runs many probes in one task and returns one result for each, in their order. A probe is a ping, a series of TCP
    connections, a UDP datagram, a DNS lookup, an HTTP request, or a search for the largest packet that passes.
  - Each probe starts in the network namespace that it names, which is that of the node or of one of its pods. Neither a
    container runtime nor a tool in the pod is needed.
  - In the namespace of a pod, or for a pod, connections, DNS questions and HTTP requests are sent as the user and
    group of the pod's first program, which is what rules about the owner of a socket ask for. Where that is not
    root, C(data) of the result has C(uid) and C(gid).
  - What was measured and is bad has RV(results[].status=fail). What could not be measured has
    RV(results[].status=error) and a reason. Neither fails the task, and a probe that is not valid does not keep the
    others from running.
  - Names are resolved as the pod would do it, with the pod's own C(/etc/hosts) and C(/etc/resolv.conf).
author:
  - podnet.diagnostics contributors (@podnet)
requirements:
  - Linux
  - C(CAP_NET_RAW) for C(icmp) and C(path_mtu), unless the sysctl C(net.ipv4.ping_group_range) allows ping sockets
  - C(CAP_SYS_ADMIN) and C(CAP_SYS_PTRACE), which root has, for the network namespaces of pods
extends_documentation_fragment:
  - podnet.diagnostics.pods
  - podnet.diagnostics.attributes.linux
  - podnet.diagnostics.attributes.no_diff
attributes:
  check_mode:
    support: full
    description: The module does the same in check mode, since it changes nothing.
options:
  probes:
    description:
      - What to probe. Each entry is a dictionary with the keys below. Other keys are ignored, so that an entry can
        carry notes for its reader.
      - C(id) and C(role), any text, are copied to the result.
      - C(kind) is required, one of C(icmp), C(tcp), C(udp), C(dns), C(http), C(path_mtu), C(tcp_segment),
        C(trace), which shows the routers on the way as mtr does, C(marker), which measures nothing and sends
        packets for O(podnet.diagnostics.capture#module:marked), C(burst), C(connections), C(dns_pairs), and C(idle).
      - C(burst) sends many echo requests in a row, C(connections) opens more and more connections and closes each at
        once, and C(dns_pairs) asks for A and AAAA at the same time from one socket. These three tell which share is
        lost. They begin after the other probes, and send no more when nothing answers or at the first sign of a limit.
      - C(once), for C(burst), sends no more where some of the packets are missing.
      - C(idle) opens a connection, says nothing for C(idle) seconds (60 by default), and lets the kernel ask by
        keepalive whether it is still there. No byte reaches the application.
      - C(netns), where the probe starts, is C(host) (the default) or C(pod:NAMESPACE/NAME) of one of the O(pods).
      - C(application), C(pod:NAMESPACE/NAME) of one of the O(pods), is the pod as whose program it is sent. By default
        it is that of C(netns). It is for pods in the network namespace of the node.
      - C(target), an IP address or a host name, is required, except for C(dns) and C(dns_pairs).
      - C(port), from 1 to 65535, is required for C(tcp), C(udp), C(http), C(tcp_segment),
        C(connections), and C(idle).
      - C(count), how often, is 4 for C(icmp), C(tcp), C(udp), and C(tcp_segment), 180 for C(burst),
        40 for C(connections), 20 for C(dns_pairs), and 1 for the others.
      - C(interval), the seconds between the starts of two attempts, is 0.2, for C(burst) 0.0035 and for
        C(dns_pairs) 0.03.
      - C(timeout), the seconds that one attempt may take, is 1.
      - C(family), V(4) or V(6), restricts what a host name may resolve to. With V(0), the default, IPv4 is tried first.
      - C(size), for C(icmp), is the number of payload bytes, 56 by default. For C(udp) it is, where larger, that of
        the datagram. For C(marker), it is the length of the IP
        packet.
      - C(protocol), for C(marker) and C(trace), is C(icmp) (the default), C(tcp), or C(udp).
      - C(token), for C(icmp), C(path_mtu), and C(udp), is a string of hexadecimal digits. The payload begins with
        these bytes, by which a packet capture can find it. A random one is used if it is not given.
      - C(source_port), for C(tcp) and C(udp), is the port of the first attempt. Each further one uses the next port.
      - C(expect_reply), for C(udp), makes silence a failure. Otherwise it is an error, since a service may be silent.
      - C(name) and C(qtype) (C(A), C(AAAA), C(CNAME), C(NS), C(PTR), C(SOA), C(SRV), or C(TXT)), for C(dns), are the
        question. The name is asked for as it is, unless C(search) is V(true), which uses the search list and C(ndots).
      - C(nameserver), for C(dns), is the server to ask. If it is not given, those of C(/etc/resolv.conf) are asked as a
        program would do it, or each of them by itself if C(each_nameserver) is V(true).
      - C(path), for C(http) and C(tcp_segment), is the path to request, V(/) by default.
      - C(min_mtu) and C(max_mtu), for C(path_mtu) and C(tcp_segment), are the sizes of IP packets between which to
        search, by default 576 (IPv6 1280) and the MTU of the outgoing device. C(expect) is the size that has to pass.
      - C(allow_tcp_data), for C(tcp_segment), has to be V(true), since that probe sends HTTP requests to the target.
    type: list
    elements: dict
    required: true
  timeout:
    description:
      - The seconds that all probes together may take, from 0.1 to 3600.
      - A probe that is not finished then has RV(results[].status=error) and the attempts that were made.
    type: float
    default: 30
  workers:
    description: How many probes run at the same time at most, from 1 to 256.
    type: int
    default: 32
  counters:
    description:
      - Whether to read the counters of the node and of the pods in O(counted_pods) before and after the probes of kinds
        C(burst), C(connections), and C(dns_pairs), and to tell what moved in RV(counters).
    type: bool
    default: false
  counted_pods:
    description: The pods whose counters are read as well, each as C(pod:NAMESPACE/NAME) and among the O(pods).
    type: list
    elements: str
    default: []
  dwell:
    description:
      - The seconds that the two readings of counters are apart at least, from 0 to 600. A node that sends nothing
        itself covers by it what other nodes send at the same time.
    type: float
    default: 0
  tracked_from:
    description:
      - Addresses that connections come from. With O(counters), the second reading also tells the entries of the node's
        connection tracking table from one of these to one of O(tracked_to); no others are told.
    type: list
    elements: str
    default: []
  tracked_to:
    description: Addresses that connections go to, see O(tracked_from).
    type: list
    elements: str
    default: []
  text:
    description: Whether to add RV(results[].text) and RV(results[].exit_code) to each result.
    type: bool
    default: false
  colours:
    description: Whether the values in the text of C(tcp) have the colours that paping gives them at a terminal.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Ping a node and try a port on it
  podnet.diagnostics.probe:
    probes:
      - id: ping
        kind: icmp
        target: 192.0.2.12
        count: 3
      - id: kubelet
        kind: tcp
        target: 192.0.2.12
        port: 10250
  register: probe_result

- name: Show what failed
  ansible.builtin.debug:
    msg: "{{ item.id }} to {{ item.target }}: {{ item.error or item.outcome }}"
  loop: "{{ probe_result.results | rejectattr('status', 'eq', 'pass') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Look at the network as the pod web-0 sees it
  podnet.diagnostics.probe:
    pods:
      - namespace: default
        name: web-0
        uid: 5e8f3f3c-9a51-4a0c-8d43-0f7a2f6b1c11
    probes:
      - id: database
        kind: tcp
        netns: pod:default/web-0
        target: db.default.svc.cluster.local
        port: 5432
      - id: resolver
        kind: dns
        netns: pod:default/web-0
        name: db
        search: true
        each_nameserver: true
      - id: mtu
        kind: path_mtu
        netns: pod:default/web-0
        target: 10.244.2.7
    text: true

- name: Find the largest packet that passes to a NodePort that speaks HTTP
  podnet.diagnostics.probe:
    probes:
      - kind: tcp_segment
        target: 192.0.2.11
        port: 30080
        allow_tcp_data: true
"""

RETURN = r"""
results:
  description: One result for each of O(probes), in their order.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: As in the probe.
      type: str
      sample: database
    role:
      description: As in the probe.
      type: str
      sample: ''
    kind:
      description: As in the probe.
      type: str
      sample: tcp
    netns:
      description: As in the probe.
      type: str
      sample: pod:default/web-0
    target:
      description: As in the probe.
      type: str
      sample: db.default.svc.cluster.local
    port:
      description: As in the probe.
      type: int
      sample: 5432
    status:
      description:
        - V(pass) if every attempt went well, V(fail) if one did not.
        - V(skipped) if the probe makes no sense, V(error) if it could not be measured. RV(results[].error) says why.
      type: str
      sample: fail
    outcome:
      description:
        - What happened, or of a series the most frequent of the bad outcomes. V(null) if nothing was measured.
        - V(dns_failure) for a target that cannot be resolved, V(no_route) where the namespace has no route to the
          target, V(unreachable) if an ICMP error came back, V(no_port) if no local port was free.
        - For C(icmp) also V(reply) and V(no_reply).
        - For C(tcp) also V(open), V(refused), and V(timed_out).
        - For C(udp) also V(reply), V(refused), and V(no_reply).
        - For C(dns) also V(answer), V(nxdomain), V(no_data), V(servfail), V(refused), V(timed_out), V(malformed), and
          the other response codes.
        - For C(http) also V(response), V(error_status) (400 and above), V(no_response), V(bad_response), and those of
          C(tcp).
        - For C(path_mtu) and C(tcp_segment) also V(reply), V(no_reply), V(frag_needed), and V(too_big_local).
      type: str
      sample: refused
    sent:
      description: How many attempts were made.
      type: int
      sample: 4
    received:
      description: How many of them went well.
      type: int
      sample: 0
    loss_percent:
      description:
        - The share of the others. V(null) if there was no attempt, and for C(path_mtu) and C(tcp_segment), which send
          packets that are too large on purpose.
      type: float
      sample: 100.0
    rtt_ms:
      description: The round-trip times of the good attempts in milliseconds. V(null) if there is none.
      type: dict
      contains:
        min:
          description: The shortest.
          type: float
          sample: 0.31
        avg:
          description: The mean.
          type: float
          sample: 0.42
        max:
          description: The longest.
          type: float
          sample: 0.6
        mdev:
          description: Their deviation, as ping defines it.
          type: float
          sample: 0.1
    attempts:
      description: Each attempt by itself.
      type: list
      elements: dict
      contains:
        seq:
          description: Its number, from 1.
          type: int
          sample: 1
        outcome:
          description: What happened.
          type: str
          sample: refused
        rtt_ms:
          description: Its round-trip time in milliseconds.
          type: float
          sample: 0.35
        address:
          description: Who answered, or where it went.
          type: str
          sample: 10.244.2.7
        source_port:
          description: The port it came from, where there is one.
          type: int
          sample: 40123
        detail:
          description: What else is known, such as the ICMP error and its sender.
          type: str
          sample: ICMP port unreachable from 192.0.2.12
    address:
      description: The address that was really used.
      type: str
      sample: 10.96.12.7
    local_address:
      description: The address that the packets came from.
      type: str
      sample: 10.244.1.5
    error:
      description: Why there is no measurement, or why a name could not be resolved.
      type: str
      sample: null
    started:
      description: When it started, UTC.
      type: str
      sample: '2026-11-21T08:45:08.712Z'
    seconds:
      description: How long it took.
      type: float
      sample: 0.61
    data:
      description:
        - What only this kind of probe has.
        - C(icmp_errors) has the C(from), C(type), C(code), C(text), and C(mtu) of the ICMP errors that came back.
        - C(connected_to) has the address and port to which a program of the control group has sent a connection
          instead, C(forbidden) how many connections the kernel refused before a packet was made.
        - C(resolution) has what was asked to resolve the target.
        - For C(tcp), C(then) is what came first on the last connection within 0.1 s, before anything was said. Its
          C(outcome) is C(silent), C(data), C(closed) or C(reset), after C(ms) milliseconds.
        - For C(path_mtu) and C(tcp_segment), C(largest) is the size of the largest IP packet that passed,
          C(smallest_failed) that of the smallest larger one that did not, C(device_mtu) the MTU of the outgoing device,
          and C(tried) has
          each size with its C(outcome), and the C(mtu) and sender (C(from)) of an ICMP error.
        - For C(dns), C(rcode), C(answers), C(server), C(question), C(queries), and C(servers).
        - For C(http), C(status), C(reason), and C(body_sample); C(missing), the bytes that did not come, if an answer
          of known length stopped before its end.
      type: dict
      sample:
        icmp_errors: []
    text:
      description: The result as C(ping) or C(paping) would print it.
      returned: if O(text=true)
      type: str
      sample: |
        Connecting to 10.96.12.7 on TCP 80:

        Connected to 10.96.12.7: time=0.42ms protocol=TCP port=80
    exit_code:
      description:
        - The status that C(ping) (0 for some answer, 1 for none, 2 for another error) or C(paping) (0 where all
          connected, 1 where not all did, 101 for a name that cannot be resolved) would have ended with.
        - V(null) for other kinds, and where nothing was measured.
      returned: if O(text=true)
      type: int
      sample: 0
counters:
  description:
    - What moved between two readings, under C(netns) for each network namespace. C(protocols), C(devices), and
      C(conntrack) have pairs of numbers, before and after; C(rules) has the packet filter rules that can end a
      packet or
      let only a share pass; C(chains_changed) and C(volatile) what was not the same. C(problems) says what could not be
      read.
  returned: if O(counters=true)
  type: dict
  sample:
    before: '2026-11-21T08:45:08.712345Z'
    after: '2026-11-21T08:45:10.301234Z'
    netns:
      host:
        protocols:
          TcpRetransSegs: [10, 12]
netns:
  description: What was found for each of O(pods), by C(pod:NAMESPACE/NAME).
  returned: success
  type: dict
  sample:
    pod:default/web-0:
      pid: 4711
      inode: 4026532500
      error: null
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PODS_OPTION, PodRef
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._groups import Counting, run_in_groups
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._text import exit_code, text_of
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "probes": {"type": "list", "elements": "dict", "required": True},
            "pods": PODS_OPTION,
            "timeout": {"type": "float", "default": 30},
            "workers": {"type": "int", "default": 32},
            "counters": {"type": "bool", "default": False},
            "counted_pods": {"type": "list", "elements": "str", "default": []},
            "dwell": {"type": "float", "default": 0},
            "tracked_from": {"type": "list", "elements": "str", "default": []},
            "tracked_to": {"type": "list", "elements": "str", "default": []},
            "text": {"type": "bool", "default": False},
            "colours": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    problems = range_problems("probe", params)
    if problems:
        module.fail_json(msg="; ".join(problems))
    pods = [PodRef.from_dict(pod) for pod in params["pods"]]
    counting = None
    if params["counters"]:
        counting = Counting(
            os.uname().nodename, params["counted_pods"], params["dwell"], params["tracked_from"], params["tracked_to"]
        )
    found, moved = run_in_groups(params["probes"], pods, params["timeout"], params["workers"], counting)
    report = found.to_dict()
    if moved is not None:
        report["counters"] = moved
    if params["text"]:
        for result in report["results"]:
            result.update(text=text_of(result, params["colours"]), exit_code=exit_code(result))
    module.exit_json(changed=False, **report)


if __name__ == "__main__":
    main()
