"""The menu of the kinds of providers that can be added."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop_agent.config.provider_kinds import HOSTED, ProviderKind


class ProviderMenu(QMenu):
    """Offers the kinds of providers: those in the network, then servers on this computer.

    Signals:
        kind_chosen: A provider is to be added; carries its `ProviderKind`.
        look_requested: Servers on this computer are to be looked for.
    """

    kind_chosen = Signal(object)
    look_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in HOSTED:
            self._offer(kind)
        self.addSeparator()
        for kind in ProviderKind:
            if kind.is_local:
                self._offer(kind)
        self.addSeparator()
        self.addAction(self.tr("Look for servers on this computer")).triggered.connect(self.look_requested)

    def _offer(self, kind: ProviderKind) -> None:
        self.addAction(kind.facts.name).triggered.connect(lambda _checked=False: self.kind_chosen.emit(kind))
