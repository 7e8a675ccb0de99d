"""Draws the program's icon in every size and form that systems ask for; runs in an environment with Qt."""

from __future__ import annotations

import argparse
import os
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtSvg import QSvgRenderer

SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Of the icon theme on Linux, in pixels."""
_ICO_SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 256)
_ICNS_TYPES: Final = {
    b"icp4": 16,
    b"ic11": 32,
    b"icp5": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}


def draw(renderer: QSvgRenderer, pixels: int) -> bytes:
    """The icon as a PNG file of this width and height."""
    from PySide6.QtCore import QBuffer, QIODevice, QRectF
    from PySide6.QtGui import QImage, QPainter

    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]  # the stub wants bytes, Qt a string
        raise OSError(f"Qt could not write the icon of {pixels} pixels.")
    return bytes(buffer.data().data())


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """An icon file of Windows with these PNG files, by size."""
    header = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(header) + 16 * len(pictures)
    entries = b""
    for size, data in pictures.items():
        edge = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return header + entries + b"".join(pictures.values())


def icns(pictures: Mapping[bytes, bytes]) -> bytes:
    """An icon file of macOS with these PNG files, by type."""
    body = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in pictures.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> int:
    """Draw all icons; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the SVG file")
    parser.add_argument("folder", type=Path, help="where the icons go")
    options = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

    from PySide6.QtGui import QGuiApplication
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication(sys.argv[:1])
    renderer = QSvgRenderer(str(options.source))
    if not renderer.isValid():
        sys.exit(f"{options.source} is no picture that Qt can draw.")
    options.folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: draw(renderer, size) for size in {*SIZES, *_ICO_SIZES, *_ICNS_TYPES.values()}}
    for size in SIZES:
        (options.folder / f"desktop-agent-{size}.png").write_bytes(pictures[size])
    windows = ico({size: pictures[size] for size in _ICO_SIZES})
    (options.folder / "desktop-agent.ico").write_bytes(windows)
    mac = icns({kind: pictures[size] for kind, size in _ICNS_TYPES.items()})
    (options.folder / "desktop-agent.icns").write_bytes(mac)
    del app
    return 0


if __name__ == "__main__":
    sys.exit(main())
