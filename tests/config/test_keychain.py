"""Keys in a real keychain: what is stored and refused, and what happens when it is locked or silent."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import stat
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from desktop_agent.config import keychain
from desktop_agent.config.keychain import (
    LONGEST_KEY,
    KeychainError,
    KeychainLockedError,
    KeychainState,
    KeychainTimeoutError,
    KeychainUnavailableError,
    KeyMissingError,
    KeyNotValidError,
    KeyTooLongError,
    delete_key,
    forget_keys,
    get_key,
    get_key_async,
    keep_for_session,
    keychain_name_async,
    set_key,
    set_key_async,
)
from desktop_agent.config.keychain_errors import translated
from desktop_agent.config.logs import start_logging
from desktop_agent.config.provider_keys import (
    KeyHostChangedError,
    allow_key,
    provider_with_key,
    remove_key,
    store_key,
)
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import new_entry
from desktop_agent.config.settings_store import SettingsStore
from secret_service import SecretService, SilentPrompter, require_programs

CANARY = "sk-canary-0123456789abcdefghijklmnopqrstuvwxyz"
OTHER = "sk-other-9876543210"
NAME = "openai@https://api.openai.com"
ENOUGH = 60.0
"""Seconds that no answer takes, however loaded the machine is."""
SHORT = 1.0
"""Seconds to wait for a keychain that will not answer."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own keychain as it is at a start; nothing is read of the developer's."""
    monkeypatch.setattr(keychain, "_keychain", keychain.Keychain())
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A private bus without a keychain on it yet."""
    require_programs()
    # A socket's path may have about 100 characters; pytest's own folder is too deep.
    with tempfile.TemporaryDirectory(prefix="k") as folder, SecretService(Path(folder), monkeypatch) as made:
        yield made


@pytest.fixture
def unlocked(service: SecretService) -> SecretService:
    """The same with an open keychain."""
    service.start_unlocked()
    return service


@pytest.fixture
def no_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A session without D-Bus, as in a terminal of a server."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has sessions without a keychain")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)


# --- What can be a key


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", KeyNotValidError, "There is no API key"),
        (" \n\t", KeyNotValidError, "There is no API key"),
        ("sk-with space", KeyNotValidError, "holds a space"),
        ("sk-two\nlines", KeyNotValidError, "Copy it again"),
        ("sk-nul\x00", KeyNotValidError, "Copy it again"),
        ("sk-euro-€", KeyNotValidError, "Copy it again"),
        ("sk-bidi-\u202e", KeyNotValidError, "Copy it again"),
        ('"sk-quoted"', KeyNotValidError, "quotation marks"),
        ("k" * (LONGEST_KEY + 1), KeyTooLongError, "1,280"),
        ("k" * 3_000, KeyTooLongError, "1,280"),
    ],
)
@pytest.mark.usefixtures("no_bus")
def test_what_cannot_be_a_key_is_refused_before_the_keychain_is_asked(
    text: str, kind: type[KeychainError], words: str
) -> None:
    for store in (set_key, keep_for_session):
        with pytest.raises(kind, match=words) as caught:
            store(NAME, text)
        assert not text.strip() or text.strip() not in str(caught.value)


def test_every_state_has_a_sentence_and_says_what_to_do() -> None:
    kinds = KeychainError.__subclasses__()
    assert {kind.state for kind in kinds} == set(KeychainState) - {KeychainState.OK}
    for kind in kinds:
        error = kind()
        assert error.sentence.endswith(".")
        assert error.hint.endswith(".")
        assert str(error) == f"{error.sentence} {error.hint}"


class KeyringLocked(Exception):  # noqa: N818 - named as keyring names it
    """As keyring raises it."""


class KeychainDenied(Exception):  # noqa: N818
    """As keyring's module for macOS raises it."""


class PasswordSetError(Exception):
    """As keyring raises it."""


class Win32Error(Exception):
    """As pywin32 raises it."""

    def __init__(self, winerror: int, function: str) -> None:
        super().__init__(winerror, function, f"the secret {CANARY}")
        self.winerror = winerror


