#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drill
short_description: Break a connection of its own on a cluster, judge who finds the cause, and mend it
version_added: 1.0.0
description:
  - Makes a client, a server and a Service between them in a namespace of their own, one of them wrong from the
    beginning. Nothing that somebody else has made is changed.
  - The role P(podnet.diagnostics.drill#role) asks a person or the diagnosis for the cause meanwhile.
  - Runs on the controller.
author:
  - podnet.diagnostics contributors (@podnet)
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - podnet.diagnostics.attributes
  - podnet.diagnostics.attributes.controller
attributes:
  check_mode:
    support: full
    description:
      - Nothing is made or removed in check mode. O(confirm) is checked, and an exercise is chosen.
  diff_mode:
    support: none
    description: No difference is shown.
options:
  state:
    description:
      - V(made) makes an exercise and waits until it bites. What was made is removed again when it does not.
      - V(judged) compares O(answer) with the truth of O(exercise), and shows the truth and the shortest way to it.
      - V(absent) removes O(namespace) and waits until it is gone. One that no drill has made is refused.
    type: str
    choices: [made, judged, absent]
    default: made
  exercises:
    description:
      - One of these is chosen at random, by default of all of them.
      - There are V(selector), V(target-port), V(service-port), V(silent), V(loopback), V(readiness), V(no-replicas) and
        V(image).
    type: list
    elements: str
    default: []
  seed:
    description: A number that chooses the same exercise each time, from 0 to 2147483647.
    type: int
  namespace:
    description: The namespace that is made. One that exists is refused.
    type: str
    default: podnet-drill
  confirm:
    description:
      - Namespace and URL of the API server, C(NAMESPACE@URL). Without it nothing is made, and the error says what it
        would be.
    type: str
    default: ""
  image:
    description: An image with Python 3.9 or newer.
    type: str
    default: docker.io/library/python:3.13-slim
  image_pull_policy:
    description: When a node pulls the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  wait_timeout:
    description: Seconds to wait for the pods, and for the end of the namespace, from 1 to 3600.
    type: float
    default: 120
  exercise:
    description: For O(state=judged), what was asked and is true, as RV(exercise) has it.
    type: dict
  answer:
    description: For O(state=judged), the id of the finding that was named as the cause.
    type: str
    default: ""
  seconds:
    description: For O(state=judged), how long it took in seconds, from 0 to 86400.
    type: float
    default: 0
  player:
    description: For O(state=judged), who has answered.
    type: str
    choices: [person, diagnosis]
    default: person
"""

EXAMPLES = r"""
- name: Break a connection
  podnet.diagnostics.drill:
    confirm: podnet-drill@https://api.example.com:6443
    exercises: [selector, loopback]
  register: made

- name: Judge an answer
  podnet.diagnostics.drill:
    state: judged
    exercise: "{{ made.exercise }}"
    answer: service-selector-mismatch
    seconds: 90

- name: Mend it
  podnet.diagnostics.drill:
    state: absent
"""

RETURN = r"""
exercise:
  description: What is asked and what is true.
  returned: O(state=made)
  type: dict
  sample:
    name: selector
    about: The selector of the Service matches no pod
    finding: service-selector-mismatch
    also: []
    source: pod:podnet-drill/drill-client
    destination: service:podnet-drill/drill-server
    port: 80
    protocol: tcp
  contains:
    name:
      description: The exercise.
      returned: always
      type: str
      sample: selector
    about:
      description: The truth in one line.
      returned: always
      type: str
      sample: The selector of the Service matches no pod
    finding:
      description: The id of the finding that is the cause.
      returned: always
      type: str
      sample: service-selector-mismatch
    also:
      description: Ids that are as true.
      returned: always
      type: list
      elements: str
      sample: []
    source:
      description: One end of the connection.
      returned: always
      type: str
      sample: pod:podnet-drill/drill-client
    destination:
      description: The other end.
      returned: always
      type: str
      sample: service:podnet-drill/drill-server
    port:
      description: The port that is asked for.
      returned: always
      type: int
      sample: 80
    protocol:
      description: The protocol.
      returned: always
      type: str
      sample: tcp
drill:
  description: How it ended.
  returned: O(state=judged)
  type: dict
  sample:
    exercise: selector
    player: person
    answer: service-selector-mismatch
    right: true
    finding: service-selector-mismatch
    seconds: 90.0
  contains:
    exercise:
      description: The exercise.
      returned: always
      type: str
      sample: selector
    player:
      description: Who has answered.
      returned: always
      type: str
      sample: person
    answer:
      description: What was answered.
      returned: always
      type: str
      sample: service-selector-mismatch
    right:
      description: Whether it is the cause.
      returned: always
      type: bool
      sample: true
    finding:
      description: The id of the cause.
      returned: always
      type: str
      sample: service-selector-mismatch
    seconds:
      description: How long it took.
      returned: always
      type: float
      sample: 90.0
text:
  description: The same for people, with the truth and the shortest way to it.
  returned: O(state=judged)
  type: str
  sample: "RIGHT   service-selector-mismatch  after 90 s (person)"
"""
