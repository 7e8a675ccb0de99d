"""What the window is made of, and where each part stands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import COMPACT_WIDTH, column_rect
from desktop_agent.gui.sidebar.placement import SidebarPlacement
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.widgets import header, status_bar
from desktop_agent.gui.widgets.composer import Composer
from desktop_agent.gui.widgets.empty_page import EmptyPage
from desktop_agent.gui.widgets.header import Header
from desktop_agent.gui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from desktop_agent.gui.console.panel import ConsolePanel
    from desktop_agent.gui.widgets.notice import NoticeBox

_COMPOSER_MARGIN = 14
_COMPOSER_SHARE = 0.4
_BANNER_GAP = 8
_PANEL_FROM = 600  # pixels of the window; below, the Console is a window of its own
_LEAST_BESIDE_PANEL = 280


class WindowPane(QWidget):
    """Places the parts of the window; the conversation's view comes after the first paint.

    Attributes:
        header, empty_page, composer, status_bar, sidebar: The parts that are there from the start.
        placement: Where the sidebar stands.
        transcript: The view of the conversation; None before there is one.
        banner: The notice above the conversation, if there is one.
        panel: The Console, once it was shown.

    Signals:
        painted: The pane was painted.
        menu_requested: The menu was asked for where no part has its own; carries where on the screen.
    """

    painted = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.header = Header(appearance, self)
        self.empty_page = EmptyPage(appearance, self)
        self.composer = Composer(appearance, self)
        self.status_bar = StatusBar(appearance, self)
        self.sidebar = Sidebar(appearance, self)
        self.placement = SidebarPlacement(self.sidebar, self)
        self.transcript: QWidget | None = None
        self.banner: NoticeBox | None = None
        self.panel: ConsolePanel | None = None
        self.composer.height_changed.connect(self.arrange)
        self.placement.moved.connect(self.arrange)
        self.placement.toggled.connect(self._follow_sidebar)
        appearance.changed.connect(self.update)
        self.header.buttons.resized.connect(self._order_focus)
        self._order_focus()

    def _order_focus(self) -> None:
        chain: list[QWidget] = [*self.composer.focus_chain(), *self.header.focus_chain()]
        chain += [*self.sidebar.focus_chain(), *self.empty_page.cards]
        if self.transcript is not None:
            chain.append(self.transcript)
        if self.panel is not None and not self.panel.isWindow():
            chain += self.panel.focus_chain()
        for first, second in pairwise(chain):
            self.setTabOrder(first, second)

    def _follow_sidebar(self, is_open: bool) -> None:
        """Show the button that opens the sidebar while it is closed; a closed one has no keyboard."""
        self.header.show_sidebar_button(is_shown=not is_open)
        if not is_open and self.sidebar.isAncestorOf(QApplication.focusWidget() or self):
            self.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def regions(self) -> list[tuple[QWidget, QWidget]]:
        """What F6 goes through: each region, and what in it takes the keyboard."""
        found: list[tuple[QWidget, QWidget]] = []
        if self.placement.is_open:
            found.append((self.sidebar, self.sidebar.focus_target()))
        of_header = self.header.focus_chain()
        found += [(self.header, part) for part in of_header if part.isVisible() and part.isEnabled()][:1]
        if self.transcript is not None and self.transcript.isVisible():
            found.append((self.transcript, self.transcript))
        else:
            found += [(self.empty_page, card) for card in self.empty_page.cards][:1]
        found.append((self.composer, self.composer.editor))
        if self.panel is not None and self.panel.isVisible():
            found.append((self.panel, self.panel.focus_target()))
        return found

    def add_transcript(self, transcript: QWidget) -> None:
        """Take a view in, unseen."""
        transcript.setParent(self)
        transcript.hide()
        transcript.lower()

    def set_transcript(self, transcript: QWidget) -> None:
        """Make this the view of the pane; it is seen after `show_transcript`."""
        if self.transcript is not None and self.transcript is not transcript:
            self.transcript.hide()
        self.transcript = transcript
        self._order_focus()
        self.arrange()

    def show_transcript(self) -> None:
        """Show the conversation instead of the empty page."""
        if self.transcript is not None:
            self.transcript.show()
            self.empty_page.hide()

    def show_empty_page(self) -> None:
        """Show the empty page instead of the conversation."""
        if self.transcript is not None:
            self.transcript.hide()
        self.empty_page.show()

    def show_banner(self, banner: NoticeBox | None) -> None:
        """Show this notice in place of the one that is there; None for none."""
        if self.banner is not None:
            self.banner.hide()
            self.banner.deleteLater()
        self.banner = banner
        if banner is not None:
            banner.setParent(self)
            banner.show()
            banner.details_toggled.connect(self.arrange)
            banner.text_resized.connect(self.arrange)
        self.arrange()

    def set_panel(self, panel: ConsolePanel) -> None:
        """Show the Console beside the conversation, or in a window of its own where there is no room."""
        if self.panel is not panel:
            self.panel = panel
            panel.resized.connect(self.arrange)
            panel.setParent(self)
            self._order_focus()
        panel.show()
        self.arrange()

    def hide_panel(self) -> None:
        """Take the Console away."""
        if self.panel is not None:
            self.panel.hide()
            self.arrange()

    def _arrange_panel(self, room: QRect) -> QRect:
        """Place the Console at the end of `room`, or in a window of its own; returns what is left."""
        panel = self.panel
        if panel is None or panel.isHidden():
            return room
        has_room = room.width() >= panel.minimumWidth() + _LEAST_BESIDE_PANEL and self.width() >= _PANEL_FROM
        if has_room == panel.isWindow():
            panel.setParent(self, Qt.WindowType.Widget if has_room else Qt.WindowType.Window)
            panel.show()
            self._order_focus()
        if not has_room:
            return room
        wide = min(panel.width_wanted, room.width() - _LEAST_BESIDE_PANEL)
        if self.isRightToLeft():
            panel.setGeometry(room.left(), 0, wide, room.height())
            return room.adjusted(wide, 0, 0, 0)
        panel.setGeometry(room.right() + 1 - wide, 0, wide, room.height())
        return room.adjusted(0, 0, -wide, 0)

    def arrange(self) -> None:
        """Give each part its place."""
        width, height = self.width(), self.height()
        self.composer.set_height_limit(round(height * _COMPOSER_SHARE))
        bottom = height - status_bar.HEIGHT
        rest = self._arrange_panel(self.placement.arrange(QRect(0, 0, width, bottom)))
        left = rest.left()
        column = column_rect(rest.width(), width)
        composer_height = self.composer.sizeHint().height()
        composer_top = bottom - _COMPOSER_MARGIN - composer_height
        self.header.set_compact(is_compact=width < COMPACT_WIDTH)
        self.composer.toggles.set_compact(is_compact=width < COMPACT_WIDTH)
        self.header.setGeometry(left, 0, rest.width(), header.HEIGHT)
        self.composer.setGeometry(left + column.left(), composer_top, column.width(), composer_height)
        self.status_bar.setGeometry(0, bottom, width, status_bar.HEIGHT)
        top = header.HEIGHT
        if self.banner is not None:
            height_of_banner = self.banner.heightForWidth(column.width())
            self.banner.setGeometry(left + column.left(), top + _BANNER_GAP, column.width(), height_of_banner)
            top += height_of_banner + 2 * _BANNER_GAP
        page = QRect(left, top, rest.width(), composer_top - top)
        self.empty_page.setGeometry(page)
        if self.transcript is not None:
            self.transcript.setGeometry(page)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._appearance.theme.surface)
        painter.end()
        self.painted.emit()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # Reached where no part has a menu of its own: header, status bar, the sidebar's ground.
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.menu_requested.emit(event.globalPos())
