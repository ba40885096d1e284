# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes cluster in network namespaces of one Linux machine."""
