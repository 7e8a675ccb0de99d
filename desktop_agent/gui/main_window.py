"""The window: sidebar, header, conversation, composer, status bar, and what keys reach. No logic."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import ZOOM_STEP, Appearance
from desktop_agent.gui.columns import COMPACT_WIDTH, column_rect
from desktop_agent.gui.pickers.header_pickers import AGENT_KEYS, MODEL_KEYS
from desktop_agent.gui.sidebar.frame import NEW_CHAT_KEYS, SETTINGS_KEYS
from desktop_agent.gui.sidebar.placement import SidebarPlacement
from desktop_agent.gui.sidebar.search_field import SEARCH_KEYS
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.widgets import header, status_bar
from desktop_agent.gui.widgets.composer import Composer
from desktop_agent.gui.widgets.empty_page import EmptyPage
from desktop_agent.gui.widgets.header import Header
from desktop_agent.gui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from desktop_agent.chat.notices import Notice
    from desktop_agent.gui.widgets.notice import NoticeBox

_COMPOSER_MARGIN = 14
_COMPOSER_SHARE = 0.4
_BANNER_GAP = 8
_IS_MACOS = sys.platform == "darwin"
_PREVIOUS_KEYS = ("Ctrl+Shift+[", "Ctrl+{") if _IS_MACOS else ("Ctrl+PgUp",)
_NEXT_KEYS = ("Ctrl+Shift+]", "Ctrl+}") if _IS_MACOS else ("Ctrl+PgDown",)


class _Pane(QWidget):
    """Places the parts of the window; the conversation's view comes after the first paint."""

    painted = Signal()

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
        self.composer.height_changed.connect(self.arrange)
        self.placement.moved.connect(self.arrange)
        self.placement.toggled.connect(self._follow_sidebar)
        appearance.changed.connect(self.update)
        self._order_focus()

    def _order_focus(self) -> None:
        chain: list[QWidget] = [self.composer.editor, self.composer.send_button, *self.header.focus_chain()]
        chain += [*self.sidebar.focus_chain(), *self.empty_page.cards]
        if self.transcript is not None:
            chain.append(self.transcript)
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
        return [*found, (self.composer, self.composer.editor)]

    def add_transcript(self, transcript: QWidget) -> None:
        transcript.setParent(self)
        transcript.hide()
        transcript.lower()

    def set_transcript(self, transcript: QWidget) -> None:
        if self.transcript is not None and self.transcript is not transcript:
            self.transcript.hide()
        self.transcript = transcript
        self._order_focus()
        self.arrange()

    def show_transcript(self) -> None:
        if self.transcript is not None:
            self.transcript.show()
            self.empty_page.hide()

    def show_empty_page(self) -> None:
        if self.transcript is not None:
            self.transcript.hide()
        self.empty_page.show()

    def show_banner(self, banner: NoticeBox | None) -> None:
        if self.banner is not None:
            self.banner.hide()
            self.banner.deleteLater()
        self.banner = banner
        if banner is not None:
            banner.setParent(self)
            banner.show()
            banner.details_toggled.connect(self.arrange)
        self.arrange()

    def arrange(self) -> None:
        width, height = self.width(), self.height()
        self.composer.set_height_limit(round(height * _COMPOSER_SHARE))
        bottom = height - status_bar.HEIGHT
        rest = self.placement.arrange(QRect(0, 0, width, bottom))
        left = rest.left()
        column = column_rect(rest.width())
        composer_height = self.composer.sizeHint().height()
        composer_top = bottom - _COMPOSER_MARGIN - composer_height
        self.header.pickers.set_compact(is_compact=width < COMPACT_WIDTH)
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


