"""What `dev.py build` puts into packages: what stays out, the parts, the icons, the words for desktops."""

from __future__ import annotations

import configparser
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

import app_icons
import dev
import frozen_contents
import linux_tree
from bill_of_materials import bill_of_materials
from desktop_agent.cli.options import make_parser
from desktop_agent.config import keychain
from licences import OVERVIEW, write_licences
from parts import LICENCES, Part, find_parts, licence_of
from product import APPLICATION_ID, NAME, Product, read_version
from release import checksums, write_archive

LINUX = dev.CHECKOUT / "packaging" / "linux"
RESOURCES = dev.CHECKOUT / "resources"
TYPE = "application/vnd.desktop-agent.conversations+json"
PRODUCT = Product("1.2.3", "linux", "x86_64", 1_800_000_000, "https://home.example", "https://home.example/p")
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
PARTS = [
    Part("Qt", "6.11.3", "LGPL-3.0-only", "pkg:generic/qt@6.11.3", (LICENCES / "qt.txt",)),
    Part("httpx2", "2.0", "BSD-3-Clause", "pkg:pypi/httpx2@2.0", (LICENCES / "MIT.txt",), ("anyio",)),
    Part("anyio", "4.1", "free as the wind", "pkg:pypi/anyio@4.1", (LICENCES / "MIT.txt",)),
]


# --- What stays out


@pytest.mark.parametrize(
    ("path", "system", "out"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "linux", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", "linux", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", "linux", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", "win32", False),
        ("PySide6\\opengl32sw.dll", "win32", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "linux", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "linux", True),
        ("PySide6/Qt/translations/qtbase_de.qm", "linux", True),
        ("babel/locale-data/de_AT.dat", "linux", True),
        ("babel/locale-data/en.dat", "linux", False),
        ("babel/locale-data/root.dat", "linux", False),
        ("libssl.so.3", "linux", False),
        ("libxcb-cursor.so.0", "linux", False),
        ("libxcb.so.1", "linux", True),
        ("libstdc++.so.6", "linux", True),
        ("libQt6Core.so.6", "linux", False),
        ("libQt6OpenGL.so.6", "linux", True),
        ("_cffi_backend.cpython-311-x86_64-linux-gnu.so", "linux", False),
        ("cryptography/hazmat/bindings/_rust.abi3.so", "linux", False),
        ("resources/fonts/inter/Inter-Regular.otf", "linux", False),
    ],
)
def test_what_stays_out(path: str, system: str, out: bool) -> None:
    assert frozen_contents.is_left_out(path, system) is out


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_trusted_keychain_of_each_system_goes_in(system: str) -> None:
    trusted = {path.rpartition(".")[0] for path in keychain._TRUSTED}
    assert trusted.issuperset(frozen_contents.KEYCHAINS[system])


# --- The parts


def test_bill_of_materials_is_valid() -> None:
    schemas = pytest.importorskip("cyclonedx.schema", reason="dev.py installs it")
    folder = Path(schemas.__file__).parent / "_res"

    def load(address: str) -> Any:
        name = re.sub(r"(\.SNAPSHOT)?\.schema\.json.*", ".SNAPSHOT.schema.json", address.rpartition("/")[2])
        return json.loads((folder / name).read_text("utf-8"))

    formats = {"idn-email": ".+@.+", "iri-reference": ".*"}
    validate = fastjsonschema.compile(load("/bom-1.6.schema.json"), handlers={"http": load}, formats=formats)
    document = json.loads(bill_of_materials(PRODUCT, "a.deb", PARTS))
    validate(document)
    wanted = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert wanted["pkg:pypi/httpx2@2.0"] == ["pkg:pypi/anyio@4.1"]
    assert [each["licenses"] for each in document["components"]][1:] == [
        [{"expression": "BSD-3-Clause"}],
        [{"license": {"name": "free as the wind"}}],
    ]
    document["components"][0]["type"] = "thing"
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate(document)


def test_parts_are_found_by_their_files() -> None:
    packages = Path(fastjsonschema.__file__).parent.parent
    parts = {part.name: part for part in find_parts([Path(fastjsonschema.__file__)], packages, RESOURCES)}
    assert {"fastjsonschema", "Python", "Inter", "JetBrains Mono"} <= parts.keys()
    assert "pytest" not in parts
    assert all(text.is_file() for part in parts.values() for text in part.texts)
    assert parts["fastjsonschema"].texts


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: MIT License", "MIT"),
        ("Classifier: License :: OSI Approved :: BSD License", "BSD-3-Clause"),
        ("License: Do with it what you like", "Do with it what you like"),
        ("", "see the licence's text"),
    ],
)
def test_licence_is_told_as_its_makers_do(tmp_path: Path, metadata: str, licence: str) -> None:
    (tmp_path / "METADATA").write_text(f"Metadata-Version: 2.1\nName: x\nVersion: 1\n{metadata}\n", "utf-8")
    assert licence_of(PathDistribution(tmp_path)) == licence


