# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service web forwards to a port name that no container has."""

from __future__ import annotations

import json

from podnet_lab.faults import Context, Fault, Truth


class FaultClass(Fault):
    """targetPort web-http, where the containers call it http."""

    about = "the targetPort of Service web names a port that its pods do not have"
    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )

    def inject(self, lab: Context) -> None:
        _target(lab, "web-http")

    def bites(self, lab: Context) -> bool:
        return not lab.connects("client-1", lab.get("service", "web")["spec"]["clusterIP"], 80)

    def heal(self, lab: Context) -> None:
        _target(lab, "http")


def _target(lab: Context, port: str) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": port}]
    lab.kubectl("patch", "service", "web", "-p", json.dumps({"spec": {"ports": ports}}))
