"""What can stand between the program and the keys of a person, as one tree of plain sentences.

::

    KeychainError                   `state`, `sentence`, `hint`
    ├── KeyMissingError             there is no such key
    ├── KeychainLockedError         the keychain is locked, or its prompt was dismissed
    ├── KeychainDeniedError         the keychain refuses this program
    ├── KeychainUnavailableError    there is no keychain that can be trusted, or it failed
    ├── KeychainTimeoutError        no answer in time
    ├── KeyTooLongError             longer than every system's keychain takes
    └── KeyNotValidError            empty, or with a character that no key has
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from typing_extensions import override

logger = logging.getLogger(__name__)

# By name, because most of these classes exist on one system only.
_LOCKED: Final = {"KeyringLocked", "LockedException", "PromptDismissedException"}
_DENIED: Final = {"KeychainDenied", "SecAuthFailure"}
# macOS: dismissed by the user, not allowed to ask, wrong password, a program with another signature.
_MACOS_DENIED: Final = {"-128", "-25293", "-25308", "-67030"}
_WINDOWS_TOO_LONG: Final = {8, 1783}
_WINDOWS_DENIED: Final = 5
_MACOS_STATUS = re.compile(r"\((-\d+),")


class KeychainState(Enum):
    """How the keychain stands; each state but OK has its error below."""

    OK = "ok"
    MISSING = "missing"
    LOCKED = "locked"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    TOO_LONG = "too long"
    NOT_VALID = "not valid"


class KeychainError(Exception):
    """A failure whose text may be shown as it is; no key is ever part of it.

    Attributes:
        state: Which one it is.
        sentence: What is the matter.
        hint: What to do about it.
        can_retry: Whether the same call may work later ("Try again").
        offers_session: Whether keeping the key until the program quits is a way out ("Use for this session").
    """

    state = KeychainState.UNAVAILABLE
    sentence = ""
    hint = ""
    can_retry = False
    offers_session = False

    def __init__(self, sentence: str = "", hint: str = "") -> None:
        self.sentence = sentence or type(self).sentence
        self.hint = hint or type(self).hint
        super().__init__(self.sentence)

    @override
    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class KeyMissingError(KeychainError):
    """There is no key of this name."""

    state = KeychainState.MISSING
    sentence = "There is no such key in the keychain of this computer."
    hint = "Add it in Settings."


class KeychainLockedError(KeychainError):
    """The keychain is locked, and was not unlocked when it asked."""

    state = KeychainState.LOCKED
    sentence = "The keychain of this computer is locked."
    hint = "Unlock it to use your keys."
    can_retry = True
    offers_session = True


class KeychainDeniedError(KeychainError):
    """The keychain answered, and said no."""

    state = KeychainState.DENIED
    sentence = "The keychain of this computer does not let Desktop Agent in."
    hint = "Allow it there, then try again."
    can_retry = True
    offers_session = True


class KeychainUnavailableError(KeychainError):
    """There is no keychain that can be trusted with a key, or it failed."""

    state = KeychainState.UNAVAILABLE
    sentence = "This computer has no keychain service."
    hint = "The key can be kept until you quit; it is not saved then."
    can_retry = True
    offers_session = True


class KeychainTimeoutError(KeychainError):
    """The keychain did not answer in time; it may be waiting for a password."""

    state = KeychainState.TIMEOUT
    sentence = "The keychain of this computer does not answer."
    hint = "It may be waiting for your password in another window."
    can_retry = True
    offers_session = True


class KeyTooLongError(KeychainError):
    """The key is longer than what the keychains of all systems take."""

    state = KeychainState.TOO_LONG
    sentence = "The API key is too long."
    hint = "A key has at most 1,280 characters. Copy it again."


class KeyNotValidError(KeychainError):
    """What was given cannot be a key."""

    state = KeychainState.NOT_VALID
    sentence = "The API key holds a space or another character that no key has."
    hint = "Copy it again."


def translated(error: BaseException) -> KeychainError:
    """The error of ours for what a backend raised. It does not keep that: its frames and texts hold keys."""
    causes = list(_chain(error))
    names = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    numbers = {getattr(cause, "winerror", None) for cause in causes}
    statuses = {status for cause in causes for status in _MACOS_STATUS.findall(str(cause))}
    if names & _DENIED or statuses & _MACOS_DENIED or _WINDOWS_DENIED in numbers:
        return KeychainDeniedError()
    if names & _LOCKED:
        return KeychainLockedError()
    if numbers & _WINDOWS_TOO_LONG:
        return KeyTooLongError()
    logger.warning("The keychain failed: %s.", " < ".join(type(cause).__name__ for cause in causes))
    if names & {"PasswordSetError", "PasswordDeleteError"}:
        return KeychainDeniedError()
    return KeychainUnavailableError(
        "The keychain of this computer failed.", "Try again, or use the key until you quit."
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
