"""What the page says when macOS or Windows refuses: keyring's own code over a keychain of the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import keyring.backends.macOS
import keyring.backends.Windows
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from canary import CANARY, files_with_key
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.gui.settings.provider_form import ProviderForm
from desktop_agent.gui.settings.providers_page import ProvidersPage
from gui.setting_up import Ground, fresh_keychain, press, run, tab_to, until, write

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen, of windows that pop up

DENIED = "The keychain of this computer does not let Desktop Agent in. Allow it there, then try again."
TOO_LONG = "The API key is too long. A key has at most 1,280 characters. Copy it again."
FAILED = "The keychain of this computer failed. Try again, or use the key until you quit."
BOTH = ["Try again", "Use for this session"]


class MacError(Exception):
    """As keyring's module for the Security framework raises it."""


class MacNotFoundError(MacError):
    pass


class KeychainDenied(MacError):  # noqa: N818 - keyring's name, which the program knows
    pass


class WindowsError(Exception):
    """As pywin32 raises it."""

    def __init__(self, winerror: int, funcname: str) -> None:
        super().__init__(winerror, funcname, "words of the system")
        self.winerror, self.funcname = winerror, funcname


class System:
    """A system's interface to its keychain. It fails with `error` while there is one, then it works."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.entries: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        if isinstance(self.error, WindowsError) and self.error.funcname == "CredRead":
            raise self.error
        return self.entries.get(name)

    def write(self, name: str, secret: str) -> None:
        if self.error is not None:
            raise self.error
        self.entries[name] = secret


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def macos(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The macOS keychain."""

    def find(_keychain: object, service: str, _user: str) -> str:
        found = system.read(service)
        if found is None:
            raise MacNotFoundError(-25300, "Item not found")
        return found

    api = SimpleNamespace(
        Error=MacError,
        NotFound=MacNotFoundError,
        KeychainDenied=KeychainDenied,
        find_generic_password=find,
        set_generic_password=lambda _keychain, service, _user, secret: system.write(service, secret),
    )
    module = keyring.backends.macOS
    monkeypatch.setattr(module, "api", api, raising=False)
    monkeypatch.setattr(module, "platform", SimpleNamespace(system=lambda: "Darwin"))
    fresh_keychain(monkeypatch)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.macOS.Keyring")


@pytest.fixture
def windows(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' Credential Manager."""

    def read(*, Type: int, TargetName: str) -> dict[str, object]:  # noqa: N803 - Windows' names
        found = system.read(TargetName)
        if found is None:
            raise WindowsError(1168, "CredRead")
        return {"UserName": "api-key", "CredentialBlob": found.encode("utf-16")}

    def write(credential: dict[str, str], _flags: int) -> None:
        system.write(credential["TargetName"], credential["CredentialBlob"])

    module = keyring.backends.Windows
    functions = SimpleNamespace(
        CredRead=read, CredWrite=write, CRED_TYPE_GENERIC=1, CRED_PERSIST_ENTERPRISE=3
    )
    monkeypatch.setattr(module, "win32cred", functions, raising=False)
    monkeypatch.setattr(module, "pywintypes", SimpleNamespace(error=WindowsError), raising=False)
    monkeypatch.setattr(module, "missing_deps", False)
    fresh_keychain(monkeypatch)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.Windows.WinVaultKeyring")


def with_form(qapp: QApplication, folder: Path, steps: Callable[[Ground, ProviderForm], object]) -> None:
    """Run asynchronous steps with the page, on which a provider waits for its key and a key is typed."""

    async def begin(ground: Ground) -> None:
        page = ProvidersPage(ground.connections, ground.scope, ground.appearance, places=())
        page.resize(676, 620)
        page.show()
        await until(page.isActiveWindow)
        try:
            page.add(ProviderKind.OPENAI)
            tab_to(page.form.key_field)
            write(CANARY)
            press(Qt.Key.Key_Return)
            await steps(ground, page.form)  # type: ignore[misc]
        finally:
            page.close()
            await ground.scope.aclose()
            page.deleteLater()

    run(qapp, folder, begin)


@pytest.mark.parametrize(
    ("place", "error", "sentence", "buttons"),
    [
        ("macos", KeychainDenied(-128, "Keychain Access Denied"), DENIED, BOTH),
        ("macos", MacError(-67030, "Unknown Error"), DENIED, BOTH),
        ("windows", WindowsError(5, "CredWrite"), DENIED, BOTH),
        ("windows", WindowsError(1312, "CredRead"), FAILED, BOTH),
        ("windows", WindowsError(1783, "CredWrite"), TOO_LONG, []),
    ],
)
def test_a_refusal_is_said_with_what_can_be_done(
    qapp: QApplication,
    system: System,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    place: str,
    error: Exception,
    sentence: str,
    buttons: list[str],
) -> None:
    request.getfixturevalue(place)
    system.error = error

    async def steps(ground: Ground, form: ProviderForm) -> None:
        await until(lambda: form.key_note.text == sentence)
        assert [button.text() for button in form.key_note.buttons] == buttons
        assert form.key_field.text() == CANARY  # what was typed is kept
        assert form.key_field.is_invalid is not bool(buttons)
        assert not ground.settings.providers.entries[0].has_key
        if not buttons:
            return
        system.error = None  # it is allowed now
        form.key_note.buttons[0].click()
        await until(lambda: form.key_button.text() == "Replace" and form.key_button.isEnabled())
        assert ground.settings.providers.entries[0].has_key
        assert list(system.entries.values()) == [CANARY]

    with_form(qapp, tmp_path, steps)
    assert files_with_key(tmp_path) == []
    assert bool(system.entries) is bool(buttons)


@pytest.mark.usefixtures("macos")
def test_one_can_go_on_without_a_keychain_that_refuses(
    qapp: QApplication, system: System, tmp_path: Path
) -> None:
    system.error = KeychainDenied(-128, "Keychain Access Denied")

    async def steps(_ground: Ground, form: ProviderForm) -> None:
        await until(lambda: len(form.key_note.buttons) == 2)
        form.key_note.buttons[1].click()
        await until(lambda: form.key_button.text() == "Replace")
        assert form.key_note.text == "The key is kept until you quit and is not saved."

    with_form(qapp, tmp_path, steps)
    assert (system.entries, files_with_key(tmp_path)) == ({}, [])
