#!/usr/bin/python

# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin: all the work is done on the controller, in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: connectivity_check_deployment
short_description: Watch the pod network all the time with PodNetworkConnectivityCheck objects
version_added: 1.0.0
description:
  - Deploys a source, which connects to every target once per O(period) and keeps what it sees in
    PodNetworkConnectivityCheck objects, and a target on every node, which answers it. Both run a program of this
    collection from a ConfigMap on a stock Python image, so that nothing has to be built or pushed.
    - The objects are OpenShift's. Where the cluster has no such kind of objects, its definition is made. On OpenShift
    it is left alone, and so are the objects of OpenShift's own checks.
  - Everything is checked, and tried by the API server without writing, before anything is written. What is there
    already is not written again. Fields that others have changed are set back (server-side apply).
  - Programs and configurations of earlier deployments are removed when no pod has them any more.
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
      - The API server says what would change and whether it would take it. About a namespace that is not there yet it
        cannot say that. Nothing is waited for.
  diff_mode:
    support: full
    description:
      - Each object that changes is shown, without what the API server writes by itself. A new object is shown without
        the server's defaults, a file in a ConfigMap by its size and digest.
  idempotent:
    support: full
    description: A second run changes nothing, also where objects are to be removed.
options:
  state:
    description:
      - V(present) deploys, V(absent) removes everything that was deployed, with all results.
      - What is left by V(absent) is said in RV(notes).
    type: str
    choices: [present, absent]
    default: present
  namespace:
    description:
      - The namespace of the programs and of the check objects.
      - If it does not exist it is made, with the labels that let only restricted pods run in it, and V(absent) removes
        it, unless pods of others run in it. A namespace that was there before is neither changed nor removed.
    type: str
    default: podnet-connectivity-checks
  allow_unrestricted_namespace:
    description:
      - Use O(namespace) also where it was made by others and does not have the label
        C(pod-security.kubernetes.io/enforce=restricted).
    type: bool
    default: false
  image:
    description: An image with C(python3) in its path, version 3.9 or newer. Nothing else of it is used.
    type: str
    default: docker.io/library/python:3.13-slim
  image_pull_policy:
    description: When a node pulls the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  image_pull_secrets:
    description: Names of Secrets in O(namespace) with the credentials of the image's registry.
    type: list
    elements: str
    default: []
  period:
    description: How many seconds lie between two probes of one target, from 1 to 3600. Targets are spread over the
      period.
    type: float
    default: 60
  timeout:
    description: How many seconds a probe may take, from 0.1 to 300.
    type: float
    default: 10
  write_interval:
    description:
      - After how many seconds the newest results of a target are written where nothing of note has changed, from 10 to
        86400.
      - A change of reachability is written at once.
    type: float
    default: 1200
  replicas:
    description:
      - How many sources there are, from 1 to 100, each on a node of its own. Each watches all targets and
        has its own objects.
    type: int
    default: 1
  spread_over_zones:
    description: Whether several sources prefer nodes in different zones (C(topology.kubernetes.io/zone)).
    type: bool
    default: true
  source_node_selector:
    description: Labels of the nodes on which a source may run. Only Linux nodes can be.
    type: dict
    default: {}
  source_tolerations:
    description: Taints that the source tolerates, as in a pod.
    type: list
    elements: dict
    default: []
  source_resources:
    description: C(requests) and C(limits) of the source, as in a container.
    type: dict
    default:
      requests:
        cpu: 10m
        memory: 48Mi
  target_node_selector:
    description: Labels of the nodes on which a target runs. Only Linux nodes can be.
    type: dict
    default: {}
  target_tolerations:
    description: Taints that the targets tolerate, as in a pod. By default all of them.
    type: list
    elements: dict
    default:
      - operator: Exists
  target_resources:
    description: C(requests) and C(limits) of a target, as in a container.
    type: dict
    default:
      requests:
        cpu: 10m
        memory: 32Mi
  priority_class:
    description: Name of the PriorityClass of all pods. Empty for none.
    type: str
    default: ""
  run_as_user:
    description:
      - The numeric user id of all pods, from 1 to 2147483647. By default V(65532), and on OpenShift the one
        that it gives to the namespace.
    type: int
  load_balancers:
    description:
      - Load balancers before the API servers, or others that speak TLS. They are targets.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called in the names of the objects.
        type: str
        required: true
      endpoint:
        description: Its address or host name and its port, C(HOST:PORT).
        type: str
        required: true
  discover_load_balancers:
    description:
      - Whether the addresses before the API servers that the cluster itself has written down are targets. On OpenShift
        they are in its Infrastructure object, and are called C(api-external) and C(api-internal). With kubeadm the one
        in the ConfigMap C(kube-public/cluster-info) is taken, as C(api-internal), unless it leads to an API server
        directly.
      - The address in the user's own kubeconfig is not taken, because pods need not be able to use it. Give it as one
        of O(load_balancers) if they are.
    type: bool
    default: true
  load_balancer_namespaces:
    description:
      - Namespaces whose Services of type LoadBalancer are targets, with all their TCP ports. Their addresses are looked
        up when this is run.
    type: list
    elements: str
    default: []
  extra_targets:
    description: More targets.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called in the names of the objects.
        type: str
        required: true
      target:
        description:
          - One of C(pod:NAMESPACE/NAME), C(service:NAMESPACE/NAME), C(HOST:PORT), or a host name or an address alone.
          - Pods and Services are looked up again and again while the source runs. For that it gets the right to read
            just them.
        type: str
        required: true
      port:
        description: The TCP port, from 1 to 65535. A Service's only port need not be given.
        type: int
      tls:
        description: Whether a TLS handshake must succeed. Certificates are not verified.
        type: bool
        default: false
      tls_secret:
        description:
          - Name of a Secret in O(namespace), of type C(kubernetes.io/tls), with the client certificate to show. Needs
            O(extra_targets[].tls=true).
        type: str
        default: ""
  tls_secrets:
    description:
      - Names of Secrets in O(namespace), of type C(kubernetes.io/tls), that check objects name. The source may read no
        other.
    type: list
    elements: str
    default: []
  mesh:
    description: How the targets probe one another. Playbook C(podnet.diagnostics.health) shows the results.
    type: dict
    suboptions:
      enabled:
        description: Whether they do.
        type: bool
        default: true
      interval:
        description: How many seconds lie between two probes, from 1 to 3600.
        type: float
        default: 60
      all_pairs_up_to:
        description: Up to how many nodes, from 0 to 1000, each probes all others.
        type: int
        default: 30
      partners:
        description:
          - How many others each probes where there are more nodes, from 0 to 1000. They change with each interval.
        type: int
        default: 10
      host_scheme:
        description: What is spoken at O(mesh.host_port) of the nodes.
        type: str
        choices: [http, https]
        default: https
      host_port:
        description: A port on which every node answers, from 1 to 65535, by default the kubelet's.
        type: int
        default: 10250
      timeout:
        description: How many seconds a probe may take, from 0.1 to 60.
        type: float
        default: 5
  wait:
    description: Whether to wait until all pods run, or with O(state=absent) until everything is gone.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait, from 0 to 86400. Pods that cannot start, because their image cannot be pulled for
        example, are not waited for any longer than 20 seconds. Nor are pods on nodes that are NotReady.
    type: float
    default: 300
  remove_crd:
    description:
      - With O(state=absent), also remove the definition of the objects, if it was made by this collection and no other
        namespace has such objects.
    type: bool
    default: false