@pytest.mark.parametrize(
    ("error", "cause", "state"),
    [
        (KeyringLocked("Failed to unlock the collection!"), None, KeychainState.LOCKED),
        (KeyringLocked("Can't get password"), KeychainDenied(-128, "Denied"), KeychainState.DENIED),
        (PasswordSetError("Can't store"), Exception(-25293, "Security Auth Failure"), KeychainState.DENIED),
        (PasswordSetError("Can't store (-67030, 'Unknown Error')"), None, KeychainState.DENIED),
        (PasswordSetError("Can't store"), None, KeychainState.DENIED),
        (Win32Error(1783, "CredWrite"), None, KeychainState.TOO_LONG),
        (Win32Error(5, "CredWrite"), None, KeychainState.DENIED),
        (Win32Error(1312, "CredRead"), None, KeychainState.UNAVAILABLE),
        (UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, "no"), None, KeychainState.UNAVAILABLE),
        (ConnectionResetError(CANARY), None, KeychainState.UNAVAILABLE),
    ],
)
def test_what_the_systems_raise_becomes_one_of_ours(
    error: Exception, cause: Exception | None, state: KeychainState, caplog: pytest.LogCaptureFixture
) -> None:
    error.__cause__ = cause
    made = translated(error)
    assert made.state is state
    assert made.__cause__ is made.__context__ is None
    assert CANARY not in f"{made} {made!r} {caplog.text}"


# --- An open keychain


