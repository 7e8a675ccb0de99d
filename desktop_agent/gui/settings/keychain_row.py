"""The line below a key: where it lies, that the keychain is waited for, what to do if it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal

from desktop_agent.config.keychain import ANSWER_SECONDS, KeychainError
from desktop_agent.gui.settings.note_row import NoteRow, Offer

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")


class _Way(Enum):
    AGAIN = "again"
    SESSION = "session"


class KeychainRow(NoteRow):
    """Says how the keychain stands while something is asked of it.

    Signals:
        cancelled: The person does not want to wait for it any longer; who asks ends the task that does.
    """

    cancelled = Signal()

    async def ask(self, work: Callable[[], Awaitable[_T]], for_session: Callable[[], _T] | None = None) -> _T:
        """Ask something of the keychain until it is done or the person gives up.

        Args:
            work: What is asked; it may be asked again.
            for_session: What is done instead if the person wants to go on without the keychain.

        Raises:
            KeychainError: Trying again would not help, and there is no other way.
        """
        while True:
            try:
                return await self._waited(work)
            except KeychainError as error:
                if not error.can_retry:
                    raise
                way = await self._choice(error, has_session=for_session is not None and error.offers_session)
            if way is _Way.SESSION and for_session is not None:
                return for_session()

    async def _waited(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """The outcome of `work`; that it takes long is said."""
        import asyncio  # here, so that the first page can be painted before it is imported

        waiting = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._say_waiting)
        try:
            return await work()
        finally:
            waiting.cancel()
            self.clear()

    async def _choice(self, error: KeychainError, *, has_session: bool) -> _Way:
        """What the person chooses to do about an error."""
        import asyncio

        chosen: asyncio.Future[_Way] = asyncio.get_running_loop().create_future()

        def choose(way: _Way) -> None:
            if not chosen.done():
                chosen.set_result(way)

        offers: list[Offer] = [(self.tr("Try again"), lambda: choose(_Way.AGAIN))]
        if has_session:
            offers.append((self.tr("Use for this session"), lambda: choose(_Way.SESSION)))
        self.say(str(error), "warn", *offers)
        try:
            return await chosen
        finally:
            self.clear()

    def _say_waiting(self) -> None:
        self.say(
            self.tr("Waiting for your keychain. It may ask for your password in another window."),
            "warn",
            (self.tr("Cancel"), self.cancelled.emit),
        )
