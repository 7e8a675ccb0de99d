"""What the first page does: checks a key and keeps it, finds servers on this computer, chooses a model."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from typing import Any, Final

from PySide6.QtCore import QLocale, QObject, Signal

from desktop_agent.agentchat.errors import AuthenticationError, NotFoundError, PermissionDeniedError
from desktop_agent.chat.local_servers import USUAL_PLACES, LocalServer, find_local_servers
from desktop_agent.chat.provider_check import CheckResult
from desktop_agent.config.agent_profiles import ModelChoice
from desktop_agent.config.keychain import KeychainError, check_key
from desktop_agent.config.provider import ProviderError
from desktop_agent.config.provider_keys import store_key, store_key_for_session
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, demo_entry, new_entry, provider_for
from desktop_agent.config.sealed import Sealed
from desktop_agent.gui.first_run.page import Choice, FirstRunPage
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.provider_words import shown_host
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.widgets.notice import translate

_NO_LIST: Final = (NotFoundError, PermissionDeniedError)
_NAMED: Final = 3
"""So many models of a server are named."""


class FirstRun(QObject):
    """Does what the first page is asked for.

    Args:
        page: The page.
        connections: The providers.
        scope: Owns its tasks.
        places: Where servers on this computer are looked for.
        looks: Whether they are looked for at once; otherwise when the person says so.

    Signals:
        chosen: There is a model to talk to; carries the `ModelChoice`, which is in the settings already.
    """

    chosen = Signal(object)

    def __init__(
        self,
        page: FirstRunPage,
        connections: Connections,
        scope: TaskScope,
        *,
        places: Sequence[tuple[ProviderKind, str]] = USUAL_PLACES,
        looks: bool = True,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._connections = connections
        self._scope = scope
        self._places = places
        self._servers: list[LocalServer] = []
        self._task: asyncio.Task[Any] | None = None
        self._looking: asyncio.Task[Any] | None = None
        page.started.connect(self.start)
        page.cancelled.connect(self.cancel)
        page.look_requested.connect(self.look)
        if looks:
            self.look()
        else:
            self._say_not_looked()

    @property
    def servers(self) -> tuple[LocalServer, ...]:
        """The servers on this computer that were found."""
        return tuple(self._servers)

    def start(self) -> None:
        """Begin with what is chosen."""
        if self._task is not None and not self._task.done():
            return
        choice = self._page.choice
        if choice is Choice.DEMO:
            demo = demo_entry()
            self._choose(ModelChoice(provider=demo.id, model=demo.model))
        elif choice is Choice.LOCAL:
            self._begin(self._start_local())
        else:
            typed = Sealed(self._page.key_field.text().strip())
            entry = self._entry_to_add(typed)
            if entry is not None:
                self._begin(self._start_with_key(entry, typed))

    def cancel(self) -> None:
        """Wait no longer; what was typed stays."""
        if self._task is not None:
            self._task.cancel()

    def stop(self) -> None:
        """End what is under way, before the page goes."""
        for task in (self._task, self._looking):
            if task is not None:
                task.cancel()

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._task = self._scope.spawn(coroutine, "first run")

    def _choose(self, choice: ModelChoice) -> None:
        self._connections.choose(choice)
        self.chosen.emit(choice)

    # A key

    async def _start_with_key(self, entry: ProviderEntry, typed: Sealed) -> None:
        page = self._page
        done: ProviderEntry | None = None
        page.show_busy(self.tr("Asking {host}.").format(host=shown_host(entry.host)))
        try:
            done = await self._set_up(entry, typed)
        except (ProviderError, KeychainError) as error:
            page.refuse(str(error), page.key_field)
        except asyncio.CancelledError:
            page.show_note()
            raise
        finally:
            page.show_busy()
        if done is not None:
            page.key_field.clear()
            page.show_note()
            self._choose(ModelChoice(provider=done.id, model=done.model))

    async def _set_up(self, entry: ProviderEntry, typed: Sealed) -> ProviderEntry | None:
        """Check a provider and keep it; None if it does not answer as it should, which is said."""
        found = await self._checked(entry, typed)
        if found is None:
            return None
        if typed.open():
            found = await self._stored(found, typed)
        self._connections.put(found)
        return found

    def _entry_to_add(self, typed: Sealed) -> ProviderEntry | None:
        """The provider that the fields describe; None if something there is not valid, which is said."""
        page, kind = self._page, self._page.kind
        try:
            entry = new_entry(kind, self._connections.saved, base_url=self._address())
        except ProviderError as error:
            page.refuse(str(error), page.address_field)
            return None
        entry = self._without_key(entry) or entry
        trouble = check_key(typed.open()) if typed.open() or kind.facts.needs_key else None
        if trouble is not None:
            page.refuse(str(trouble), page.key_field)
            return None
        model = "" if page.name_field.isHidden() else page.name_field.text().strip()
        if kind is ProviderKind.AZURE and not model:
            page.refuse(
                self.tr("Type the name of your deployment: Azure does not list them."), page.name_field
            )
            return None
        return entry.model_copy(update={"model": model})

    def _address(self) -> str:
        return "" if self._page.kind.facts.base_url else self._page.address_field.text()

    def _without_key(self, entry: ProviderEntry) -> ProviderEntry | None:
        """The same provider, if it was set up before and waits for its key."""
        for each in self._connections.saved:
            if (each.kind, each.base_url, each.has_key) == (entry.kind, entry.base_url, False):
                return each
        return None

    async def _checked(self, entry: ProviderEntry, typed: Sealed) -> ProviderEntry | None:
        """The provider with a model, after it answered; None if it did not, which is said."""
        page = self._page
        provider = provider_for(entry, entry.model, typed.open())
        if entry.model or entry.kind.facts.key_path:
            check = await self._connections.test_with(entry, provider)
            if not self._is_well(check.result):
                return None
        if entry.model:
            return entry
        result = await self._connections.refresh_with(entry, provider)
        if result.error is not None and issubclass(result.error, _NO_LIST):
            page.show_busy()
            page.ask_model(self._words_of(result))
            return None
        if not self._is_well(result):
            return None
        found = self._connections.with_suggested_model(entry)
        if not found.model:
            page.show_busy()
            page.ask_model(
                self.tr("{host} lists no model. Type the name of one.").format(host=shown_host(entry.host))
            )
            return None
        return found

    def _is_well(self, result: CheckResult) -> bool:
        """Whether the provider answered; if not, what is wrong is said."""
        if result.is_well:
            return True
        self._page.show_busy()
        is_key = result.error is not None and issubclass(result.error, AuthenticationError)
        self._page.refuse(self._words_of(result), self._page.key_field if is_key else None)
        return False

    @staticmethod
    def _words_of(result: CheckResult) -> str:
        notice = result.notice
        return "" if notice is None else f"{translate(notice.title)} {translate(notice.body)}".strip()

    async def _stored(self, entry: ProviderEntry, typed: Sealed) -> ProviderEntry:
        """The entry with the host that its key is bound to, after the keychain has it."""
        return await self._page.key_note.ask(
            lambda: store_key(entry, typed), lambda: store_key_for_session(entry, typed.open())
        )

    # Servers on this computer

    def look(self) -> None:
        """Look for servers on this computer, for a second at most."""
        if self._looking is None or self._looking.done():
            self._looking = self._scope.spawn(self._look(), "local servers")

    async def _look(self) -> None:
        card = self._page.cards[Choice.LOCAL]
        self._servers = []
        card.say(self.tr("Looking for Ollama, LM Studio and llama.cpp on this computer."))
        self._page.show_look_button(is_shown=False)
        card.show_state(self.tr("Looking"))
        async with aclosing(find_local_servers(self._places)) as servers:
            async for server in servers:
                self._servers.append(server)
                self._show_servers(is_over=False)
        self._show_servers(is_over=True)

    def _show_servers(self, *, is_over: bool) -> None:
        card = self._page.cards[Choice.LOCAL]
        lines = [self._words_about(server) for server in self._servers]
        if is_over:
            lines.append(self._words_about_missing())
        card.say("\n".join(filter(None, lines)))
        if self._servers:
            card.show_state(self.tr("Found"), "ok", "check")
        else:
            card.show_state("")
        self._page.show_look_button(is_shown=is_over and not any(each.models for each in self._servers))
        several = len(self._servers) > 1
        self._page.show_models(
            [
                ((place, model.id), f"{model.id} ({server.name})" if several else model.id)
                for place, server in enumerate(self._servers)
                for model in server.models
                if model.chats is not False
            ]
        )

    def _words_about(self, server: LocalServer) -> str:
        names = [each.id for each in server.models if each.chats is not False]
        values = {"server": server.name, "host": shown_host(server.host)}
        if not names:
            return self.tr("{server} at {host} has no model yet.").format(**values)
        if len(names) == 1:
            return self.tr("{server} at {host} offers {model}.").format(model=names[0], **values)
        count = QLocale().toString(len(names))
        if len(names) <= _NAMED:
            listed = self.tr("{first} and {last}").format(first=", ".join(names[:-1]), last=names[-1])
        else:
            rest = QLocale().toString(len(names) - _NAMED)
            listed = self.tr("{first} and {count} more").format(first=", ".join(names[:_NAMED]), count=rest)
        template = self.tr("{server} at {host} offers {count} models: {listed}.")
        return template.format(count=count, listed=listed, **values)

    def _words_about_missing(self) -> str:
        found = {server.kind for server in self._servers}
        names = {
            ProviderKind.OLLAMA: self.tr("Ollama"),
            ProviderKind.LM_STUDIO: self.tr("LM Studio"),
            ProviderKind.LLAMA_CPP: self.tr("the llama.cpp server"),
        }
        missing = [name for kind, name in names.items() if kind not in found]
        if len(missing) == len(names):
            return self.tr("No local server was found. Ollama, LM Studio and llama.cpp are looked for.")
        if not missing:
            return ""
        if len(missing) == 1:
            text = self.tr("{server} was not found.").format(server=missing[0])
        else:
            template = self.tr("{one} and {other} were not found.")
            text = template.format(one=missing[0], other=missing[1])
        return text[0].upper() + text[1:]

    def _say_not_looked(self) -> None:
        text = self.tr("Ollama, LM Studio and llama.cpp are looked for on this computer when you say so.")
        self._page.cards[Choice.LOCAL].say(text)
        self._page.show_look_button(is_shown=True, is_first=True)

    async def _start_local(self) -> None:
        value = self._page.model_field.value
        if value is None:
            return
        place, model = value
        server = self._servers[place]
        entry = self._connections.local_entry(server).model_copy(update={"model": model})
        await self._connections.keep_found(entry, server)
        self._choose(ModelChoice(provider=entry.id, model=model))