def test_a_key_is_stored_read_and_deleted(unlocked: SecretService) -> None:
    set_key(NAME, f"  {CANARY}\n", timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    set_key(NAME, OTHER, timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == OTHER
    delete_key(NAME, timeout=ENOUGH)
    with pytest.raises(KeyMissingError):
        get_key(NAME, timeout=ENOUGH)
    with pytest.raises(KeyMissingError):
        delete_key(NAME, timeout=ENOUGH)


def test_two_keys_do_not_meet(unlocked: SecretService) -> None:
    set_key("a@https://api.example.com", CANARY, timeout=ENOUGH)
    set_key("b@https://api.example.com", OTHER, timeout=ENOUGH)
    forget_keys()
    assert get_key("a@https://api.example.com", timeout=ENOUGH) == CANARY
    assert get_key("b@https://api.example.com", timeout=ENOUGH) == OTHER


def test_the_longest_key_fits(unlocked: SecretService) -> None:
    set_key(NAME, "k" * LONGEST_KEY, timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == "k" * LONGEST_KEY


def test_a_key_is_read_once(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    unlocked.kill()
    assert get_key(NAME, timeout=ENOUGH) == CANARY


def test_keys_written_at_once_are_all_there(unlocked: SecretService) -> None:
    def write(number: int) -> None:
        set_key(f"p{number}", f"sk-{number}", timeout=ENOUGH)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    forget_keys()
    assert [get_key(f"p{number}", timeout=ENOUGH) for number in range(8)] == [f"sk-{n}" for n in range(8)]


def test_the_keychain_has_a_name(unlocked: SecretService) -> None:
    assert asyncio.run(keychain_name_async(seconds=ENOUGH)) == "Secret Service"


def test_the_key_lies_nowhere_else(unlocked: SecretService, tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    start_logging()
    try:
        set_key(NAME, CANARY, timeout=ENOUGH)
        forget_keys()
        logging.getLogger("test").warning("The key is %s.", get_key(NAME, timeout=ENOUGH))
        unlocked.kill()
        forget_keys()
        with pytest.raises(KeychainError):
            get_key(NAME, timeout=ENOUGH)
    finally:
        for handler in [each for each in root.handlers if each not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
        logging.captureWarnings(False)
    stored = [path for path in unlocked.files() if path.suffix == ".keyring"]
    assert stored
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in stored)
    written = [*unlocked.files(), *(path for path in tmp_path.rglob("*") if path.is_file())]
    assert any(path.name == "desktop-agent.log" for path in written)
    for path in written:
        assert CANARY.encode() not in path.read_bytes(), path
    assert not any(CANARY in value for value in os.environ.values())


def test_a_provider_s_key_moves_with_its_host_when_that_is_allowed(
    unlocked: SecretService, tmp_path: Path
) -> None:
    async def main() -> None:
        entry = await store_key(new_entry(ProviderKind.OPENAI), CANARY, seconds=ENOUGH)
        store = SettingsStore()
        store.change("providers", entries=(entry,))
        await store.save_async()
        assert CANARY not in store.path.read_text("utf-8")
        forget_keys()
        assert (await provider_with_key(entry, "m", seconds=ENOUGH)).api_key == CANARY
        moved = entry.model_copy(update={"base_url": "https://api.example.com/v1"})
        with pytest.raises(KeyHostChangedError):
            await provider_with_key(moved, seconds=ENOUGH)
        allowed = await allow_key(moved, seconds=ENOUGH)
        forget_keys()
        assert (await provider_with_key(allowed, seconds=ENOUGH)).api_key == CANARY
        with pytest.raises(KeyMissingError):
            await provider_with_key(entry, seconds=ENOUGH)
        removed = await remove_key(allowed, seconds=ENOUGH)
        assert (await provider_with_key(removed, seconds=ENOUGH)).api_key == ""
        with pytest.raises(KeyMissingError):
            await provider_with_key(allowed, seconds=ENOUGH)

    asyncio.run(main())


START = """
import sys
import desktop_agent.config.keychain, desktop_agent.config.look, desktop_agent.config.provider
print(*(name for name in ("keyring", "asyncio", "pydantic", "concurrent.futures") if name in sys.modules))
"""


def test_nothing_is_imported_before_a_key_is_asked_for() -> None:
    result = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


# --- A keychain that says no


def test_a_locked_keychain_is_said_for_every_call(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    unlocked.lock()
    calls = (
        lambda: get_key(NAME, timeout=ENOUGH),
        lambda: get_key("never stored", timeout=ENOUGH),
        lambda: set_key(NAME, OTHER, timeout=ENOUGH),
        lambda: delete_key(NAME, timeout=ENOUGH),
    )
    for call in calls:
        with pytest.raises(KeychainLockedError) as caught:
            call()
        assert str(caught.value) == "The keychain of this computer is locked. Unlock it to use your keys."
    gc.collect()


def test_a_key_that_is_known_survives_the_lock(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    unlocked.lock()
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    with pytest.raises(KeychainLockedError):
        get_key("another", timeout=ENOUGH)
    gc.collect()


def test_a_killed_keychain_comes_back_locked(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    unlocked.make_activatable()
    unlocked.kill()
    with pytest.raises(KeychainLockedError):
        get_key(NAME, timeout=ENOUGH)
    gc.collect()


def test_no_keychain_on_the_bus(service: SecretService) -> None:
    with pytest.raises(KeychainUnavailableError, match="no keychain service"):
        set_key(NAME, CANARY, timeout=ENOUGH)
    with pytest.raises(KeychainUnavailableError):
        get_key(NAME, timeout=ENOUGH)


def test_a_keychain_that_is_started_later_is_found(service: SecretService) -> None:
    with pytest.raises(KeychainUnavailableError):
        set_key(NAME, CANARY, timeout=ENOUGH)
    service.start_unlocked()
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == CANARY


@pytest.mark.usefixtures("no_bus")
def test_without_a_bus_the_key_can_be_kept_for_the_session(tmp_path: Path) -> None:
    with pytest.raises(KeychainUnavailableError) as caught:
        set_key(NAME, CANARY, timeout=ENOUGH)
    assert caught.value.offers_session
    with pytest.raises(KeychainUnavailableError):
        get_key(NAME, timeout=ENOUGH)
    keep_for_session(NAME, CANARY)
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    delete_key(NAME, timeout=ENOUGH)
    with pytest.raises(KeychainUnavailableError):
        get_key(NAME, timeout=ENOUGH)


@pytest.mark.usefixtures("no_bus")
def test_a_plain_file_is_never_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As with the package keyrings.alt: a backend that is viable everywhere, and writes a file."""
    from keyring.backend import KeyringBackend

    file = tmp_path / "keyring_pass.cfg"

    class PlaintextKeyring(KeyringBackend):
        priority = 0.5

        @override
        def get_password(self, service: str, username: str) -> str | None:
            return file.read_text() if file.exists() else None

        @override
        def set_password(self, service: str, username: str, password: str) -> None:
            file.write_text(password)

    PlaintextKeyring.__qualname__ = "PlaintextKeyring"
    monkeypatch.setattr(sys.modules[__name__], "PlaintextKeyring", PlaintextKeyring, raising=False)
    for configured in ("", f"{__name__}.PlaintextKeyring"):
        if configured:
            monkeypatch.setenv("PYTHON_KEYRING_BACKEND", configured)
        with pytest.raises(KeychainUnavailableError):
            set_key(NAME, CANARY, timeout=ENOUGH)
        assert not file.exists()


@pytest.mark.parametrize(
    "configured",
    ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "no.such.module.Keyring", "nonsense"],
)
def test_a_keyring_that_is_set_up_to_keep_nothing_is_no_keychain(
    unlocked: SecretService, monkeypatch: pytest.MonkeyPatch, configured: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", configured)
    with pytest.raises(KeychainUnavailableError):
        set_key(NAME, CANARY, timeout=ENOUGH)
    with pytest.raises(KeychainUnavailableError):
        get_key(NAME, timeout=ENOUGH)


CHAIN = """
import sys
from keyring.backend import KeyringBackend
from desktop_agent.config.keychain import get_key, set_key, forget_keys

if sys.argv[1] == "file":
    class PlaintextKeyring(KeyringBackend):
        priority = 0.5
        get_password = set_password = None

set_key("name", "sk-chained", timeout=60)
forget_keys()
print(get_key("name", timeout=60))
"""


@pytest.mark.parametrize(("second", "is_trusted"), [("nothing", True), ("file", False)])
def test_a_chain_is_trusted_if_all_its_links_are(
    unlocked: SecretService, monkeypatch: pytest.MonkeyPatch, second: str, is_trusted: bool
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.chainer.ChainerBackend")
    command = [sys.executable, "-c", CHAIN, second]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENOUGH)
    assert result.stdout == ("sk-chained\n" if is_trusted else "")
    assert ("KeychainUnavailableError" in result.stderr) != is_trusted


# --- A keychain that does not answer


def test_a_frozen_keychain_ends_the_wait_and_not_the_next_one(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    set_key("second", OTHER, timeout=ENOUGH)
    forget_keys()
    unlocked.freeze()
    for _ in range(3):  # each has a deadline of its own, also behind those that are stuck
        with pytest.raises(KeychainTimeoutError):
            get_key(NAME, timeout=SHORT)
    unlocked.thaw()
    assert get_key("second", timeout=ENOUGH) == OTHER
    assert get_key(NAME, timeout=ENOUGH) == CANARY


def test_a_change_that_comes_late_does_not_undo_a_newer_one(unlocked: SecretService) -> None:
    set_key(NAME, "sk-first", timeout=ENOUGH)
    unlocked.freeze()
    with pytest.raises(KeychainTimeoutError):
        set_key(NAME, "sk-late", timeout=SHORT)
    with pytest.raises(KeychainTimeoutError):
        set_key(NAME, "sk-never", timeout=SHORT)  # it waited for the first one, and was never sent
    unlocked.thaw()
    set_key(NAME, "sk-newest", timeout=ENOUGH)
    forget_keys()
    assert get_key(NAME, timeout=ENOUGH) == "sk-newest"


def test_a_prompt_that_nobody_answers_ends_with_the_deadline(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    with SilentPrompter(unlocked) as prompter:
        unlocked.lock()
        with pytest.raises(KeychainTimeoutError, match="may be waiting for your password"):
            get_key(NAME, timeout=SHORT)
        prompter.wait_until_asked()
        with pytest.raises(KeychainTimeoutError):
            get_key("another", timeout=SHORT)
    unlocked.kill()  # whoever waited for the prompt ends
    gc.collect()


def test_the_loop_goes_on_while_the_keychain_is_frozen(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    unlocked.freeze()

    async def main() -> str:
        reading = asyncio.ensure_future(get_key_async(NAME, seconds=ENOUGH))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not reading.done()
        unlocked.thaw()  # only a loop that goes on comes here
        return await reading

    assert asyncio.run(main()) == CANARY


def test_what_was_given_up_is_dropped(unlocked: SecretService) -> None:
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    unlocked.freeze()

    async def main() -> None:
        reading = asyncio.ensure_future(get_key_async(NAME, seconds=ENOUGH))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        with pytest.raises(KeychainTimeoutError):
            await set_key_async("late", OTHER, seconds=SHORT)
        unlocked.thaw()
        assert await get_key_async(NAME, seconds=ENOUGH) == CANARY

    asyncio.run(main())


def test_no_frame_of_ours_shows_a_key(unlocked: SecretService) -> None:
    def shown(error: BaseException) -> str:
        parts, seen = [], error
        while seen is not None:
            parts.append(repr(seen) + "".join(traceback.format_exception(seen)))
            for frame, _ in traceback.walk_tb(seen.__traceback__):
                if frame.f_globals["__name__"].startswith("desktop_agent"):
                    parts += [f"{name} = {value!r}" for name, value in frame.f_locals.items()]
            seen = seen.__cause__ or seen.__context__  # type: ignore[assignment]  # None ends the loop
        return "\n".join(parts)

    errors: list[BaseException] = []
    set_key(NAME, CANARY, timeout=ENOUGH)
    forget_keys()
    unlocked.freeze()
    for call in (lambda: get_key(NAME, timeout=SHORT), lambda: set_key(NAME, CANARY, timeout=SHORT)):
        with pytest.raises(KeychainTimeoutError) as timeout:
            call()
        errors.append(timeout.value)
    unlocked.thaw()
    assert get_key(NAME, timeout=ENOUGH) == CANARY
    forget_keys()
    unlocked.lock()
    with pytest.raises(KeychainLockedError) as locked:
        set_key(NAME, CANARY, timeout=ENOUGH)
    errors.append(locked.value)
    with pytest.raises(KeyNotValidError) as wrong:
        set_key(NAME, CANARY + " x", timeout=ENOUGH)
    errors.append(wrong.value)
    gc.collect()
    for error in errors:
        assert "set_key" in shown(error) or "get_key" in shown(error)
        assert CANARY not in shown(error)
