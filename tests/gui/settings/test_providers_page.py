"""The page Providers & keys: what is set up, stored, tested, changed and removed there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from desktop_agent.chat.notices import Action
from desktop_agent.config import keychain
from desktop_agent.config.keychain import KeyMissingError, get_key_async
from desktop_agent.config.provider_keys import key_name
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, new_entry
from desktop_agent.gui.settings.model_details import ModelDetails
from desktop_agent.gui.settings.providers_page import DRAFT_ID, ProvidersPage
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.gui.widgets.fields import NumberField, SelectField
from gui import setting_up
from gui.ink import Ink, ink_in
from gui.setting_up import (
    ENOUGH,
    KEY,
    Ground,
    controls_without_name,
    files_below,
    press,
    provider_server,
    run,
    tab_order,
    tab_to,
    texts_in,
    until,
    write,
)
from gui.settings.provider_pictures import paint
from json_lookalike import Answer, JsonLookalike
from secret_service import SecretService

running_server = setting_up.running_server  # the fixture "server"

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen, of windows that pop up


class Shown:
    """The page on the screen."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.host = QWidget()  # the page's smallest size is no window's
        self.host.resize(676, 620)
        self.page = ProvidersPage(ground.connections, ground.scope, ground.appearance, self.host, places=())
        self.form = self.page.form
        self.page.resize(676, 620)
        self.host.show()

    @property
    def entries(self) -> tuple[ProviderEntry, ...]:
        """Those that are set up."""
        return self.ground.settings.providers.entries

    def standing(self) -> str:
        """The words at the end of the chosen row."""
        return next(row.standing.words for row in self.page.list.rows if row.id == self.page.list.current_id)

    def add_server(self, address: str) -> ProviderEntry:
        """Add a server at an address, as a person does."""
        self.page.add(ProviderKind.CUSTOM)
        write(address)
        press(Qt.Key.Key_Return)
        return self.entries[-1]

    async def store(self, key: str = KEY) -> None:
        """Type a key and store it."""
        tab_to(self.form.key_field, back=True)
        write(key)
        press(Qt.Key.Key_Return)
        await until(lambda: self.form.key_button.text() == "Replace" and self.form.key_button.isEnabled())


On = Callable[[Callable[[Shown], Awaitable[None]]], None]


@pytest.fixture
def on_page(qapp: QApplication, tmp_path: Path) -> On:
    """Run steps with the page."""

    def begin(steps: Callable[[Shown], Awaitable[None]]) -> None:
        async def with_page(ground: Ground) -> None:
            shown = Shown(ground)
            await until(shown.host.isActiveWindow)
            try:
                await steps(shown)
            finally:
                shown.host.close()
                await ground.scope.aclose()
                shown.host.deleteLater()

        run(qapp, tmp_path, with_page)

    return begin


def test_a_server_is_added_tested_and_given_a_model(
    on_page: On, keyring: SecretService, server: JsonLookalike, tmp_path: Path
) -> None:
    async def steps(shown: Shown) -> None:
        shown.page.add(ProviderKind.CUSTOM)
        assert shown.page.list.current_id == DRAFT_ID
        assert shown.standing() == "No address"
        assert not shown.page.test_button.isEnabled()
        assert shown.form.address_field.hasFocus()
        write(server.host)
        press(Qt.Key.Key_Return)
        entry = shown.entries[0]
        assert entry.base_url == server.base_url
        assert shown.page.list.current_id == entry.id
        await shown.store()
        assert shown.entries[0].key_origin == f"http://{server.host}"
        assert await get_key_async(key_name(shown.entries[0]), seconds=ENOUGH) == KEY
        assert server.asked == []  # nobody asked for a test
        shown.page.test()
        await until(lambda: shown.standing() == "Connected")
        await until(lambda: shown.form.model_field.text() == "small-1")
        assert shown.page.list.rows[0].subtitle == "small-1 and 1 more"
        assert shown.page.checked_label.text().startswith("Checked just now, ")
        assert shown.form.model_field.models == ["small-1", "large-1"]

    on_page(steps)
    assert KEY.encode() not in files_below(tmp_path)


