# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and deployments as a task makes them."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import Application
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import Deployment, Platform
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._options import (
    ARGUMENTS,
    DeployOptions,
    config_of,
    read_options,
)


def make_options(**given: t.Any) -> DeployOptions:
    """As a task with these options."""
    checked = ArgumentSpecValidator(ARGUMENTS).validate(given)
    assert not checked.error_messages, checked.error_messages
    return read_options(checked.validated_parameters)


def make_deployment(platform: Platform | None = None, program: bytes = b"zip", **given: t.Any) -> Deployment:
    """What a task with these options deploys."""
    platform = platform or Platform()
    options = make_options(**given)
    return Deployment(
        options,
        platform,
        Application(program),
        config_of(options, bool(platform.api_namespaces), options.load_balancers),
    )
