"""A real window, offscreen, on a real event loop, for the tests that drive it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from canary import CANARY
from desktop_agent.app import make_application, run_window
from desktop_agent.config.paths import make_private_folder, settings_folder
from desktop_agent.config.provider import Provider, make_provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.theme import LIGHT, Theme
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.view import Transcript
from gui.setting_up import fresh_keychain, real_keychain
from loopback import LoopbackServer
from secret_service import SecretService

Drive = Callable[[RunningWindow], Awaitable[None]]


@pytest.fixture(scope="session")
def qapp_cls() -> Callable[..., QApplication]:
    """Let pytest-qt use the program's own application, with its fonts and style."""
    return lambda _arguments: make_application()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server that speaks OpenAI's protocol, on this machine."""
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def drive(qapp: QApplication) -> Callable[..., int]:
    """Run the whole window with a provider, and a coroutine that uses it."""
    settings = settings_folder() / "settings.json"
    make_private_folder(settings.parent)
    settings.write_text('{"general": {"title_by_model": false}}')  # requests are those of the test alone

    def run(
        provider: Provider | None,
        steps: Drive,
        theme: Theme = LIGHT,
        trouble: str = "",
        *,
        restores: bool = True,
    ) -> int:
        failure: list[BaseException] = []

        async def script(parts: RunningWindow) -> None:
            try:
                await asyncio.wait_for(steps(parts), 60)
            except asyncio.CancelledError:
                raise  # the window was closed before the steps ended
            except BaseException as error:  # noqa: BLE001 - raised again outside the loop
                failure.append(error)

        status = run_window(provider, script=script, theme=theme, trouble=trouble, restores=restores)
        if failure:
            raise failure[0]
        return status

    return run


@pytest.fixture
def local(server: LoopbackServer) -> Provider:
    """The loopback server as a provider."""
    return make_provider(server.base_url, "test-model", CANARY)


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """Theme and zoom as they are at first."""
    return Appearance(LIGHT)


@pytest.fixture
def view(qtbot: QtBot, appearance: Appearance) -> Iterator[Transcript]:
    """A transcript as large as in the window, without messages."""
    accessible.install()
    transcript = Transcript(appearance)
    qtbot.addWidget(transcript)
    transcript.resize(1020, 646)
    transcript.show()
    yield transcript
    transcript.clear()


@pytest.fixture
def no_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without a keychain that can be trusted."""
    fresh_keychain(monkeypatch)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A real keychain, unlocked."""
    with real_keychain(monkeypatch) as made:
        yield made
