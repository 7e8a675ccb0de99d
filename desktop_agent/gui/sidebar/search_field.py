"""The field in which conversations are searched as one types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import RADIUS, row_height
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import draw_icon

SEARCH_KEYS = "Ctrl+Shift+F"
"""What leads to the search field from anywhere in the window."""
_PADDING = 9
_ICON = 16
_TEXT_LEFT = 33
_QT_MARGIN = 2  # QLineEdit keeps it before its text
_LONGEST = 10_000  # characters


class SearchField(QWidget):
    """A field with a magnifier, and the keys that lead to it while it is empty.

    Args:
        appearance: Theme and zoom.
        parent: Where it stands.
        name: Its accessible name; by default that of the search for conversations.
        hint: What it says while it is empty; by default "Search".
        keys: What leads to it from anywhere in the window; empty for none.

    Signals:
        text_changed: The text is another one; carries it.
        left_downwards: Down was pressed.
        accepted: Enter was pressed.
        dismissed: Esc was pressed in the empty field; in a full one Esc empties it.
    """

    text_changed = Signal(str)
    left_downwards = Signal()
    accepted = Signal()
    dismissed = Signal()

    def __init__(
        self,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        name: str = "",
        hint: str = "",
        keys: str = SEARCH_KEYS,
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._hint = hint or self.tr("Search")
        self._keys = keys
        self.editor = QLineEdit(self)
        self.editor.setFrame(False)
        self.editor.setMaxLength(_LONGEST)
        self.editor.setAccessibleName(name or self.tr("Search conversations"))
        self.editor.installEventFilter(self)
        self.editor.textChanged.connect(self.text_changed)
        self.editor.textChanged.connect(self.update)
        self.setFocusProxy(self.editor)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    @property
    def text(self) -> str:
        """What is searched."""
        return self.editor.text()

    def clear(self) -> None:
        """Search nothing."""
        self.editor.clear()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.setAccepted(bool(self.text))  # full: it is ours, before Stop
                return event.isAccepted()
            if event.type() == QEvent.Type.KeyPress:
                return self._press_key(event)
        return False

    def _press_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.clear() if self.text else self.dismissed.emit()
        elif key == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accepted.emit()
        else:
            return False
        return True

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        self.editor.setFont(self._appearance.text_font(TextStyle.UI))
        # A palette would lose against the application's style sheet.
        self.editor.setStyleSheet(
            f"background: transparent; border: none; padding: 0; color: {theme.text.name()};"
            f"selection-background-color: {theme.accent.name()};"
            f"selection-color: {theme.on_accent.name()};"
        )
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(0, row_height(self._appearance.zoom))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.editor.setFocus(Qt.FocusReason.MouseFocusReason)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        left = _TEXT_LEFT - _QT_MARGIN
        box = QRect(left, 2, self.width() - left - _PADDING + _QT_MARGIN, self.height() - 4)
        if self.isRightToLeft():  # Qt's own choice is the keyboard's direction, not the window's
            self.editor.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.editor.setGeometry(mirrored(box, self))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        body = QRectF(self.rect())
        if self.editor.hasFocus():
            painter.setBrush(theme.surface)
            painter.setPen(QPen(theme.accent, 2))
            painter.drawRoundedRect(body.adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
        else:
            painter.setBrush(theme.hover)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(body, RADIUS, RADIUS)
        icon = QRectF(_PADDING, (self.height() - _ICON) // 2, _ICON, _ICON)
        draw_icon(painter, "search", "text3", self._appearance, mirrored(icon, self))
        if not self.text:
            self._paint_hint(painter, body)
        painter.end()

    def _paint_hint(self, painter: QPainter, body: QRectF) -> None:
        """Say in the empty field what it is for, and which keys lead to it."""
        end = float(_PADDING)
        if self._keys:
            inner = body.adjusted(_PADDING, 0, -_PADDING, 0)
            end += draw_shortcut(painter, inner, self._keys, self._appearance)
        if self.isRightToLeft():
            rest = body.adjusted(end, 0, -_TEXT_LEFT, 0)
        else:
            rest = body.adjusted(_TEXT_LEFT, 0, -end, 0)
        draw_line(painter, rest, Line(self._hint, TextStyle.UI, "text3"), self._appearance)


def draw_shortcut(painter: QPainter, box: QRectF, keys: str, appearance: Appearance) -> float:
    """Draw a shortcut, as this system writes it, at the end of `box`.

    Returns:
        The width that it took, in logical pixels.
    """
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    width = QFontMetricsF(appearance.text_font(TextStyle.MICRO)).horizontalAdvance(text) + 1
    end = QRectF(box)
    if painter.layoutDirection() == Qt.LayoutDirection.RightToLeft:
        end.setWidth(width)
    else:
        end.setLeft(box.right() - width)
    return draw_line(painter, end, Line(text, TextStyle.MICRO, "text3"), appearance)
