"""A scroll area that shows messages: it lays out what is seen, follows the end, and holds what is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget
from typing_extensions import override

from desktop_agent.chat.notices import Action
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import column_rect
from desktop_agent.gui.transcript.message_column import (
    MESSAGE_GAP,
    TOP_PADDING,
    Anchor,
    MessageColumn,
    ReadingPlace,
    Sight,
)
from desktop_agent.gui.transcript.message_view import MessageView, Revision
from desktop_agent.gui.transcript.scroll_position import LINE, ScrollPosition
from desktop_agent.gui.transcript.tool_deeds import Deed
from desktop_agent.gui.widgets.jump_pill import JumpPill, Pill

_FADE = 20
_BESIDE = 16  # pixels around the column and its messages that are drawn on: the ring


_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


class MessageArea(QAbstractScrollArea):
    """Messages in a column that scrolls. Whatever changes, what is read stays where it is.

    Attributes:
        appearance: Theme and zoom.
        column: The messages, and where they stand.
        position: Where the view stands in them.
        paints: How many times the view was painted: exact, for tests.
    """

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self.paints = 0
        self._unseen = 0
        self._is_settling = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.column = MessageColumn(self, self.viewport(), appearance)
        self.position = ScrollPosition(self)
        self._color = QTimer(self, singleShot=True, interval=0)
        self._color.timeout.connect(self._color_more)
        self.floating: list[QWidget] = []
        self._pill = JumpPill(appearance, self)
        self._pill.hide()
        self._pill.clicked.connect(self.jump_to_latest)
        appearance.changed.connect(self.apply_appearance)

    @property
    def messages(self) -> list[MessageView]:
        """The messages, oldest first."""
        return self.column.messages

    @property
    def realised_count(self) -> int:
        """How many messages are laid out at the moment."""
        return self.column.realised_count

    def _sight(self) -> Sight:
        top = self.position.value
        return Sight(top, top + self.viewport().height())

    def _left(self) -> int:
        return self._column_rect().left()

    def _column_rect(self) -> QRect:
        beside = self.parentWidget()
        return column_rect(self.viewport().width(), beside.width() if beside is not None else 0)

    @property
    def reading_place(self) -> ReadingPlace:
        """Where the conversation is read now."""
        anchor = self.anchor()
        if anchor is None:
            return ReadingPlace()
        return ReadingPlace(anchor.message.index, anchor.block, anchor.distance, is_following=False)

    def read_at(self, place: ReadingPlace) -> None:
        """Go to a place that `reading_place` gave."""
        if place.is_following or place.message >= len(self.messages):
            self.jump_to_latest()
            return
        self.hold()
        self.settle(Anchor(self.messages[place.message], place.block, place.distance))

    def anchor(self) -> Anchor | None:
        """What is read: the first visible block. None while the end is followed."""
        return None if self.position.following.is_on else self.column.anchor_at(self.position.value)

    def settle(self, anchor: Anchor | None, dirty: MessageView | None = None) -> None:
        """Lay out what is seen until nothing moves any more: estimates become heights, the position holds.

        Args:
            anchor: What must stay where it is; None for the end.
            dirty: The only message that changed; by default anything may have.
        """
        if self._is_settling:
            return
        self._is_settling = True
        value, top = self.position.value, self.column.top_of(dirty) if dirty is not None else 0.0
        try:
            for _ in range(6):
                self._apply_range(anchor)
                if not self.column.lay_out(self._sight(), dirty):
                    break
            self._apply_range(anchor)
        finally:
            self._is_settling = False
        is_moved_alone = dirty is not None and self.column.top_of(dirty) == top
        if is_moved_alone and value != self.position.value:
            self.viewport().scroll(0, value - self.position.value)  # what is painted, and the controls on it
        self.after_scroll()
        self._color.start()
        if dirty is not None and is_moved_alone:
            self.viewport().update(self._rect_below(dirty))
        else:
            self.viewport().update()

    def settle_changed(self, message: MessageView) -> None:
        """Lay out again after anything in `message` may have changed, seen or not."""
        anchor = self.anchor()
        self.column.take_height(message)
        self.settle(anchor)

    def _rect_below(self, message: MessageView) -> QRect:
        # A line above what changed: the caret stood there, antialiasing reaches over edges, and near the end
        # the veil may lie that high.
        y = round(self.origin_of(message).y() + message.dirty_top()) - LINE
        return QRect(0, max(0, y), self.viewport().width(), self.viewport().height())

    def _apply_range(self, anchor: Anchor | None) -> None:
        self.position.set_content_height(self.column.content_height(self.viewport().height()))
        if anchor is not None:
            self.position.move_to(self.column.view_top_for(anchor))
        elif self.position.following.is_on:
            self.position.move_to_end()

    def visible_messages(self) -> Iterator[MessageView]:
        """The messages that are seen now."""
        return self.column.between(self._sight())

    def _color_more(self) -> None:
        """Colour code that is seen, a slice of 2 ms at a time, until nothing waits for its colours."""
        for message in self.visible_messages():
            must_paint, has_more = message.color_more()
            if must_paint:
                self.viewport().update()
            if has_more:
                self._color.start()
                return

    def apply_appearance(self) -> None:
        """Draw everything anew in another theme or zoom, in place."""
        anchor = self.anchor()
        self.column.apply_appearance(self._sight())
        self.settle(anchor)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self.anchor()
        self.column.set_width(self._column_rect().width(), self._sight())
        self.settle(anchor)
        self.position.place_bar()

    def add(self, message: MessageView) -> None:
        """Add a message at the end."""
        anchor = self.anchor()
        self.column.extend([message])
        if not self.position.following.is_on:
            self._unseen += 1
        self.settle(anchor)

    def drop_from(self, index: int) -> None:
        """Remove the messages from a place on."""
        anchor = self.anchor()
        while len(self.messages) > index:
            self.column.drop_last()
        self.settle(anchor if anchor is not None and anchor.message.index < index else None)

    def reveal(self, message: MessageView) -> None:
        """Lay out again after the user opened or closed a part of `message`, which stays where it is."""
        self.hold()
        self.settle_changed(message)
        if self.position.is_near_end:
            self.position.following.resume()

    def show_version(self, message: MessageView, step: int) -> None:
        """Show another version in place of `message`."""
        raise NotImplementedError

    def choose(self, message: MessageView, action: Action) -> None:
        """Do what a button below `message` offers."""
        raise NotImplementedError

    def revise(self, message: MessageView, revision: Revision) -> None:
        """Change `message`, or what follows it."""
        raise NotImplementedError

    def do(self, message: MessageView, deed: Deed) -> None:
        """Do what a card of `message` asks for."""
        raise NotImplementedError

    # Scrolling

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._is_settling:
            return
        self.position.show_bar()
        following = (
            self.position.following.is_on and self.position.value == self.verticalScrollBar().maximum()
        )
        self.settle(None if following else self.column.known_anchor_in(self._sight()))

    def after_scroll(self) -> None:
        """Bring everything that stands beside the text to where it belongs now."""
        self.position.note_settled()
        self.column.place_widgets(self._left(), self._sight())
        is_at_end = self.position.is_at_end
        if is_at_end:
            self._unseen = 0
        self._pill.show_new(self._unseen)
        self._pill.setVisible(not is_at_end and not self.position.following.is_on)
        self.place_pills()

    def place_pills(self) -> None:
        """Stack above the composer what floats there."""
        bottom = self.height() - 6
        for pill in (*self.floating, *self.findChildren(Pill, options=_DIRECT)):
            if not pill.isHidden():
                bottom -= pill.height()
                pill.move((self.width() - pill.width()) // 2, bottom)

    def hold(self) -> None:
        """Stop following: something older is being read or selected."""
        self.position.following.pause()

    def scroll_by(self, pixels: int) -> None:
        """Scroll as a user does."""
        self.position.scroll_by(pixels)

    def show_message(self, message: MessageView) -> None:
        """Scroll so that `message` is seen, or its beginning."""
        top = self.column.top_of(message) - TOP_PADDING
        bottom = top + TOP_PADDING + message.height + 24
        sight = self._sight()
        if top < sight.top or bottom - top > self.viewport().height():
            self.position.go_to(top)
        elif bottom > sight.bottom:
            self.position.go_to(bottom - self.viewport().height())

    def jump_to_latest(self) -> None:
        """Go to the end and follow it."""
        self.position.following.resume()
        self.settle(None)

    # Painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        # Not all in one rectangle: a strip at the side and one below would make it the whole view.
        for rect in cast("Iterable[QRect]", event.region()):
            self._paint_rect(painter, rect)
        if self.position.value < self.verticalScrollBar().maximum():
            self._paint_fade(painter)
        painter.end()

    def _paint_rect(self, painter: QPainter, rect: QRect) -> None:
        painter.fillRect(rect, self.appearance.theme.surface)
        value, left = self.position.value, self._left()
        if rect.right() < left - _BESIDE or rect.left() > left + self.column.width + _BESIDE:
            return
        painter.setClipRect(rect)
        dirty = QRectF(rect)
        for message in self.column.between(
            Sight(value + dirty.top() - _BESIDE, value + dirty.bottom() + _BESIDE)
        ):
            top = self.column.top_of(message) - value
            painter.save()
            painter.translate(left, top)
            self.paint_message(painter, message, dirty.translated(-left, -top))
            painter.restore()
        painter.setClipping(False)

    def paint_message(self, painter: QPainter, message: MessageView, clip: QRectF) -> None:
        """Draw what `clip` touches of a message, whose origin is the painter's."""
        message.paint(painter, clip, None)

    def _paint_fade(self, painter: QPainter) -> None:
        # Row by row, not as a gradient: Qt's gradients are off by one in a colour painted on itself.
        width, height = self.viewport().width(), self.viewport().height()
        veil = QColor(self.appearance.theme.surface)
        for row in range(_FADE):
            veil.setAlphaF((row + 0.5) / _FADE)
            painter.fillRect(0, height - _FADE + row, width, 1, veil)

    # What stands where

    def top_of(self, message: MessageView) -> float:
        """Where a message begins, from the beginning of the conversation."""
        return self.column.top_of(message)

    def message_at(self, position: QPoint | QPointF, *, with_gap: bool = False) -> MessageView | None:
        """The message below a point of the viewport.

        Args:
            position: The point.
            with_gap: Whether the gap below a message belongs to it.
        """
        message = self.nearest_message(position)
        if message is None:
            return None
        height = message.height + (MESSAGE_GAP if with_gap else 0)
        return message if 0 <= position.y() - self.origin_of(message).y() <= height else None

    def nearest_message(self, position: QPoint | QPointF) -> MessageView | None:
        """The message at the height of a point of the viewport, or the one above it."""
        return self.column.nearest(position.y() + self.position.value)

    def origin_of(self, message: MessageView) -> QPointF:
        """Where the message's own origin lies in the viewport."""
        return QPointF(self._left(), self.column.top_of(message) - self.position.value)

    def message_rect(self, message: MessageView) -> QRect:
        """The message on the screen, in global coordinates."""
        origin = self.viewport().mapToGlobal(self.origin_of(message).toPoint())
        return QRect(origin.x(), origin.y(), self.column.width, round(message.height))

    def screen_rect(self) -> QRect:
        """The viewport on the screen."""
        return QRect(self.viewport().mapToGlobal(QPoint(0, 0)), self.viewport().size())
