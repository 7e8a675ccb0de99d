"""From the welcome page to a model that answers, by keyboard alone; and everything that can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from desktop_agent.chat.agent_factory import create_agent
from desktop_agent.config.agent_profiles import ModelChoice
from desktop_agent.config.provider import Provider
from desktop_agent.config.provider_keys import provider_with_key
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.gui.first_run.first_run import FirstRun
from desktop_agent.gui.first_run.page import Choice, FirstRunPage
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from gui import setting_up
from gui.first_run_pictures import STATES, make_page, paint
from gui.ink import ink_in
from gui.laying_out import lay_out
from gui.setting_up import (
    KEY,
    REFUSED,
    Ground,
    controls_without_name,
    files_below,
    press,
    run,
    stream,
    tab_order,
    tab_to,
    texts_in,
    until,
    write,
)
from json_lookalike import Answer, Asked, JsonLookalike
from qt_signals import upcoming
from secret_service import SecretService

Places = tuple[tuple[ProviderKind, str], ...]

running_server = setting_up.running_server  # the fixture "server"

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen, of windows that pop up


class Shown:
    """The page on the screen, and what it does."""

    def __init__(self, ground: Ground, places: Places = (), *, looks: bool = True) -> None:
        self.ground = ground
        self.page = FirstRunPage(ground.appearance)
        self.page.resize(1280, 820)
        self.page.show()
        self.first_run = FirstRun(self.page, ground.connections, ground.scope, places=places, looks=looks)
        self.choices: list[ModelChoice] = []
        self.first_run.chosen.connect(self.choices.append)

    def close(self) -> None:
        self.first_run.stop()
        self.page.close()
        self.page.deleteLater()

    async def until_said(self, words: str) -> None:
        """Wait until the note below the key says something."""
        await until(lambda: words in self.page.key_note.text)


@pytest.fixture
def on_page(qapp: QApplication, tmp_path: Path) -> Callable[..., None]:
    """Run steps with the page."""

    def begin(steps: Callable[[Shown], Awaitable[None]], places: Places = (), *, looks: bool = True) -> None:
        async def with_page(ground: Ground) -> None:
            shown = Shown(ground, places, looks=looks)
            await until(shown.page.isActiveWindow)
            shown.page.focus_first()
            try:
                await steps(shown)
            finally:
                shown.close()

        run(qapp, tmp_path, with_page)

    return begin


async def reply_of(provider: Provider) -> list[str]:
    """What the model says, piece by piece."""
    agent = create_agent(provider)
    events = [event async for event in agent.run_stream(task="Hello?")]
    await agent.close()
    return [event.content for event in events if isinstance(event, ModelClientStreamingChunkEvent)]


async def choose_other_server(shown: Shown) -> None:
    """Choose "Other server" by keyboard: its key field has the focus at first."""
    tab_to(shown.page.kind_field, back=True)
    press(Qt.Key.Key_End)
    assert shown.page.kind is ProviderKind.CUSTOM


# --- With a key


def test_by_keyboard_to_the_first_reply(
    on_page: Callable[..., None], keyring: SecretService, server: JsonLookalike, tmp_path: Path
) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.key_field)
        write(f" {KEY} ")
        tab_to(shown.page.address_field)
        write(server.host)
        chosen = upcoming(chosen=shown.first_run.chosen)
        press(Qt.Key.Key_Return)
        await chosen
        entry = shown.ground.settings.providers.entries[0]
        assert shown.choices == [ModelChoice(provider=entry.id, model="small-1")]
        assert shown.ground.settings.providers.chosen == shown.choices[0]
        assert entry.base_url == server.base_url
        assert entry.key_origin == f"http://{server.host}"
        assert shown.page.key_field.text() == ""
        assert [asked.path for asked in server.asked] == ["/v1/models"]  # one request, as it says
        assert await reply_of(await provider_with_key(entry)) == ["Hello", " there"]

    on_page(steps)
    assert b'"small-1"' in (tmp_path / "settings.json").read_bytes()
    assert KEY.encode() not in files_below(tmp_path)


@pytest.mark.usefixtures("no_keychain")
def test_without_a_keychain_the_key_is_kept_until_one_quits(
    on_page: Callable[..., None], server: JsonLookalike, tmp_path: Path
) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.key_field)
        write(KEY)
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await until(lambda: len(shown.page.key_note.buttons) == 2)
        assert "kept until you quit" in shown.page.key_note.text or "keychain" in shown.page.key_note.text
        assert [button.text() for button in shown.page.key_note.buttons] == [
            "Try again",
            "Use for this session",
        ]
        chosen = upcoming(chosen=shown.first_run.chosen)
        tab_to(shown.page.key_note.buttons[1], back=True)
        press(Qt.Key.Key_Return)
        await chosen
        entry = shown.ground.settings.providers.entries[0]
        assert await reply_of(await provider_with_key(entry)) == ["Hello", " there"]

    on_page(steps)
    assert KEY.encode() not in files_below(tmp_path)


@pytest.mark.usefixtures("no_keychain")
def test_a_refused_key_stays_in_its_field(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.key_field)
        write("sk-wrong-key-000000")
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await shown.until_said("refused the API key")
        assert shown.page.key_field.text() == "sk-wrong-key-000000"
        assert shown.page.key_field.is_invalid
        assert shown.page.key_field.hasFocus()
        assert shown.page.start_button.text() == "Check key and start"
        assert shown.ground.settings.providers.entries == ()
        write("x")
        assert not shown.page.key_field.is_invalid
        assert "keychain" in shown.page.key_note.text

    with JsonLookalike({"GET /v1/models": REFUSED}) as server:
        on_page(steps)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "There is no API key."),
        ("sk-with space", "holds a space"),
        ("sk-two\nlines", "Copy it again."),
        ('"sk-quoted"', "quotation marks"),
        ("sk-euro-€", "another character"),
        ("k" * 3_000, "1,280"),
    ],
)
@pytest.mark.usefixtures("no_keychain")
def test_what_cannot_be_a_key_is_said_and_asks_nobody(
    on_page: Callable[..., None], key: str, words: str
) -> None:
    async def steps(shown: Shown) -> None:
        QApplication.clipboard().setText(key)
        shown.page.key_field.paste()
        place = shown.page.key_field.geometry()
        press(Qt.Key.Key_Return)
        assert words in shown.page.key_note.text
        assert shown.page.key_field.geometry() == place
        assert shown.page.key_field.is_invalid
        assert shown.page.key_field.text() == key
        assert shown.ground.settings.providers.entries == ()

    on_page(steps)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "There is no address."),
        ("http://models.example", "unencrypted"),
        ("https://me:secret@models.example/v1", "holds a name or a password"),
        ("ftp://models.example", "is not the address of a server"),
        ("https://models.example/v1?key=1", "question mark"),
    ],
)
@pytest.mark.usefixtures("no_keychain")
def test_a_wrong_address_is_said(on_page: Callable[..., None], address: str, words: str) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.address_field)
        write(address)
        press(Qt.Key.Key_Return)
        assert words in shown.page.key_note.text
        assert shown.page.address_field.is_invalid
        assert "secret" not in shown.page.key_note.text

    on_page(steps)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"<html>Sign in</html>", headers={"content-type": "text/html"}), "web page"),
        (Answer({}, 302, {"location": "https://elsewhere.example/"}), "Check the address"),
        (Answer({"data": 7}), "no list of models"),
        (Answer({"data": []}), "lists no model"),
    ],
)
@pytest.mark.usefixtures("no_keychain")
def test_a_server_that_is_none_is_said(on_page: Callable[..., None], answer: Answer, words: str) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await until(lambda: shown.page.start_button.text() == "Cancel")
        await until(lambda: shown.page.start_button.text() != "Cancel")
        assert words in shown.page.key_note.text
        assert shown.ground.settings.providers.entries == ()

    with JsonLookalike({"GET /v1/models": answer}) as server:
        on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_a_server_without_a_list_is_asked_with_a_typed_model(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await until(shown.page.name_field.isVisible)
        assert "list of models" in shown.page.key_note.text
        assert shown.page.name_field.hasFocus()
        write("my-model")
        chosen = upcoming(chosen=shown.first_run.chosen)
        press(Qt.Key.Key_Return)
        await chosen
        assert shown.choices[0].model == "my-model"

    routes = {"POST /v1/chat/completions": stream("Hi")}
    with JsonLookalike(routes) as server:
        on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_waiting_can_be_cancelled(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        await choose_other_server(shown)
        tab_to(shown.page.key_field)
        write(KEY)
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await until(lambda: server.asked)
        assert shown.page.start_button.text() == "Cancel"
        assert not shown.page.key_field.isEnabled()
        press(Qt.Key.Key_Escape)
        await until(shown.page.key_field.isEnabled)
        assert shown.page.key_field.text() == KEY
        assert shown.page.start_button.text() == "Check key and start"
        assert shown.choices == []

    with JsonLookalike({"GET /v1/models": Answer(waits=True)}) as server:
        on_page(steps)


def test_a_frozen_keychain_is_said_and_can_be_left(
    on_page: Callable[..., None], keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        keyring.freeze()
        await choose_other_server(shown)
        tab_to(shown.page.key_field)
        write(KEY)
        tab_to(shown.page.address_field)
        write(server.base_url)
        press(Qt.Key.Key_Return)
        await shown.until_said("Waiting for your keychain")
        tab_to(shown.page.key_note.buttons[0], back=True)
        press(Qt.Key.Key_Return)
        await until(shown.page.key_field.isEnabled)
        assert shown.page.key_field.text() == KEY
        assert shown.ground.settings.providers.entries == ()
        keyring.thaw()

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_azure_asks_for_the_deployment(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        shown.page.kind_field.choose(ProviderKind.AZURE)
        shown.page.kind_field.chosen.emit(ProviderKind.AZURE)
        assert shown.page.name_field.isVisible()
        tab_to(shown.page.key_field)
        write(KEY)
        tab_to(shown.page.address_field)
        write("https://mine.openai.azure.com")
        press(Qt.Key.Key_Return)
        assert "deployment" in shown.page.key_note.text
        assert shown.page.name_field.hasFocus()

    on_page(steps)


# --- On this computer


def ollama() -> JsonLookalike:
    """Answers as Ollama does."""
    capabilities = {"qwen3:8b": ["completion", "tools"], "nomic-embed-text:latest": ["embedding"]}
    tags = {"models": [{"name": name, "model": name, "size": 1} for name in capabilities]}

    def show(asked: Asked) -> Answer:
        return Answer({"capabilities": capabilities[asked.body["model"]], "model_info": {}})

    return JsonLookalike(
        {
            "GET /api/tags": Answer(tags),
            "POST /api/show": show,
            "POST /v1/chat/completions": stream("Local", " words"),
        }
    )


def test_a_local_server_by_keyboard_to_the_first_reply(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        card = shown.page.cards[Choice.LOCAL]
        await until(lambda: "were not found" in card.text)
        host = server.host.replace("127.0.0.1", "localhost")
        assert card.text == (
            f"Ollama at {host} offers qwen3:8b.\nLM Studio and the llama.cpp server were not found."
        )
        assert card.state == "Found"
        tab_to(shown.page.cards[Choice.KEY].radio, back=True)
        press(Qt.Key.Key_Down)
        assert shown.page.choice is Choice.LOCAL
        tab_to(shown.page.model_field)
        chosen = upcoming(chosen=shown.first_run.chosen)
        tab_to(shown.page.start_button)
        press(Qt.Key.Key_Return)
        await chosen
        entry = shown.ground.settings.providers.entries[0]
        assert (entry.kind, entry.base_url) == (ProviderKind.OLLAMA, server.base_url)
        assert shown.choices == [ModelChoice(provider=entry.id, model="qwen3:8b")]
        assert await reply_of(await provider_with_key(entry)) == ["Local", " words"]

    with ollama() as server:
        on_page(steps, ((ProviderKind.OLLAMA, server.base_url),))


def test_no_local_server_is_said_and_looked_for_again(on_page: Callable[..., None]) -> None:
    places = [(ProviderKind.OLLAMA, "http://127.0.0.1:9/v1")]

    async def steps(shown: Shown) -> None:
        card = shown.page.cards[Choice.LOCAL]
        await until(shown.page.look_button.isVisible)
        assert card.text == "No local server was found. Ollama, LM Studio and llama.cpp are looked for."
        card.radio.setChecked(True)
        assert not shown.page.start_button.isEnabled()
        shown.first_run._places = ((ProviderKind.OLLAMA, server.base_url),)
        tab_to(shown.page.look_button)
        press(Qt.Key.Key_Return)
        await until(lambda: card.state == "Found")
        await until(shown.page.start_button.isEnabled)
        assert not shown.page.look_button.isVisible()

    with ollama() as server:
        on_page(steps, tuple(places))


def test_nobody_looks_before_it_is_wanted(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        assert shown.page.look_button.isVisible()
        assert "when you say so" in shown.page.cards[Choice.LOCAL].text

    with ollama() as server:
        on_page(steps, ((ProviderKind.OLLAMA, server.base_url),), looks=False)
        assert server.asked == []


def test_the_demo(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        tab_to(shown.page.cards[Choice.KEY].radio, back=True)
        press(Qt.Key.Key_Down, 2)
        assert shown.page.start_button.text() == "Start the demo"
        tab_to(shown.page.start_button)
        press(Qt.Key.Key_Space)
        assert [choice.provider for choice in shown.choices] == ["demo"]
        assert shown.ground.settings.providers.chosen == shown.choices[0]

    on_page(steps)


# --- What is seen and heard


def test_tab_goes_through_the_page_in_order(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        await until(shown.page.look_button.isVisible)
        tab_to(shown.page.cards[Choice.KEY].radio, back=True)
        assert tab_order(shown.page, 7) == [
            "Use an API key",
            "Provider",
            "API key",
            "Show the key",
            "Look again",
            "What leaves this computer",
            "Check key and start",
        ]

    on_page(steps)


def test_every_control_has_a_name_and_no_key_is_told(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        write(KEY)
        for card in shown.page.cards.values():
            card.radio.setChecked(True)
            assert controls_without_name(shown.page) == []
        assert KEY not in texts_in(shown.page)

    on_page(steps)


def test_the_eye_shows_what_is_typed_and_no_more(on_page: Callable[..., None]) -> None:
    async def steps(shown: Shown) -> None:
        field = shown.page.key_field
        write("sk-typed")
        assert field.displayText() == "•" * 8
        tab_to(field.button)
        press(Qt.Key.Key_Space)
        assert field.displayText() == "sk-typed"
        assert field.button.accessibleName() == "Hide the key"
        field.clear()
        tab_to(field, back=True)
        write("sk-other")
        assert field.displayText() == "•" * 8

    on_page(steps)


# As measured on the design's picture: an area (left, top, right, bottom), its ink (left, right, top, bottom).
_INK = {
    (300, 100, 1000, 176): (331, 617, 150, 168),
    (300, 178, 1000, 210): (330, 637, 185, 200),
    (340, 240, 376, 290): (351, 366, 252, 267),
    (376, 244, 940, 273): (382, 487, 254, 267),
    (376, 273, 940, 292): (381, 798, 276, 288),
    (376, 300, 560, 328): (382, 432, 310, 320),
    (572, 300, 940, 328): (583, 628, 310, 322),
    (384, 335, 540, 363): (393, 436, 344, 356),
    (540, 335, 568, 363): (550, 557, 347, 351),
    (890, 335, 924, 363): (904, 917, 344, 353),
    (398, 375, 940, 405): (402, 881, 382, 393),
    (376, 440, 800, 469): (382, 596, 451, 465),
    (889, 440, 940, 469): (894, 928, 453, 462),
    (376, 490, 940, 510): (382, 698, 494, 506),
    (376, 550, 900, 581): (381, 476, 564, 577),
    (376, 582, 900, 605): (381, 785, 586, 598),
    (300, 630, 700, 690): (330, 495, 653, 665),
    (792, 645, 946, 672): (807, 930, 653, 665),
}
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@THEMES
def test_it_stands_where_the_design_has_it(qapp: QApplication, theme: Theme) -> None:
    image = paint(theme, "rest")
    for area, wanted in _INK.items():
        found = ink_in(image, area, image.pixelColor(area[0], area[1]))
        assert found is not None, area
        assert all(abs(one - other) <= 2 for one, other in zip(found, wanted, strict=True)), (found, wanted)


@THEMES
def test_its_colours_are_exact(qapp: QApplication, theme: Theme) -> None:
    image = paint(theme, "rest")
    for (x, y), color in {
        (10, 10): theme.window,
        (330, 300): theme.border_input,
        (949, 300): theme.border_input,
        (600, 240): theme.surface,
        (330, 480): theme.border,
        (381, 349): theme.border_input,
        (583, 349): theme.accent,
        (600, 331): theme.accent,
        (800, 650): theme.accent,
        (354, 260): theme.accent,
        (358, 260): theme.surface,
    }.items():
        assert image.pixelColor(x, y) == color, (x, y)


@pytest.mark.parametrize("size", [(1280, 820), (760, 700)], ids=str)
def test_nothing_above_moves_when_a_choice_unfolds(qapp: QApplication, size: tuple[int, int]) -> None:
    page = make_page(LIGHT, *size)
    page.show_models([])
    places = set()
    for choice in (Choice.KEY, Choice.LOCAL, Choice.DEMO, Choice.LOCAL, Choice.KEY):
        page.cards[choice].radio.setChecked(True)
        lay_out()
        places.add(page.cards[Choice.KEY].mapTo(page, QPoint()).y())
        page.show_models([("one", "one")])  # a server is found meanwhile
        page.cards[Choice.LOCAL].say("One line.")
        lay_out()
        places.add(page.cards[Choice.KEY].mapTo(page, QPoint()).y())
    for state in ("azure", "refused", "locked", "none-found"):
        STATES[state](page)
        lay_out()
        places.add(page.cards[Choice.KEY].mapTo(page, QPoint()).y())
    assert len(places) == 1
    page.resize(size[0], size[1] + 100)
    lay_out()
    assert page.cards[Choice.KEY].mapTo(page, QPoint()).y() == places.pop() + 50
    page.close()
    page.deleteLater()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", [(480, 420), (1280, 820)], ids=str)
def test_nothing_is_cut_off(qapp: QApplication, state: str, size: tuple[int, int]) -> None:
    page = make_page(LIGHT, *size)
    page._appearance.set_zoom(2.0)
    STATES[state](page)
    lay_out()
    for field in (page.kind_field, page.key_field, page.address_field, page.name_field, page.model_field):
        if field.isVisible():
            parent = field.parentWidget()
            assert parent is not None
            assert field.geometry().bottom() < parent.height()
            assert field.geometry().right() < parent.width()
    page.close()
    page.deleteLater()
