"""Text from right to left, in a window from left to right and in one that is mirrored."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop_agent.chat.notices import STOPPED
from desktop_agent.config.provider import Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript
from gui.block_pictures import items_of
from loopback import LoopbackServer, Reply
from qt_signals import upcoming

ARABIC = "مرحبا بالعالم هذا نص طويل"
MIXED = [
    "English words then עברית עוד מילים and more English words and שלום עולם again to wrap lines " * 3,
    "مرحبا English words 123 بالعالم هذا نص طويل mixed text " * 6,
    "one עברית 🎈 two 12 שלום three " * 9,
]


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize("width", [230.0, 300.0, 417.0])
def test_a_selection_of_everything_has_no_holes(qapp: QApplication, text: str, width: float) -> None:
    [item] = items_of(text, width=width)
    rects = item.selection_rects(0, item.text_length)
    tops = [rect.top() for rect in rects]
    assert tops == sorted(set(tops))  # one rectangle in each line
    assert len(rects) == item.height / 24
    for rect in rects[:-1]:
        assert rect.width() > width / 2


@pytest.mark.parametrize("text", MIXED)
def test_selected_parts_tile_the_line(qapp: QApplication, text: str) -> None:
    """Whatever is selected and what is not share a line without overlap, and without a gap."""
    [item] = items_of(text, width=300)
    whole = sum(rect.width() for rect in item.selection_rects(0, item.text_length))
    for cut in range(1, item.text_length - 1, 7):
        first, second = item.selection_rects(0, cut), item.selection_rects(cut, item.text_length)
        assert abs(sum(rect.width() for rect in first + second) - whole) <= 1.5
        overlaps = [a.intersected(b).width() for a in first for b in second if a.intersects(b)]
        assert all(width <= 0.6 for width in overlaps)


def ink(image: QImage, area: QRect, ground: object) -> QRect:
    """What of an area is not the ground's colour."""
    xs = [
        x
        for x in range(area.left(), area.right() + 1)
        if any(image.pixelColor(x, y) != ground for y in range(area.top(), area.bottom() + 1))
    ]
    return QRect(QPoint(xs[0], area.top()), QPoint(xs[-1], area.bottom())) if xs else QRect()


def body_line(view: Transcript, message: AgentMessage, index: int = 0) -> QRect:
    origin = view.origin_of(message) + QPointF(0, message.block_y(index))
    return QRectF(0, origin.y(), view.width(), 24).toRect()


def test_arabic_paragraphs_stand_at_the_right(view: Transcript, appearance: Appearance) -> None:
    reply = AgentMessage("assistant", appearance, f"{ARABIC}\n\nEnglish words.")
    view.open([reply])
    image = view.grab().toImage()
    left, right = 154, 154 + 712
    arabic = ink(image, body_line(view, reply, 0), LIGHT.surface)
    english = ink(image, body_line(view, reply, 1), LIGHT.surface)
    assert abs(arabic.right() - right) <= 4
    assert arabic.left() > left + 300
    assert abs(english.left() - left) <= 4


def test_arabic_in_a_bubble_stands_at_its_right(view: Transcript, appearance: Appearance) -> None:
    question = UserMessage(f"{ARABIC}\nA longer line of English words below it", appearance)
    view.open([question])
    image = view.grab().toImage()
    first = ink(image, QRect(154 + 712 - 350, 28 + 12, 350 - 2, 20), LIGHT.bubble)
    assert abs(first.right() - (154 + 712 - 16)) <= 6


@pytest.mark.usefixtures("mirrored")
def test_messages_are_mirrored(view: Transcript, appearance: Appearance) -> None:
    question = view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "Hm."), (False, f"English words.\n\n{ARABIC}")])
    view.end_reply(reply, "214 completion", Ending(STOPPED))
    left, right = 154, 154 + 712
    image = view.grab().toImage()
    bubble = ink(image, QRect(0, round(view.origin_of(question).y()) + 20, 1008, 2), LIGHT.surface)
    assert bubble.left() == left
    name = ink(image, QRect(0, round(view.origin_of(reply).y()), 1008, 20), LIGHT.surface)
    assert abs(name.right() - right) <= 2
    assert reply.thought_button is not None
    assert reply.thought_button.geometry().right() + 1 == right + 4
    assert reply.ending_widget is not None
    words, button = reply.ending_widget.findChildren(QWidget)[:2]
    assert words.x() > button.x()
    assert reply.footer is not None
    assert reply.footer.mapTo(view.viewport(), reply.footer.copy_button.geometry().center()).x() > right - 30
    figures = ink(image, reply.footer.geometry().adjusted(0, 8, -60, -8), LIGHT.surface)
    assert abs(figures.left() - left) <= 2
    # Text keeps the direction of its own words.
    english = ink(image, body_line(view, reply, 0), LIGHT.surface)
    arabic = ink(image, body_line(view, reply, 1), LIGHT.surface)
    assert abs(english.left() - left) <= 4
    assert abs(arabic.right() - right) <= 4


def places(parts: RunningWindow) -> dict[str, QRect]:
    """Where controls stand in the window."""
    window = parts.window
    named: dict[str, QWidget] = {
        "title": window.header.title,
        "model": window.header.pickers,
        "send": window.composer.send_button,
        "state": window.status_bar.state_item,
        "prompt": window.status_bar.prompt_item,
    }
    failed = parts.transcript.messages[-1]
    assert isinstance(failed, AgentMessage)
    assert failed.ending_widget is not None
    for child in failed.ending_widget.findChildren(QAbstractButton):
        named[child.accessibleName()] = child
    found = {name: QRect(each.mapTo(window, QPoint(0, 0)), each.size()) for name, each in named.items()}
    dot = found["state"].adjusted(0, 6, 0, -6)
    found["words of the state"] = ink(window.grab().toImage(), dot, LIGHT.window)
    return found


def test_the_window_is_mirrored(
    drive: Callable[..., int], server: LoopbackServer, local: Provider, qapp: QApplication
) -> None:
    found: list[dict[str, QRect]] = []

    async def steps(parts: RunningWindow) -> None:
        server.enqueue(Reply(text="Fine.", usage=(1284, 214)), Reply(status=500))
        for signal in ("finished", "failed"):
            ended = upcoming(ended=getattr(parts.runner, signal))
            parts.desk.send("Go")
            await ended
        found.append(places(parts))

    assert drive(local, steps, restores=False) == 0
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert drive(local, steps, restores=False) == 0
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    plain, turned = found
    assert {"Details", "Retry"} <= set(plain)
    for name, rect in plain.items():
        assert abs(turned[name].left() - (1279 - rect.right())) <= 2, name
        assert turned[name].top() == rect.top(), name
