"""The left side of the export: which format, what stands in it, which messages."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.export.option_rows import FORMAT_HEIGHT, OPTION_HEIGHT, FormatRow, OptionRow
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.fields import SelectField, field_height
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.transcripts.options import ExportOptions, Format

WIDTH = 263
_TOP = 16
_LEFT, _ROW_LEFT = 22, 14
_LABEL = 16
_LABEL_GAP = 4
_SECTION = 20
_BOTTOM = 24


class Scope(Enum):
    """Which messages are exported."""

    WHOLE = auto()
    SELECTED = auto()
    LAST = auto()
    ALL = auto()  # every conversation, in an archive


class OptionsPanel(QWidget):
    """Chooses what is exported, and how.

    Args:
        scopes: What can be exported, the first of which is chosen.
        appearance: Theme and zoom.
        parent: Where it stands.

    Signals:
        changed: Something else is chosen.
    """

    changed = Signal()

    def __init__(self, scopes: list[Scope], appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._labels = [
            plain_label(text, self) for text in (self.tr("Format"), self.tr("Include"), self.tr("Messages"))
        ]
        self.formats = {
            form: FormatRow(self._format_name(form), form.suffix, appearance, self) for form in Format
        }
        self.formats[Format.MARKDOWN].setChecked(True)
        texts = {
            "tool_calls": self.tr("Tool calls and results"),
            "thoughts": self.tr("Thoughts"),
            "times": self.tr("Times and model names"),
            "figures": self.tr("Token counts and cost"),
            "other_versions": self.tr("Other branches"),
        }
        usual = ExportOptions()
        self.rows = {name: OptionRow(text, appearance, self) for name, text in texts.items()}
        self.select = SelectField(self.tr("Messages"), appearance, self)
        self.select.set_choices([(scope, self._scope_name(scope)) for scope in scopes])
        self.select.choose(scopes[0])
        self.select.chosen.connect(lambda _: self.changed.emit())
        for name, row in self.rows.items():
            row.setChecked(getattr(usual, name))
            row.toggled.connect(lambda _: self.changed.emit())
        for button in self.formats.values():
            button.toggled.connect(self._choose_format)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    @property
    def form(self) -> Format:
        """The format that is chosen."""
        return next(form for form, row in self.formats.items() if row.isChecked())

    @property
    def options(self) -> ExportOptions:
        """What stands in the file."""
        rows = self.rows
        return ExportOptions(
            tool_calls=rows["tool_calls"].isChecked(),
            thoughts=rows["thoughts"].isChecked(),
            times=rows["times"].isChecked(),
            figures=rows["figures"].isChecked(),
            other_versions=rows["other_versions"].isChecked(),
        )

    @property
    def scope(self) -> Scope:
        """Which messages."""
        scope: Scope = self.select.value
        return scope

    def first_focus(self) -> QWidget:
        """What has the keyboard at first: the format that is chosen."""
        return self.formats[self.form]

    def _format_name(self, form: Format) -> str:
        return self.tr("Plain text") if form is Format.TEXT else form.label

    def _scope_name(self, scope: Scope) -> str:
        return {
            Scope.WHOLE: self.tr("Whole conversation"),
            Scope.SELECTED: self.tr("Selected messages"),
            Scope.LAST: self.tr("Last question and reply"),
            Scope.ALL: self.tr("All conversations"),
        }[scope]

    def _choose_format(self, is_chosen: bool) -> None:
        if not is_chosen:
            return
        for row in self.rows.values():  # JSON is complete: there is nothing to leave out
            row.setEnabled(self.form is not Format.JSON)
        self.changed.emit()

    def _apply_appearance(self) -> None:
        for label in self._labels:
            label.setFont(self._appearance.text_font(TextStyle.MICRO_STRONG))
            color_label(label, self._appearance.theme.text3)
        self.setFixedHeight(self._arrange())

    def _arrange(self) -> int:
        """Place everything; the answer is the height that it takes."""
        zoom, width = self._appearance.zoom, self.width()
        inner = width - 2 * _LEFT
        y = self._place_label(self._labels[0], _TOP)
        height = round(FORMAT_HEIGHT * zoom)
        for format_row in self.formats.values():
            self._place(format_row, QRect(_ROW_LEFT, y, width - 2 * _ROW_LEFT, height))
            y += height
        y = self._place_label(self._labels[1], y + _SECTION)
        height = round(OPTION_HEIGHT * zoom)
        for row in self.rows.values():
            self._place(row, QRect(_LEFT, y, inner, height))
            y += height
        y = self._place_label(self._labels[2], y + _SECTION)
        self._place(self.select, QRect(_LEFT, y, inner, field_height(self._appearance)))
        return y + self.select.height() + _BOTTOM

    def _place_label(self, label: QLabel, y: int) -> int:
        height = round(_LABEL * self._appearance.zoom)
        self._place(label, QRect(_LEFT, y, self.width() - 2 * _LEFT, height))
        return y + height + _LABEL_GAP

    def _place(self, part: QWidget, box: QRect) -> None:
        part.setGeometry(mirrored(box, self))

    @override
    def sizeHint(self) -> QSize:
        return QSize(WIDTH, self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._appearance.theme.window)
        painter.end()