def test_a_stored_key_is_never_shown_again(
    on_page: On, keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        await shown.store()
        assert shown.form.key_field.text() == "sk-" + "•" * 16 + "q7Xd"
        assert shown.form.key_field.isReadOnly()
        assert KEY not in texts_in(shown.page)
        assert "Secret Service" in shown.form.key_note.text
        keychain.forget_keys()
        shown.page.list.choose("demo")
        shown.page.list.choose(shown.entries[0].id)
        await until(lambda: shown.form.key_field.text().endswith("q7Xd"))  # read anew
        tab_to(shown.form.key_button, back=True)
        press(Qt.Key.Key_Space)
        assert shown.form.key_field.text() == ""
        assert shown.form.key_field.hasFocus()
        assert shown.form.key_button.text() == "Save"
        await shown.store("sk-another-key-0123-9zZz")
        assert shown.form.key_field.text().endswith("9zZz")
        assert await get_key_async(key_name(shown.entries[0]), seconds=ENOUGH) == "sk-another-key-0123-9zZz"

    on_page(steps)


def test_a_key_that_is_gone_from_the_keychain_is_said(
    on_page: On, keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        made = new_entry(ProviderKind.CUSTOM, base_url=server.base_url)
        made = made.model_copy(update={"key_origin": f"http://{server.host}"})
        shown.ground.connections.add(made)
        shown.page.list.choose(made.id)
        await until(lambda: "no such key" in shown.form.key_note.text)
        assert shown.form.key_button.text() == "Save"
        await shown.store()
        assert shown.form.key_field.text().endswith("q7Xd")

    on_page(steps)


def test_a_locked_keychain_is_said_and_asked_again(
    on_page: On, keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        await shown.store()
        keychain.forget_keys()
        keyring.lock()
        shown.page.list.choose("demo")
        shown.page.list.choose(shown.entries[0].id)
        await until(lambda: [button.text() for button in shown.form.key_note.buttons][:1] == ["Try again"])
        assert "locked" in shown.form.key_note.text
        assert shown.form.key_field.text() == "•" * 16

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_without_a_keychain_the_key_is_for_this_session(
    on_page: On, server: JsonLookalike, tmp_path: Path
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        tab_to(shown.form.key_field, back=True)
        write(KEY)
        press(Qt.Key.Key_Return)
        await until(lambda: len(shown.form.key_note.buttons) == 2)
        shown.form.key_note.buttons[1].click()
        await until(lambda: shown.form.key_button.text() == "Replace")
        assert shown.form.key_note.text == "The key is kept until you quit and is not saved."
        shown.page.test()
        await until(lambda: shown.standing() == "Connected")

    on_page(steps)
    assert KEY.encode() not in files_below(tmp_path)


@pytest.mark.usefixtures("no_keychain")
def test_a_refused_key_is_said_in_the_row_and_below(on_page: On, server: JsonLookalike) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        shown.page.test()  # without a key
        await until(lambda: shown.standing() == "Key refused")
        notice = shown.page.notice
        assert notice is not None
        assert "refused the API key" in notice.plain_text()
        asked = len(server.asked)
        notice.buttons[Action.RETRY].click()
        await until(lambda: len(server.asked) > asked)
        await until(lambda: shown.page.test_button.isEnabled())

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_a_changed_address_asks_before_the_key_goes_there(on_page: On, server: JsonLookalike) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        tab_to(shown.form.key_field, back=True)
        write(KEY)
        press(Qt.Key.Key_Return)
        await until(lambda: len(shown.form.key_note.buttons) == 2)
        shown.form.key_note.buttons[1].click()
        await until(lambda: shown.form.key_button.text() == "Replace")
        tab_to(shown.form.address_field)
        shown.form.address_field.selectAll()
        write(other.base_url)
        press(Qt.Key.Key_Return)
        await until(lambda: other.host in shown.form.key_note.text)
        assert [button.text() for button in shown.form.key_note.buttons] == ["Allow", "Use the old address"]
        shown.page.test()
        await until(shown.page.test_button.isEnabled)
        assert other.asked == []
        shown.form.key_note.buttons[1].click()
        await until(lambda: shown.form.address_field.text() == server.base_url)
        shown.page.test()
        await until(lambda: shown.standing() == "Connected")
        assert other.asked == []

    with provider_server() as other:
        on_page(steps)


def test_a_key_is_allowed_to_go_to_the_new_address(
    on_page: On, keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        await shown.store()
        tab_to(shown.form.address_field)
        shown.form.address_field.selectAll()
        write(other.base_url)
        press(Qt.Key.Key_Return)
        await until(lambda: len(shown.form.key_note.buttons) == 2)
        shown.form.key_note.buttons[0].click()
        await until(lambda: shown.entries[0].key_origin == f"http://{other.host}")
        await until(lambda: shown.form.key_field.text().endswith("q7Xd"))
        shown.page.test()
        await until(lambda: shown.standing() == "Connected")

    with provider_server() as other:
        on_page(steps)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://models.example", "unencrypted"),
        ("https://me:secret@models.example/v1", "holds a name or a password"),
        ("ftp://models.example", "is not the address of a server"),
        ("two words", "holds a space"),
    ],
)
@pytest.mark.usefixtures("no_keychain")
def test_a_wrong_address_is_said_and_not_kept(
    on_page: On, server: JsonLookalike, address: str, words: str
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        shown.form.address_field.setFocus()
        shown.form.address_field.selectAll()
        write(address)
        press(Qt.Key.Key_Return)
        assert shown.form.address_field.is_invalid
        assert words in texts_in(shown.form)
        assert shown.form.address_field.text() == address
        assert shown.entries[0].base_url == server.base_url

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_models_are_listed_again_and_typed_by_hand(on_page: On) -> None:
    names = [f"model-{number}" for number in range(5_000)]
    listing = Answer({"data": [{"id": name} for name in names]})

    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        assert shown.form.model_note.text == "The list of models was not fetched yet."
        shown.form.model_note.buttons[0].click()
        await until(lambda: shown.form.model_note.text == "Models listed just now.")
        await until(lambda: shown.entries[0].model == "model-0")
        assert shown.form.model_field.models == names
        field = shown.form.model_field
        field.setFocus()
        field.selectAll()
        write("model-4999")
        press(Qt.Key.Key_Return)
        assert shown.entries[0].model == "model-4999"
        assert shown.entries[0].typed_models == ()
        popup = field.completer().popup()
        if popup is not None:
            popup.hide()
        field.setFocus()
        field.selectAll()
        write("by-hand")
        press(Qt.Key.Key_Return)
        typed = shown.entries[0]
        assert (typed.model, typed.typed_models) == ("by-hand", ("by-hand",))

    with JsonLookalike({"GET /v1/models": listing}) as server:
        on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_what_the_person_knows_of_a_model_is_kept(on_page: On, server: JsonLookalike) -> None:
    async def steps(shown: Shown) -> None:
        entry = shown.add_server(server.base_url)
        assert [button.text() for button in shown.form.model_note.buttons] == ["Refresh list"]
        shown.ground.connections.put(entry.model_copy(update={"model": "mine"}))
        assert shown.form.model_note.buttons[0].text() == "Model details"
        shown.form.model_note.buttons[0].click()
        details = shown.page.findChild(ModelDetails)
        assert isinstance(details, ModelDetails)
        assert controls_without_name(details) == []
        for name, text in {"input_price": "0.15", "output_price": "0.6", "context_length": "32768"}.items():
            field = details.rows[name].findChild(NumberField)
            assert isinstance(field, NumberField)
            QTest.keyClicks(field, text)
            QTest.keyClick(field, Qt.Key.Key_Return)
        figures = shown.entries[0].figures["mine"]
        assert (figures.input_price, figures.output_price) == (0.15, 0.6)
        assert figures.context_length == 32768
        (facts,) = await shown.ground.connections.models(shown.entries[0])
        assert facts.price is not None
        assert (facts.price.source, facts.context_length) == ("user", 32768)
        vision = details.rows["vision"].findChild(SelectField)
        assert isinstance(vision, SelectField)
        assert (vision.currentText(), vision.value) == ("Not known", None)
        for presses, key, known in ((1, Qt.Key.Key_Down, True), (1, Qt.Key.Key_Up, None)):
            for _ in range(presses):
                QTest.keyClick(vision, key)
            assert shown.entries[0].figures["mine"].vision is known
        for name in ("input_price", "output_price", "context_length"):
            field = details.rows[name].findChild(NumberField)
            assert isinstance(field, NumberField)
            field.selectAll()
            QTest.keyClick(field, Qt.Key.Key_Delete)
            QTest.keyClick(field, Qt.Key.Key_Return)
        assert "mine" not in shown.entries[0].figures
        QTest.keyClick(details, Qt.Key.Key_Escape)
        assert not details.isVisible()

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_a_list_that_is_none_is_said(on_page: On) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        shown.page.refresh()
        await until(lambda: "web page" in shown.form.model_note.text)
        assert shown.form.model_note.buttons[0].text() == "Refresh list"

    html = Answer(b"<html></html>", headers={"content-type": "text/html"})
    with JsonLookalike({"GET /v1/models": html}) as server:
        on_page(steps)


def test_a_provider_is_removed_with_its_key(
    on_page: On, keyring: SecretService, server: JsonLookalike
) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        await shown.store()
        entry = shown.entries[0]
        shown.page.remove_button.click()
        box = shown.page.findChild(QMessageBox)
        assert isinstance(box, QMessageBox)
        assert "deleted from the keychain" in box.informativeText()
        next(button for button in box.buttons() if button.text() == "Remove").click()
        await until(lambda: shown.entries == ())
        with pytest.raises(KeyMissingError):
            await get_key_async(key_name(entry), seconds=ENOUGH)
        assert [row.id for row in shown.page.list.rows] == ["demo"]
        assert not shown.page.remove_button.isVisible()
        assert not shown.form.isVisible()

    on_page(steps)


@pytest.mark.usefixtures("no_keychain")
def test_the_environment_is_shown_and_not_changed(
    on_page: On, monkeypatch: pytest.MonkeyPatch, server: JsonLookalike
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

    async def steps(shown: Shown) -> None:
        shown.page.list.choose("environment")
        assert shown.form.key_note.text == "From the environment: OPENAI_API_KEY."
        assert shown.form.name_field.isReadOnly()
        assert shown.form.address_field.isReadOnly()
        assert not shown.page.remove_button.isVisible()
        assert KEY not in texts_in(shown.page)
        shown.page.test()
        await until(lambda: shown.standing() == "Connected")

    on_page(steps)


# --- What is seen and heard


@pytest.mark.usefixtures("no_keychain")
def test_tab_goes_through_the_page_in_order(on_page: On, server: JsonLookalike) -> None:
    async def steps(shown: Shown) -> None:
        shown.add_server(server.base_url)
        shown.page.add_button.setFocus(Qt.FocusReason.TabFocusReason)
        assert tab_order(shown.page, 9) == [
            "Add provider",
            "Providers",
            "Name",
            "API key",
            "Show the key",
            "Base URL",
            "Default model",
            "Refresh list",
            "Remove",
        ]
        assert controls_without_name(shown.page) == []

    on_page(steps)


# As measured on the design's picture, whose page begins at x = 204: left, top, right, bottom of each box.
_WORDS = [
    (206, 20, 700, 60),
    (236, 70, 700, 117),
    (700, 70, 848, 117),
    (236, 121, 700, 168),
    (700, 173, 848, 220),
    (700, 225, 848, 272),
    (210, 290, 358, 330),
    (364, 302, 700, 326),
    (364, 346, 700, 370),
    (776, 346, 848, 370),
    (356, 376, 878, 404),
    (364, 412, 700, 436),
    (364, 456, 700, 480),
    (800, 456, 848, 480),
    (726, 572, 848, 596),
    (236, 572, 308, 596),
]
_INK = [
    (233, 375, 28, 45),
    (247, 381, 80, 108),
    (758, 835, 88, 97),
    (247, 394, 132, 160),
    (752, 835, 191, 203),
    (799, 836, 244, 252),
    (233, 267, 309, 319),
    (370, 413, 309, 321),
    (371, 570, 353, 363),
    (788, 836, 353, 365),
    (361, 767, 383, 394),
    (371, 549, 417, 429),
    (372, 444, 463, 475),
    (831, 838, 466, 470),
    (737, 836, 579, 589),
    (248, 296, 579, 589),
]
_LEFT = 204
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@THEMES
def test_it_stands_where_the_design_has_it(qapp: QApplication, tmp_path: Path, theme: Theme) -> None:
    image = paint(theme, "rest", tmp_path)
    for box, wanted in zip(_WORDS, _INK, strict=True):
        left, top, right, bottom = box
        area = (left - _LEFT, top, right - _LEFT, bottom)
        found = ink_in(image, area, image.pixelColor(area[0], area[1]))
        moved = Ink(wanted[0] - _LEFT, wanted[1] - _LEFT, wanted[2], wanted[3])
        assert found is not None, box
        assert all(abs(one - other) <= 2 for one, other in zip(found, moved, strict=True)), (found, moved)


@THEMES
def test_its_colours_are_exact(qapp: QApplication, tmp_path: Path, theme: Theme) -> None:
    image = paint(theme, "rest", tmp_path)
    for (x, y), color in {
        (860, 300): theme.surface,
        (500, 66): theme.border,
        (500, 92): theme.selected,
        (500, 118): theme.border,
        (500, 222): theme.border,
        (500, 275): theme.border,
        (500, 298): theme.border_input,
        (500, 329): theme.border_input,
        (500, 408): theme.border_input,
        (500, 483): theme.border_input,
        (800, 342): theme.border,
        (232, 580): theme.border,
        (851, 580): theme.border,
    }.items():
        assert image.pixelColor(x - _LEFT, y) == color, (x, y)


def test_it_is_mirrored_where_one_reads_from_the_right(qapp: QApplication, tmp_path: Path) -> None:
    image = paint(LIGHT, "rest", tmp_path, is_mirrored=True)
    assert image.pixelColor(24, 580) == LIGHT.surface
    label = ink_in(image, (540, 300, 676, 328), LIGHT.surface)
    assert label is not None
    assert abs(label.right - 647) <= 2
