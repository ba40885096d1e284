# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Where a probe goes, and from which address."""

from __future__ import annotations

import socket

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolver import NoResolvConf, find_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._route import Route, lookup
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Measured


def resolve_target(context: Context, measured: Measured) -> Address | None:
    """The target's address; None, and measured says why, when it is a name that cannot be resolved."""
    request = context.request
    address = request.address
    if address is not None:
        return address
    measured.outcome = "dns_failure"
    try:
        lookup = find_address(context, request.target, request.family)
    except NoResolvConf as exc:
        measured.status, measured.error = "error", str(exc)
        return None
    measured.data["resolution"] = lookup.to_dict()
    if lookup.address is None:
        measured.error = lookup.failure()
        return None
    measured.outcome = None
    return lookup.address


def begin(context: Context, measured: Measured) -> Address | None:
    """The same, noted in measured with an empty list of ICMP errors: how a probe begins that counts those."""
    address = resolve_target(context, measured)
    if address is not None:
        measured.address = str(address)
        measured.add_icmp_error(None)
    return address


def find_route(measured: Measured, address: Address) -> Route | None:
    """The route to the target, also put into data; None, and measured says why, when there is none."""
    try:
        route = lookup(address)
    except OSError as exc:
        measured.outcome = _kernel.refused_locally(exc)
        measured.status = "fail" if measured.outcome else "error"
        measured.error = f"Cannot find a route to {address}: {_kernel.local_reason(exc)}"
        return None
    measured.data.update({"device_mtu": route.device_mtu, "route": route.to_dict()})
    return route


def source_address(context: Context, address: Address) -> str | None:
    """The address that packets to it leave with; None when there is no route."""
    with context.new_socket(socket_family(address), socket.SOCK_DGRAM, 0) as sock:
        try:
            sock.connect(socket_address(address, 9))  # connecting a UDP socket sends nothing
            return str(sock.getsockname()[0])
        except OSError:
            return None
