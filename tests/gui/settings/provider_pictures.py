"""The page Providers & keys as the design's picture shows it: for tests, and for eyes as a script.

As a script: `python tests/gui/settings/provider_pictures.py FOLDER` writes each state in both themes.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_agent.agentchat.errors import AuthenticationError
from desktop_agent.chat.model_catalog import ModelCatalog, ModelList
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.chat.provider_check import CheckResult, describe_check
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, new_entry, provider_for
from desktop_agent.config.settings_store import SettingsStore
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.connections import Check, Connections
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.providers_page import ProvidersPage
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from gui.laying_out import lay_out

WIDTH, HEIGHT = 676, 620
"""The part of the window beside its list of pages, in logical pixels."""
NOW = datetime.now(UTC)


@dataclass
class Shown:
    """A page on the screen.

    Attributes:
        page: The page.
        connections: The providers.
        host: The window around it.
    """

    page: ProvidersPage
    connections: Connections
    host: QWidget

    def photograph(self) -> QImage:
        """Its pixels."""
        lay_out()
        return self.page.grab().toImage()

    def close(self) -> None:
        """Take it away."""
        self.host.close()
        self.host.deleteLater()


def _models(*names: str) -> ModelList:
    return ModelList(tuple(ModelFacts(name) for name in names), NOW - timedelta(minutes=2))


def show_page(theme: Theme, folder: Path, state: Callable[[Shown], None] | None = None) -> Shown:
    """The page with the providers of the picture; the tasks of its scope are the caller's.

    Args:
        theme: The theme.
        folder: Where settings and lists of models are kept.
        state: What happens then.
    """
    store = SettingsStore(folder / "settings.json")
    openai = new_entry(ProviderKind.OPENAI)
    ollama = new_entry(ProviderKind.OLLAMA)
    router = new_entry(ProviderKind.OPENROUTER)
    entries = (
        openai.model_copy(update={"key_origin": "https://api.openai.com"}),
        ollama.model_copy(update={"model": "qwen3:8b"}),
        router.model_copy(update={"key_origin": "https://openrouter.ai"}),
    )
    store.change("providers", entries=entries)
    scope = TaskScope()
    live = LiveSettings(store, scope)
    connections = Connections(live, ModelCatalog(folder))
    _know(connections, entries)
    host = QWidget()
    host.resize(WIDTH, HEIGHT)
    page = ProvidersPage(connections, scope, Appearance(theme), host)
    scope.setParent(page)
    live.setParent(page)
    connections.setParent(page)
    page.resize(WIDTH, HEIGHT)
    shown = Shown(page, connections, host)
    page.form.show_stored_key("sk-", "q7Xd")
    page.form.key_note.say("In the macOS Keychain, Windows Credential Manager or Secret Service.")
    host.show()
    QTest.qWaitForWindowExposed(host)
    page._key_steps.stop()
    page.form.model_note.clear()
    if state is not None:
        state(shown)
    page.ensurePolished()
    return shown


def _know(connections: Connections, entries: tuple[ProviderEntry, ...]) -> None:
    """What was found out in the picture."""
    openai, ollama, router = entries
    rest = ("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "o3", "o4-mini", "gpt-5")
    connections._lists[openai.id] = _models("gpt-4o-mini", *rest)
    connections._lists[ollama.id] = _models("qwen3:8b", "llama3.2", "gemma3")
    refused = AuthenticationError("no", host="openrouter.ai", status_code=401)
    notice = describe_check(refused, provider_for(router, "some/model"))
    for entry, result in (
        (openai, CheckResult(0.318)),
        (ollama, CheckResult(0.01)),
        (router, CheckResult(0.2, notice, error=type(refused))),
    ):
        connections._checks[entry.id] = (entry, Check(result, NOW - timedelta(minutes=2, seconds=5)))


def _choose(kind: ProviderKind) -> Callable[[Shown], None]:
    return lambda shown: shown.page.list.choose(kind.value)


def _locked(shown: Shown) -> None:
    shown.page.form.show_stored_key()
    shown.page.form.key_note.say(
        "The keychain of this computer is locked. Unlock it to use your keys.",
        "warn",
        ("Try again", lambda: None),
        ("Use for this session", lambda: None),
    )


def _bad_input(shown: Shown) -> None:
    form = shown.page.form
    form.ask_key()
    form.key_field.setText("sk-with space")
    form.give_key()
    form.address_field.setText("ftp://models.example")
    form.address_field.editingFinished.emit()


STATES: dict[str, Callable[[Shown], None] | None] = {
    "rest": None,
    "local": _choose(ProviderKind.OLLAMA),
    "refused": _choose(ProviderKind.OPENROUTER),
    "demo": _choose(ProviderKind.DEMO),
    "locked": _locked,
    "bad-input": _bad_input,
    "draft": lambda shown: shown.page.add(ProviderKind.AZURE),
}


def paint(theme: Theme, state: str, folder: Path, *, is_mirrored: bool = False) -> QImage:
    """The page in a state."""
    direction = Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
    QApplication.setLayoutDirection(direction)

    async def draw() -> QImage:
        shown = show_page(theme, folder, STATES[state])
        image = shown.photograph()
        await shown.page._scope.aclose()
        shown.close()
        return image

    try:
        return asyncio.run(draw())
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)


if __name__ == "__main__":
    from desktop_agent.app import make_application

    application = make_application()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        for state in STATES:
            with tempfile.TemporaryDirectory() as folder:
                paint(theme, state, Path(folder)).save(str(target / f"providers-{state}-{name}.png"))
    with tempfile.TemporaryDirectory() as folder:
        paint(LIGHT, "rest", Path(folder), is_mirrored=True).save(str(target / "providers-mirrored.png"))
