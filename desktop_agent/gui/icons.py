"""The program's line icons: SVG files in one colour, drawn at the size and pixel ratio that is asked for.

Beside them its own icon, for title bars and task bars.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop_agent.config.paths import resources_folder

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

_WINDOW_SIZES: Final = (16, 24, 32, 48, 64, 128)


@functools.lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (resources_folder() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=512)
def _render(name: str, color: str, pixels: int) -> QPixmap:
    return _draw(QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode())), pixels)


def _draw(renderer: QSvgRenderer, pixels: int) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


def paint_icon(painter: QPainter, name: str, color: QColor, box: QRectF) -> None:
    """Draw an icon into `box` (square): on a screen as pixels, on paper as the lines that it is.

    Raises:
        FileNotFoundError: There is no such icon.
    """
    from PySide6.QtGui import QPaintEngine  # not for the first frame

    if painter.paintEngine().type() == QPaintEngine.Type.Pdf:
        source = _source(name).replace("currentColor", color.name())
        QSvgRenderer(QByteArray(source.encode())).render(painter, box)
    else:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(box.topLeft(), icon_pixmap(name, color, round(box.width()), ratio))


def icon_pixmap(name: str, color: QColor, size: int = 16, dpr: float = 1.0) -> QPixmap:
    """One icon as a pixmap.

    Args:
        name: The name of a file in `resources/icons`, without `.svg`.
        color: The colour of its lines.
        size: Its width and height in logical pixels.
        dpr: Device pixels per logical pixel.

    Raises:
        FileNotFoundError: There is no such icon.
    """
    pixmap = QPixmap(_render(name, color.name(), max(1, round(size * dpr))))
    pixmap.setDevicePixelRatio(dpr)
    return pixmap


def window_icon() -> QIcon:
    """The program's own icon, in the sizes of title bars and task bars; drawn at once."""
    from PySide6.QtGui import QIcon  # it comes after the first frame

    renderer = QSvgRenderer(str(resources_folder() / "app-icon" / "desktop-agent.svg"))
    icon = QIcon()
    for size in _WINDOW_SIZES:
        icon.addPixmap(_draw(renderer, size))
    return icon
