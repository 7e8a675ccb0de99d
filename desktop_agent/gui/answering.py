"""Who answers: what the settings say and the pickers choose, told to the conversations and the window."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.config.agent_profiles import AgentProfile, ModelChoice
from desktop_agent.config.provider import Provider, ProviderError
from desktop_agent.config.provider_keys import provider_with_key
from desktop_agent.config.providers import ProviderEntry, provider_for
from desktop_agent.config.settings import Settings
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.pickers.choices import ModelGroup
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.task_scope import TaskScope

logger = logging.getLogger(__name__)

_GIVEN = "given"
"""The id of a provider that the program was started with, in the picker."""


class Answering(QObject):
    """Chooses who answers.

    Args:
        window: The window, whose header has the pickers.
        desk: The conversations.
        live: The settings.
        connections: The providers and their models.
        scope: Owns the tasks.
        given: The provider that the program was started with, which answers until another is picked; None
            where the settings decide.

    Attributes:
        reading: The task that reads what models there are, or did the last time.

    Signals:
        nobody_answers: No provider is chosen: somebody new is here.
        somebody_answers: From now on messages can be sent.
    """

    nobody_answers = Signal()
    somebody_answers = Signal()

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        live: LiveSettings,
        connections: Connections,
        scope: TaskScope,
        given: Provider | None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._live = live
        self._connections = connections
        self._scope = scope
        self._given = given
        self._shown: object = None
        self.reading: asyncio.Task[None] | None = None
        self._is_stale = False
        self._tool_services = ToolServices.of(lambda: live.settings, live.change)

    def start(self) -> None:
        """Let the one answer who is chosen, from now on; to be called when the event loop runs."""
        pickers = self._window.header.pickers
        pickers.offer_settings()
        self._desk.revisions.answerer_for = self.answerer_for
        pickers.model_chosen.connect(self._choose_model)
        pickers.agent_chosen.connect(lambda chosen: self._live.change("agents", chosen=chosen))
        self._live.changed.connect(self._apply)
        self._connections.changed.connect(self._read_models)
        self._apply(self._live.settings)
        self._read_models()

    # What is chosen

    def _choose_model(self, choice: ModelChoice) -> None:
        if choice.provider == _GIVEN:
            return
        self._given = None
        profile = self._live.settings.agents.current
        if profile.choice is not None:  # this agent has a model of its own: the person picks another for it
            changed = profile.model_copy(update={"choice": choice})
            profiles = tuple(
                changed if each.id == profile.id else each for each in self._live.settings.agents.profiles
            )
            self._live.change("agents", profiles=profiles)
        self._connections.choose(choice)
        self._apply(self._live.settings)

    def _apply(self, settings: Settings) -> None:
        profile = settings.agents.current
        choice = profile.choice or settings.providers.chosen
        entry = self._connections.entry(choice.provider) if choice is not None else None
        if self._given is not None:
            self._show(
                self._given,
                Answerer(self._given, profile, tool_services=self._tool_services),
                (self._given, profile),
            )
        elif choice is None or entry is None:
            self.nobody_answers.emit()
        else:
            try:
                answerer = self._answerer(entry, choice, profile)
            except ProviderError as error:
                self._desk.troubles.show(str(error))
                return
            self._show(answerer.provider, answerer, (entry, choice, profile))
        self._show_agents(settings, profile)

    def answerer_for(self, choice: ModelChoice) -> Answerer | None:
        """Who answers with this model, for one reply; None if it is gone, which is said."""
        profile = self._live.settings.agents.current
        entry = self._connections.entry(choice.provider)
        if choice.provider == _GIVEN and self._given is not None:
            return Answerer(self._given, profile, tool_services=self._tool_services)
        try:
            return self._answerer(entry, choice, profile) if entry is not None else None
        except ProviderError as error:
            self._desk.troubles.show(str(error))
            return None

    def _answerer(self, entry: ProviderEntry, choice: ModelChoice, profile: AgentProfile) -> Answerer:
        """Raises as `provider_for`."""
        provider = provider_for(entry, choice.model)
        return Answerer(
            provider,
            profile,
            partial(provider_with_key, entry, choice.model),
            partial(self._connections.catalog.facts, entry, provider.model),
            self._tool_services,
        )

    def _show(self, provider: Provider, answerer: Answerer, key: object) -> None:
        """Tell everybody, if it is another one than before."""
        if key == self._shown:
            return
        self._shown = key
        window, profile = self._window, answerer.profile
        window.header.show_provider(profile.name, provider.model, provider.host)
        window.status_bar.show_model(provider.model)
        window.empty_page.show_provider(profile.name, provider.model)
        window.composer.set_placeholder(window.tr("Message {agent}").format(agent=profile.name))
        self._desk.answer_with(answerer)
        self.somebody_answers.emit()
        self._read_models()

    def _show_agents(self, settings: Settings, profile: AgentProfile) -> None:
        self._window.header.pickers.set_agents(settings.agents.profiles, profile.id)

    # The models in the picker

    def _read_models(self) -> None:
        """Read the lists anew; several calls at once read them once more."""
        self._is_stale = True
        if self.reading is None or self.reading.done():
            self.reading = self._scope.spawn(self._show_models(), "models")

    async def _show_models(self) -> None:
        while self._is_stale:
            self._is_stale = False
            await self._connections.read_lists()
            groups = []
            if self._given is not None:
                facts = [ModelFacts(self._given.model)]
                groups.append(ModelGroup(_GIVEN, self._given.name, facts, self._given.host))
            groups += [
                ModelGroup(entry.id, entry.name, await self._connections.models(entry), entry.host)
                for entry in self._connections.entries
            ]
            settings = self._live.settings
            chosen = settings.agents.current.choice or settings.providers.chosen
            if self._given is not None:
                chosen = ModelChoice(provider=_GIVEN, model=self._given.model)
            self._window.header.pickers.set_models(groups, chosen)
