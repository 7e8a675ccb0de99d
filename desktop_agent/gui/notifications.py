"""Tells that a reply has ended while the window is in the background; what was said is not told."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.single_instance import raise_window

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

    from desktop_agent.gui.conversation import Conversation
    from desktop_agent.gui.desk import Desk
    from desktop_agent.gui.settings.live_settings import LiveSettings
    from desktop_agent.gui.task_scope import TaskScope

_SHOWN_FOR = 8000  # milliseconds


class Notifications(QObject):
    """Follows the replies of all conversations.

    On Linux the desktop's own service shows it, elsewhere Qt does; the task bar asks for attention, too.

    Args:
        window: The window.
        desk: The conversations.
        live: The settings, in which it can be turned off.
        scope: Owns the tasks.

    Signals:
        notified: A notification was handed to the desktop; carries its text.
    """

    notified = Signal(str)

    def __init__(self, window: MainWindow, desk: Desk, live: LiveSettings, scope: TaskScope) -> None:
        super().__init__(window)
        self._window = window
        self._live = live
        self._scope = scope
        self._last = 0
        self._tray: QSystemTrayIcon | None = None
        desk.ended.connect(self._tell_end)

    def tell(self, text: str) -> None:
        """Show `text`, unless somebody looks at the program, or wants no notifications."""
        if QApplication.activeWindow() is not None or not self._live.settings.general.notify:
            return
        QApplication.alert(self._window)
        self._scope.spawn(self._show(text), "notification")

    def _tell_end(self, conversation: Conversation) -> None:
        texts = {
            "finished": self.tr("The reply is complete."),
            "failed": self.tr("The reply could not be completed."),
        }
        text = texts.get(conversation.last_outcome)
        if text is not None:
            self.tell(text)

    async def _show(self, text: str) -> None:
        title = QGuiApplication.applicationDisplayName()
        if sys.platform.startswith("linux"):
            from desktop_agent.config.notification_service import notify

            # The next one takes its place: there is no list of them to clear away.
            self._last = await asyncio.to_thread(notify, title, text, self._last)
        else:
            self._show_by_qt(title, text)
        self.notified.emit(text)

    def _show_by_qt(self, title: str, text: str) -> None:
        from PySide6.QtWidgets import QSystemTrayIcon

        if self._tray is None:
            self._tray = QSystemTrayIcon(QGuiApplication.windowIcon(), self)
            self._tray.messageClicked.connect(lambda: raise_window(self._window))
        self._tray.show()  # Windows shows messages of icons that are seen alone
        self._tray.showMessage(title, text, QGuiApplication.windowIcon(), _SHOWN_FOR)