def test_every_part_has_its_licence_in_a_file(tmp_path: Path) -> None:
    write_licences(PARTS, dev.CHECKOUT / "LICENSE", tmp_path)
    listed = (tmp_path / OVERVIEW).read_text("utf-8")
    assert "Qt 6.11.3: LGPL-3.0-only (Qt.txt)" in listed
    assert "You may replace them" in (tmp_path / "Qt.txt").read_text("utf-8")
    without = PARTS[0]._replace(texts=())
    with pytest.raises(ValueError, match=r"Qt 6\.11\.3 comes without the text of its licence"):
        write_licences([without], dev.CHECKOUT / "LICENSE", tmp_path)


# --- Archives


def test_archive_is_the_same_each_time(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "program").write_text("#!/bin/sh\n", "utf-8")
    (tree / "bin" / "program").chmod(0o700)
    (tree / "text").write_text("text", "utf-8")
    sums = []
    for name in ("a", "b"):
        write_archive(tree, PRODUCT.epoch, tmp_path / name)
        sums.append(checksums([tmp_path / name]).split()[0])
        (tree / "text").touch()
    assert sums[0] == sums[1] == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    with tarfile.open(tmp_path / "a") as archive:
        members = {each.name: each for each in archive.getmembers()}
    assert {each.uid for each in members.values()} == {0}
    if sys.platform != "win32":
        assert members["tree/bin/program"].mode == 0o755
    assert members["tree/text"].mode == 0o644


# --- Icons


def test_icons_of_all_systems_are_drawn(tmp_path: Path) -> None:
    script, picture = Path(app_icons.__file__), RESOURCES / "app-icon" / f"{NAME}.svg"
    subprocess.run([sys.executable, script, picture, tmp_path], check=True)
    for size in app_icons.SIZES:
        data = (tmp_path / f"{NAME}-{size}.png").read_bytes()
        assert struct.unpack(">II", data[16:24]) == (size, size)
    windows = (tmp_path / f"{NAME}.ico").read_bytes()
    count = struct.unpack("<HHH", windows[:6])[2]
    for number in range(count):
        length, offset = struct.unpack("<II", windows[6 + 16 * number + 8 : 6 + 16 * number + 16])
        assert windows[offset : offset + 4] == b"\x89PNG"
        assert offset + length <= len(windows)
    mac = (tmp_path / f"{NAME}.icns").read_bytes()
    assert mac[:8] == b"icns" + struct.pack(">I", len(mac))


# --- Words for desktops


def desktop_entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the way that its makers tell
    parser.read(LINUX / f"{NAME}.desktop", "utf-8")
    return parser["Desktop Entry"]


def test_desktop_entry_fits_the_program() -> None:
    entry = desktop_entry()
    assert entry["Exec"] == "desktop-agent %f"
    assert entry["Icon"] == NAME
    assert (RESOURCES / "app-icon" / f"{NAME}.svg").is_file()
    assert entry["MimeType"] == f"{TYPE};"


def test_file_type_is_one_everywhere() -> None:
    kind = ET.parse(LINUX / "mime.xml").getroot()[0]
    assert kind.get("type") == TYPE
    assert [each.get("pattern") for each in kind.findall(f"{MIME}glob")] == ["*.desktop-agent.json"]
    assert ET.fromstring(linux_tree.metainfo(PRODUCT)).findtext("provides/mediatype") == TYPE


def test_metainfo_tells_of_this_version() -> None:
    text = linux_tree.metainfo(PRODUCT)
    assert "@" not in text
    root = ET.fromstring(text)
    assert root.findtext("id") == APPLICATION_ID
    assert root.findtext("launchable") == f"{NAME}.desktop"
    assert root.find("releases/release").attrib == {"version": "1.2.3", "date": "2027-01-15"}  # type: ignore[union-attr]
    pictures = [str(each.text).rpartition("/")[2] for each in root.iter("image")]
    assert pictures
    assert all((dev.CHECKOUT / "packaging" / "pictures" / each).is_file() for each in pictures)


@pytest.mark.parametrize("program", ["desktop-file-validate", "appstreamcli"])
def test_the_desktop_s_own_tools_agree(tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    metainfo = tmp_path / f"{APPLICATION_ID}.metainfo.xml"
    metainfo.write_text(linux_tree.metainfo(PRODUCT), "utf-8")
    subject = {
        "desktop-file-validate": [str(LINUX / f"{NAME}.desktop")],
        "appstreamcli": ["validate", "--no-net", str(metainfo)],
    }[program]
    result = subprocess.run([program, *subject], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_manual_page_names_every_command() -> None:
    page = (LINUX / f"{NAME}.1").read_text("utf-8")
    commands = next(each for each in make_parser()._actions if each.dest == "command").choices
    assert commands
    assert all(re.search(rf"^\.BI? {command}\b", page, re.MULTILINE) for command in commands)


def test_version_is_that_of_the_program() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", read_version(dev.CHECKOUT))
