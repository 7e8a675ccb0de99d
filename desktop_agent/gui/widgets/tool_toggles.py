"""The switches below the text that is written: which tools the agent may use, or why it can't use any."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QPainter
from PySide6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.plain_text import one_line, tool_tip
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton, draw_icon
from desktop_agent.gui.widgets.labels import color_label, plain_label

_SIDE = 30
_GAP = 4
_TEXT_LEFT = 31
_PADDING = 9


class ToolToggle(PaintedButton):
    """An icon and a word; with its soft ground while it is on."""

    def __init__(self, icon: str, text: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self._icon = icon
        self.is_compact = False
        self.setCheckable(True)
        self.setText(text)
        self.describe("")

    def describe(self, detail: str) -> None:
        """Say in the tool tip what more there is to know; it is in the accessible name, too."""
        state = self.tr("{name}, on") if self.isChecked() else self.tr("{name}, off")
        name = state.format(name=self.text())
        self.setAccessibleName(f"{name}, {detail}" if detail else name)
        self.setToolTip(tool_tip(detail or self.text()))
        self.update()

    @override
    def nextCheckState(self) -> None:
        """Whoever hears of the click says whether it is on."""

    @override
    def body_size(self) -> QSize:
        if self.is_compact:
            return QSize(_SIDE, _SIDE)
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI_MEDIUM))
        return QSize(_TEXT_LEFT + math.ceil(metrics.horizontalAdvance(self.text())) + _PADDING, _SIDE)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme, is_hot = self.appearance.theme, self.underMouse() and self.isEnabled()
        color = "accent" if self.isChecked() else "text" if is_hot else "text2"
        if self.isChecked() or is_hot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent_soft if self.isChecked() else theme.raised_hover)
            painter.drawRoundedRect(body, self.radius, self.radius)
        left = body.left() + (8 if self.is_compact else 10)
        icon = mirrored(QRectF(left, body.center().y() - 7, 14, 14), self)
        draw_icon(painter, self._icon, color, self.appearance, icon)
        if not self.is_compact:
            style = TextStyle.UI_MEDIUM if self.isChecked() else TextStyle.UI
            painter.setPen(getattr(theme, color))
            painter.setFont(self.appearance.font(style))
            words = mirrored(body.adjusted(_TEXT_LEFT, 0, 0, 0), self)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


class ToolToggles(QWidget):
    """Web search and Files; in their place a sentence where the model can't call tools.

    Attributes:
        web_search, files: The switches.

    Signals:
        web_search_toggled: It is to be on or off.
        files_toggled: The same for files; whoever hears it asks for the folder.
        folder_requested: Another folder is to be chosen.
        resized: The width that `sizeHint` asks for is another one.
    """

    web_search_toggled = Signal(bool)
    files_toggled = Signal(bool)
    folder_requested = Signal()
    resized = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_compact = False
        self.web_search = ToolToggle("globe", self.tr("Web search"), appearance, self)
        self.files = ToolToggle("folder", self.tr("Files"), appearance, self)
        self._reason = plain_label("", self)
        self._reason.setWordWrap(False)
        mark_as_text(self._reason)
        self._reason.hide()
        self.web_search.clicked.connect(lambda: self.web_search_toggled.emit(not self.web_search.isChecked()))
        self.files.clicked.connect(lambda: self.files_toggled.emit(not self.files.isChecked()))
        appearance.changed.connect(self._apply_appearance)
        self._apply_appearance()

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order."""
        return [self.web_search, self.files]

    def show_choices(self, *, web_search: bool, folder: str) -> None:
        """Show which are on; `folder` is "" for no files."""
        self.web_search.setChecked(web_search)
        self.files.setChecked(bool(folder))
        self.web_search.describe("")
        self.files.describe(one_line(folder))

    def show_reason(self, reason: str) -> None:
        """Show why there are no tools in place of the switches; empty for the switches."""
        self._reason.setText(reason)
        self._reason.setAccessibleName(reason)
        self._reason.setVisible(bool(reason))
        for toggle in (self.web_search, self.files):
            toggle.setVisible(not reason)
        self._arrange()
        self.resized.emit()

    def set_compact(self, *, is_compact: bool) -> None:
        """Show icons without words."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            for toggle in (self.web_search, self.files):
                toggle.is_compact = is_compact
                toggle.updateGeometry()
            self._arrange()
            self.resized.emit()

    def _apply_appearance(self) -> None:
        self._reason.setFont(self._appearance.font(TextStyle.SMALL))
        color_label(self._reason, self._appearance.theme.text3)
        self._arrange()

    def _arrange(self) -> None:
        x = 0
        for toggle in (self.web_search, self.files):
            size = toggle.sizeHint()
            toggle.setGeometry(mirrored(QRect(QPoint(x, 0), size), self))
            x += size.width() - 2 * RING_MARGIN + _GAP
        self._reason.setGeometry(mirrored(QRect(12, 0, max(0, self.width() - 12), self.height()), self))

    @override
    def sizeHint(self) -> QSize:
        if not self._reason.isHidden():
            return QSize(12 + self._reason.sizeHint().width(), _SIDE + 2 * RING_MARGIN)
        toggles = (self.web_search, self.files)
        wide = sum(toggle.sizeHint().width() - 2 * RING_MARGIN for toggle in toggles) + _GAP
        return QSize(wide + 2 * RING_MARGIN, _SIDE + 2 * RING_MARGIN)

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Choose a folder…")).triggered.connect(self.folder_requested)
        menu.popup(event.globalPos())
