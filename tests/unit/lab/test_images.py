# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of the lab's images: what images share is in it once."""

from __future__ import annotations

import hashlib
import io
import json
import pathlib
import tarfile

import pytest
from podnet_lab import images
from podnet_lab.images import Image


class Archive:
    """A docker-archive as containerd reads it."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        with tarfile.open(path) as archive:
            self.names = archive.getnames()
        self.manifest = {entry["RepoTags"][0]: entry for entry in json.loads(self.read("manifest.json"))}

    def read(self, name: str) -> bytes:
        with tarfile.open(self.path) as archive:
            member = archive.extractfile(name)
            assert member is not None
            return member.read()

    def layer(self, name: str) -> dict[str, tarfile.TarInfo]:
        with tarfile.open(fileobj=io.BytesIO(self.read(name))) as layer:
            return {info.name: info for info in layer.getmembers()}


@pytest.fixture
def archive(tmp_path: pathlib.Path) -> Archive:
    base, tools = tmp_path / "base", tmp_path / "tools"
    for directory, name in ((base, "etc/issue"), (tools, "bin/tool")):
        (directory / name).parent.mkdir(parents=True)
        (directory / name).write_text(name)
    program = tmp_path / "program"
    program.write_bytes(b"one content")
    files = (("bin/first", program), ("second", program))
    made = [
        Image("lab/base:1", (base,), command=("sh",)),
        Image("lab/first:1", (base, tools), files),
        Image("lab/second:1", files=files, command=("/second",)),
    ]
    images._write_archive(made, tmp_path / "images.tar")
    return Archive(tmp_path / "images.tar")


def test_each_layer_is_in_the_archive_once(archive: Archive) -> None:
    layers = [name for name in archive.names if name.endswith(".tar")]
    assert len(layers) == len(set(layers)) == 3
    first, second = archive.manifest["lab/first:1"]["Layers"], archive.manifest["lab/second:1"]["Layers"]
    assert first == layers
    assert second == first[-1:]
    assert archive.manifest["lab/base:1"]["Layers"] == first[:1]


def test_a_configuration_names_the_layers_by_their_content(archive: Archive) -> None:
    for entry in archive.manifest.values():
        config = json.loads(archive.read(entry["Config"]))
        digests = [f"sha256:{hashlib.sha256(archive.read(name)).hexdigest()}" for name in entry["Layers"]]
        assert config["rootfs"]["diff_ids"] == digests
    config = json.loads(archive.read(archive.manifest["lab/second:1"]["Config"]))
    assert config["config"]["Cmd"] == ["/second"]


def test_a_program_with_two_names_is_stored_once(archive: Archive) -> None:
    layer = archive.layer(archive.manifest["lab/second:1"]["Layers"][0])
    assert layer["bin/first"].isreg() and layer["bin/first"].size == len(b"one content")
    assert layer["second"].islnk() and layer["second"].linkname == "bin/first"
    assert {info.mode for info in layer.values()} == {0o755}
