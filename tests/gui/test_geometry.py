"""Each screen stands where the design's picture has it, within two pixels, in exactly its colours.

The tables were measured on the pictures, in their coordinates: columns from and to, rows from and to.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage

from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage
from gui import screens
from gui.ink import Ink, columns_of, ink_in, rows_of
from gui.screens import SIDEBAR, Screen

Box = tuple[int, int, int, int]

FOLLOWED = 8  # main-light is shown scrolled by so many pixels
NAME = 6  # and its name stands so much higher than the distance between messages and the other pictures say


@pytest.fixture
def shown(qapp: object, request: pytest.FixtureRequest) -> Iterator[Screen]:
    name, theme = request.param
    screen = screens.SCREENS[name](theme)
    yield screen
    screen.close()


def on(name: str) -> pytest.MarkDecorator:
    """Show a screen in both themes: its geometry is the same."""
    both = [(name, LIGHT), (name, DARK)]
    return pytest.mark.parametrize("shown", both, ids=["light", "dark"], indirect=True)


def assert_at(found: Ink | None, wanted: Box, *, dx: int = 0, dy: int = 0) -> None:
    """`found` is where a picture has `wanted` (left, right, top, bottom), moved by an offset."""
    assert found is not None
    left, right, top, bottom = wanted
    moved = Ink(left + dx, right + dx, top + dy, bottom + dy)
    assert all(abs(a - b) <= 2 for a, b in zip(found, moved, strict=True)), (found, moved)


def color(image: QImage, x: int, y: int) -> str:
    return image.pixelColor(x, y).name()


@on("main")
def test_main(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    x, y = -SIDEBAR, FOLLOWED - shown.transcript.position.value
    surface = theme.surface
    assert_at(ink_in(image, (2, 50, 1010, 122), surface), (808, 1125, 68, 111), dx=x, dy=y)
    bubble = (808 + x + 8, 68 + y + 4, 1125 + x - 8, 111 + y - 4)
    assert_at(ink_in(image, bubble, theme.bubble), (824, 1108, 83, 95), dx=x, dy=y)
    rest = rows_of(image, (2, 124, 1010, 206), surface)
    assert_at(rest[0], (414, 470, 137, 147), dx=x, dy=y + NAME)
    assert_at(rest[1], (419, 525, 171, 183), dx=x, dy=y + NAME)
    body = rows_of(image, (2, 206, 1010, 690), surface)
    for row, wanted in zip(body, _BODY, strict=True):
        assert_at(row, wanted, dx=x, dy=y + NAME)
    card = (420 + x, 198 + y + NAME, 1119 + x, 236 + y + NAME)
    for found, wanted in zip(columns_of(image, card, surface), _SEARCH_CARD, strict=True):
        assert_at(found, wanted, dx=x, dy=y + NAME)
    assert color(image, 700 + x, 196 + y + NAME) == theme.border.name()


_SEARCH_CARD: list[Box] = [
    (429, 440, 210, 223),
    (453, 526, 212, 223),
    (537, 743, 212, 222),
    (981, 990, 213, 220),
    (999, 1092, 212, 221),
    (1104, 1108, 213, 220),
]
_BODY: list[Box] = [
    (414, 1125, 196, 237),
    (414, 550, 261, 275),
    (414, 1077, 295, 310),
    (414, 756, 319, 333),
    (424, 1100, 355, 370),
    (423, 1046, 384, 400),
    (423, 922, 415, 430),
    (414, 938, 451, 469),
    (414, 1125, 484, 615),
    (414, 775, 637, 653),
]


@on("main")
def test_header_composer_and_status_bar(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    x = -SIDEBAR
    title = columns_of(image, (2, 2, 600, 46), theme.surface)[0]
    assert_at(title, (282, 455, 18, 29), dx=x)
    assert color(image, 500, 47) == theme.border.name()
    assert_at(ink_in(image, (2, 690, 1018, 790), theme.surface), (414, 1125, 694, 779), dx=x)
    assert color(image, 770 + x, 694) == theme.border_mid.name()
    assert color(image, 500 + x, 740) == theme.raised.name()
    placeholder = (420 + x, 700, 1000 + x, 735)
    assert_at(ink_in(image, placeholder, theme.raised), (432, 562, 712, 727), dx=x)
    send = (1075 + x, 730, 1118 + x, 772)
    assert_at(ink_in(image, send, theme.raised), (1085, 1116, 739, 770), dx=x)
    assert color(image, 1090 + x, 745) == theme.text.name()
    assert color(image, 500, 794) == theme.border.name()
    assert color(image, 500, 800) == theme.window.name()
    whole = shown.photograph()
    left = columns_of(whole, (2, 796, 400, 819), theme.window)
    for found, wanted in zip(left, _STATUS, strict=True):
        assert_at(found, wanted)
    assert color(whole, 17, 807) == theme.accent.name()
    right = columns_of(whole, (580, 796, 1278, 819), theme.window, gap=10)
    for found, wanted in zip(right, _FIGURES, strict=True):
        assert_at(found, wanted)
    assert color(whole, 1130, 807) == theme.accent.name()
    assert color(whole, 1180, 807) == theme.pressed.name()


@on("main")
def test_the_pickers(shown: Screen) -> None:
    image, theme = shown.photograph(), shown.theme
    words = columns_of(image, (1000, 5, 1225, 43), theme.surface)
    for found, wanted in zip(words, _PICKERS, strict=True):
        assert_at(found, wanted, dx=_ALONE)
    chevron = {color(image, x, y) for x in range(1199, 1209) for y in range(21, 27)}
    assert theme.text3.name() in chevron


_ALONE = 34  # the picture has a second button beside them, which comes with the Console
_PICKERS: list[Box] = [
    (988, 1042, 19, 29),
    (1053, 1060, 22, 26),
    (1084, 1156, 19, 31),
    (1166, 1173, 22, 26),
]
_FIGURES: list[Box] = [
    (608, 693, 803, 814),
    (711, 806, 803, 814),
    (824, 881, 803, 813),
    (898, 994, 803, 812),
    (1012, 1039, 803, 812),
    (1056, 1112, 802, 812),
    (1130, 1265, 803, 812),
]


_STATUS: list[Box] = [(14, 20, 804, 810), (28, 84, 803, 814), (102, 168, 803, 814), (186, 253, 803, 814)]


@on("scrolled")
def test_scrolled_up(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    x, surface = -SIDEBAR, theme.surface
    rows = rows_of(image, (150, 518, 600, 548), surface)
    assert_at(rows[0], (414, 781, 525, 539), dx=x)
    assert_at(ink_in(image, (150, 552, 170, 577), surface), (414, 427, 558, 569), dx=x)
    figures = columns_of(image, (500, 552, 900, 578), surface, gap=7)
    assert_at(Ink(figures[0].left, figures[-1].right, 559, 570), (850, 1124, 559, 570), dx=x)
    assert_at(ink_in(image, (500, 552, 900, 578), surface), (850, 1124, 559, 570), dx=x)
    assert_at(ink_in(image, (590, 590, 900, 650), surface), (864, 1125, 604, 647), dx=x)
    inside = (864 + x + 8, 608, 1125 + x - 8, 644)
    assert_at(ink_in(image, inside, theme.bubble), (880, 1108, 619, 633), dx=x)
    assert_at(ink_in(image, (150, 670, 220, 694), surface), (414, 470, 679, 689), dx=x)
    words = (735 + x - 4, 660, 823 + x + 5, 678)
    assert_at(ink_in(image, words, theme.raised), (735, 823, 663, 675), dx=x)
    assert_at(ink_in(image, (712 + x, 656, 730 + x, 680), theme.raised), (716, 724, 663, 672), dx=x)
    assert color(image, 702 + x + 4, 668) == theme.raised.name()
    assert color(image, 837 + x - 4, 668) == theme.raised.name()
    assert color(image, 770 + x, 652) == theme.border.name()
    assert color(image, 770 + x, 683) == theme.border.name()


@on("narrow")
def test_narrow(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    y, surface = 8, theme.surface
    assert_at(ink_in(image, (2, 50, 718, 124), surface), (382, 699, 68, 111), dy=y)
    rows = rows_of(image, (2, 124, 718, 510), surface)
    assert_at(rows[0], (20, 76, 143, 153), dy=y)
    card = 228 - 168  # the tool card and the gap below it
    for row, wanted in zip(rows[1:], _NARROW, strict=True):
        assert_at(row, wanted, dy=y - card)
    assert_at(ink_in(image, (2, 510, 718, 612), surface), (20, 699, 514, 599))
    assert color(image, 360, 514) == theme.border_mid.name()
    send = (640, 550, 692, 592)
    assert_at(ink_in(image, send, theme.raised), (659, 690, 559, 590))
    left = columns_of(image, (2, 616, 300, 639), theme.window)
    for found, wanted in zip(left, _NARROW_STATUS, strict=True):
        assert_at(found, wanted)

    right = columns_of(image, (400, 616, 718, 639), theme.window, gap=10)
    for found, wanted in zip(right, _NARROW_FIGURES, strict=True):
        assert_at(found, wanted)
    words = columns_of(image, (500, 5, 718, 43), surface, gap=5)
    for found, wanted in zip(words, _NARROW_PICKER, strict=True):
        assert_at(found, wanted)


_NARROW_PICKER: list[Box] = [(513, 567, 19, 29), (575, 647, 19, 31), (657, 664, 22, 26), (690, 699, 23, 24)]
_NARROW_FIGURES: list[Box] = [(422, 479, 623, 633), (496, 552, 622, 632), (570, 705, 623, 632)]
_NARROW: list[Box] = [
    (20, 156, 233, 247),
    (20, 683, 267, 282),
    (20, 362, 291, 305),
    (30, 689, 327, 342),
    (48, 105, 352, 363),
    (29, 496, 379, 396),
]
_NARROW_STATUS: list[Box] = [(14, 20, 624, 630), (28, 84, 623, 634), (102, 168, 623, 634)]


@on("empty")
def test_empty(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    x, surface = -SIDEBAR, theme.surface
    rows = rows_of(image, (2, 200, 1018, 460), surface)
    assert_at(rows[0], (414, 706, 274, 298), dx=x)
    assert_at(rows[1]._replace(right=0), (414, -x, 310, 325), dx=x)  # the words differ: no tool is on
    assert_at(rows[2], (414, 1125, 353, 443), dx=x)
    edges = [414, 642, 655, 884, 897, 1125]
    for edge in edges:
        assert theme.border.name() in {color(image, edge + x + step, 400) for step in (-1, 0, 1)}
    words = rows_of(image, (452 + x, 360, 630 + x, 440), surface)
    for found, wanted in zip(words, _CARD, strict=True):
        assert_at(found, wanted, dx=x)


_CARD: list[Box] = [(455, 571, 372, 384), (455, 601, 395, 407), (454, 549, 415, 427)]


@on("states")
def test_question_under_the_mouse(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    x, y, surface = 20 - 44, 28 - 56, theme.surface
    assert_at(ink_in(image, (2, 20, 699, 73), surface), (386, 703, 56, 99), dx=x, dy=y)
    found = columns_of(image, (480, 76, 699, 104), surface)
    # In the picture three more buttons follow; here the copy button ends where the bubble does.
    assert_at(found[-1], (578 + 105, 591 + 105, 112, 123), dx=x, dy=y)
    time = Ink(found[-2].right, found[-2].right, found[-2].top, found[-2].bottom)
    assert_at(time, (558 + 105, 558 + 105, 113, 122), dx=x, dy=y)


@on("states")
def test_stopped(shown: Screen) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    stopped = shown.transcript.messages[1]
    x, y = 20 - 44, round(shown.transcript.origin_of(stopped).y() + stopped.block_y(0)) - 416
    rows = rows_of(image, (2, 416 + y, 699, 490 + y), theme.surface)
    assert_at(rows[0], (44, 361, 421, 435), dx=x, dy=y)
    words, *buttons = columns_of(image, (2, 441 + y, 699, 490 + y), theme.surface, gap=7)
    assert_at(words, (44, 183, 457, 469), dx=x, dy=y)
    for button, wanted in zip(buttons, _STOPPED_BUTTONS, strict=True):
        assert_at(button, wanted, dx=x, dy=y)
        assert color(image, button.left + 20, button.top) == theme.border.name()


_STOPPED_BUTTONS: list[Box] = [(197, 274, 448, 475), (283, 376, 448, 475)]


@on("states")
@pytest.mark.parametrize(("index", "name"), [(2, "error"), (3, "offline"), (4, "demo")])
def test_notices(shown: Screen, index: int, name: str) -> None:
    image, theme = shown.photograph_beside_sidebar(), shown.theme
    top, ground, title, body, icon, buttons = _NOTICES[name]
    message = shown.transcript.messages[index]
    assert message.widgets()
    x, y = 20 - 44, message.widgets()[0].y() - top
    fill = getattr(theme, ground)
    assert_at(
        ink_in(image, (2, top + y - 3, 699, top + y + 80), theme.surface),
        (44, 703, top, top + 65),
        dx=x,
        dy=y,
    )
    assert color(image, 300, top + y + 3) == fill.name()
    words = rows_of(image, (80 + x, top + y + 5, 500 + x, top + y + 62), fill)
    assert_at(words[0], title, dx=x, dy=y)
    assert_at(words[1], body, dx=x, dy=y)
    assert_at(ink_in(image, (55 + x, top + y + 10, 80 + x, top + y + 50), fill), icon, dx=x, dy=y)
    found = columns_of(image, (500 + x, top + y + 5, 695 + x, top + y + 62), fill)
    for button, wanted in zip(found, buttons, strict=True):
        assert_at(button, wanted, dx=x, dy=y)


_NOTICES: dict[str, tuple[int, str, Box, Box, Box, list[Box]]] = {
    "error": (
        522,
        "err_soft",
        (86, 376, 540, 552),
        (86, 387, 560, 572),
        (60, 73, 539, 550),
        [(561, 625, 535, 562), (634, 688, 535, 562)],
    ),
    "offline": (
        634,
        "warn_soft",
        (86, 293, 652, 664),
        (86, 415, 672, 684),
        (62, 71, 651, 663),
        [(634, 688, 647, 674)],
    ),
    "demo": (
        858,
        "accent_soft",
        (87, 340, 876, 888),
        (87, 297, 896, 908),
        (60, 73, 875, 886),
        [(566, 688, 871, 898)],
    ),
}


def test_an_open_thought(qapp: object) -> None:
    """As in the picture of the Console, whose column begins at 284."""
    screen = screens.main(LIGHT)
    reply = screen.transcript.messages[-1]
    assert isinstance(reply, AgentMessage)
    assert reply.thought_button is not None
    reply.thought_button.click()
    origin = screen.transcript.mapTo(screen.window, screen.transcript.origin_of(reply).toPoint())
    x, y = origin.x() - 284, origin.y() - 146
    image = screen.photograph()
    bar, words = columns_of(image, (284 + x, 206 + y, 700 + x, 234 + y), LIGHT.surface)
    assert_at(bar, (290, 291, 210, 229), dx=x, dy=y)
    assert abs(words.left - (307 + x)) <= 2
    assert color(image, 290 + x, 220 + y) == LIGHT.border.name()
    screen.close()


@on("approval")
def test_a_call_that_waits(shown: Screen) -> None:
    image, theme = shown.photograph(), shown.theme
    surface = theme.surface
    assert_at(ink_in(image, (300, 262, 1270, 520), surface), (414, 1125, 272, 516))
    card = columns_of(image, (422, 215, 1118, 250), surface, gap=8)
    for place, wanted in ((0, (428, 441, 228, 237)), (-1, (1104, 1108, 229, 236))):
        assert_at(card[place], wanted)
    head = columns_of(image, (422, 278, 1118, 315), surface, gap=8)
    for found, wanted in zip(head, _WAITING_HEAD, strict=True):
        assert_at(found, wanted)
    for (left, top, right, bottom), places in _WAITING:
        words = columns_of(image, (left, top, right, bottom), surface, gap=8)
        for each, wanted in zip(words, places, strict=True):
            assert_at(each, wanted)
    text = ink_in(image, (436, 364, 1100, 398), theme.sunken)
    assert_at(text, (447, 850, 375, 386))
    assert_at(columns_of(image, (1000, 462, 1122, 512), surface)[-1], (1047, 1108, 468, 499))
    colors = {
        (700, 272): theme.border_input,
        (700, 317): theme.border,
        (600, 365): theme.sunken,
        (440, 475): theme.accent,
        (1060, 470): theme.raised,
        (17, 807): theme.warn,
    }
    assert {at: color(image, *at) for at in colors} == {at: each.name() for at, each in colors.items()}


_WAITING_HEAD: list[Box] = [(428, 441, 289, 300), (453, 539, 290, 301), (1028, 1112, 290, 301)]
_WAITING: list[tuple[Box, list[Box]]] = [
    ((418, 320, 1122, 358), [(431, 778, 337, 349)]),
    ((418, 359, 1122, 404), [(431, 1108, 360, 401)]),
    ((418, 406, 1122, 432), [(432, 469, 417, 427), (523, 651, 415, 427)]),
    ((418, 433, 1122, 460), [(431, 474, 439, 449), (524, 870, 439, 451)]),
]


_SEARCHED: list[Box] = [(59, 70, 14, 27), (83, 156, 16, 27), (167, 304, 16, 28)]
_COMMANDED: list[Box] = [(58, 71, 15, 26), (83, 169, 16, 27), (181, 244, 16, 26)]
_CHEVRON: Box = (682, 686, 17, 24)


@on("calls")
@pytest.mark.parametrize("index", range(4), ids=["running", "done", "failed", "denied"])
def test_calls(shown: Screen, index: int) -> None:
    image, theme = shown.photograph(), shown.theme
    top, parts = _CALLS[index]
    y, x = 58 + 60 * index - top, 20 - 44
    assert_at(
        ink_in(image, (2, top + y - 3, 698, top + y + 46), theme.surface),
        (44, 703, top, top + 41),
        dx=x,
        dy=y,
    )
    inside = (50 + x, top + y + 2, 697 + x, top + y + 39)
    found = columns_of(image, inside, theme.surface)
    for each, wanted in zip(found, parts, strict=True):
        assert_at(each, wanted, dx=x, dy=top + y)
    assert color(image, 300, top + y) == theme.border.name()


_CALLS: list[tuple[int, list[Box]]] = [
    (178, [*_SEARCHED, (574, 585, 15, 26), (594, 670, 16, 27), _CHEVRON]),
    (228, [*_SEARCHED, (559, 568, 17, 24), (577, 670, 16, 25), _CHEVRON]),
    (278, [*_SEARCHED, (548, 559, 15, 26), (568, 670, 16, 25), _CHEVRON]),
    (328, [*_COMMANDED, (572, 581, 16, 25), (590, 670, 16, 27), _CHEVRON]),
]


@on("calls")
def test_an_open_call(shown: Screen) -> None:
    """As in the picture of the Console, whose column begins at 284."""
    image, theme = shown.photograph(), shown.theme
    x, y = 20 - 284, 298 - 242
    whole = ink_in(image, (2, 290, 698, 500), theme.surface)
    assert whole is not None
    assert abs(whole.top - (242 + y)) <= 2
    assert abs(whole.bottom - (434 + y)) <= 2
    rows = rows_of(image, (30, 342, 660, 486), theme.sunken)
    for row, (left, top, bottom) in zip(rows, _OPENED, strict=True):
        assert abs(row.left - (left + x)) <= 2
        assert abs(row.top - (top + y)) <= 2
        assert abs(row.bottom - (bottom + y)) <= 2


_OPENED = [
    (299, 300, 310),
    (300, 319, 330),
    (299, 348, 358),
    (299, 370, 379),
    (300, 389, 400),
    (299, 408, 417),
]


@on("console")
def test_the_console(shown: Screen) -> None:
    """The picture has fewer header lines than `Console` prints; the last three rows are the same."""
    image, theme = shown.photograph(), shown.theme
    assert color(image, 880, 400) == theme.border.name()
    assert color(image, 1000, 47) == theme.border.name()
    assert color(image, 1000, 312) == theme.border.name()
    assert color(image, 1270, 300) == theme.window.name()
    assert color(image, 1270, 600) == theme.surface.name()
    card = ink_in(image, (262, 236, 878, 440), theme.surface)
    assert_at(card, (284, 855, 242, 434))
    assert_at(ink_in(image, (262, 690, 878, 790), theme.surface), (284, 855, 694, 779))
    thought = columns_of(image, (262, 206, 878, 234), theme.surface)
    assert_at(thought[0], (290, 291, 210, 229))
    title, _save, *buttons = columns_of(image, (884, 5, 1276, 43), theme.window)
    assert_at(title, (897, 948, 19, 29))
    for button, wanted in zip(buttons, _CONSOLE_BUTTONS, strict=True):
        assert_at(button, wanted)
    rows = rows_of(image, (884, 230, 1266, 310), theme.window)
    assert_at(rows[0], (897, 1263, 237, 247))
    assert_at(rows[2], (897, 1262, 289, 299))
    assert abs(rows[1].left - 898) <= 2  # "Summary" is longer than the picture's word
    assert abs(rows[1].top - 265) <= 2
    lines = rows_of(image, (890, 348, 1270, 480), theme.surface)
    for line, (left, top, bottom) in zip(lines, _JSON, strict=False):
        assert abs(line.left - left) <= 2
        assert abs(line.top - top) <= 2
        assert abs(line.bottom - bottom) <= 2
    inks = [image.pixelColor(x, y) for x in range(911, 1090) for y in range(370, 432)]
    for token in (theme.syntax_function, theme.syntax_string, theme.syntax_number):
        assert min(abs(ink.hue() - token.hue()) + abs(ink.value() - token.value()) for ink in inks) < 12


_CONSOLE_BUTTONS: list[Box] = [(1190, 1203, 19, 28), (1220, 1233, 18, 29), (1252, 1261, 19, 28)]
_JSON = [
    (897, 351, 362),
    (913, 370, 381),
    (913, 387, 399),
    (927, 407, 417),
    (927, 424, 435),
    (912, 441, 453),
    (913, 459, 471),
]


@on("main")
def test_the_switches(shown: Screen) -> None:
    """Their place follows from that of the button for files, which is not built."""
    assert isinstance(shown.window, MainWindow)
    shown.window.composer.toggles.show_choices(web_search=True, folder="")
    image, theme = shown.photograph(), shown.theme
    x = 423 - 457
    found = columns_of(image, (420, 735, 700, 775), theme.raised, gap=4)
    assert_at(found[0], (457, 569, 740, 769), dx=x)
    assert color(image, 460 + x + 3, 742) == theme.accent_soft.name()
    files = columns_of(image, (574 + x, 735, 700, 775), theme.raised, gap=8)
    words = Ink(files[0].left, files[-1].right, 0, 0)
    assert abs(words.left - (585 + x)) <= 2
    assert abs(words.right - (632 + x)) <= 2
