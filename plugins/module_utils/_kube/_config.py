# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Where the API server is and how to identify ourselves to it.

Kubeconfig files, contexts, credential plugins and service accounts are read by the `kubernetes` library. Certificates
and keys that it writes to temporary files for that are loaded and removed at once: Ansible's workers end without the
clean-up that the library relies on.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import functools
import ipaddress
import logging
import os
import ssl
import sys
import tempfile
import time
import typing as t
import urllib.parse
import urllib.request

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._bounded import within
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import (
    KubeError,
    cause_text,
    one_line,
    without,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._library import load_library
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions

try:
    kubernetes_version, Configuration, ConfigException, incluster_config, kube_config = load_library()
except ImportError as exc:
    KUBERNETES_PROBLEM: str | None = str(exc)
else:
    _VERSION = int(kubernetes_version.partition(".")[0])
    _READS_PROXY_URL = _VERSION >= 37
    KUBERNETES_PROBLEM = None if _VERSION >= 29 else f"{kubernetes_version} is there"

_TOKEN_NAMES = ("BearerToken", "authorization")  # kubernetes 37 and newer; older ones
_CONFIG_ERRORS = (OSError, ValueError, TypeError, KeyError, AttributeError)
_DEFAULT_FILE = os.path.join("~", ".kube", "config")
# What a credential plugin may take; nobody is there whom it could ask.
PLUGIN_SECONDS = 20.0
_HANGS = f"its credential plugin did not end within {PLUGIN_SECONDS:g} s"
# For how long what was read is used again.
_FRESH_SECONDS = 60.0
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"


@dataclasses.dataclass(frozen=True)
class Proxy:
    """An HTTP proxy; url has no credentials in it."""

    url: str
    host: str
    port: int
    authorization: str | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Access:
    """One API server and how to speak to it. server: URL without a slash at its end; tls: None for plain HTTP."""

    server: str
    tls: ssl.SSLContext | None
    server_hostname: str | None
    proxy: Proxy | None
    headers: t.Callable[[], list[tuple[str, str]]] = dataclasses.field(repr=False)
    secrets: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    def clean(self, text: str) -> str:
        """Text of others, in one line and without our secrets."""
        return without(one_line(text), self.secrets)


_read: dict[t.Hashable, tuple[float, Access]] = {}


def recent_access(options: KubeOptions) -> Access:
    """As load_access(), but what was read within the last minute is not read again unless its file has changed.

    Ansible's workers have it from the process that they are forked from, where an inventory was read from the cluster:
    a context of TLS is 2 MiB in each of them, and a credential plugin takes its time. A token that expires meanwhile is
    renewed as always.
    """
    key = (options, tuple(sorted(os.environ.items())), _stamps(options))
    at, access = _read.get(key, (0.0, None))
    if access is None or not 0 <= time.monotonic() - at < _FRESH_SECONDS:
        access = load_access(options)
        _read.clear()
        _read[key] = time.monotonic(), access
    return access


def _stamps(options: KubeOptions) -> tuple[tuple[int, int], ...]:
    """When the files that are named were written, and their sizes; nothing of those that are not there."""
    configs = (options.kubeconfig or os.environ.get("KUBECONFIG") or _DEFAULT_FILE).split(os.pathsep)
    found = []
    for path in (*configs, options.ca_cert, options.client_cert, options.client_key):
        with contextlib.suppress(OSError):
            status = os.stat(os.path.expanduser(path or ""))
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


def load_access(options: KubeOptions) -> Access:
    """Choose the configuration; nothing is sent, but a credential plugin of the kubeconfig is run.

    The server of the options; else the kubeconfig of the options or of KUBECONFIG; else the service account of the pod
    that we run in; else ~/.kube/config. Raises KubeError of kind config or tls.
    """
    if KUBERNETES_PROBLEM is not None:
        raise KubeError(
            "config",
            "Cannot use the Kubernetes API: the Python library kubernetes 29.0.0 or newer is not "
            f"installed for {sys.executable} ({KUBERNETES_PROBLEM}); install it with: "
            "pip install 'kubernetes>=29.0.0'",
        )
    configuration = Configuration()
    with tempfile.TemporaryDirectory(prefix="podnet-kube-") as folder:
        try:
            with _CredentialErrors() as complaints:
                _load(options, configuration, folder)
            _override(options, configuration)
            if complaints.texts and not _identified(configuration, options):
                raise KubeError(
                    "config", f"Cannot get credentials from {_source(options)}: {one_line('; '.join(complaints.texts))}"
                )
            tls = _context(configuration) if configuration.host.startswith("https:") else None
        finally:
            _forget(folder)
    secrets = _secrets(options, configuration)
    return Access(
        server=_server(configuration.host, options),
        tls=tls,
        server_hostname=getattr(configuration, "tls_server_name", None) or None,
        proxy=_proxy(options, configuration),
        headers=_Headers(configuration, options),
        secrets=secrets,
    )


def _source(options: KubeOptions) -> str:
    return options.kubeconfig or os.environ.get("KUBECONFIG") or "the Kubernetes configuration"


def _load(options: KubeOptions, configuration: t.Any, folder: str) -> None:
    named = options.kubeconfig or os.environ.get("KUBECONFIG")
    if options.host and not (options.kubeconfig or options.context):
        return
    try:
        if named or options.context or not os.path.exists(_SERVICE_ACCOUNT):
            path = named or os.path.expanduser(_DEFAULT_FILE)
            _check_files(path, bool(named))
            load = functools.partial(
                kube_config.load_kube_config,
                config_file=path,
                context=options.context,
                client_configuration=configuration,
                persist_config=False,
                temp_file_path=folder,
            )
            within(PLUGIN_SECONDS, load)
            if not _READS_PROXY_URL:
                configuration.proxy = _proxy_url(path, options.context) or configuration.proxy
        else:
            incluster_config.load_incluster_config(client_configuration=configuration)
    except ConfigException as exc:
        raise KubeError("config", f"Cannot use {_source(options)}: {one_line(str(exc))}") from None
    except TimeoutError:
        raise KubeError("config", f"Cannot get credentials from {_source(options)}: {_HANGS}") from None
    except _CONFIG_ERRORS as exc:
        text = cause_text(exc) if isinstance(exc, OSError) else one_line(str(exc)) or type(exc).__name__
        raise KubeError("config", f"Cannot use {_source(options)}: {text}") from None
    except Exception as exc:  # errors of the YAML reader, whose classes the library does not re-export
        if type(exc).__module__.partition(".")[0] != "yaml":
            raise
        raise KubeError("config", f"Cannot use {_source(options)}: it is not YAML: {one_line(str(exc))}") from None


def _proxy_url(path: str, context: str | None) -> str | None:
    """The proxy of the context's cluster, which older libraries do not look at."""
    config = kube_config.KubeConfigMerger(path).config
    chosen = config["contexts"].get_with_name(context or config["current-context"])
    cluster = config["clusters"].get_with_name(chosen["context"]["cluster"])
    return t.cast(t.Optional[str], cluster["cluster"].safe_get("proxy-url"))


def _check_files(paths: str, named: bool) -> None:
    """The library says "Invalid kube-config file. No configuration found." of a file that it cannot read."""
    problems = []
    for path in paths.split(os.pathsep):
        try:
            with open(os.path.expanduser(path), "rb"):
                return
        except OSError as exc:
            problems.append(f"{path}: {exc.strerror}")
    if not named:
        raise KubeError(
            "config", f"Cannot find a Kubernetes configuration: give kubeconfig, host or KUBECONFIG ({problems[0]})"
        )
    raise KubeError("config", f"Cannot read the kubeconfig {', '.join(problems)}")


def _override(options: KubeOptions, configuration: t.Any) -> None:
    """What was given on top of, or instead of, a configuration file."""
    direct = {
        "host": options.host,
        "verify_ssl": options.validate_certs,
        "ssl_ca_cert": options.ca_cert,
        "cert_file": options.client_cert,
        "key_file": options.client_key,
    }
    for name, value in direct.items():
        if value is not None:
            setattr(configuration, name, value)


def _server(host: str, options: KubeOptions) -> str:
    parts = urllib.parse.urlsplit(host)
    try:
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise KubeError(
            "config",
            f"Cannot use {_source(options)}: the server {without(host, [parts.password])!r} "
            "is not a URL of the form https://HOST[:PORT]",
        )
    return host.rstrip("/")


class _SharedContext(ssl.SSLContext):
    """A context that several threads open connections with.

    urllib3 sets the protocols of ALPN anew for each connection, which frees what another thread is just reading:
    the server then gets a greeting that it cannot decode (https://github.com/python/cpython/issues/141012).
    """

    _offers_http = False

    def set_alpn_protocols(self, alpn_protocols: t.Iterable[str]) -> None:
        """HTTP/1.1, the first time; nothing after that."""
        if not self._offers_http:
            self._offers_http = True
            super().set_alpn_protocols(["http/1.1"])


def _context(configuration: t.Any) -> ssl.SSLContext:
    """TLS as kubectl does it: at least 1.2, and no demands on certificates beyond those of the standard."""
    context = _SharedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif getattr(configuration, "assert_hostname", None) is False:
        context.check_hostname = False
    if configuration.verify_ssl:
        what = configuration.ssl_ca_cert or "the system's certificate authorities"
        with _loading(f"the certificate authorities in {what}" if configuration.ssl_ca_cert else what):
            if configuration.ssl_ca_cert:
                context.load_verify_locations(cafile=configuration.ssl_ca_cert)
            else:
                context.load_default_certs()
    if configuration.cert_file:
        with _loading("the client certificate and its key"):
            # For a key that is locked OpenSSL would ask at the terminal; nobody is there.
            context.load_cert_chain(configuration.cert_file, configuration.key_file, password=lambda: "")
    return context


@contextlib.contextmanager
def _loading(what: str) -> t.Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as exc:
        raise KubeError("tls", f"Cannot load {what}: {cause_text(exc)}") from None


def _forget(folder: str) -> None:
    """Take the files in our folder out of the library's memory, which would hand out their names again."""
    known = getattr(kube_config, "_temp_files", None)
    if isinstance(known, dict):
        for content in [content for content, name in known.items() if str(name).startswith(folder + os.sep)]:
            del known[content]


class _CredentialErrors(logging.Handler):
    """The library only logs that a credential plugin failed, and goes on without credentials."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def __enter__(self) -> _CredentialErrors:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *unused: object) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self.texts.append(record.getMessage())


def _token(configuration: t.Any) -> str | None:
    return next((str(configuration.api_key[name]) for name in _TOKEN_NAMES if configuration.api_key.get(name)), None)


def _identified(configuration: t.Any, options: KubeOptions) -> bool:
    return bool(_token(configuration) or configuration.cert_file or options.api_key or options.username)


class _Headers:
    """The headers that identify us; a token that has expired is fetched again, as its source says."""

    def __init__(self, configuration: t.Any, options: KubeOptions) -> None:
        self._configuration = configuration
        self._options = options

    def __call__(self) -> list[tuple[str, str]]:
        options = self._options
        headers: list[tuple[str, str]] = []
        if options.api_key:
            headers.append(("Authorization", f"Bearer {options.api_key.strip().removeprefix('Bearer ')}"))
        elif options.username and options.password:
            headers.append(("Authorization", _basic(options.username, options.password)))
        else:
            token = self._loaded()
            if token:
                headers.append(("Authorization", token))
        if options.impersonate_user:
            headers.append(("Impersonate-User", options.impersonate_user))
        headers += [("Impersonate-Group", group) for group in options.impersonate_groups]
        return headers

    def _loaded(self) -> str | None:
        refresh = getattr(self._configuration, "refresh_api_key_hook", None)
        if refresh is not None:
            try:
                within(PLUGIN_SECONDS, functools.partial(refresh, self._configuration))
            except TimeoutError:
                raise KubeError(
                    "config", f"Cannot renew the credentials of {_source(self._options)}: {_HANGS}"
                ) from None
            except (ConfigException, *_CONFIG_ERRORS) as exc:
                raise KubeError(
                    "config", f"Cannot renew the credentials of {_source(self._options)}: {one_line(str(exc))}"
                ) from None
        return _token(self._configuration)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _secrets(options: KubeOptions, configuration: t.Any) -> tuple[str, ...]:
    token = (_token(configuration) or "").partition(" ")[2]
    proxies = [
        urllib.parse.urlsplit(url).password for url in (options.proxy, getattr(configuration, "proxy", None)) if url
    ]
    return tuple(secret for secret in (options.api_key, options.password, token, *proxies) if secret)


def _proxy(options: KubeOptions, configuration: t.Any) -> Proxy | None:
    """The proxy on the way: of the options or the kubeconfig; else of the environment, unless that exempts the
    server.
    """
    server = urllib.parse.urlsplit(configuration.host)
    environment = urllib.request.getproxies()
    from_environment = environment.get(server.scheme) or environment.get("all")
    named = options.proxy or getattr(configuration, "proxy", None)
    exempt = options.no_proxy or ""
    if not named or (not options.proxy and named == from_environment):
        named = from_environment
        exempt = ",".join(filter(None, (exempt, environment.get("no"))))
    if not named or is_exempt(server.hostname or "", exempt):
        return None
    url = urllib.parse.urlsplit(named if "://" in named else f"http://{named}")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise KubeError(
            "config", f"Cannot use the proxy {url.scheme}://{url.hostname}: only HTTP proxies are supported"
        )
    try:
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError as exc:
        raise KubeError("config", f"Cannot use the proxy {url.scheme}://{url.hostname}: {exc}") from None
    bracketed = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    authorization = None
    if url.username:
        authorization = _basic(urllib.parse.unquote(url.username), urllib.parse.unquote(url.password or ""))
    return Proxy(f"{url.scheme}://{bracketed}:{port}", url.hostname, port, authorization)


def is_exempt(host: str, no_proxy: str) -> bool:
    """Whether a list as in NO_PROXY names the host: exactly, by a domain, by a network, or by an asterisk."""
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for entry in (part.strip().lower() for part in no_proxy.split(",")):
        if not entry:
            continue
        if entry == "*" or entry == host or host.endswith("." + entry.lstrip(".")):
            return True
        if address is not None and "/" in entry:
            try:
                if address in ipaddress.ip_network(entry, strict=False):
                    return True
            except ValueError:
                continue
    return False
