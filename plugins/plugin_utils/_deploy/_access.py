# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the user may do, asked before anything is changed, so that all that is missing is told at once."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import Ref

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_THREADS = 8
HINT = "docs/rbac-connectivity-checks.yaml in this collection has what is needed"


@dataclasses.dataclass(frozen=True, order=True)
class Permission:
    """One thing to be done with one kind of object. namespace: empty for the whole cluster; name: empty for all."""

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""

    @classmethod
    def on(cls, ref: Ref, verb: str) -> Permission:
        """To do this with objects of this kind in this namespace; by name where there is no namespace."""
        return cls(ref.namespace, ref.group, ref.plural, verb, "" if ref.namespace or verb == "create" else ref.name)

    def __str__(self) -> str:
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        if self.name:
            where = f"named {self.name}"
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''} {where}"


def missing_permissions(kube: Kube, wanted: t.Iterable[Permission]) -> list[Permission]:
    """Those that the user has not. Where reviews are not to be had none is said to be missing: trying will tell."""
    asked = sorted(set(wanted))
    if not asked:
        return []
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(_THREADS, len(asked))) as pool:
        allowed = list(pool.map(lambda permission: _allowed(kube, permission), asked))
    return [permission for permission, yes in zip(asked, allowed) if not yes]


def _allowed(kube: Kube, permission: Permission) -> bool:
    attributes = {"verb": permission.verb, "group": permission.group, "resource": permission.resource}
    for key in ("namespace", "name"):
        if getattr(permission, key):
            attributes[key] = getattr(permission, key)
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        status = kube.create(_REVIEWS, review).get("status") or {}
    except KubeError as exc:
        if exc.kind in ("forbidden", "not_found", "invalid"):
            return True
        raise
    return bool(status.get("allowed"))


def require(kube: Kube, wanted: t.Iterable[Permission], what: str) -> None:
    """KubeError of kind forbidden that names everything that is missing."""
    missing = missing_permissions(kube, wanted)
    if missing:
        raise KubeError(
            "forbidden", f"Cannot {what}: the user may not " + "; ".join(map(str, _grouped(missing))) + f". {HINT}"
        )


def _grouped(missing: t.Sequence[Permission]) -> list[Permission]:
    """One entry for each kind and place, with all its verbs."""
    verbs: dict[Permission, list[str]] = {}
    for permission in missing:
        verbs.setdefault(dataclasses.replace(permission, verb=""), []).append(permission.verb)
    return [dataclasses.replace(permission, verb=", ".join(words)) for permission, words in verbs.items()]
