# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""config.json and the environment: what is read, and what is said about mistakes."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import (
    Config,
    ConfigError,
    Extra,
    Identity,
    LoadBalancer,
    load_config,
    load_identity,
    parse_config,
)

FULL: t.Mapping[str, t.Any] = {
    "period": 30,
    "timeout": 5,
    "write_interval": 600,
    "lease_interval": 10,
    "max_in_flight": 64,
    "prune_after": 3600,
    "targets": {
        "kubernetes": True,
        "openshift": True,
        "target_service": False,
        "target_endpoints": True,
        "load_balancers": [{"name": "api-external", "endpoint": "api.example:6443"}],
        "extra": [
            {"name": "db", "target": "pod:shop/db-0", "port": 5432, "tls": True, "tls_secret": "client", "http": None}
        ],
    },
    "mesh": {
        "enabled": False,
        "interval": 20,
        "all_pairs_up_to": 5,
        "partners": 3,
        "host_scheme": "http",
        "host_port": 10248,
        "timeout": 2,
    },
}


def test_everything_is_read() -> None:
    config = parse_config(FULL)
    assert (config.period, config.timeout, config.max_in_flight, config.prune_after) == (30.0, 5.0, 64, 3600.0)
    assert config.targets.openshift and not config.targets.target_service
    assert config.targets.load_balancers == (LoadBalancer("api-external", "api.example:6443"),)
    assert config.targets.extra == (Extra("db", "pod:shop/db-0", 5432, True, "client", None),)
    assert (config.mesh.enabled, config.mesh.partners, config.mesh.host_scheme) == (False, 3, "http")


def test_what_is_missing_has_its_default() -> None:
    assert parse_config({}) == Config()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "it is not an object"),
        ({"period": "60"}, "period is '60', not a number of seconds"),
        ({"period": True}, "period is True"),
        ({"period": 0}, "period is 0"),
        ({"max_in_flight": 0}, "max_in_flight is 0"),
        ({"targets": {"kubernetes": "yes"}}, "targets.kubernetes is 'yes', neither true nor false"),
        ({"targets": {"extra": [{"name": "x"}]}}, "targets.extra[0].target is missing"),
        ({"targets": {"load_balancers": {}}}, ""),
        ({"targets": {"load_balancers": "x"}}, "targets.load_balancers is not a list"),
        ({"mesh": []}, "mesh is not an object"),
    ],
)
def test_mistakes_are_named(data: t.Any, text: str) -> None:
    if not text:
        assert parse_config(data).targets.load_balancers == ()
        return
    with pytest.raises(ConfigError) as caught:
        parse_config(data)
    assert text in str(caught.value)


def test_files(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "config.json"
    environ = {"PODNET_CONFIG": str(path)}
    with pytest.raises(ConfigError, match=r"Cannot read the configuration .*: No such file"):
        load_config(environ)
    path.write_text("{")
    with pytest.raises(ConfigError, match="it is not JSON"):
        load_config(environ)
    path.write_text('{"period": -1}')
    with pytest.raises(ConfigError, match=r"Cannot use the configuration .*: period is -1"):
        load_config(environ)
    path.write_text(json.dumps(FULL))
    assert load_config(environ) == parse_config(FULL)


def test_who_we_are() -> None:
    environ = {
        "POD_NAME": "p",
        "POD_NAMESPACE": "n",
        "NODE_NAME": "w",
        "POD_UID": "u",
        "POD_IP": "192.0.2.1",
        "HOST_IP": "192.0.2.2",
    }
    assert load_identity(environ) == Identity("p", "n", "u", "w", "192.0.2.1", "192.0.2.2")
    with pytest.raises(ConfigError, match="NODE_NAME"):
        load_identity({"POD_NAME": "p", "POD_NAMESPACE": "n"})
