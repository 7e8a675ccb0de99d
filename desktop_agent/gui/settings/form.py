"""A form: names at the left, fields at the right, and below a field what is not valid in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton
from desktop_agent.gui.widgets.fields import field_height
from desktop_agent.gui.widgets.labels import color_label, plain_label

LABELS = 128
"""From where a name begins to where its field begins, in logical pixels."""
_GAP = 12
_ERROR_GAP = 4


@dataclass(frozen=True)
class _Row:
    """The labels of a field, and its place in the grid."""

    name: QLabel
    error: QLabel
    place: int


class Form(QWidget):
    """Names and fields in rows."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._rows: dict[QWidget, _Row] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnMinimumWidth(0, LABELS - RING_MARGIN)
        self._grid.setColumnStretch(1, 1)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    def add(self, name: str, field: QWidget) -> None:
        """Put a row below the others.

        Args:
            name: What stands before the field.
            field: Has its own accessible name; one with a fixed width takes no more than that.
        """
        row = self._grid.rowCount()
        label = plain_label(name, self)
        label.setBuddy(field)
        error = plain_label("", self)
        error.hide()
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(self._cell(field), row, 1)
        self._grid.addWidget(error, row + 1, 1)
        self._grid.setRowMinimumHeight(row + 2, _GAP)
        self._rows[field] = _Row(label, error, row)
        self._apply_appearance()

    def _cell(self, field: QWidget) -> QHBoxLayout:
        """A field where all begin; a button's body does, as the room for its ring stands before it."""
        cell = QHBoxLayout()
        begin, end = 0 if isinstance(field, PaintedButton) else RING_MARGIN, 0
        if self.isRightToLeft():  # Qt turns the order of a layout round, not its margins
            begin, end = end, begin
        cell.setContentsMargins(begin, 0, end, 0)
        cell.addWidget(field)
        if field.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Fixed or (
            field.minimumWidth() == field.maximumWidth()
        ):
            cell.addStretch(1)
        return cell

    def show_row(self, field: QWidget, *, is_shown: bool) -> None:
        """Show the row of a field, or take it away."""
        row = self._rows[field]
        row.name.setVisible(is_shown)
        field.setVisible(is_shown)
        if not is_shown:
            self.show_error(field, "")
        self._grid.setRowMinimumHeight(row.place + 2, _GAP if is_shown else 0)

    def error(self, field: QWidget) -> str:
        """The sentence below a field; empty for none."""
        return self._rows[field].error.text()

    def show_error(self, field: QWidget, sentence: str) -> None:
        """Say below a field what is not valid in it; empty for nothing."""
        label = self._rows[field].error
        label.setText(sentence)
        label.setAccessibleName(sentence)
        label.setVisible(bool(sentence))
        field.setAccessibleDescription(sentence)

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        height = math.ceil(TextStyle.SMALL.line_height * self._appearance.zoom)
        for row in self._rows.values():
            color_label(row.name, theme.text)
            row.name.setFont(self._appearance.text_font(TextStyle.UI))
            row.name.setMinimumHeight(field_height(self._appearance))
            color_label(row.error, theme.err)
            row.error.setFont(self._appearance.text_font(TextStyle.SMALL))
            row.error.setContentsMargins(RING_MARGIN, _ERROR_GAP, RING_MARGIN, 0)
            row.error.setMinimumHeight(height + _ERROR_GAP)
