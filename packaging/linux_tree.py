"""The program as Linux wants it: `bin`, `lib` and `share`, to be laid over `/usr` or any other folder."""

from __future__ import annotations

import gzip
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app_icons import SIZES
from licences import write_licences
from product import APPLICATION_ID, NAME, Product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from freezing import Frozen
    from parts import Part

FILES: Final = Path(__file__).resolve().with_name("linux")
PROGRAM: Final = Path("lib", NAME)
DOCUMENTS: Final = Path("share", "doc", NAME)


def lay_out(frozen: Frozen, product: Product, parts: Sequence[Part], checkout: Path, tree: Path) -> None:
    """Make the tree; the frozen program's files are linked into it, not copied.

    Args:
        frozen: The program.
        product: What is built.
        parts: What it is made of.
        checkout: Has the program's licence and its icon.
        tree: A folder that does not exist yet.
    """
    shutil.copytree(frozen.folder, tree / PROGRAM, symlinks=True, copy_function=os.link)
    (tree / PROGRAM / NAME).chmod(0o755)
    (tree / "bin").mkdir()
    (tree / "bin" / NAME).symlink_to(Path("..", PROGRAM, NAME))
    share = tree / "share"
    _copy(FILES / f"{NAME}.desktop", share / "applications" / f"{NAME}.desktop")
    _copy(FILES / "mime.xml", share / "mime" / "packages" / f"{NAME}.xml")
    description = share / "metainfo" / f"{APPLICATION_ID}.metainfo.xml"
    description.parent.mkdir()
    description.write_text(metainfo(product), "utf-8")
    icons = share / "icons" / "hicolor"
    for size in SIZES:
        _copy(frozen.icons / f"{NAME}-{size}.png", icons / f"{size}x{size}" / "apps" / f"{NAME}.png")
    drawing = checkout / "resources" / "app-icon" / f"{NAME}.svg"
    _copy(drawing, icons / "scalable" / "apps" / f"{NAME}.svg")
    manual = share / "man" / "man1" / f"{NAME}.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress((FILES / f"{NAME}.1").read_bytes(), 9, mtime=0))
    write_licences(parts, checkout / "LICENSE", tree / DOCUMENTS / "licences")


def metainfo(product: Product) -> str:
    """The description for software centres (AppStream)."""
    text = (FILES / "metainfo.xml").read_text("utf-8")
    values = {
        "APPLICATION_ID": APPLICATION_ID,
        "DATE": f"{datetime.fromtimestamp(product.epoch, UTC):%Y-%m-%d}",
        "HOMEPAGE": product.homepage,
        "PICTURES": product.pictures,
        "VERSION": product.version,
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
