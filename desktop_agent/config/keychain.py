"""The API keys of a person, in the keychain of the operating system and nowhere else.

The one door to the package `keyring`. Its calls block for as long as a person takes to type a password, or
for ever: they run in a thread of their own, each with a deadline, and `keyring` is imported there. Only the
keychains of the operating systems are trusted; other backends keep keys in plain files, or drop them.

The functions block and are for commands; those whose names end in `_async` do the same for the window. Keys
are read once and remembered until the program quits, and the log is told to hide them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeVar

from desktop_agent.config.key_line import KeyLine, Request
from desktop_agent.config.keychain_errors import (
    KeychainDeniedError,
    KeychainError,
    KeychainLockedError,
    KeychainState,
    KeychainTimeoutError,
    KeychainUnavailableError,
    KeyMissingError,
    KeyNotValidError,
    KeyTooLongError,
    translated,
)
from desktop_agent.config.logs import hide_in_log
from desktop_agent.config.sealed import Sealed

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = [
    "ANSWER_SECONDS",
    "LONGEST_KEY",
    "PROMPT_SECONDS",
    "KeyMissingError",
    "KeyNotValidError",
    "KeyTooLongError",
    "Keychain",
    "KeychainDeniedError",
    "KeychainError",
    "KeychainLockedError",
    "KeychainState",
    "KeychainTimeoutError",
    "KeychainUnavailableError",
    "check_key",
    "delete_key",
    "delete_key_async",
    "forget_keys",
    "get_key",
    "get_key_async",
    "keep_for_session",
    "keychain_name_async",
    "set_key",
    "set_key_async",
]

logger = logging.getLogger(__name__)
_T = TypeVar("_T")

LONGEST_KEY: Final = 1280
"""Characters: the Windows Credential Locker takes 2,560 bytes of UTF-16."""
ANSWER_SECONDS: Final = 3.0
"""After this long without an answer, a window says that it waits for the keychain."""
PROMPT_SECONDS: Final = 120.0
"""How long a person may take to type the keychain's password."""
COMMAND_SECONDS: Final = 30.0
"""How long a command waits, unless it is told otherwise."""

_USER: Final = "api-key"
_TRUSTED: Final = {
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "Secret Service",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
}
_CHAINER: Final = "keyring.backends.chainer.ChainerBackend"


def check_key(text: str) -> KeychainError | None:
    """What is wrong with a key as it was typed or pasted; None if it can be one.

    White space around it does not count. It returns the error, because the frames of an exception hold keys.
    """
    key = text.strip()
    if not key:
        return KeyNotValidError("There is no API key.", "Paste the key that the provider gave you.")
    if len(key) > LONGEST_KEY:
        return KeyTooLongError()
    if key[0] == key[-1] and key[0] in "\"'`" and len(key) > 1:
        return KeyNotValidError("The API key is in quotation marks.", "Leave them out.")
    if not all("!" <= character <= "~" for character in key):
        return KeyNotValidError()
    return None


