# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""How to reach the API: the K8S_AUTH_* options, with the names that kubernetes.core and AWX use."""

from __future__ import annotations

import dataclasses
import os
import typing as t

# Module option → (environment variable, argument specification).
_OPTIONS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "kubeconfig": ("K8S_AUTH_KUBECONFIG", {"type": "path"}),
    "context": ("K8S_AUTH_CONTEXT", {"type": "str"}),
    "host": ("K8S_AUTH_HOST", {"type": "str"}),
    "api_key": ("K8S_AUTH_API_KEY", {"type": "str", "no_log": True}),
    "username": ("K8S_AUTH_USERNAME", {"type": "str"}),
    "password": ("K8S_AUTH_PASSWORD", {"type": "str", "no_log": True}),
    "validate_certs": ("K8S_AUTH_VERIFY_SSL", {"type": "bool", "aliases": ["verify_ssl"]}),
    "ca_cert": ("K8S_AUTH_SSL_CA_CERT", {"type": "path", "aliases": ["ssl_ca_cert"]}),
    "client_cert": ("K8S_AUTH_CERT_FILE", {"type": "path", "aliases": ["cert_file"]}),
    "client_key": ("K8S_AUTH_KEY_FILE", {"type": "path", "aliases": ["key_file"], "no_log": False}),
    "proxy": ("K8S_AUTH_PROXY", {"type": "str"}),
    "no_proxy": ("K8S_AUTH_NO_PROXY", {"type": "str"}),
    "impersonate_user": ("K8S_AUTH_IMPERSONATE_USER", {"type": "str"}),
    "impersonate_groups": ("K8S_AUTH_IMPERSONATE_GROUPS", {"type": "list", "elements": "str"}),
}

KUBE_ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {name: spec for name, (_env, spec) in _OPTIONS.items()}

_FALSE = frozenset(("0", "no", "false", "off", "n", "f"))
# Two ways to say which cluster. An option of the one way makes the environment's other way void: credentials must
# never go to a server that they are not meant for.
_BY_FILE = ("kubeconfig", "context")
_BY_HOST = ("host", "api_key", "username", "password", "ca_cert", "client_cert", "client_key")


@dataclasses.dataclass(frozen=True)
class KubeOptions:
    """Everything is None where nobody said anything. Secrets are kept out of repr()."""

    kubeconfig: str | None = None
    context: str | None = None
    host: str | None = None
    api_key: str | None = dataclasses.field(default=None, repr=False)
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    validate_certs: bool | None = None
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = dataclasses.field(default=None, repr=False)
    no_proxy: str | None = None
    impersonate_user: str | None = None
    impersonate_groups: tuple[str, ...] = ()


def options_from_params(params: t.Mapping[str, t.Any], environment: t.Mapping[str, str] | None = None) -> KubeOptions:
    """Options as given; where one is missing, its environment variable."""
    known = os.environ if environment is None else environment
    given = {name for name in _OPTIONS if params.get(name) not in (None, "")}
    void: tuple[str, ...] = ()
    if given.intersection(_BY_FILE) and "host" not in given:
        void = _BY_HOST
    elif "host" in given:
        void = _BY_FILE
    values: dict[str, t.Any] = {}
    for name, (variable, spec) in _OPTIONS.items():
        value = params[name] if name in given else None
        if value is None and name not in void and known.get(variable):
            value = _converted(known[variable], spec["type"])
        if isinstance(value, str) and spec["type"] == "path":
            # KUBECONFIG may be a list of files.
            value = os.pathsep.join(os.path.expanduser(part) for part in value.split(os.pathsep))
        values[name] = tuple(value) if isinstance(value, list) else value
    values["impersonate_groups"] = values["impersonate_groups"] or ()
    return KubeOptions(**values)


def _converted(text: str, kind: str) -> t.Any:
    if kind == "bool":
        return text.strip().lower() not in _FALSE
    if kind == "list":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
