"""Buttons that draw themselves from the theme: text, icon, send-and-stop, disclosure and starter card."""

from __future__ import annotations

import math
import sys
from enum import Enum

from PySide6.QtCore import QMargins, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.typography import TextStyle

RING_MARGIN = 4
"""Room around each button for its focus ring, in logical pixels."""

ENTER = "Return" if sys.platform == "darwin" else "Enter"
"""The key that sends, so that QKeySequence names it as this system's keyboards do."""
_ICON_STEP = 24  # from an icon in front of a text to the text

KEYBOARD_REASONS = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)


def draw_icon(painter: QPainter, name: str, color_name: str, appearance: Appearance, box: QRectF) -> None:
    """Draw an icon in the theme's colour token `color_name` into `box` (square, logical pixels)."""
    device = painter.device()
    pixmap = icon_pixmap(
        name, getattr(appearance.theme, color_name), round(box.width()), device.devicePixelRatioF()
    )
    painter.drawPixmap(box.topLeft(), pixmap)


class PaintedButton(QAbstractButton):
    """A button whose body lies `RING_MARGIN` inside the widget; the ring shows after keyboard focus only."""

    radius = 6.0

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self._shows_ring = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        appearance.changed.connect(self.updateGeometry)
        appearance.changed.connect(self.update)

    def body_size(self) -> QSize:
        """The size of what is seen, without the ring's room."""
        raise NotImplementedError

    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        """Draw the button into `body`."""
        raise NotImplementedError

    @override
    def sizeHint(self) -> QSize:
        return self.body_size().grownBy(QMargins(RING_MARGIN, RING_MARGIN, RING_MARGIN, RING_MARGIN))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        margin = float(RING_MARGIN)
        body = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        self.paint_body(painter, body)
        if self._shows_ring and self.hasFocus():
            painter.setPen(QPen(self.appearance.theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(body.adjusted(-3, -3, 3, 3), self.radius + 3, self.radius + 3)
        painter.end()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._shows_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class ButtonKind(Enum):
    """How much a text button stands out; at most one primary in a view."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DESTRUCTIVE = "destructive"


class TextButton(PaintedButton):
    """A verb on a button, 32 high (28 when small), with an icon in front of it if there is one."""

    def __init__(
        self,
        text: str,
        appearance: Appearance,
        kind: ButtonKind = ButtonKind.SECONDARY,
        *,
        small: bool = False,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(appearance, parent)
        self._kind = kind
        self._small = small
        self.set_label(text, icon)

    def set_label(self, text: str, icon: str = "") -> None:
        """Show `text`, with an icon in front of it or none; it is the accessible name, too."""
        self._icon = icon
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI_MEDIUM))
        padding = 10 if self._small else 14
        if self._kind is not ButtonKind.PRIMARY:
            padding += 1  # its border
        words = math.ceil(metrics.horizontalAdvance(self.text()))
        icon = _ICON_STEP if self._icon else 0
        return QSize(icon + words + 2 * padding, 28 if self._small else 32)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        if self._kind is ButtonKind.PRIMARY:
            fill = theme.accent_hover if self.underMouse() else theme.accent
            line, text = fill, theme.on_accent
        else:
            fill = theme.raised_hover if self.underMouse() or self.isDown() else theme.raised
            line = theme.border
            text = theme.err if self._kind is ButtonKind.DESTRUCTIVE else theme.text
        if not self.isEnabled():
            text = theme.text3
            if self._kind is ButtonKind.PRIMARY:
                fill = line = theme.selected
        painter.setBrush(fill)
        painter.setPen(QPen(line, 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        words = QRectF(body)
        if self._icon:
            icon = QRectF(body.left() + 15, body.center().y() - 8, 16, 16)
            color = "text" if self.isEnabled() else "text3"
            draw_icon(painter, self._icon, color, self.appearance, mirrored(icon, self))
            words = mirrored(words.adjusted(_ICON_STEP, 0, 0, 0), self)
        painter.setPen(text)
        painter.setFont(self.appearance.font(TextStyle.UI_MEDIUM))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text())


class IconButton(PaintedButton):
    """An icon of 14 on a field of 28x28; its action is its accessible name and its tool tip."""

    side = 28
    icon_side = 14

    def __init__(self, icon: str, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._icon = icon
        self._color = ""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def set_icon(self, icon: str, color: str = "") -> None:
        """Show another icon, in the theme's colour token `color` (empty: as an icon button has it)."""
        self._icon, self._color = icon, color
        self.update()

    @override
    def body_size(self) -> QSize:
        return QSize(self.side, self.side)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        is_hot = self.underMouse() and self.isEnabled()
        if self.isDown() or is_hot or self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            rest = theme.selected if self.isChecked() else theme.hover
            painter.setBrush(theme.pressed if self.isDown() else rest)
            painter.drawRoundedRect(body, self.radius, self.radius)
        box = QRectF(0, 0, self.icon_side, self.icon_side)
        box.moveCenter(body.center())
        color = "text" if is_hot or self.isChecked() else "text2"
        if not self.isEnabled():
            color = "text3"
            painter.setOpacity(0.5)
        draw_icon(painter, self._icon, self._color or color, self.appearance, box)


class BarButton(IconButton):
    """An icon button of the sidebar and the header: an icon of 16 on a field of 30x30."""

    side = 30
    icon_side = 16


class SendButton(PaintedButton):
    """One button that sends, and stops while a reply is under way; its name changes with it."""

    radius = 8.0

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._stops = False
        self._send_keys = ENTER
        self.set_stops(stops=False)

    @property
    def stops(self) -> bool:
        """Whether a click stops the reply."""
        return self._stops

    def set_stops(self, *, stops: bool) -> None:
        """Become Stop (True) or Send (False)."""
        self._stops = stops
        name = self.tr("Stop reply") if stops else self.tr("Send message")
        keys = QKeySequence("Esc" if stops else self._send_keys)
        shortcut = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({shortcut})")
        self.update()

    def set_send_keys(self, keys: str) -> None:
        """Say in the tool tip that `keys` send, as QKeySequence writes them."""
        self._send_keys = keys
        self.set_stops(stops=self._stops)

    @override
    def body_size(self) -> QSize:
        return QSize(32, 32)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        if self._stops:
            painter.setBrush(theme.text)
            painter.drawRoundedRect(body, self.radius, self.radius)
            square = QRectF(0, 0, 11, 11)
            square.moveCenter(body.center())
            painter.setBrush(theme.surface)
            painter.drawRoundedRect(square, 2, 2)
            return
        ready_fill = theme.accent_hover if self.underMouse() else theme.accent
        painter.setBrush(ready_fill if self.isEnabled() else theme.selected)
        painter.drawRoundedRect(body, self.radius, self.radius)
        box = QRectF(0, 0, 16, 16)
        box.moveCenter(body.center())
        draw_icon(painter, "arrow-up", "on_accent" if self.isEnabled() else "text3", self.appearance, box)


class DisclosureButton(PaintedButton):
    """A row that opens and closes what stands below it: a chevron and a text."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self.setCheckable(True)
        appearance.changed.connect(self._fit)

    def _fit(self) -> None:
        self.resize(self.sizeHint())

    def set_label(self, text: str) -> None:
        """Show `text` beside the chevron."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.resize(self.sizeHint())

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.text_font(TextStyle.UI))
        height = max(28, round(28 * self.appearance.zoom))
        return QSize(math.ceil(metrics.horizontalAdvance(self.text())) + 24, height)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        color = "text" if self.underMouse() else "text2"
        onward = "chevron-left" if self.isRightToLeft() else "chevron-right"
        icon = "chevron-down" if self.isChecked() else onward
        box = mirrored(QRectF(body.left(), body.center().y() - 7, 14, 14), self)
        draw_icon(painter, icon, color, self.appearance, box)
        painter.setPen(getattr(self.appearance.theme, color))
        painter.setFont(self.appearance.text_font(TextStyle.UI))
        words = mirrored(body.adjusted(20, 0, 0, 0), self)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


class StarterCard(PaintedButton):
    """A prompt to start with: an icon, a title, and the prompt itself on up to two lines."""

    radius = 12.0

    def __init__(self, icon: str, title: str, prompt: str, appearance: Appearance) -> None:
        super().__init__(appearance)
        self._icon = icon
        self.prompt = prompt
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(prompt)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @override
    def body_size(self) -> QSize:
        return QSize(120, 91)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        painter.setBrush(theme.hover if self.underMouse() or self.isDown() else theme.surface)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        icon = mirrored(QRectF(body.left() + 16, body.top() + 17, 14, 14), self)
        draw_icon(painter, self._icon, "text2", self.appearance, icon)
        text = mirrored(body.adjusted(40, 14, -14, 0), self)
        painter.setPen(theme.text)
        painter.setFont(self.appearance.font(TextStyle.UI_MEDIUM))
        line = QRectF(text.left(), text.top(), text.width(), 20)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(theme.text2)
        painter.setFont(self.appearance.font(TextStyle.UI))
        for index, words in enumerate(self._prompt_lines(text.width())):
            below = line.translated(0, 24 + index * 20)
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, words)

    def _prompt_lines(self, width: float) -> list[str]:
        """The prompt broken into at most two lines; what does not fit ends in an ellipsis."""
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI))
        first, rest = "", self.prompt.split(" ")
        while rest and metrics.horizontalAdvance(f"{first} {rest[0]}".strip()) <= width:
            first = f"{first} {rest.pop(0)}".strip()
        return [first, metrics.elidedText(" ".join(rest), Qt.TextElideMode.ElideRight, width)]
