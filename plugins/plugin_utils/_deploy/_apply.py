# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Deploy: find out what would change, ask whether all of it is allowed, and only then write."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import re
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    FIELD_MANAGER,
    Change,
    Ref,
    annotations_of,
    collection_path,
    find,
    is_ours,
    planned,
    without_server_fields,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._access import HINT, Permission, require
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._cluster import (
    is_our_namespace,
    namespace_problem,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import CrdState, crd_manifest
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import (
    AGENT_PREFIX,
    CONFIG_PREFIX,
    ROLE_NAMESPACES,
    SOURCE,
    Deployment,
    manifests,
    namespace_manifest,
    role_name,
)

_THREADS = 8
_RBAC = "rbac.authorization.k8s.io/v1"
_CRD_SECONDS = 20.0
# What the client says about its request; the object says it better.
_REQUEST = re.compile(r"^Cannot [A-Z]+ \S+: HTTP \d+: ")


@dataclasses.dataclass(frozen=True)
class Step:
    """One object that may have to be written. manifest: None where it goes. creates: it must not be there yet."""

    change: Change
    manifest: JsonObject | None
    creates: bool = False


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a deployment would change, in order."""

    steps: list[Step]

    @property
    def changes(self) -> list[Change]:
        """Only what really changes."""
        return [step.change for step in self.steps if step.change.changed]


def make_plan(kube: Kube, deployment: Deployment, crd: CrdState) -> Plan:
    """Read what is there and let the server try the rest without writing. Raises KubeError."""
    wanted = manifests(deployment)
    refs = [Ref.of(manifest) for manifest in wanted]
    _require_rights(kube, deployment, refs, crd)
    namespace_step, exists = _namespace_step(kube, deployment)
    with concurrent.futures.ThreadPoolExecutor(max_workers=_THREADS) as pool:
        found = list(
            pool.map(lambda ref: find(kube, ref) if exists or ref.namespace != deployment.namespace else None, refs)
        )
        _refuse_foreign(refs, found)
        missing = {ref for ref, there in zip(refs, found) if there is None}
        askable = [_can_ask(ref, missing, exists or ref.namespace != deployment.namespace) for ref in refs]
        changes = list(pool.map(lambda item: _planned(kube, *item), zip(wanted, found, askable)))
    steps = [
        *([namespace_step] if namespace_step else []),
        *_crd_steps(kube, crd),
        *_old_roles(kube, deployment, refs, found),
    ]
    return Plan(steps + [Step(change, manifest) for change, manifest in zip(changes, wanted)])


def _can_ask(ref: Ref, missing: set[Ref], exists: bool) -> bool:
    """Whether the server can try it: not without its namespace, nor a binding to a Role that is yet to come."""
    return exists and not (ref.kind == "RoleBinding" and dataclasses.replace(ref, kind="Role") in missing)


def _planned(kube: Kube, manifest: JsonObject, found: JsonObject | None, ask: bool) -> Change:
    try:
        return planned(kube, manifest, found, ask)
    except KubeError as exc:
        raise _explained(exc, Ref.of(manifest)) from None


def execute(kube: Kube, plan: Plan) -> None:
    """Write what has changed. Raises KubeError that says which object could not be written."""
    for step in plan.steps:
        if step.change.changed:
            try:
                _execute(kube, step)
            except KubeError as exc:
                raise _explained(exc, step.change.ref) from None


def _execute(kube: Kube, step: Step) -> None:
    ref = step.change.ref
    if step.manifest is None:
        delete(kube, ref)
    elif step.creates:
        kube.create(ref.collection, step.manifest, fieldManager=FIELD_MANAGER)
    else:
        kube.apply(ref.path, step.manifest, FIELD_MANAGER)
    if ref.kind == "CustomResourceDefinition":
        _await_established(kube, ref)


def delete(kube: Kube, ref: Ref) -> bool:
    """Delete an object; whether it was there."""
    try:
        kube.delete(ref.path)
    except KubeError as exc:
        if exc.kind == "not_found":
            return False
        raise
    return True


# -- parts of the plan ---------------------------------------------------------------------------------------------
def _namespace_step(kube: Kube, deployment: Deployment) -> tuple[Step | None, bool]:
    """What to do with the namespace, and whether it exists. A namespace of somebody else is never changed."""
    name = deployment.namespace
    manifest = namespace_manifest(name)
    found = find(kube, Ref.of(manifest))
    if found is None:
        require(kube, {Permission.on(Ref.of(manifest), verb) for verb in ("create", "patch")}, "deploy")
        return Step(_planned(kube, manifest, None, True), manifest), False
    if found["metadata"].get("deletionTimestamp"):
        raise KubeError("conflict", f"Cannot deploy: the namespace {name} is being deleted; try again when it is gone")
    problem = namespace_problem(found, deployment.options.allow_unrestricted_namespace)
    if problem:
        raise KubeError("conflict", f"Cannot deploy: {problem}")
    if not is_our_namespace(found):
        return None, True
    return Step(_planned(kube, manifest, found, True), manifest), True


def _crd_steps(kube: Kube, crd: CrdState) -> t.Iterator[Step]:
    manifest = crd_manifest()
    if not crd.exists:
        yield Step(Change(Ref.of(manifest), None, without_server_fields(manifest)), manifest, creates=True)
    elif crd.ours:
        yield Step(_planned(kube, manifest, crd.found, True), manifest)


def _refuse_foreign(refs: t.Sequence[Ref], found: t.Sequence[JsonObject | None]) -> None:
    foreign = [str(ref) for ref, there in zip(refs, found) if there is not None and not is_ours(there)]
    if foreign:
        raise KubeError("conflict", f"Cannot deploy: {', '.join(foreign)} exists and was not made by this collection")


def _require_rights(kube: Kube, deployment: Deployment, refs: t.Sequence[Ref], crd: CrdState) -> None:
    wanted = {Permission.on(ref, verb) for ref in refs for verb in ("get", "create", "patch")}
    wanted.update(Permission(deployment.namespace, "", "configmaps", verb) for verb in ("list", "delete"))
    wanted.add(Permission.on(Ref.of(namespace_manifest(deployment.namespace)), "get"))
    if not crd.exists:
        wanted.add(Permission.on(Ref.of(crd_manifest()), "create"))
    require(kube, wanted, "deploy")


def _old_roles(
    kube: Kube, deployment: Deployment, refs: t.Sequence[Ref], found: t.Sequence[JsonObject | None]
) -> t.Iterator[Step]:
    """Roles in namespaces that no target is in any more."""
    account = next(
        (there for ref, there in zip(refs, found) if ref.kind == "ServiceAccount" and ref.name == SOURCE), None
    )
    for namespace in sorted(recorded_namespaces(account) - set(deployment.role_namespaces)):
        yield from (Step(change, None) for change in role_removals(kube, deployment.namespace, namespace))


def recorded_namespaces(account: JsonObject | None) -> set[str]:
    """The namespaces in which the source has a Role, as written on its ServiceAccount."""
    return set(filter(None, annotations_of(account or {}).get(ROLE_NAMESPACES, "").split(",")))


def role_removals(kube: Kube, home: str, namespace: str) -> t.Iterator[Change]:
    """The source's Role and its binding in another namespace, where they are there and ours."""
    for kind in ("RoleBinding", "Role"):
        ref = Ref(_RBAC, kind, namespace, role_name(home, namespace))
        found = find(kube, ref)
        if found is not None and is_ours(found):
            yield Change(ref, without_server_fields(found), None)


def old_config_maps(kube: Kube, deployment: Deployment) -> list[Change]:
    """Programs and configurations of earlier deployments, of no more use once no pod has them."""
    found = []
    for item in kube.list(
        collection_path("v1", "ConfigMap", deployment.namespace),
        label_selector="app.kubernetes.io/managed-by=podnet.diagnostics",
    ):
        name = item["metadata"]["name"]
        if name.startswith((AGENT_PREFIX, CONFIG_PREFIX)) and name not in (
            deployment.agent_name,
            deployment.config_name,
        ):
            ref = Ref("v1", "ConfigMap", deployment.namespace, name)
            found.append(Change(ref, without_server_fields({"apiVersion": "v1", "kind": "ConfigMap", **item}), None))
    return found


# -- helpers -------------------------------------------------------------------------------------------------------
def _explained(exc: KubeError, ref: Ref) -> KubeError:
    hint = f". {HINT}" if exc.kind == "forbidden" else ""
    return KubeError(exc.kind, f"Cannot write {ref}: {one_line(_REQUEST.sub('', str(exc)))}{hint}")


def _await_established(kube: Kube, ref: Ref) -> None:
    """Until the API serves the new kind, which takes a moment."""
    end = time.monotonic() + _CRD_SECONDS
    while True:
        conditions = ((kube.get(ref.path).get("status") or {}).get("conditions")) or []
        states = {str(entry.get("type")): entry for entry in conditions}
        if states.get("Established", {}).get("status") == "True":
            return
        refused = states.get("NamesAccepted", {})
        if refused.get("status") == "False":
            raise KubeError("conflict", f"Cannot use {ref}: {refused.get('message') or refused.get('reason')}")
        if time.monotonic() >= end:
            raise KubeError("timeout", f"Cannot use {ref}: the API server does not serve it after {_CRD_SECONDS:g} s")
        time.sleep(0.1)
