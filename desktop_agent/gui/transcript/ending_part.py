"""What stands below a reply that did not end by itself: a notice, or a quiet remark."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop_agent.chat.notices import Action, Notice, Remark
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.widgets.buttons import RING_MARGIN
from desktop_agent.gui.widgets.notice import NoticeBox, RemarkRow

_NOTICE_GAP = 12
_ROW_GAP = 8
_ROW = 28


class EndingPart:
    """The notice or the row of one reply, while the reply is laid out.

    Attributes:
        widget: It.
        top: Where it begins in the message.
    """

    def __init__(self, what: Notice | Remark, appearance: Appearance, parent: QWidget) -> None:
        self.widget: NoticeBox | RemarkRow = (
            NoticeBox(what, appearance, parent)
            if isinstance(what, Notice)
            else RemarkRow(what, appearance, parent)
        )
        self.top = 0.0
        take_from_tab_order(self.widget)
        self.widget.show()

    @property
    def gap(self) -> float:
        """The distance from the text above it: the row's own widget begins with the room for a ring."""
        return _NOTICE_GAP if isinstance(self.widget, NoticeBox) else _ROW_GAP - RING_MARGIN

    def connect(self, choose: Callable[[Action], None], tell_change: Callable[[], None]) -> None:
        """Call `choose` when a button is pressed, and `tell_change` when its height has changed."""
        self.widget.action_chosen.connect(choose)
        if isinstance(self.widget, NoticeBox):
            self.widget.details_toggled.connect(tell_change)

    def height(self, width: float) -> float:
        """What it needs below each other at a width."""
        height = self.widget.heightForWidth(round(width))
        return height if isinstance(self.widget, NoticeBox) else max(_ROW + 2 * RING_MARGIN, height)

    def place(self, left: int, top: float, width: float) -> None:
        """Stand in the viewport, where the message's origin is at `left`, `top`."""
        height = round(self.height(width))
        self.widget.setGeometry(left, round(top + self.top), round(width), height)
