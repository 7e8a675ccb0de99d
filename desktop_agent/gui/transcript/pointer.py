"""What the mouse does in the transcript: hover, links, selecting, copying."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCursor,
    QDesktopServices,
    QGuiApplication,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip

from desktop_agent.gui.appearance import ZOOM_STEP
from desktop_agent.gui.transcript.block_items import BlockItem, CopyCode, Link, ToggleFold
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.selection import TextPosition
from desktop_agent.gui.widgets.message_footer import COPIED_MILLISECONDS
from desktop_agent.markdown import word_at

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.view import Transcript

_SCHEMES = frozenset({"http", "https", "mailto"})
_DRAG_SCROLL_MILLISECONDS = 30
_DRAG_SCROLL_SHARE = 0.35  # of the distance beyond the edge, each step

Target = Link | CopyCode | ToggleFold


class Pointer(QObject):
    """Follows the mouse over a transcript. Nothing opens without a click."""

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self._view = view
        self._hovered: BlockItem | None = None
        self._hovered_message: MessageView | None = None
        self._pressed: Target | None = None
        self._is_selecting = False
        self._whole: tuple[TextPosition, TextPosition] | None = (
            None  # the word or line that a drag grows from
        )
        self._double_clicked = 0.0
        self._drag_point = QPointF()
        self._drag_scroll = QTimer(self, interval=_DRAG_SCROLL_MILLISECONDS)
        self._drag_scroll.timeout.connect(self._scroll_while_dragging)

    # Moving

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved."""
        position = event.position()
        if self._is_selecting:
            self._drag_to(position)
            return
        item, local = self.item_at(position)
        is_dirty = False
        if self._hovered is not None and self._hovered is not item:
            is_dirty |= self._hovered.set_hover(None)
        if item is not None:
            is_dirty |= item.set_hover(local)
        self._hovered = item
        self._show_cursor(position, item.action_at(local) if item is not None else None)
        self._hover_message(self._view.message_at(position, with_gap=True))
        if is_dirty:
            self._view.viewport().update()

    def leave(self) -> None:
        """The mouse left the transcript."""
        if self._hovered is not None:
            self._hovered.set_hover(None)
            self._hovered = None
            self._view.viewport().update()
        QToolTip.hideText()
        self._hover_message(None)

    def _show_cursor(self, position: QPointF, action: Target | None) -> None:
        message = self._view.message_at(position)
        is_text = message is not None and message.is_text_at(position - self._view.origin_of(message))
        shape = Qt.CursorShape.ArrowCursor
        if action is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif is_text:
            shape = Qt.CursorShape.IBeamCursor
        self._view.viewport().setCursor(shape)
        if isinstance(action, Link):
            remark = message.remark_on(action) if message is not None else ""
            text = "\n".join(filter(None, (_address_text(action), remark)))
            QToolTip.showText(QCursor.pos(), text, self._view.viewport())
        elif QToolTip.isVisible():
            QToolTip.hideText()

    def _hover_message(self, message: MessageView | None) -> None:
        if message is self._hovered_message:
            return
        before, self._hovered_message = self._hovered_message, message
        for each in (before, message):
            if each is not None:
                each.is_hovered = each is message
                each.update_furniture()

    # Pressing

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        self._view.hide_ring()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = self.action_at(event.position())
        if self._pressed is not None:
            return
        position = self._view.selected_text.position_at(event.position())
        if position is None:
            return
        interval = QApplication.doubleClickInterval() / 1000
        if time.monotonic() - self._double_clicked < interval:
            self._select_whole(position, line=True)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._view.selected_text.extend_to(position)
        else:
            self._whole = None
            self._view.selected_text.set(position, position)
        self._is_selecting = True

    def double_click(self, event: QMouseEvent) -> None:
        """The second of two clicks went down: select a word."""
        position = self._view.selected_text.position_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and position is not None:
            self._double_clicked = time.monotonic()
            self._select_whole(position, line=False)
            self._is_selecting = True

    def release(self, event: QMouseEvent) -> None:
        """A button went up: the end of a selection, or a click."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._is_selecting:
            self._is_selecting = False
            self._drag_scroll.stop()
            self._view.selected_text.offer_to_middle_button()
            return
        action = self.action_at(event.position())
        if action is not None and action == self._pressed:
            self._trigger(action, event.position())
        self._pressed = None

    def _select_whole(self, position: TextPosition, *, line: bool) -> None:
        """Select the word, or the line, at `position`; a drag goes on by whole ones."""
        message = self._view.messages[position.message]
        text = message.segment_texts()[position.segment] if message.segment_texts() else ""
        start, end = _line_around(text, position.offset) if line else word_at(text, position.offset)
        self._whole = position._replace(offset=start), position._replace(offset=end)
        self._view.selected_text.set(*self._whole)

    # Dragging

    def _drag_to(self, point: QPointF) -> None:
        self._drag_point = point
        height = self._view.viewport().height()
        is_outside = point.y() < 0 or point.y() > height
        if is_outside and not self._drag_scroll.isActive():
            self._drag_scroll.start()
        elif not is_outside:
            self._drag_scroll.stop()
        position = self._view.selected_text.position_at(point)
        if position is None:
            return
        selection = self._view.selected_text.selection
        if selection.anchor is not None and position != selection.focus:
            self._view.hold()
        if self._whole is None:
            self._view.selected_text.extend_to(position)
        else:
            first, last = self._whole
            anchor = last if position < first else first
            self._view.selected_text.set(
                anchor, min(position, first) if position < first else max(position, last)
            )

    def _scroll_while_dragging(self) -> None:
        y = self._drag_point.y()
        height = self._view.viewport().height()
        beyond = y if y < 0 else y - height
        self._view.scroll_by(round(beyond * _DRAG_SCROLL_SHARE) or (1 if beyond > 0 else -1))
        self._drag_to(self._drag_point)

    # Wheel

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom with Ctrl, or scroll what is below the mouse sideways; says whether it did."""
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            appearance = self._view.appearance
            appearance.set_zoom(appearance.zoom + (ZOOM_STEP if delta.y() > 0 else -ZOOM_STEP))
            return True
        is_sideways = abs(delta.x()) > abs(delta.y())
        dx = delta.x() if is_sideways else 0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not is_sideways:
            dx = delta.y()
        item, local = self.item_at(event.position())
        if not dx or item is None or not item.scroll_horizontally(-dx, local):
            return False
        self._view.viewport().update()
        return True

    # What is done with what is there

    def wrap(self, item: BlockItem, panel: CodePanel, is_on: bool, message: MessageView) -> None:
        """Wrap the long lines of a code block, or scroll them."""
        if item.set_wrap(is_on, panel):
            message.item_changed(item)
            self._view.reveal(message)

    def fold(self, item: BlockItem, panel: CodePanel, message: MessageView) -> None:
        """Show all lines of a long code block, or fold it again."""
        if item.set_folded(not panel.is_folded, panel):
            message.item_changed(item)
            self._view.reveal(message)

    # What is there

    def item_at(self, position: QPointF) -> tuple[BlockItem | None, QPointF]:
        """The block at a point of the viewport, and the point in its own coordinates."""
        message = self._view.message_at(position)
        found = message.item_at(position - self._view.origin_of(message)) if message is not None else None
        return found or (None, position)

    def action_at(self, position: QPointF) -> Target | None:
        """What a click there does."""
        item, local = self.item_at(position)
        return item.action_at(local) if item is not None else None

    def _trigger(self, action: Target, position: QPointF) -> None:
        item, local = self.item_at(position)
        message = self._view.message_at(position)
        if isinstance(action, Link):
            self.open_link(action)
        elif item is None or message is None:
            return
        elif isinstance(action, CopyCode):
            _copy(action.code)
            item.set_copied(True)
            self._view.viewport().update()
            QTimer.singleShot(COPIED_MILLISECONDS, self, lambda: self._calm(item))
        elif (panel := item.code_at(local)) is not None:
            self.fold(item, panel, message)

    def open_link(self, link: Link) -> None:
        """Open a link in the browser; one that claims another host is asked about first."""
        url = QUrl(link.href)
        if url.scheme() not in _SCHEMES:
            return
        if not _claims_another_host(link):
            QDesktopServices.openUrl(url)
            return
        question = QMessageBox(self._view.window())
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setText(self.tr("This link leads to {host}.").format(host=link.host))
        question.setInformativeText(link.href)
        open_button = question.addButton(self.tr("Open link"), QMessageBox.ButtonRole.AcceptRole)
        cancel = question.addButton(QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(cancel)
        question.setEscapeButton(cancel)
        question.buttonClicked.connect(
            lambda button: QDesktopServices.openUrl(url) if button is open_button else None
        )
        question.open()

    def _calm(self, item: BlockItem) -> None:
        item.set_copied(False)
        self._view.viewport().update()


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _address_text(link: Link) -> str:
    return f"{link.href}\n{link.host}" if link.host and link.host not in link.href else link.href


def _claims_another_host(link: Link) -> bool:
    """Whether the words of a link look like an address on another host than the one it leads to."""
    words = link.text.strip().lower()
    if " " in words or "." not in words:
        return False
    claimed = QUrl.fromUserInput(words).host()
    return bool(claimed) and claimed.removeprefix("www.") != link.host.lower().removeprefix("www.")


def _line_around(text: str, offset: int) -> tuple[int, int]:
    end = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end