class Keychain:
    """The keychain of this computer, and what was read from it in this session.

    The program has one, behind the functions of this module.
    """

    def __init__(self) -> None:
        self._line = KeyLine("keychain")
        self._backend: KeyringBackend | None = None
        self._lock = threading.Lock()
        self._known: dict[str, Sealed] = {}
        self._session: dict[str, Sealed] = {}
        self._changes: dict[str, int] = {}

    def get(self, name: str, timeout: float) -> str:
        """See `get_key`."""
        known = self._remembered(name)
        if known is None:
            before = self._changes.get(name, 0)
            known = self._remember(name, self._line.do(self._reading(name), timeout), before)
        return known.open()

    async def get_async(self, name: str, seconds: float) -> str:
        """See `get_key_async`."""
        known = self._remembered(name)
        if known is None:
            before = self._changes.get(name, 0)
            read = await self._line.do_in_loop(self._reading(name), seconds)
            known = self._remember(name, read, before)
        return known.open()

    def set(self, name: str, value: Sealed, timeout: float) -> None:
        """See `set_key`."""
        before = self._changing(name)
        self._line.do(self._writing(name, value), timeout)
        self._remember(name, value, before)

    async def set_async(self, name: str, value: Sealed, seconds: float) -> None:
        """See `set_key_async`."""
        before = self._changing(name)
        await self._line.do_in_loop(self._writing(name, value), seconds)
        self._remember(name, value, before)

    def delete(self, name: str, timeout: float) -> None:
        """See `delete_key`."""
        if not self._dropped_from_session(name):
            self._line.do(self._deleting(name), timeout)

    async def delete_async(self, name: str, seconds: float) -> None:
        """See `delete_key_async`."""
        if not self._dropped_from_session(name):
            await self._line.do_in_loop(self._deleting(name), seconds)

    async def name_async(self, seconds: float) -> str:
        """See `keychain_name_async`."""
        return await self._line.do_in_loop(self._request(_name_of), seconds)

    def keep_for_session(self, name: str, value: Sealed) -> None:
        """See `keep_for_session`."""
        with self._lock:
            self._session[name] = value
        hide_in_log(value.open())

    def forget(self) -> None:
        """See `forget_keys`."""
        with self._lock:
            self._known.clear()
            self._backend = None

    def _remembered(self, name: str) -> Sealed | None:
        with self._lock:
            return self._session.get(name) or self._known.get(name)

    def _remember(self, name: str, value: Sealed, before: int) -> Sealed:
        """Keep what was read or written, unless the key was changed by somebody else meanwhile."""
        with self._lock:
            if self._changes.get(name, 0) == before:
                self._known[name] = value
                self._session.pop(name, None)
        return value

    def _changing(self, name: str) -> int:
        """What is known of the key holds no longer: the change may come true even if nobody waits for it."""
        with self._lock:
            self._known.pop(name, None)
            self._changes[name] = self._changes.get(name, 0) + 1
            return self._changes[name]

    def _dropped_from_session(self, name: str) -> bool:
        """Forget the key; whether it was kept for the session alone."""
        self._changing(name)
        with self._lock:
            return self._session.pop(name, None) is not None

    # These run in the thread of the line.

    def _reading(self, name: str) -> Request[Sealed]:
        def read(backend: KeyringBackend) -> Sealed:
            key = backend.get_password(_service_of(name), _USER)
            if not key:
                raise KeyMissingError
            hide_in_log(key)
            return Sealed(key)

        return self._request(read)

    def _writing(self, name: str, value: Sealed) -> Request[None]:
        def write(backend: KeyringBackend) -> None:
            hide_in_log(value.open())
            backend.set_password(_service_of(name), _USER, value.open())
            if backend.get_password(_service_of(name), _USER) != value.open():
                raise KeychainUnavailableError(
                    "The keychain of this computer did not keep the key.",
                    "Try again, or use the key until you quit.",
                )

        return self._request(write, name)

    def _deleting(self, name: str) -> Request[None]:
        def delete(backend: KeyringBackend) -> None:
            # The backends name the missing key and the refused deletion alike.
            if backend.get_password(_service_of(name), _USER) is None:
                raise KeyMissingError
            backend.delete_password(_service_of(name), _USER)

        return self._request(delete, name)

    def _request(self, work: Callable[[KeyringBackend], _T], written: str = "") -> Request[_T]:
        def run() -> _T:
            try:
                return work(self._opened())
            except KeychainError:
                raise
            except Exception as error:  # noqa: BLE001 - the backends let everything through
                raise translated(error) from None

        return Request(run, written)

    def _opened(self) -> KeyringBackend:
        if self._backend is None:
            self._backend = _find_backend()
        return self._backend


def _service_of(name: str) -> str:
    # One service for each key: Windows keeps only the first user of a service under its plain name.
    return f"desktop-agent/{name}"


def _find_backend() -> KeyringBackend:
    """The best keychain that can be trusted; one that the user has configured, if there is one.

    Raises:
        KeychainUnavailableError: There is none, or another one is configured.
    """
    from keyring.core import load_config, load_env

    try:
        configured = load_env() or load_config()
    except Exception as error:  # noqa: BLE001 - any code may run there
        logger.warning("The configured keyring can't be loaded: %s.", type(error).__name__)
        raise KeychainUnavailableError from None
    if configured is not None:
        if _is_trusted(configured):
            return configured
        raise KeychainUnavailableError(
            "keyring is set up on this computer to use something that is no keychain of the system."
        )
    found: list[tuple[float, KeyringBackend]] = []
    for path in _TRUSTED:
        module, _, name = path.rpartition(".")
        try:
            kind = getattr(import_module(module), name)
            found.append((float(kind.priority), kind()))
        except Exception as error:  # noqa: BLE001 - each says in its own way that it is for another system
            logger.debug("%s: %s", path, type(error).__name__)
    if not found:
        raise KeychainUnavailableError
    return max(found, key=lambda each: each[0])[1]


