"""The list of all keys: those of the registry, and those that a part of the window has for itself."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_agent.gui.actions import ActionRegistry, Place
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.sheet import Sheet
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import ENTER, RING_MARGIN, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_WIDTH, _HEIGHT = 520, 620
_PADDING = 24
_ROW = 28
_BEFORE_TITLE = 12

Row = tuple[str, str]


def shortcut_rows(registry: ActionRegistry) -> Iterator[tuple[str, list[Row]]]:
    """Each group of keys with its title: what they do, and the keys as this system writes them."""
    yield _writing()
    for place in Place:
        rows = [_row(action) for action in registry.actions_in(place)]
        if shown := [row for row in rows if row[1]]:
            yield place.title, shown
    yield _reading()


def _row(action: QAction) -> Row:
    name, _, hint = action.text().partition("\t")
    keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
    return name.rstrip("…"), ", ".join(keys) or hint


def _writing() -> tuple[str, list[Row]]:
    tr = QCoreApplication.translate
    rows = [
        (tr("ShortcutList", "Send (another key can be chosen in the settings)"), _native(ENTER)),
        (tr("ShortcutList", "New line"), _native(f"Shift+{ENTER}")),
    ]
    return tr("ShortcutList", "While writing"), rows


def _reading() -> tuple[str, list[Row]]:
    tr = QCoreApplication.translate
    rows = [
        (tr("ShortcutList", "Message before, message after"), _native("Up", "Down")),
        (tr("ShortcutList", "Page up, page down"), _native("PgUp", "PgDown")),
        (tr("ShortcutList", "Start, end"), _native("Home", "End")),
        (tr("ShortcutList", "Select"), _native("Shift+Up", "Shift+Down")),
        (tr("ShortcutList", "Into the controls of a message, and back"), _native(ENTER, "Esc")),
        (tr("ShortcutList", "Version before, version after"), _native("Alt+Left", "Alt+Right")),
    ]
    return tr("ShortcutList", "In the conversation"), rows


def _native(*keys: str) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


class ShortcutList(Sheet):
    """The list in a window of its own; Esc and Close close it."""

    def __init__(self, registry: ActionRegistry, appearance: Appearance, parent: QWidget) -> None:
        title = QCoreApplication.translate("ShortcutList", "Keyboard shortcuts")
        super().__init__(title, appearance, parent)
        self._appearance = appearance
        self._labels: list[tuple[QLabel, TextStyle, str]] = []
        self.resize(_WIDTH, _HEIGHT)
        self.area = self._area(registry, title)
        self.close_button = TextButton(self.tr("Close"), appearance, parent=self)
        self.close_button.clicked.connect(self.close)
        foot = QHBoxLayout()
        edge = _PADDING - RING_MARGIN
        foot.setContentsMargins(edge, 8, edge, edge)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.area, 1)
        layout.addLayout(foot)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)  # arrows and page keys scroll

    def _area(self, registry: ActionRegistry, title: str) -> QScrollArea:
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(title)
        rows = self._rows(registry)
        area.setWidget(rows)
        for each in (area.viewport(), rows):
            each.setAutoFillBackground(False)
        return area

    def _rows(self, registry: ActionRegistry) -> QWidget:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(_PADDING, _PADDING, _PADDING, 0)
        grid.setHorizontalSpacing(_PADDING)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        line = 0
        for title, rows in shortcut_rows(registry):
            if line:
                grid.setRowMinimumHeight(line, _BEFORE_TITLE)
                line += 1
            grid.setRowMinimumHeight(line, _ROW)
            grid.addWidget(self._label(title, TextStyle.UI_STRONG, "text"), line, 0, 1, 2)
            for name, keys in rows:
                line += 1
                grid.setRowMinimumHeight(line, _ROW)
                label = self._label(name, TextStyle.UI, "text")
                label.setAccessibleName(f"{name}, {keys}")
                grid.addWidget(label, line, 0)
                beside = self._label(keys, TextStyle.UI, "text2")
                beside.setWordWrap(False)
                grid.addWidget(beside, line, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line += 1
        grid.setRowStretch(line, 1)
        return content

    def _label(self, text: str, style: TextStyle, color: str) -> QLabel:
        label = plain_label(text)
        self._labels.append((label, style, color))
        return label

    def _apply_appearance(self) -> None:
        for label, style, color in self._labels:
            color_label(label, getattr(self._appearance.theme, color))
            label.setFont(self._appearance.text_font(style))
