# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and their environment variables."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    KubeOptions,
    options_from_params,
)


def test_nothing_said_is_nothing() -> None:
    assert options_from_params({}, {}) == KubeOptions()


def test_what_awx_injects_is_understood() -> None:
    options = options_from_params(
        {},
        {
            "K8S_AUTH_HOST": "https://kube.example:6443",
            "K8S_AUTH_API_KEY": "token",
            "K8S_AUTH_VERIFY_SSL": "True",
            "K8S_AUTH_SSL_CA_CERT": "/tmp/ca",
        },
    )
    assert options == KubeOptions(
        host="https://kube.example:6443", api_key="token", validate_certs=True, ca_cert="/tmp/ca"
    )


@pytest.mark.parametrize(
    ("text", "value"), [("False", False), ("no", False), ("0", False), ("true", True), ("yes", True)]
)
def test_booleans_of_the_environment(text: str, value: bool) -> None:
    assert options_from_params({}, {"K8S_AUTH_VERIFY_SSL": text}).validate_certs is value


def test_an_option_wins_over_the_environment() -> None:
    options = options_from_params(
        {"context": "mine", "validate_certs": False}, {"K8S_AUTH_CONTEXT": "other", "K8S_AUTH_VERIFY_SSL": "yes"}
    )
    assert (options.context, options.validate_certs) == ("mine", False)


def test_credentials_of_the_environment_do_not_go_to_the_cluster_of_an_option() -> None:
    known = {"K8S_AUTH_HOST": "https://kube.example", "K8S_AUTH_API_KEY": "token", "K8S_AUTH_PASSWORD": "word"}
    for params in ({"kubeconfig": "/k"}, {"context": "other"}):
        options = options_from_params(params, known)
        assert (options.host, options.api_key, options.password) == (None, None, None)


def test_the_kubeconfig_of_the_environment_does_not_serve_the_host_of_an_option() -> None:
    options = options_from_params(
        {"host": "https://kube.example"}, {"K8S_AUTH_KUBECONFIG": "/k", "K8S_AUTH_CONTEXT": "c"}
    )
    assert (options.kubeconfig, options.context) == (None, None)


def test_a_context_option_chooses_in_the_kubeconfig_of_the_environment() -> None:
    assert options_from_params({"context": "c"}, {"K8S_AUTH_KUBECONFIG": "/k"}).kubeconfig == "/k"


def test_paths_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert options_from_params({"kubeconfig": "~/a:~/b"}, {}).kubeconfig == "/home/me/a:/home/me/b"


def test_groups_as_a_list_and_from_the_environment() -> None:
    assert options_from_params({"impersonate_groups": ["a", "b"]}, {}).impersonate_groups == ("a", "b")
    assert options_from_params({}, {"K8S_AUTH_IMPERSONATE_GROUPS": "a, b,"}).impersonate_groups == ("a", "b")


def test_secrets_are_not_shown_and_not_logged() -> None:
    options = KubeOptions(api_key="secret-1", password="secret-2", proxy="http://me:secret-3@proxy.example:3128")
    assert "secret" not in repr(options)
    assert {name for name, spec in KUBE_ARGUMENT_SPEC.items() if spec.get("no_log")} == {"api_key", "password"}


def test_options_can_be_the_key_of_a_cache() -> None:
    first: t.Hashable = options_from_params({"impersonate_groups": ["a"]}, {})
    assert hash(first) == hash(options_from_params({"impersonate_groups": ["a"]}, {}))
