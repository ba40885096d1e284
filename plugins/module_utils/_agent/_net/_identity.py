# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Who answered: the body with which a target proves which pod and node it is, and the check of it.

An address of a pod that is gone may soon be that of another one, and whatever answers there is no sign of the first
one's life.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import (
    BAD_REPLY,
    WRONG_POD,
    Failure,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._http_reply import Reply, printable

PROGRAM = "podnet.diagnostics/target"


@dataclasses.dataclass(frozen=True)
class Expectation:
    """The target that has to answer; an empty field may be anything. path: what is asked for."""

    pod: str = ""
    uid: str = ""
    node: str = ""
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Read the annotation podnet.diagnostics/expect. ValueError when it is not an object of texts."""
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict) or not all(isinstance(data.get(key, ""), str) for key in ("pod", "uid", "node")):
            raise ValueError(f"what has to answer is no JSON object of pod, uid and node: {text[:80]}")
        return cls(data.get("pod", ""), data.get("uid", ""), data.get("node", ""))

    def check(self, reply: Reply) -> None:
        """Failure when this reply is not that of the expected target."""
        if reply.status != 200:
            raise Failure(BAD_REPLY, f"{reply.asked}: HTTP status {reply.status} {reply.reason}".rstrip())
        try:
            body = json.loads(reply.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or body.get("program") != PROGRAM:
            raise Failure(
                BAD_REPLY, f'{reply.asked}: not a network-check target that answers: "{printable(reply.body[:80])}"'
            )
        if any(
            value and body.get(key) != value
            for key, value in (("pod", self.pod), ("uid", self.uid), ("node", self.node))
        ):
            wanted = _described(dataclasses.asdict(self))
            raise Failure(WRONG_POD, f"{reply.asked}: wrong pod: {_described(body)} answers, not {wanted}")


def identity_body(namespace: str, pod: str, uid: str, node: str, address: str, client: str) -> bytes:
    """What a target answers. address: its own, at which it was asked; client: who asked."""
    return json.dumps(
        {
            "program": PROGRAM,
            "namespace": namespace,
            "pod": pod,
            "uid": uid,
            "node": node,
            "address": address,
            "client": client,
        }
    ).encode()


def _described(who: t.Mapping[str, t.Any]) -> str:
    pod, uid, node = (printable(str(who.get(key) or "").encode())[:253] for key in ("pod", "uid", "node"))
    return f"pod {pod or '(unnamed)'}" + (f" (uid {uid})" if uid else "") + (f" on node {node}" if node else "")
