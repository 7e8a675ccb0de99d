"""Where things stand: the column that transcript, composer and empty page share, and mirror images."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtWidgets import QWidget

Box = TypeVar("Box", QRect, QRectF)

COMPACT_WIDTH = 760
_WIDEST = 712


def column_rect(width: int, window_width: int = 0) -> QRect:
    """The text column inside a pane of `width`: at most 712, centred, gutters of 24 (20 where it is narrow).

    Only left and width mean something; the height is 0.

    Args:
        width: That of the pane.
        window_width: That of the pane and all beside it, which says what is narrow; 0 for nothing beside it.
    """
    gutter = 20 if max(width, window_width) < COMPACT_WIDTH else 24
    column = max(0, min(_WIDEST, width - 2 * gutter))
    return QRect((width - column) // 2, 0, column, 0)


def mirrored(box: Box, within: QWidget) -> Box:
    """`box` as it is; its mirror image in a widget whose layout goes from right to left."""
    if not within.isRightToLeft():
        return box
    turned = type(box)(box)
    turned.moveLeft(within.width() - box.x() - box.width())
    return turned


def placed_in(room: QRect, box: QRect, direction: Qt.LayoutDirection) -> QRect:
    """`box` as it is; its mirror image in `room` where the layout goes from right to left.

    `QStyle.visualRect` does the same, but naming QStyle makes all of its enumerations: 7 ms of a start.
    """
    turned = QRect(box)
    if direction == Qt.LayoutDirection.RightToLeft:
        turned.moveLeft(room.left() + room.right() - box.right())
    return turned
