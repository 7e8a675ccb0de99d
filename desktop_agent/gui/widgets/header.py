"""The header: the conversation's title, and who answers."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.pickers.header_pickers import HeaderPickers
from desktop_agent.gui.plain_text import one_line, tool_tip
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, BarButton, PaintedButton
from desktop_agent.gui.widgets.header_buttons import HeaderButtons
from desktop_agent.gui.widgets.title_field import TEXT_INSET, TitleField

HEIGHT = 48
_LEFT = 22
_LEFT_BESIDE_BUTTON = 50
_BUTTON_LEFT = 10
_RIGHT = 10
_TITLE_GAP = 16
_CONTROL = 32
_NARROWEST_FIELD = 240
_FIELD_ROOM = 40  # in which one types on before the text scrolls


class _Words(QWidget):
    """A text in the header that is elided where it is short of room; the whole is its name and tool tip."""

    def __init__(self, style: TextStyle, color: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._color = color
        self._appearance = appearance
        mark_as_text(self)

    @property
    def text(self) -> str:
        return self.accessibleName()

    def set_text(self, text: str) -> None:
        self.setAccessibleName(text)
        self.update()

    def needed_width(self) -> int:
        return round(QFontMetricsF(self._appearance.font(self._style)).horizontalAdvance(self.text)) + 2

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self._appearance.font(self._style)
        painter.setFont(font)
        painter.setPen(getattr(self._appearance.theme, self._color))
        shown = QFontMetricsF(font).elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(tool_tip(self.text) if shown != self.text else "")
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class _TitleGround(PaintedButton):
    """Lies under the title where it can be changed: a click, Enter or Space turns it into a field."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self.setAccessibleName(self.tr("Rename conversation"))
        self.setCursor(Qt.CursorShape.IBeamCursor)

    @override
    def body_size(self) -> QSize:
        return QSize(0, _CONTROL)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.appearance.theme.hover)
            painter.drawRoundedRect(body, self.radius, self.radius)


