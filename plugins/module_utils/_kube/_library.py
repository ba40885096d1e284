# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The part of the `kubernetes` library that reads configurations, without its clients of every API.

The library imports all of them with any part of it: 0.2 s and 12 MiB in each process. Here its reader is imported with
a client package that holds the class of configurations alone, and without what it renews tokens of OpenID Connect with
(another 5 MiB), which is imported when that is done. The reader's modules are ours then: whoever imports the library
afterwards gets the whole of it. Where that does not work, or the library is there already, it is imported as usual.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import sys
import types
import typing as t

_NAME = "kubernetes"
_OAUTH, _SESSIONS = "oauthlib.oauth2", "requests_oauthlib"


class Library(t.NamedTuple):
    """What is used of it. Configuration, ConfigException: classes; the others are modules."""

    version: str
    Configuration: t.Any
    ConfigException: type[Exception]
    incluster_config: t.Any
    kube_config: t.Any


def load_library() -> Library:
    """Import what reads configurations. Raises ImportError where the library is not there, or is not whole."""
    if not _loaded():
        others = _stand_ins()
        try:
            sys.modules.update(others)
            return _reader_alone()
        except Exception:  # a version that is built differently
            pass
        finally:
            for name in (*_loaded(), *others):
                del sys.modules[name]
    return _whole()


def _loaded() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == _NAME]


class _Later(types.ModuleType):
    """A module whose submodules are imported when somebody asks for them."""

    def __getattr__(self, name: str) -> t.Any:
        return importlib.import_module(f"{self.__name__}.{name}")


def _stand_ins() -> dict[str, types.ModuleType]:
    """For what renews tokens of OpenID Connect, where it is not there already."""
    parent = _Later(_OAUTH.partition(".")[0])
    sessions = types.ModuleType(_SESSIONS)
    sessions.__dict__["OAuth2Session"] = _oauth_session
    made = {parent.__name__: parent, _OAUTH: types.ModuleType(_OAUTH), _SESSIONS: sessions}
    return {} if any(name in sys.modules for name in made) else made


def _oauth_session(*arguments: t.Any, **named: t.Any) -> t.Any:
    return importlib.import_module(_SESSIONS).OAuth2Session(*arguments, **named)


def _reader_alone() -> Library:
    spec = importlib.util.find_spec(_NAME)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"No module named {_NAME!r}")
    folder = next(iter(spec.submodule_search_locations))
    _package(_NAME, folder)
    client = _package(f"{_NAME}.client", os.path.join(folder, "client"))
    configuration = importlib.import_module(f"{_NAME}.client.configuration")
    client.__dict__.update(Configuration=configuration.Configuration, ApiClient=_api_client)
    return _of(importlib.metadata.version(_NAME), configuration)


def _package(name: str, folder: str) -> types.ModuleType:
    """A package whose modules can be imported, and whose own file is not run."""
    package = types.ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package
    return package


def _api_client(*arguments: t.Any, **named: t.Any) -> t.Any:
    """The library's own client, by which it renews tokens of OpenID Connect."""
    return importlib.import_module(f"{_NAME}.client").ApiClient(*arguments, **named)


def _whole() -> Library:
    return _of(importlib.import_module(_NAME).__version__, importlib.import_module(f"{_NAME}.client.configuration"))


def _of(version: str, configuration: types.ModuleType) -> Library:
    return Library(
        version,
        configuration.Configuration,
        importlib.import_module(f"{_NAME}.config.config_exception").ConfigException,
        importlib.import_module(f"{_NAME}.config.incluster_config"),
        importlib.import_module(f"{_NAME}.config.kube_config"),
    )