class MainWindow(QMainWindow):
    """The window of the program.

    Attributes:
        wants_to_close: Whether `close_requested` was emitted.

    Signals:
        painted: Something was painted; the first one means that the user sees the window.
        close_requested: The user wants to close; the window stays until `close_now`.
        stop_requested: Esc or Ctrl+.
        jump_requested: Ctrl+End.
        copy_requested: Ctrl+Shift+C, the last reply.
        regenerate_requested: Ctrl+R, the last reply.
        banner_action_chosen: A button of the banner was pressed; carries its `Action`.
    """

    painted = Signal()
    close_requested = Signal()
    stop_requested = Signal()
    jump_requested = Signal()
    copy_requested = Signal()
    regenerate_requested = Signal()
    banner_action_chosen = Signal(object)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._may_close = False
        self.wants_to_close = False
        self._build_ui()
        self._build_actions()
        self._connect_signals()

    def _build_ui(self) -> None:
        self.setWindowTitle(self.tr("Desktop Agent"))
        self.setMinimumSize(480, 420)
        self.resize(1280, 820)
        self._pane = _Pane(self.appearance)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._pane)
        self.setCentralWidget(self._pages)
        self.header = self._pane.header
        self.empty_page = self._pane.empty_page
        self.composer = self._pane.composer
        self.status_bar = self._pane.status_bar
        self.sidebar = self._pane.sidebar
        self.sidebar_placement = self._pane.placement
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build_actions(self) -> None:
        self.stop_action = self._action(self.tr("Stop reply"), ("Esc", "Ctrl+."), self.stop_requested)
        self.stop_action.setEnabled(False)
        self._action(self.tr("Focus composer"), ("Ctrl+L",), self.composer.setFocus)
        self._action(self.tr("New chat"), (NEW_CHAT_KEYS,), self.sidebar.new_chat_requested.emit)
        self._action(self.tr("Search conversations"), (SEARCH_KEYS,), self._search)
        self._action(self.tr("Settings"), (SETTINGS_KEYS,), self.sidebar.settings_requested.emit)
        self._action(self.tr("Toggle sidebar"), ("Ctrl+B",), self.sidebar_placement.toggle)
        self._action(
            self.tr("Previous conversation"), _PREVIOUS_KEYS, lambda: self.sidebar.choose_neighbour(-1)
        )
        self._action(self.tr("Next conversation"), _NEXT_KEYS, lambda: self.sidebar.choose_neighbour(1))
        self._action(self.tr("Rename conversation"), ("F2",), self.header.edit_title)
        self._action(self.tr("Choose model"), (MODEL_KEYS,), self.header.pickers.choose_model)
        self._action(self.tr("Choose agent"), (AGENT_KEYS,), self.header.pickers.choose_agent)
        self._action(self.tr("Jump to latest"), ("Ctrl+End",), self.jump_requested)
        self._action(self.tr("Copy last reply"), ("Ctrl+Shift+C",), self.copy_requested)
        self._action(self.tr("Regenerate reply"), ("Ctrl+R",), self.regenerate_requested)
        self._action(self.tr("Larger text"), ("Ctrl+=", "Ctrl++"), lambda: self._zoom(1))
        self._action(self.tr("Smaller text"), ("Ctrl+-",), lambda: self._zoom(-1))
        self._action(self.tr("Actual text size"), ("Ctrl+0",), lambda: self.appearance.set_zoom(1.0))
        self._action(self.tr("Next region"), ("F6",), lambda: self._focus_region(1))
        self._action(self.tr("Previous region"), ("Shift+F6",), lambda: self._focus_region(-1))
        self._action(self.tr("Full screen"), ("F11",), self._toggle_full_screen)
        self._action(self.tr("Close window"), ("Ctrl+W",), self.close)
        self._action(self.tr("Quit"), ("Ctrl+Q",), self.close)

    def _action(self, text: str, keys: tuple[str, ...], reaction: object) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(reaction if isinstance(reaction, Signal) else lambda: reaction())  # type: ignore[operator]
        self.addAction(action)
        return action

    def _connect_signals(self) -> None:
        self._pane.painted.connect(self.painted)
        self.empty_page.prompt_chosen.connect(self._take_prompt)
        self.header.sidebar_button.clicked.connect(self.sidebar_placement.open)
        self.sidebar.typed.connect(self._type_into_composer)
        self.sidebar.dismissed.connect(self.composer.setFocus)
        self.sidebar.new_chat_requested.connect(self.composer.setFocus)

    def add_transcript(self, transcript: QWidget) -> None:
        """Take the view of a conversation into the window, unseen."""
        self._pane.add_transcript(transcript)

    def set_transcript(self, transcript: QWidget) -> None:
        """Make this the view of the window; it is seen after `show_transcript`."""
        self._pane.set_transcript(transcript)

    def show_transcript(self) -> None:
        """Show the conversation instead of the empty page."""
        self._pane.show_transcript()

    def show_empty_page(self) -> None:
        """Show the page of a conversation that has not begun."""
        self._pane.show_empty_page()

    def show_welcome(self, page: QWidget | None) -> None:
        """Show a page in place of everything else; None takes it away."""
        old = self._pages.widget(1)
        if old is not None:
            self._pages.removeWidget(old)
            old.deleteLater()
        if page is not None:
            self._pages.addWidget(page)
            self._pages.setCurrentWidget(page)

    @property
    def has_welcome(self) -> bool:
        """Whether a page is shown in place of everything else."""
        return self._pages.count() > 1

    def show_banner(self, notice: Notice | None) -> None:
        """Show a notice above the conversation until another one, or None, takes its place."""
        from desktop_agent.gui.widgets.notice import NoticeBox

        banner = None if notice is None else NoticeBox(notice, self.appearance)
        if banner is not None:
            banner.action_chosen.connect(self.banner_action_chosen)
        self._pane.show_banner(banner)

    def close_now(self) -> None:
        """Close without asking: everything is shut down."""
        self._may_close = True
        self.close()

    def _take_prompt(self, prompt: str) -> None:
        self.composer.set_text(prompt)
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _zoom(self, steps: int) -> None:
        self.appearance.set_zoom(self.appearance.zoom + steps * ZOOM_STEP)

    def _search(self) -> None:
        self.sidebar_placement.open()
        self.sidebar.focus_search()

    def _type_into_composer(self, text: str) -> None:
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.composer.editor.insertPlainText(text)

    def _focus_region(self, step: int) -> None:
        """Give the keyboard to the next region (1) or the one before (-1); to the composer from nowhere."""
        regions = self._pane.regions()
        focused = QApplication.focusWidget()
        at = (place for place, (region, _) in enumerate(regions) if focused and _is_in(focused, region))
        place = next(at, -1 - step)
        regions[(place + step) % len(regions)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.wants_to_close = True
            self.close_requested.emit()


def _is_in(widget: QWidget, region: QWidget) -> bool:
    return widget is region or region.isAncestorOf(widget)
