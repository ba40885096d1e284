# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of everything that speaks to the Kubernetes API."""

    DOCUMENTATION = r"""
requirements:
  - kubernetes >= 29.0.0 (Python library, on the controller)
notes:
  - Every option can also be given by the environment variable that is named with it, as in the collection
    kubernetes.core and as AWX's credential type "OpenShift or Kubernetes API Bearer Token" does.
  - The server of O(host) is used if that is given. Else the file of O(kubeconfig) or E(KUBECONFIG), else the service
    account of the pod that Ansible runs in, else C(~/.kube/config).
  - If O(kubeconfig) or O(context) is given as an option, E(K8S_AUTH_HOST) and the credentials in the environment are
    not used. If O(host) is given as an option, E(K8S_AUTH_KUBECONFIG) and E(K8S_AUTH_CONTEXT) are not used.
options:
  kubeconfig:
    description: Path of a kubeconfig file. Environment variable E(K8S_AUTH_KUBECONFIG).
    type: path
  context:
    description: The context of the kubeconfig file. Environment variable E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description: URL of the API server. Environment variable E(K8S_AUTH_HOST).
    type: str
  api_key:
    description: A bearer token. Environment variable E(K8S_AUTH_API_KEY).
    type: str
  username:
    description:
      - User name for a server, or a proxy before it, that asks for HTTP basic authentication.
      - Environment variable E(K8S_AUTH_USERNAME).
    type: str
  password:
    description: The password that belongs to O(username). Environment variable E(K8S_AUTH_PASSWORD).
    type: str
  validate_certs:
    description: Whether the API server's certificate is verified. Environment variable E(K8S_AUTH_VERIFY_SSL).
    type: bool
    aliases: [verify_ssl]
  ca_cert:
    description: Path of a file with the certificate authorities. Environment variable E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description: Path of a client certificate. Environment variable E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description: Path of the client certificate's key. Environment variable E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  proxy:
    description:
      - URL of an HTTP proxy. Environment variable E(K8S_AUTH_PROXY).
      - Without it the proxy of the kubeconfig file is used, else the one of E(HTTPS_PROXY).
    type: str
  no_proxy:
    description:
      - Hosts, domains and networks, separated by commas, that are reached without a proxy.
      - Environment variable E(K8S_AUTH_NO_PROXY). With a proxy of E(HTTPS_PROXY), E(NO_PROXY) counts as well.
    type: str
  impersonate_user:
    description: User name to act as. Environment variable E(K8S_AUTH_IMPERSONATE_USER).
    type: str
  impersonate_groups:
    description: Groups to act as a member of. Environment variable E(K8S_AUTH_IMPERSONATE_GROUPS), separated by commas.
    type: list
    elements: str
"""
