"""The page Agents: profiles to make, edit, duplicate and remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.model_catalog import ModelCatalog
from desktop_agent.config.agent_profiles import AgentProfile
from desktop_agent.config.providers import all_entries
from desktop_agent.config.settings import Settings
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import isolated, one_line
from desktop_agent.gui.settings.agent_form import AgentForm
from desktop_agent.gui.settings.entry_list import EntryList, EntryRow, Standing
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page import SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.question import ask_first
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.widgets.buttons import ButtonKind, TextButton


class AgentsPage(SettingsPage):
    """The agents.

    Args:
        live: The settings.
        catalog: Knows the models of providers.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: Where it stands.

    Attributes:
        add_button: Makes an agent.
        list: The agents.
        form: The one whose row is chosen.
        remove_button: Removes it, after a question.
        duplicate_button: Makes one like it.
    """

    def __init__(
        self,
        live: LiveSettings,
        catalog: ModelCatalog,
        scope: TaskScope,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(PageKind.AGENTS, appearance, parent)
        self._live = live
        self._catalog = catalog
        self._scope = scope
        self._offered = ""
        self._build_ui()
        self._connect_signals()
        self._show(live.settings)
        self.list.choose(live.settings.agents.current.id)

    def _build_ui(self) -> None:
        appearance = self.appearance
        self.add_button = TextButton(self.tr("Add agent"), appearance, icon="plus", parent=self)
        self.add_action(self.add_button)
        self.list = EntryList(self.tr("Agents"), appearance, self)
        self.form = AgentForm(appearance, self)
        self.body.addWidget(self.list)
        self.body.addSpacing(10)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.remove_button = TextButton(self.tr("Remove"), appearance, ButtonKind.DESTRUCTIVE, parent=self)
        self.foot.addWidget(self.remove_button)
        self.foot.addStretch(1)
        self.add_reset(
            self.tr("Reset the agents?"),
            self.tr("Those that you made are removed, and the first one is as it was."),
        )
        self.duplicate_button = TextButton(self.tr("Duplicate"), appearance, parent=self)
        self.foot.addWidget(self.duplicate_button)

    def _connect_signals(self) -> None:
        self._live.changed.connect(self._show)
        self.list.row_chosen.connect(lambda _id: self._show_profile())
        self.form.edited.connect(self._edit)
        self.form.provider_chosen.connect(lambda _id: self._offer_models())
        self.add_button.clicked.connect(self._add)
        self.duplicate_button.clicked.connect(self._duplicate)
        self.remove_button.clicked.connect(self._ask_remove)
        self.shown.connect(self._offer_models)

    @property
    def current(self) -> AgentProfile:
        """The agent in the form."""
        profiles = self._live.settings.agents.profiles
        chosen = self.list.current_id
        return next((each for each in profiles if each.id == chosen), profiles[0])

    # What is shown

    def _show(self, settings: Settings) -> None:
        agents = settings.agents
        entries = all_entries(settings.providers.entries)
        names = {entry.id: entry.name for entry in entries}
        in_use = Standing(self.tr("In use"), "ok", "check")
        self.list.set_rows(
            [
                EntryRow(
                    each.id,
                    one_line(each.name),
                    self._subtitle(each, names),
                    in_use if each.id == agents.current.id else Standing(""),
                )
                for each in agents.profiles
            ]
        )
        if not self.list.current_id:
            self.list.choose(agents.profiles[0].id)
        self.form.offer_providers(entries)
        self.remove_button.setEnabled(len(agents.profiles) > 1)
        self.reset_button.setEnabled(agents.profiles != type(agents).model_fields["profiles"].default)
        self._show_profile()

    def _subtitle(self, profile: AgentProfile, names: dict[str, str]) -> str:
        if profile.choice is None:
            return self.tr("The model that is chosen in the window")
        name = names.get(profile.choice.provider, profile.choice.provider)
        return one_line(f"{profile.choice.model}, {name}" if profile.choice.model else name)

    def _show_profile(self) -> None:
        self.form.show_profile(self.current)
        self._offer_models()

    def _offer_models(self) -> None:
        """Offer the models of the agent's provider, as far as they are known; nobody is asked for them."""
        choice = self.current.choice
        provider_id = choice.provider if choice else ""
        entries = all_entries(self._live.settings.providers.entries)
        entry = next((each for each in entries if each.id == provider_id), None)
        if entry is None:
            self._offered = ""
            self.form.offer_models((), "")
            return

        async def offer() -> None:
            models = [facts.id for facts in await self._catalog.models(entry)]
            if self._offered == entry.id:
                self.form.offer_models(models, entry.model)

        if self.isVisible() and self._offered != entry.id:
            self._offered = entry.id
            self._scope.spawn(offer(), "settings: models")

    # What the person does

    def _edit(self, profile_id: str, name: str, value: Any) -> None:
        def edited(profile: AgentProfile) -> AgentProfile:
            return AgentProfile(**{**dict(profile), name: value}) if profile.id == profile_id else profile

        self._keep([edited(each) for each in self._live.settings.agents.profiles])

    def _keep(self, profiles: Sequence[AgentProfile], **values: Any) -> None:
        self._live.change("agents", profiles=tuple(profiles), **values)

    def _add(self) -> None:
        self._insert(AgentProfile(id=uuid4().hex, name=self._free_name(self.tr("New agent"))))

    def _duplicate(self) -> None:
        self.form.flush()
        like = self.current
        self._insert(
            AgentProfile(**{**dict(like), "id": uuid4().hex, "name": self._free_name(one_line(like.name))})
        )

    def _insert(self, profile: AgentProfile) -> None:
        self.form.flush()
        self._keep([*self._live.settings.agents.profiles, profile])
        self.list.choose(profile.id)
        self.form.name_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.form.name_field.selectAll()

    def _free_name(self, name: str) -> str:
        taken = {each.name for each in self._live.settings.agents.profiles}
        result, number = name, 2
        while result in taken:
            result, number = f"{name} {number}", number + 1
        return result

    def _ask_remove(self) -> None:
        profile = self.current
        ask_first(
            self,
            self.tr('Remove the agent "{name}"?').format(name=isolated(profile.name)),
            self.tr("Its conversations stay; what it is told is lost."),
            self.tr("Remove"),
            lambda: self._remove(profile.id),
        )

    def _remove(self, profile_id: str) -> None:
        agents = self._live.settings.agents
        rest = [each for each in agents.profiles if each.id != profile_id]
        if not rest:
            return
        place = [each.id for each in agents.profiles].index(profile_id)
        chosen = {"chosen": rest[0].id} if agents.current.id == profile_id else {}
        self._keep(rest, **chosen)
        self.list.choose(rest[min(place, len(rest) - 1)].id)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def reset(self) -> None:
        self._live.reset("agents")

    @override
    def hideEvent(self, event: object) -> None:
        self.form.flush()