class Header(QWidget):
    """Title at the left; the pickers of agent and model and some buttons at the right.

    Attributes:
        sidebar_button: Opens the sidebar; hidden while that is open.
        rename_button: Lies under the title of a conversation that can be renamed.
        title_field: The field into which the title turns.
        pickers: Agent and model.
        buttons: What stands at the right of them.

    Signals:
        rename_requested: The title was changed; carries the conversation and its new title.
    """

    rename_requested = Signal(int, str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._conversation_id: int | None = None
        self._edited_id: int | None = None
        self._focus_before: QWidget | None = None
        self._build_ui()
        self._connect_signals()

    def _build_ui(self) -> None:
        appearance = self._appearance
        self.setFixedHeight(HEIGHT)
        self.sidebar_button = BarButton("sidebar", self.tr("Show sidebar"), appearance, self)
        self.sidebar_button.hide()
        self.rename_button = _TitleGround(appearance, self)
        self.rename_button.hide()
        self.title = _Words(TextStyle.TITLE, "text", appearance, self)
        self.title_field = TitleField(appearance, TextStyle.TITLE, self)
        self.title_field.hide()
        self.pickers = HeaderPickers(appearance, self)
        self.buttons = HeaderButtons(appearance, self)

    def _connect_signals(self) -> None:
        self.rename_button.clicked.connect(self.edit_title)
        self.title_field.editingFinished.connect(self._save_title)
        self.title_field.dismissed.connect(self._close_field)
        self.pickers.resized.connect(self._arrange)
        self.buttons.resized.connect(self._arrange)
        self._appearance.changed.connect(self._arrange)

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order; hidden parts are passed by."""
        return [self.sidebar_button, self.rename_button, *self.pickers.buttons, *self.buttons.focus_chain()]

    def set_compact(self, *, is_compact: bool) -> None:
        """Take less room: one picker for two, one button for all."""
        self.pickers.set_compact(is_compact=is_compact)
        self.buttons.set_compact(is_compact=is_compact)

    def show_title(self, title: str, conversation_id: int | None = None) -> None:
        """Show a title.

        Args:
            title: The title.
            conversation_id: The conversation that has it, so that it can be renamed; None for none.
        """
        if self._edited_id is not None and conversation_id != self._edited_id:
            self._save_title()  # what was typed belongs to the conversation that goes
        self._conversation_id = conversation_id
        self.title.set_text(one_line(title))
        can_rename = conversation_id is not None
        self.title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, can_rename)
        self.rename_button.setToolTip(tool_tip(title))
        self._arrange()

    def show_sidebar_button(self, *, is_shown: bool) -> None:
        """Show the button that opens the sidebar, left of the title."""
        self.sidebar_button.setVisible(is_shown)
        self._arrange()

    def edit_title(self) -> None:
        """Turn the title into a field, if it can be changed."""
        if self._conversation_id is None or self._edited_id is not None:
            return
        self._edited_id = self._conversation_id
        self._focus_before = QApplication.focusWidget()
        self.title_field.setText(self.title.text)
        self.title_field.selectAll()
        self._arrange()
        self.title_field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _save_title(self) -> None:
        """Ask for the new title; a blank one changes nothing."""
        edited, title = self._edited_id, self.title_field.title()
        self._close_field()
        if edited is not None and title and title != self.title.text:
            self.rename_requested.emit(edited, title)

    def _close_field(self) -> None:
        if self._edited_id is None:
            return
        self._edited_id = None  # first: hiding the field takes its focus, which would save it
        before, self._focus_before = self._focus_before, None
        if before is not None and self.title_field.hasFocus():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._arrange()

    def show_provider(self, agent: str, model: str, host: str) -> None:
        """Show who answers: the agent, its model, and the host that requests go to (empty for none)."""
        self.pickers.show_provider(agent, model, host)

    def _arrange(self) -> None:
        self.pickers.limit_width(self.width() * 2 // 3)
        size = self.pickers.sizeHint()
        beside = self.buttons.sizeHint()
        end = self.width() - _RIGHT + RING_MARGIN
        top = (HEIGHT - beside.height()) // 2
        self._place(self.buttons, QRect(end - beside.width(), top, beside.width(), beside.height()))
        if beside.width():
            end -= beside.width() - RING_MARGIN
        x = end - size.width()
        self._place(self.pickers, QRect(x, (HEIGHT - size.height()) // 2, size.width(), size.height()))
        left = _LEFT_BESIDE_BUTTON if not self.sidebar_button.isHidden() else _LEFT
        self._arrange_title(left, max(0, x - left - _TITLE_GAP))
        self.update()

    def _arrange_title(self, left: int, room: int) -> None:
        """Place what stands at the title, which begins at `left` and has `room`."""
        is_edited = self._edited_id is not None
        self.title.setVisible(not is_edited)
        self.title_field.setVisible(is_edited)
        self.rename_button.setVisible(self._conversation_id is not None and not is_edited)
        button = self.sidebar_button.sizeHint()
        top = (HEIGHT - button.height()) // 2
        self._place(
            self.sidebar_button, QRect(_BUTTON_LEFT - RING_MARGIN, top, button.width(), button.height())
        )
        self._place(self.title, QRect(left, 0, room, HEIGHT - 1))
        ground = QRect(left - TEXT_INSET, (HEIGHT - _CONTROL) // 2, 0, _CONTROL)
        ground.setWidth(min(self.title.needed_width(), room) + 2 * TEXT_INSET)
        margin = QMargins(RING_MARGIN, RING_MARGIN, RING_MARGIN, RING_MARGIN)
        self._place(self.rename_button, ground.marginsAdded(margin))
        ground.setWidth(min(max(ground.width() + _FIELD_ROOM, _NARROWEST_FIELD), room + 2 * TEXT_INSET))
        self._place(self.title_field, ground)

    def _place(self, part: QWidget, rect: QRect) -> None:
        part.setGeometry(mirrored(rect, self))

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.surface)
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, self._appearance.theme.border)
        painter.end()
