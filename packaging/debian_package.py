"""The program as a package for Debian and its relatives."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from elf_files import find_elf_files
from freezing import CONTENTS
from licences import overview, write_licences
from linux_tree import DOCUMENTS, FILES, PROGRAM
from product import MAINTAINER, NAME, SUMMARY, Product
from steps import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parts import Part

# Nothing links to these; the first verifies servers, and keys can only be stored with one of the others.
_ALSO_NEEDED: Final = ("ca-certificates",)
_RECOMMENDED: Final = ("gnome-keyring | kwalletmanager",)
_DESCRIPTION: Final = """\
 A native program in which you talk with LLM agents and watch every token,
 thought and figure as it occurs. Replies appear as rich text while they
 stream and can be stopped at once; conversations are kept and searched.
 It talks with hosted models and with those on this computer.
"""
_WHERE: Final = f"""
The texts of these licences are in /usr/{DOCUMENTS / "licences"}. Those of the GNU licences and
of Apache's are also in /usr/share/common-licenses: GPL-2, GPL-3, LGPL-3 and Apache-2.0.
"""


def leave_to_system(tree: Path, parts: Sequence[Part], checkout: Path) -> list[Part]:
    """Take out the libraries that Debian keeps up to date itself; the parts that are left.

    Python's own stays, as Debian has one version of it in each release.
    """
    for path in sorted((tree / PROGRAM / CONTENTS).glob("lib*.so*")):
        if not path.is_symlink() and not path.name.startswith("libpython"):
            path.unlink()
    left = [part for part in parts if not part.is_of_system or part.name.startswith("libpython")]
    shutil.rmtree(tree / DOCUMENTS / "licences")
    write_licences(left, checkout / "LICENSE", tree / DOCUMENTS / "licences")
    return left


def write_package(tree: Path, product: Product, parts: Sequence[Part], work: Path, target: Path) -> None:
    """Write the package.

    Args:
        tree: What is installed below `/usr`; it is moved.
        product: What the package holds.
        parts: What is in it, see `leave_to_system`.
        work: A folder for what arises.
        target: The file to write.

    Raises:
        SetupError: One of Debian's tools failed.
    """
    root = work / "package"
    root.mkdir()
    tree.rename(root / "usr")
    _write_documents(root, product, parts)
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(_control(root, product, work), "utf-8")
    (control / "md5sums").write_text(_sums(root), "utf-8")
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == root / "usr" / PROGRAM / NAME else 0o644)
    variables = {**os.environ, "SOURCE_DATE_EPOCH": str(product.epoch), "DPKG_DEB_THREADS_MAX": "1"}
    _run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(target)], variables)


def _write_documents(root: Path, product: Product, parts: Sequence[Part]) -> None:
    documents = root / "usr" / DOCUMENTS
    licence = (documents / "licences" / f"{NAME}.txt").read_text("utf-8")
    (documents / "copyright").write_text(f"{licence}\n{overview(parts)}{_WHERE}", "utf-8")
    entry = f"{NAME} ({product.version}) stable; urgency=medium\n\n  * See {product.homepage}\n\n"
    entry += f" -- {MAINTAINER}  {formatdate(product.epoch)}\n"
    (documents / "changelog.gz").write_bytes(gzip.compress(entry.encode(), 9, mtime=0))
    overrides = root / "usr" / "share" / "lintian" / "overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(FILES / "lintian-overrides", overrides)


def _control(root: Path, product: Product, work: Path) -> str:
    kilobytes = sum(-(-path.lstat().st_size // 1024) for path in root.rglob("*"))
    needed = sorted({*_linked_packages(root, work), *_ALSO_NEEDED})
    fields = {
        "Package": NAME,
        "Version": product.version,
        "Architecture": product.debian_machine,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(needed),
        "Recommends": ", ".join(_RECOMMENDED),
        "Section": "utils",
        "Priority": "optional",
        "Homepage": product.homepage,
        "Description": f"{SUMMARY}\n{_DESCRIPTION.rstrip()}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _linked_packages(root: Path, work: Path) -> list[str]:
    """The packages with the libraries that the program links to, in the versions that its symbols ask for."""
    source = work / "shlibdeps" / "debian"
    source.mkdir(parents=True)
    (source / "control").write_text(f"Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n", "utf-8")
    files = list(find_elf_files(root))
    folders = sorted({str(path.parent) for path in files})
    # What the program brings itself is in no package: that is ignored.
    options = ["-O", "--ignore-missing-info", *(f"-l{folder}" for folder in folders)]
    answer = _run(
        ["dpkg-shlibdeps", *options, *(f"-e{path}" for path in files)],
        {**os.environ, "LC_ALL": "C.UTF-8"},
        source.parent,
    )
    found = re.search(r"^shlibs:Depends=(.+)$", answer, re.MULTILINE)
    return found[1].split(", ") if found else []


def _sums(root: Path) -> str:
    lines = []
    for path in sorted((root / "usr").rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            lines.append(f"{digest}  {path.relative_to(root)}\n")
    return "".join(lines)


def _run(command: Sequence[str], variables: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{command[0]} failed:\n{done.stderr.strip()}")
    return done.stdout
