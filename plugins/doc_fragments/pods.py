# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The pods that a module on a node is told of."""

    DOCUMENTATION = r"""
options:
  pods:
    description: The pods of the node, by whose processes their network namespaces are found. No other is looked for.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: The namespace of the pod.
        type: str
        required: true
      name:
        description: The name of the pod.
        type: str
        required: true
      uid:
        description: The uid of the pod, by which its processes are found.
        type: str
        default: ''
      config_hash:
        description: The annotation C(kubernetes.io/config.hash) of a static pod.
        type: str
        default: ''
"""
