# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates of AWX and Automation Controller: one row for each playbook."""

from __future__ import annotations

import dataclasses

SINK = (
    "diagnose_sink",
    "diagnose_sink_keep",
    "diagnose_sink_token",
    "diagnose_sink_method",
    "diagnose_sink_timeout",
    "diagnose_sink_validate_certs",
)
CAPTURE_SINK = tuple(name.replace("diagnose_", "capture_") for name in SINK)
AGENT = ("node_agent_namespace", "node_agent_image", "node_agent_image_pull_policy", "node_agent_image_pull_secrets")


@dataclasses.dataclass(frozen=True)
class Template:
    """A job template. title starts with a verb; questions: the role variables that its survey asks for, in this order;
    required: those that must be answered though the role does not say so."""

    playbook: str
    title: str
    description: str
    questions: tuple[str, ...]
    required: tuple[str, ...] = ()
    primary: bool = False


TEMPLATES = (
    Template(
        "diagnose",
        "Diagnose a connection",
        "Says why one end cannot reach another, where it breaks, and what to change, with proof.",
        (
            "diagnose_source",
            "diagnose_destination",
            "diagnose_port",
            "diagnose_protocol",
            "diagnose_capture",
            "diagnose_fail_on",
            "podnet_access",
            "diagnose_max_nodes",
            "diagnose_also_nodes",
            *SINK,
            *AGENT,
        ),
        primary=True,
    ),
    Template(
        "health",
        "Show the health of the pod network",
        "Shows whether every node reaches every other, names what is broken, and diagnoses the worst pair if asked to.",
        (
            "health_probe",
            "health_nodes",
            "health_succinct",
            "health_verbose",
            "health_fail_on",
            "health_diagnose",
            "health_event_url",
            "health_event_token",
            "health_namespace",
            "diagnose_sink",
            *AGENT,
        ),
    ),
    Template(
        "capture",
        "Capture packets",
        "Captures packets of pods, nodes and Services into one file: for a time, or armed until something fails.",
        (
            "capture_targets",
            "capture_filter",
            "capture_seconds",
            "capture_way",
            "capture_devices",
            "capture_payload",
            "capture_megabytes",
            "capture_probe_source",
            "capture_probe_destination",
            "capture_probe_port",
            "capture_probe_protocol",
            "capture_probe_failures",
            "capture_check",
            "capture_ring_megabytes",
            "capture_redact",
            "capture_redact_key",
            "capture_fail_on",
            "podnet_access",
            *CAPTURE_SINK,
            *AGENT,
        ),
        required=("capture_targets",),
    ),
    Template(
        "connectivity_checks",
        "Watch the pod network all the time",
        "Deploys the connectivity checks, or removes them.",
        (
            "connectivity_checks_state",
            "connectivity_checks_namespace",
            "connectivity_checks_image",
            "connectivity_checks_image_pull_secrets",
            "connectivity_checks_period",
            "connectivity_checks_timeout",
            "connectivity_checks_replicas",
            "connectivity_checks_discover_load_balancers",
            "connectivity_checks_load_balancer_namespaces",
            "connectivity_checks_wait",
            "connectivity_checks_remove_crd",
        ),
    ),
    Template(
        "analyze_bundle",
        "Analyse evidence again",
        "Gives the verdict again from evidence that an earlier run has stored.",
        ("diagnose_bundle_dir", "diagnose_fail_on", *SINK),
        required=("diagnose_bundle_dir",),
    ),
    Template(
        "drill",
        "Hold a drill",
        "Breaks a connection of its own in a namespace of its own, lets the diagnosis find the cause, and mends it.",
        (
            "drill_confirm",
            "drill_player",
            "drill_exercises",
            "drill_answer",
            "drill_namespace",
            "drill_image",
            "drill_state",
            *AGENT,
        ),
        required=("drill_confirm",),
    ),
    Template(
        "cleanup",
        "Remove agents that were left",
        "Removes the agents of killed runs; those that are in use stay.",
        ("node_agent_run_id", "node_agent_namespace", "node_agent_remove_namespace"),
    ),
)


@dataclasses.dataclass(frozen=True)
class Step:
    """A job template of the workflow without a survey: what it needs comes from the job before."""

    playbook: str
    title: str
    description: str
    with_credential: bool


STEPS = (
    Step(
        "diagnose_worst_pair",
        "Diagnose the worst pair",
        "Second step of the workflow: diagnoses what the health run has found.",
        with_credential=True,
    ),
    Step(
        "send_report",
        "Send the report",
        "Last step of the workflow: sends the verdict to a web hook.",
        with_credential=False,
    ),
)
