"""The window with a report of a fault: it is read before anything is copied."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout

from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.settings.sheet import Sheet
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, ButtonKind, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_WIDTH, _HEIGHT = 680, 480
_PADDING = 24
_COPIED_FOR = 1500  # milliseconds


class FaultWindow(Sheet):
    """Shows the whole text that "Copy report" copies; Esc and Close close it.

    Args:
        title: What happened, in one sentence.
        report: The text.
        window: Above which it stands.
    """

    def __init__(self, title: str, report: str, window: MainWindow) -> None:
        super().__init__(self.tr("Report of a fault"), window.appearance, window)
        self._appearance = window.appearance
        self.resize(_WIDTH, _HEIGHT)
        self.heading = plain_label(title, self)
        self._note = plain_label(
            self.tr(
                "Your text is kept. This is what the program knows of the fault: where it happened, and no "
                "keys, messages or folders of yours. It stays on this computer. Copy it if you want to tell "
                "somebody."
            ),
            self,
        )
        self.report = self._make_report(report)
        self.copy_button = TextButton(self.tr("Copy report"), self._appearance, icon="copy", parent=self)
        self.close_button = TextButton(self.tr("Close"), self._appearance, ButtonKind.PRIMARY, parent=self)
        self._said = QTimer(self, singleShot=True, interval=_COPIED_FOR)
        self._arrange()
        self._connect_signals()
        self._apply_appearance()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_report(self, report: str) -> QPlainTextEdit:
        field = QPlainTextEdit(report, self)
        field.setReadOnly(True)
        field.setTabChangesFocus(True)
        field.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        field.setAccessibleName(self.tr("Report"))
        return field

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.copy_button)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        edge = _PADDING - RING_MARGIN
        layout.setContentsMargins(_PADDING, _PADDING, edge, edge)
        layout.setSpacing(12)
        layout.addWidget(self.heading)
        layout.addWidget(self._note)
        layout.addWidget(self.report, 1)
        layout.addLayout(foot)

    def _connect_signals(self) -> None:
        self.copy_button.clicked.connect(self.copy)
        self.close_button.clicked.connect(self.close)
        self._said.timeout.connect(lambda: self.copy_button.set_label(self.tr("Copy report"), "copy"))
        self._appearance.changed.connect(self._apply_appearance)

    def copy(self) -> None:
        """Put the report on the clipboard, and say so on the button for a moment."""
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.set_label(self.tr("Copied"), "check")
        self._said.start()

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        self.heading.setFont(self._appearance.text_font(TextStyle.TITLE))
        self._note.setFont(self._appearance.text_font(TextStyle.UI))
        self.report.setFont(self._appearance.text_font(TextStyle.CODE_SMALL))
        self.report.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.sunken.name()}; color: {theme.text.name()}; padding: 8px;"
            f" border: 1px solid {theme.border.name()}; border-radius: 8px; }}"
        )
        color_label(self.heading, theme.text)
        color_label(self._note, theme.text2)
