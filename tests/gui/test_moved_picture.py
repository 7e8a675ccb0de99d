"""What streams moves the picture of the view and paints its end: it is the picture that is painted anew."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Iterator
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, Qt
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from typing_extensions import override

from desktop_agent.chat.notices import STOPPED
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.view import Transcript

TEXT = """Some words, **bold ones** and `code`, which go on for so long that they take two lines.

- an item with [a link](https://example.org) and `code`
- another one
  1. inside of it

```python
def part(value: int) -> str:
    return f"{value}"  # a comment
```

| Tier | N |
|---|--:|
| Free | 12 |
| Basic | 144 |

> Quoted words, and **bold** ones.

"""
_ROUNDING = 2
_numbers = itertools.cycle([5, 61, 17, 130, 3, 44])


def pieces(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        length = next(_numbers)
        yield text[at : at + length]
        at += length


class Screen(QObject):
    """The picture of a view as the platform shows it.

    Attributes:
        painted: How many pixels were painted since the last picture was taken.
    """

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self._view = view
        self.painted = 0
        view.viewport().installEventFilter(self)

    def picture(self) -> QImage:
        """What is on the screen after all has been painted that is to be."""
        self.painted = 0
        QCoreApplication.sendPostedEvents(self._view, QEvent.Type.UpdateRequest)
        found = self._view.screen().grabWindow(self._view.winId())
        return found.toImage().convertToFormat(QImage.Format.Format_RGB32)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            for rect in cast("Iterable[QRect]", event.region()):
                self.painted += rect.width() * rect.height()
        return super().eventFilter(watched, event)


def is_drawn(shown: QImage, view: Transcript) -> bool:
    """Whether a picture is that of the whole view painted anew, without the screen.

    A round corner that is cut by an edge may be off by one or two in a colour: Qt's raster depends on that.
    """
    drawn = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    if shown == drawn or shown.size() != drawn.size():
        return shown == drawn
    pairs = zip(bytes(shown.constBits()), bytes(drawn.constBits()), strict=True)
    return all(abs(one - other) <= _ROUNDING for one, other in pairs if one != other)


@pytest.fixture
def screen(view: Transcript, qtbot: QtBot) -> Screen:
    qtbot.waitExposed(view)
    return Screen(view)


def stream(view: Transcript, screen: Screen, reply: AgentMessage, *, is_thought: bool = False) -> list[int]:
    """Stream the text; the answer is how many pixels each piece has painted."""
    painted = []
    for number, piece in enumerate(pieces(TEXT)):
        view.append_to_reply(reply, [(is_thought, piece)])
        if number % 3:  # some frames are skipped: two changes are painted together
            shown = screen.picture()
            painted.append(screen.painted)
            assert is_drawn(shown, view), piece
    return painted


def test_a_reply_that_is_followed_is_painted_as_far_as_it_changed(view: Transcript, screen: Screen) -> None:
    view.add_user_message("A question")
    view.column.room_for = None  # the reply fills the view soon
    reply = view.begin_reply("assistant")
    stream(view, screen, reply, is_thought=True)
    stream(view, screen, reply)
    painted = stream(view, screen, reply)
    assert view.position.value > 0
    whole = view.viewport().width() * view.viewport().height()
    assert statistics.mean(painted) < whole / 3
    view.end_reply(reply, "3 prompt", Ending(STOPPED))
    assert is_drawn(screen.picture(), view)


def test_selection_ring_and_scroll_bar_move_with_the_text(view: Transcript, screen: Screen) -> None:
    view.add_user_message("A question")
    reply = view.begin_reply("assistant")
    for _ in range(3):
        view.append_to_reply(reply, [(False, TEXT)])
    view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    view.scroll_by(-30)
    view.scroll_by(30)  # the scroll bar shows for a while
    assert view.position.following.is_on
    stream(view, screen, reply)


def test_what_is_read_above_the_end_stays_with_its_veil(view: Transcript, screen: Screen) -> None:
    view.add_user_message("A question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, TEXT)])
    view.hold()
    stream(view, screen, reply)  # the end passes the lower edge, where the veil then lies
    assert not view.position.is_at_end
    view.jump_to_latest()
    view.scroll_by(-20)
    view.scroll_by(1)  # near the end, which is followed from the next piece on
    assert view.position.following.is_on
    assert not view.position.is_at_end
    stream(view, screen, reply)


def test_what_moves_below_its_veil_is_painted(view: Transcript, screen: Screen) -> None:
    view.add_user_message("A question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "[w][a] " * 90 + "\n\n" + TEXT * 3)])
    view.position.go_to(view.top_of(reply) + 300)
    screen.picture()
    before = view.position.value
    view.append_to_reply(reply, [(False, "\n[a]: https://example.org\n\nMore.\n")])
    assert view.position.value < before  # the first paragraph has fewer lines now
    assert not view.position.is_at_end
    assert is_drawn(screen.picture(), view)
