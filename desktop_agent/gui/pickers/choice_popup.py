"""The menu of a picker: over the window, with a field to type in where there is much to choose from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.pickers.choice_list import ChoiceList, choice_row_height
from desktop_agent.gui.pickers.choices import Choice, Menu
from desktop_agent.gui.plain_text import isolated
from desktop_agent.gui.sidebar.search_field import SearchField
from desktop_agent.gui.widgets.buttons import RING_MARGIN

_MOST_WITHOUT_FIELD = 8
_PADDING = 4
_RADIUS = 8.0
_EDGE = 8  # to the window's edges
_NARROWEST, _WIDEST = 200, 460
_HIGHEST = 446
_SHADOW = 28
_SHADOW_DROP = 8
_SHADOW_STEP = 4
_SHADOW_ALPHA = {False: 5, True: 18}  # of each layer, for the light and the dark theme


class ChoicePopup(QWidget):
    """A menu that lies over a window until something is chosen, or a click or a key goes elsewhere.

    It covers the window, unseen, to notice clicks beside the menu; what had the keyboard gets it back.

    Args:
        menu: What is offered.
        anchor: What it opens below, at its end; a part of the window.
        appearance: Theme and zoom.

    Attributes:
        field: What one types into; None where there is little to choose from.
        list: The rows.

    Signals:
        chosen: A row was chosen; carries the `Choice`.
        closed: The menu goes; after `chosen`, if something was.
    """

    chosen = Signal(object)
    closed = Signal()

    def __init__(self, menu: Menu, anchor: QWidget, appearance: Appearance) -> None:
        super().__init__(anchor.window())
        self._anchor = anchor
        self._appearance = appearance
        self._is_open = False
        self._before = QApplication.focusWidget()
        self._panel = QRect()
        self.setAccessibleName(menu.name)
        self.list = ChoiceList(menu, appearance, self)
        self.field: SearchField | None = None
        if menu.count > _MOST_WITHOUT_FIELD:
            hint = self.tr("Type to filter")
            self.field = SearchField(appearance, self, name=hint, hint=hint, keys="")
        picked = menu.start or next(iter(menu.chosen), None)
        self._start = self.list.choices.index_of(picked)
        self._connect_signals()

    def _connect_signals(self) -> None:
        self.list.row_chosen.connect(self._choose)
        self.list.dismissed.connect(self.close_and_return)
        self._appearance.changed.connect(self.close_and_return)
        if self.field is not None:
            self.field.text_changed.connect(self._filter)
            self.field.accepted.connect(lambda: self._choose(self.list.currentIndex()))
            self.field.dismissed.connect(self.close_and_return)
            self.field.left_downwards.connect(self._enter_list)
            self.list.left_upwards.connect(self._leave_list)
            self.list.typed.connect(self._type)
        else:
            self.list.typed.connect(self._jump)

    def open(self) -> None:
        """Show the menu and give it the keyboard."""
        self.setGeometry(self._anchor.window().rect())
        self._arrange()
        self.show()
        self.raise_()
        start = self._start if self._start.isValid() else self.list.next_choosable(0, 1)
        self.list.put_cursor(start)
        self.list.scrollTo(start, ChoiceList.ScrollHint.PositionAtCenter)
        target: QWidget = self.list if self.field is None else self.field
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._is_open = True
        QApplication.instance().focusObjectChanged.connect(self._follow_focus)  # type: ignore[union-attr]

    @property
    def panel(self) -> QRect:
        """Where the menu is seen, in the window."""
        return self._panel

    def _arrange(self) -> None:
        zoom = self._appearance.zoom
        room = self.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        top = self._anchor.mapTo(self.window(), QPoint(0, self._anchor.height())).y()
        field_height = self.field.sizeHint().height() + _PADDING if self.field is not None else 0
        rows = max(1, len(self.list.choices.rows)) * choice_row_height(zoom)
        needed = rows + field_height + 2 * _PADDING
        height = min(needed, round(_HIGHEST * zoom), room.bottom() - top)
        width = min(max(self.list.needed_width() + 2 * _PADDING, _NARROWEST), round(_WIDEST * zoom))
        width = min(width, room.width())
        # Below the anchor's end, as the window is read.
        anchor = QRect(self._anchor.mapTo(self.window(), QPoint(0, 0)), self._anchor.size())
        end = mirrored(anchor, self).right() + 1 - RING_MARGIN
        left = max(room.left(), min(end, room.right() + 1) - width)
        self._panel = mirrored(QRect(left, top, width, height), self)
        inner = self._panel.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        if self.field is not None:
            self.field.setGeometry(QRect(inner.topLeft(), self.field.sizeHint()))
            self.field.resize(inner.width(), self.field.sizeHint().height())
        self.list.setGeometry(inner.adjusted(0, field_height, 0, 0))

    # What is typed

    def _filter(self, text: str) -> None:
        self.list.choices.filter(text)
        nothing = self.tr('Nothing found for "{text}".').format(text=isolated(text))
        self.list.say_empty("" if self.list.choices.rows else nothing)
        self.list.put_cursor(self._start if not text.strip() else self.list.next_choosable(0, 1))
        self.list.scrollToTop()

    def _enter_list(self) -> None:
        below = self.list.next_choosable(self.list.currentIndex().row() + 1, 1)
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if below.isValid():
            self.list.setCurrentIndex(below)

    def _leave_list(self) -> None:
        if self.field is not None:
            self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _type(self, text: str) -> None:
        if self.field is not None:
            self._leave_list()
            self.field.editor.insert(text)

    def _jump(self, text: str) -> None:
        self.list.keyboardSearch(text)

    # How it ends

    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid() or not index.flags() & Qt.ItemFlag.ItemIsEnabled or not self._is_open:
            return
        choice = self.list.choices.rows[index.row()]
        self._close(returns=True)
        if isinstance(choice, Choice):
            self.chosen.emit(choice)
        self.closed.emit()

    def close_and_return(self) -> None:
        """Close without a choice; what had the keyboard gets it back."""
        if self._is_open:
            self._close(returns=True)
            self.closed.emit()

    def _close(self, *, returns: bool) -> None:
        self._is_open = False
        QApplication.instance().focusObjectChanged.disconnect(self._follow_focus)  # type: ignore[union-attr]
        before = self._before
        if returns and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.hide()
        self.deleteLater()

    def _follow_focus(self, thing: object) -> None:
        """Close when another part of the window takes the keyboard; not when the window loses it."""
        if self._is_open and isinstance(thing, QWidget) and not self.isAncestorOf(thing):
            self._close(returns=False)
            self.closed.emit()

    @override
    def event(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if event.type() == QEvent.Type.ShortcutOverride and is_escape:
            event.accept()  # before Esc stops a reply
            return True
        return super().event(event)

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays in the menu."""
        if self.field is None or self.field.editor.hasFocus():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.field.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._panel.contains(event.position().toPoint()):
            self.close_and_return()

    @override
    def resizeEvent(self, event: object) -> None:
        if self._is_open:
            self.close_and_return()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self._panel)
        shadow = QColor(theme.window if theme.is_dark else theme.text)
        shadow.setAlpha(_SHADOW_ALPHA[theme.is_dark])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shadow)
        for spread in range(_SHADOW // 2, -_SHADOW // 2, -_SHADOW_STEP):
            grown = body.translated(0, _SHADOW_DROP).adjusted(-spread, -spread, spread, spread)
            painter.drawRoundedRect(grown, _RADIUS + max(0, spread), _RADIUS + max(0, spread))
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.end()
