# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that leave without a sender: no address of their namespace is of a scope that the route may lend."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._source import NOBODY
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


def without_sender(view: View) -> t.Iterator[Cause]:
    """A packet of the source 0.0.0.0, where the device that it leaves by has an address for its own link alone."""
    hop = view.way.forward.hops[0] if view.way.forward.hops else None
    if hop is None or view.backwards or view.sent.src != NOBODY:
        return
    place = Place(hop.node, hop.netns, hop.oif)
    own = narrow_address(view.case, place)
    if own is not None:
        yield Cause(narrow_scope(place, own), sender=own.address, step=view.trace.last, itself=True)


def narrow_address(case: Case, place: Place) -> Address | None:
    """The address of scope link that a device has; of the first that is no loopback, where the place names none."""
    namespace = case.namespace(place)
    link = None
    if namespace is not None:
        link = namespace.links.get(place.device) if place.device else namespace.ethernet
    own = [one for one in link.addresses if one.family == 4] if link is not None else []
    return own[0] if own and all(one.scope == "link" for one in own) else None


def narrow_scope(place: Place, own: Address, more: t.Sequence[Proof] = ()) -> Finding:
    """What is said of an address that no route beyond the link lends."""
    device = place.device or "its device"
    observed = f"{own.address} of {device} has scope link, which no route beyond the link lends: it sends from {NOBODY}"
    return finding(
        "source-address-wrong",
        location_of(place, place.device),
        f"{label_of(place)} sends from {own.address}",
        observed,
        f"$ ip address change {own.address}/{own.prefix} dev {place.device or 'DEVICE'} scope global\n"
        "and set the routes by that device anew, which keep the source they were made with; then find out what"
        " gave the address its scope.",
        (Proof("config", ref_of(place.node), observed), *more),
    )
