"""What the mouse does in the transcript: hover, links, copying, the context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QToolTip

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.block_items import BlockItem, CopyCode, Link
from desktop_agent.gui.transcript.messages import AgentMessage, MessageView
from desktop_agent.gui.widgets.message_footer import COPIED_MILLISECONDS

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.view import Transcript

_SCHEMES = frozenset({"http", "https", "mailto"})


class Pointer(QObject):
    """Follows the mouse over the blocks of a transcript. Nothing opens without a click."""

    def __init__(self, view: Transcript, appearance: Appearance) -> None:
        super().__init__(view)
        self._view = view
        self._appearance = appearance
        self._hovered: BlockItem | None = None
        self._hovered_message: MessageView | None = None
        self._pressed: Link | CopyCode | None = None

    def move(self, position: QPointF) -> None:
        """The mouse is at `position` of the viewport."""
        item, local = self._item_at(position)
        is_dirty = False
        if self._hovered is not None and self._hovered is not item:
            is_dirty |= self._hovered.set_hover(None)
        if item is not None:
            is_dirty |= item.set_hover(local)
        self._hovered = item
        action = item.action_at(local) if item is not None else None
        shape = Qt.CursorShape.PointingHandCursor if action else Qt.CursorShape.ArrowCursor
        self._view.viewport().setCursor(shape)
        if isinstance(action, Link):
            QToolTip.showText(QCursor.pos(), action.href, self._view.viewport())
        else:
            QToolTip.hideText()
        self._hover_message(self._view.message_at(position))
        if is_dirty:
            self._view.viewport().update()

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._action_at(event.position())

    def release(self, event: QMouseEvent) -> None:
        """A button went up: a click, if it went down on the same thing."""
        action = self._action_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and action is not None and action == self._pressed:
            self._trigger(action, event.position())
        self._pressed = None

    def wheel(self, event: QWheelEvent) -> bool:
        """Scroll the code or table below the mouse sideways; says whether it did."""
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        is_sideways = abs(delta.x()) > abs(delta.y())
        dx = delta.x() if is_sideways else 0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not is_sideways:
            dx = delta.y()
        item, _ = self._item_at(event.position())
        if not dx or item is None or not item.scroll_horizontally(-dx):
            return False
        self._view.viewport().update()
        return True

    def open_menu(self, position: QPoint, on_screen: QPoint) -> None:
        """Open the context menu of the message, block or link at `position`."""
        message = self._view.message_at(position)
        if message is None:
            return
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy message"), lambda: _copy(message.plain_text()))
        if isinstance(message, AgentMessage):
            menu.addAction(self.tr("Copy as Markdown"), lambda: _copy(message.source()))
        action = self._action_at(QPointF(position))
        item, _ = self._item_at(QPointF(position))
        if item is not None and item.block.kind == "code":
            code = item.plain_text()
            menu.addAction(self.tr("Copy code"), lambda: _copy(code))
        if isinstance(action, Link):
            address = action.href
            menu.addAction(self.tr("Copy link"), lambda: _copy(address))
        menu.popup(on_screen)

    def _hover_message(self, message: MessageView | None) -> None:
        if message is self._hovered_message:
            return
        for each in (self._hovered_message, message):
            if isinstance(each, AgentMessage) and each.footer is not None:
                is_last = each is self._view.messages[-1]
                each.footer.setVisible(is_last or each is message)
        self._hovered_message = message

    def _item_at(self, position: QPointF) -> tuple[BlockItem | None, QPointF]:
        message = self._view.message_at(position)
        found = message.item_at(position - self._view.origin_of(message)) if message is not None else None
        return found or (None, position)

    def _action_at(self, position: QPointF) -> Link | CopyCode | None:
        item, local = self._item_at(position)
        return item.action_at(local) if item is not None else None

    def _trigger(self, action: Link | CopyCode, position: QPointF) -> None:
        item, _ = self._item_at(position)
        if isinstance(action, Link):
            url = QUrl(action.href)
            if url.scheme() in _SCHEMES:
                QDesktopServices.openUrl(url)
        elif item is not None:
            _copy(action.code)
            item.set_copied(True)
            self._view.viewport().update()
            QTimer.singleShot(COPIED_MILLISECONDS, self, lambda: self._calm(item))

    def _calm(self, item: BlockItem) -> None:
        item.set_copied(False)
        self._view.viewport().update()


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