def _is_trusted(backend: KeyringBackend) -> bool:
    path = _path_of(backend)
    if path == _CHAINER:
        members = list(backend.backends)  # type: ignore[attr-defined]  # the chainer's own
        return bool(members) and all(_path_of(member) in _TRUSTED for member in members)
    return path in _TRUSTED


def _path_of(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _name_of(backend: KeyringBackend) -> str:
    return _TRUSTED.get(_path_of(backend), "keychain")


_keychain = Keychain()


def _checked(value: str | Sealed) -> tuple[KeychainError | None, Sealed]:
    """What is wrong with a key, and the key without the white space around it."""
    text = value.open() if isinstance(value, Sealed) else value
    return check_key(text), Sealed(text.strip())


def get_key(name: str, *, timeout: float = COMMAND_SECONDS) -> str:
    """The key of this name; only the first call asks the keychain.

    Args:
        name: Whose key it is, see `provider_keys`.
        timeout: Seconds to wait for the keychain.

    Raises:
        KeychainError: There is none, or the keychain does not give it: see the tree in `keychain_errors`.
    """
    return _keychain.get(name, timeout)


async def get_key_async(name: str, *, seconds: float = PROMPT_SECONDS) -> str:
    """The same for the window; when it is cancelled, what comes later is dropped."""
    return await _keychain.get_async(name, seconds)


def set_key(name: str, value: str | Sealed, *, timeout: float = COMMAND_SECONDS) -> None:
    """Store a key, without the white space around it, and read it back.

    Args:
        name: Whose key it is.
        value: The key: printable ASCII without spaces, at most `LONGEST_KEY` characters.
        timeout: Seconds to wait for the keychain.

    Raises:
        KeyNotValidError: It can't be a key; nothing is asked of the keychain.
        KeyTooLongError: The same.
        KeychainUnavailableError: There is no keychain that can be trusted; the key is stored nowhere.
        KeychainError: The keychain does not take it.
    """
    trouble, sealed = _checked(value)
    del value  # no traceback that begins here holds it
    if trouble is not None:
        raise trouble
    _keychain.set(name, sealed, timeout)


async def set_key_async(name: str, value: str | Sealed, *, seconds: float = PROMPT_SECONDS) -> None:
    """The same for the window."""
    trouble, sealed = _checked(value)
    del value
    if trouble is not None:
        raise trouble
    await _keychain.set_async(name, sealed, seconds)


def delete_key(name: str, *, timeout: float = COMMAND_SECONDS) -> None:
    """Take a key out of the keychain, or forget one that is kept for the session.

    Raises:
        KeyMissingError: There is none.
        KeychainError: The keychain does not do it.
    """
    _keychain.delete(name, timeout)


async def delete_key_async(name: str, *, seconds: float = PROMPT_SECONDS) -> None:
    """The same for the window."""
    await _keychain.delete_async(name, seconds)


def keep_for_session(name: str, value: str | Sealed) -> None:
    """Keep a key in memory until the program quits; for a computer without a keychain, when the user says so.

    Raises:
        KeyNotValidError: It can't be a key.
        KeyTooLongError: The same.
    """
    trouble, sealed = _checked(value)
    del value
    if trouble is not None:
        raise trouble
    _keychain.keep_for_session(name, sealed)


async def keychain_name_async(*, seconds: float = ANSWER_SECONDS) -> str:
    """What keys are stored in: "Secret Service", "KWallet", "macOS Keychain", "Windows Credential Manager".

    It asks for no key and unlocks nothing.

    Raises:
        KeychainUnavailableError: There is no keychain that can be trusted.
        KeychainTimeoutError: It did not answer.
    """
    return await _keychain.name_async(seconds)


def forget_keys() -> None:
    """Read every key anew, and look for the keychain anew; those kept for the session stay."""
    _keychain.forget()
