"""What a person knows of a model and its provider does not tell: context, abilities and prices."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_agent.config.providers import ModelFigures, ProviderEntry
from desktop_agent.config.setting import describe
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import isolated
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.described_rows import DescribedRow
from desktop_agent.gui.settings.sheet import Sheet
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_WIDTH, _PADDING = 520, 24


class ModelDetails(Sheet):
    """A small window with the figures of a provider's default model; they count at once.

    Args:
        connections: The providers.
        entry: The provider, which has a default model.
        appearance: Theme and zoom.
        parent: Above whose window it stands.

    Attributes:
        rows: The rows, by the names of the fields of `ModelFigures`, and "timeout".
    """

    def __init__(
        self, connections: Connections, entry: ProviderEntry, appearance: Appearance, parent: QWidget
    ) -> None:
        title = QCoreApplication.translate("ModelDetails", "Details of {model}")
        super().__init__(title.format(model=isolated(entry.model)), appearance, parent)
        self._connections = connections
        self._id, self._model = entry.id, entry.model
        text = self.tr("What the provider tells itself counts first. Leave empty what you don't know.")
        self._intro = plain_label(text, self)
        figures = entry.figures.get(entry.model) or ModelFigures()
        self.rows: dict[str, DescribedRow] = {}
        for each in describe(ModelFigures):
            row = self.rows[each.name] = DescribedRow(each, appearance, self._take_figure)
            row.show_value(getattr(figures, each.name))
        timeout = next(each for each in describe(ProviderEntry) if each.name == "timeout")
        self.rows["timeout"] = DescribedRow(timeout, appearance, self._take_timeout)
        self.rows["timeout"].show_value(entry.timeout)
        self.close_button = TextButton(self.tr("Close"), appearance, parent=self)
        self._build_ui()
        self.close_button.clicked.connect(self.close)

    def _build_ui(self) -> None:
        layout = QVBoxLayout(self)
        edge = _PADDING - RING_MARGIN
        layout.setContentsMargins(_PADDING, _PADDING, edge, edge)
        layout.setSpacing(8)
        color_label(self._intro, self._appearance.theme.text2)
        self._intro.setFont(self._appearance.text_font(TextStyle.UI))
        layout.addWidget(self._intro)
        for row in self.rows.values():
            layout.addWidget(row)
        layout.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        layout.addLayout(foot)
        self.setMinimumWidth(_WIDTH)

    def _take_figure(self, name: str, value: Any) -> None:
        entry = self._connections.entry(self._id)
        if entry is None:
            return
        figures = entry.figures.get(self._model) or ModelFigures()
        changed = ModelFigures(**{**dict(figures), name: value})
        known = {model: each for model, each in entry.figures.items() if model != self._model}
        if changed != ModelFigures():
            known[self._model] = changed
        self._connections.put(entry.model_copy(update={"figures": known}))

    def _take_timeout(self, name: str, value: Any) -> None:
        entry = self._connections.entry(self._id)
        if entry is not None:
            self._connections.put(entry.model_copy(update={name: float(value)}))
