# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the plugin kubernetes of CoreDNS is told to give no name to.

Source: its documentation (coredns.io/plugins/kubernetes): namespaces, labels, noendpoints and ignore empty_service.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, matches
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort, slice_backends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

# One requirement of a selector as people write it: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`.
_SET = re.compile(r"^([^\s!=()]+)\s+(in|notin)\s+\(([^()]*)\)$")
_PAIR = re.compile(r"^([^\s!=()]+)\s*(==?|!=)\s*([^\s!=()]*)$")
_KEY = re.compile(r"^(!?)\s*([^\s!=()]+)$")
_BETWEEN = re.compile(r",(?![^()]*\))")


class Options(t.NamedTuple):
    """The lines of the block `kubernetes`, in words; none where there are several such blocks."""

    lines: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Options:
        """Of a Corefile."""
        found: list[list[tuple[str, ...]]] = []
        depth, plugin = 0, ""
        for line in text.splitlines():
            words = line.split("#")[0].split()
            names = tuple(word for word in words if word not in ("{", "}"))
            if depth == 1 and names:
                plugin = names[0]
                if plugin == "kubernetes":
                    found.append([])
            elif depth == 2 and plugin == "kubernetes" and names:
                found[-1].append(names)
            depth += words.count("{") - words.count("}")
        return cls(tuple(found[0])) if len(found) == 1 else cls()

    def leaves_out(self, index: ClusterIndex, service: ServicePort) -> str:
        """The line by which a Service has no name, or no address; empty where there is none."""
        for words in self.lines:
            if words[0] == "namespaces" and len(words) > 1 and service.namespace not in words[1:]:
                return " ".join(words)
            if words[0] == "labels" and _selected(" ".join(words[1:]), service) is False:
                return " ".join(words)
            if words[0] == "noendpoints" and service.headless:
                return " ".join(words)
        return self._empty if self._empty and self.hides_empty(index, service) else ""

    @property
    def _empty(self) -> str:
        return next((" ".join(words) for words in self.lines if words[:2] == ("ignore", "empty_service")), "")

    def hides_empty(self, index: ClusterIndex, service: ServicePort) -> bool:
        """Whether a Service has no name for want of a ready endpoint."""
        return bool(self._empty) and is_empty(index, service)


def is_empty(index: ClusterIndex, service: ServicePort) -> bool:
    """Whether a Service that has an address of its own has no ready endpoint."""
    plain = not service.headless and not service.external_name
    return plain and not any(one.ready for one in slice_backends(index, service))


def _selected(text: str, service: ServicePort) -> bool | None:
    """Whether a selector selects a Service; None where it is not understood."""
    expressions = [_expression(part.strip()) for part in _BETWEEN.split(text)]
    if not text or None in expressions:
        return None
    return matches({"matchExpressions": expressions}, labels_of(service.item))


def _expression(text: str) -> dict[str, t.Any] | None:
    """A requirement in the form that objects have."""
    found = _SET.match(text)
    if found is not None:
        values = [value.strip() for value in found.group(3).split(",")]
        return {"key": found.group(1), "operator": "In" if found.group(2) == "in" else "NotIn", "values": values}
    found = _PAIR.match(text)
    if found is not None:
        operator = "NotIn" if found.group(2) == "!=" else "In"
        return {"key": found.group(1), "operator": operator, "values": [found.group(3)]}
    found = _KEY.match(text)
    if found is not None:
        return {"key": found.group(2), "operator": "DoesNotExist" if found.group(1) else "Exists"}
    return None


NO_OPTIONS = Options()