seealso:
  - module: podnet.diagnostics.connectivity_check
  - module: podnet.diagnostics.connectivity_check_info
"""

EXAMPLES = r"""
- name: Watch the network
  podnet.diagnostics.connectivity_check_deployment:

- name: Two sources in different zones, an image from a registry of our own, and two more targets
  podnet.diagnostics.connectivity_check_deployment:
    replicas: 2
    image: registry.example.com/library/python:3.13-slim
    image_pull_secrets:
      - registry
    load_balancers:
      - name: api-external
        endpoint: api.example.com:6443
    extra_targets:
      - name: orders-db
        target: service:shop/orders-db
        port: 5432
      - name: ldap
        target: ldap.example.com:636
        tls: true

- name: Stop watching
  podnet.diagnostics.connectivity_check_deployment:
    state: absent
"""

RETURN = r"""
namespace:
  description: Where the checks are.
  returned: success
  type: str
  sample: podnet-connectivity-checks
changes:
  description: The objects that changed, or would change, in order.
  returned: success
  type: list
  elements: dict
  sample:
    - action: created
      kind: DaemonSet
      namespace: podnet-connectivity-checks
      name: network-check-target
  contains:
    action:
      description: One of V(created), V(changed), V(removed).
      returned: success
      type: str
      sample: created
    kind:
      description: The kind of the object.
      returned: success
      type: str
      sample: DaemonSet
    namespace:
      description: Its namespace, empty if it is in none.
      returned: success
      type: str
      sample: podnet-connectivity-checks
    name:
      description: Its name.
      returned: success
      type: str
      sample: network-check-target
notes:
  description: What somebody may have expected otherwise, load balancers without an address for example, or what is
    kept.
  returned: success
  type: list
  elements: str
  sample:
    - "The CustomResourceDefinition podnetworkconnectivitychecks.controlplane.operator.openshift.io is kept: set
      remove_crd to remove it as well"
agent:
  description: The ConfigMap with the program; its name ends with the start of the program's SHA-256.
  returned: if O(state=present)
  type: str
  sample: network-check-agent-b9afab6076cd
config:
  description: What the programs are told.
  returned: if O(state=present)
  type: dict
  sample:
    period: 60.0
    timeout: 10.0
rollout:
  description: How far the pods are. Empty in check mode and if O(state=absent).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: DaemonSet
      name: network-check-target
      wanted: 3
      ready: 3
      complete: true
      problem: ""
  contains:
    kind:
      description: V(Deployment) or V(DaemonSet).
      returned: success
      type: str
      sample: DaemonSet
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: network-check-target
    wanted:
      description: How many pods there should be.
      returned: success
      type: int
      sample: 3
    ready:
      description: How many pods of the newest template are ready.
      returned: success
      type: int
      sample: 3
    complete:
      description: Whether all that can be are.
      returned: success
      type: bool
      sample: true
    problem:
      description: Why not, in one sentence.
      returned: success
      type: str
      sample: "the image registry.example.com/python:3 cannot be pulled: not found (node-1, node-2)"
"""
