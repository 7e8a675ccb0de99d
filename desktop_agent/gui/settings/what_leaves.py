"""What leaves this computer, and what stays: the page that the first run and the settings show."""

from __future__ import annotations

import html
import math

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.sheet import Sheet
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_WIDTH, _HEIGHT = 560, 560
_PADDING = 24


def title() -> str:
    """What the page is called."""
    return QCoreApplication.translate("WhatLeaves", "What leaves this computer")


def paragraphs() -> tuple[tuple[str, str], ...]:
    """Each paragraph: what it is about, and what happens."""
    tr = QCoreApplication.translate
    return (
        (
            tr("WhatLeaves", "When you send a message"),
            tr(
                "WhatLeaves",
                "It goes to the provider of the model that you chose, with the conversation so far and what "
                "the agent is told. Its beginning goes there once more for a title, unless you turn that "
                "off. With a model on this computer none of it leaves.",
            ),
        ),
        (
            tr("WhatLeaves", "Your API key"),
            tr(
                "WhatLeaves",
                "It goes to the address that you gave it for, and nowhere else. It is kept in the keychain "
                "of this computer; where there is none, until you quit.",
            ),
        ),
        (
            tr("WhatLeaves", "When you test a provider or fetch its models"),
            tr("WhatLeaves", "It is sent a request with the key, and nothing that you wrote."),
        ),
        (
            tr("WhatLeaves", "When you open a link"),
            tr(
                "WhatLeaves",
                "Your browser does. Pictures and links in replies are never loaded by themselves.",
            ),
        ),
        (
            tr("WhatLeaves", "What stays here"),
            tr(
                "WhatLeaves",
                "Conversations, backups, settings and the log. The log holds no keys, and nothing that you "
                "or a model wrote. The demo sends nothing at all.",
            ),
        ),
        (
            tr("WhatLeaves", "What does not happen"),
            tr(
                "WhatLeaves",
                "No account, no statistics, no crash reports, no search for updates. Nothing is sent before "
                "you ask for it; servers on this computer are looked for on this computer alone.",
            ),
        ),
    )


class WhatLeaves(QWidget):
    """The paragraphs.

    Args:
        appearance: Theme and zoom.
        parent: Where they stand.
        has_title: Whether the title stands above them as a heading of its own size.
    """

    def __init__(
        self, appearance: Appearance, parent: QWidget | None = None, *, has_title: bool = True
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._labels: list[tuple[QLabel, TextStyle, str]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if has_title:
            layout.addWidget(self._label(title(), TextStyle.UI_STRONG, "text"))
            layout.addSpacing(12)
        for number, (heading, text) in enumerate(paragraphs()):
            if number:
                layout.addSpacing(12)
            layout.addWidget(self._label(heading, TextStyle.UI_MEDIUM, "text"))
            layout.addWidget(self._label(text, TextStyle.UI, "text2"))
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    def _label(self, text: str, style: TextStyle, color: str) -> QLabel:
        label = plain_label(text, self)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._labels.append((label, style, color))
        return label

    def _apply_appearance(self) -> None:
        for label, style, color in self._labels:
            color_label(label, getattr(self._appearance.theme, color))
            label.setFont(self._appearance.text_font(style))
            # A label knows no height of lines but in HTML; the words are our own.
            height = math.ceil(style.line_height * self._appearance.zoom)
            words = html.escape(label.accessibleName())
            label.setText(f'<p style="margin: 0; line-height: {height}px">{words}</p>')


class WhatLeavesWindow(Sheet):
    """The paragraphs in a window of their own; Esc and Close close it."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(title(), appearance, parent)
        self.resize(_WIDTH, _HEIGHT)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(title())
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(_PADDING, _PADDING, _PADDING, _PADDING)
        inner.addWidget(WhatLeaves(appearance, content))
        inner.addStretch(1)
        area.setWidget(content)
        self.close_button = TextButton(self.tr("Close"), appearance, parent=self)
        self.close_button.clicked.connect(self.close)
        foot = QHBoxLayout()
        edge = _PADDING - RING_MARGIN
        foot.setContentsMargins(edge, 0, edge, edge)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        for each in (area.viewport(), content):
            each.setAutoFillBackground(False)
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)


def open_what_leaves(parent: QWidget, appearance: Appearance) -> WhatLeavesWindow:
    """Show the page in a window of its own, above that of `parent`."""
    window = WhatLeavesWindow(appearance, parent)
    window.show()
    return window
