"""Agent and model in the header: two pickers, one in a narrow window, and what they offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.pickers.picker_button import PickerButton
from desktop_agent.gui.plain_text import one_line, tool_tip
from desktop_agent.gui.widgets.buttons import RING_MARGIN

if TYPE_CHECKING:
    from desktop_agent.config.agent_profiles import AgentProfile, ModelChoice
    from desktop_agent.gui.pickers.choice_popup import ChoicePopup
    from desktop_agent.gui.pickers.choices import AgentRow, Choice, CommandRow, Menu, ModelGroup, ModelRow

MODEL_KEYS = "Ctrl+Shift+M"
AGENT_KEYS = "Ctrl+Shift+A"
AGENTS_PAGE, PROVIDERS_PAGE = "agents", "providers"
_GAP = 2


class HeaderPickers(QWidget):
    """Shows who answers and lets another agent or model be chosen.

    Until something is handed in to choose from, it shows words and nothing to press.

    Args:
        appearance: Theme and zoom.
        parent: The header.

    Attributes:
        agent_button: The picker of the agent; hidden in a narrow window, as is the next.
        model_button: The picker of the model.
        joined_button: Both, for a narrow window.
        popup: The menu that is open; None for none.

    Signals:
        model_chosen: Another model was chosen; carries a `ModelChoice`.
        agent_chosen: Another agent was chosen; carries its id.
        settings_requested: A page of the settings was asked for; carries "agents" or "providers".
        resized: The width that `sizeHint` asks for is another one.
    """

    model_chosen = Signal(object)
    agent_chosen = Signal(str)
    settings_requested = Signal(str)
    resized = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._agent = self._model = self._host = ""
        self._groups: Sequence[ModelGroup] = ()
        self._profiles: Sequence[AgentProfile] = ()
        self._chosen_model: ModelChoice | None = None
        self._chosen_agent = ""
        self._leads_to_settings = False
        self._is_compact = False
        self._room = 10_000
        self.popup: ChoicePopup | None = None
        self.agent_button = PickerButton(("text",), appearance, self)
        self.model_button = PickerButton(("text",), appearance, self)
        self.joined_button = PickerButton(("text", "text3"), appearance, self)
        self.agent_button.clicked.connect(self.choose_agent)
        self.model_button.clicked.connect(self.choose_model)
        self.joined_button.clicked.connect(self.choose_model)
        appearance.changed.connect(self._refresh)

    @property
    def buttons(self) -> tuple[PickerButton, PickerButton, PickerButton]:
        """All of them, in the order of Tab."""
        return self.agent_button, self.model_button, self.joined_button

    # What is shown and offered

    def show_provider(self, agent: str, model: str, host: str) -> None:
        """Show who answers: the agent, its model, and the host that requests go to (empty for none)."""
        self._agent, self._model, self._host = one_line(agent), one_line(model), one_line(host)
        self._refresh()

    def set_models(self, groups: Sequence[ModelGroup], chosen: ModelChoice | None) -> None:
        """Offer these models; `chosen` is the one that answers."""
        self._groups, self._chosen_model = tuple(groups), chosen
        self._refresh()

    def set_agents(self, profiles: Sequence[AgentProfile], chosen: str) -> None:
        """Offer these agents; `chosen` is the id of the one that answers."""
        self._profiles, self._chosen_agent = tuple(profiles), chosen
        self._refresh()

    def offer_settings(self) -> None:
        """From now on the menus lead to the pages of the settings, too."""
        self._leads_to_settings = True
        self._refresh()

    def set_compact(self, *, is_compact: bool) -> None:
        """Join both pickers into one, or part them."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self.close_popup()
            self._refresh()

    def limit_width(self, pixels: int) -> None:
        """Ask for no more than `pixels`: long names are cut."""
        self._room = pixels
        self._limit_buttons()

    def _refresh(self) -> None:
        has_models = any(group.models for group in self._groups)
        offers_model = has_models or self._leads_to_settings
        offers_agent = bool(self._profiles) or self._leads_to_settings
        self.agent_button.show_texts((self._agent,))
        self.model_button.show_texts((self._model,))
        self.joined_button.show_texts((self._agent, self._model))
        self.agent_button.offer(is_offered=offers_agent)
        self.model_button.offer(is_offered=offers_model)
        self.joined_button.offer(is_offered=offers_agent or offers_model)
        agent, model = self.tr("Agent: {name}"), self.tr("Model: {name}")
        agent, model = agent.format(name=self._agent), model.format(name=self._model)
        self._describe(self.agent_button, agent, self.tr("Choose agent"), AGENT_KEYS)
        self._describe(self.model_button, model, self.tr("Choose model"), MODEL_KEYS)
        self._describe(self.joined_button, f"{agent}, {model}", self.tr("Choose agent or model"), MODEL_KEYS)
        self._limit_buttons()
        self.resized.emit()

    def _describe(self, button: PickerButton, name: str, action: str, keys: str) -> None:
        shortcut = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        parts = [name]
        if self._host and button is not self.agent_button:
            parts.append(self.tr("Requests go to {host}").format(host=self._host))
        if button.isEnabled():
            parts.append(f"{action} ({shortcut})")
        button.setAccessibleName(name)
        button.setAccessibleDescription(". ".join(parts[1:]))
        button.setToolTip(tool_tip(". ".join(parts)))

    def _limit_buttons(self) -> None:
        room = self._room - 2 * RING_MARGIN
        self.joined_button.limit_width(room)
        # The agent's name gives way first; what it leaves of its half is the model's.
        self.agent_button.limit_width(max(0, (room - _GAP) // 2))
        self.model_button.limit_width(room - _GAP - self.agent_button.body_size().width())
        self._arrange()

    @override
    def sizeHint(self) -> QSize:
        shown = [self.joined_button] if self._is_compact else [self.agent_button, self.model_button]
        bodies = [button.body_size() for button in shown]
        width = sum(body.width() for body in bodies) + _GAP * (len(bodies) - 1) + 2 * RING_MARGIN
        return QSize(width, bodies[0].height() + 2 * RING_MARGIN)

    def _arrange(self) -> None:
        left = 0
        for button in self.buttons:
            is_joined = button is self.joined_button
            button.setVisible(is_joined == self._is_compact)
            size = button.sizeHint()
            if is_joined == self._is_compact:
                button.setGeometry(mirrored(QRect(left, 0, size.width(), size.height()), self))
                left += size.width() - 2 * RING_MARGIN + _GAP

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    # The menus

    def choose_model(self) -> None:
        """Open the menu of models; nothing happens while there is none."""
        if self.model_button.isEnabled():
            self._open(self.model_button, wants_agent=False)

    def choose_model_once(self, take: Callable[[ModelChoice], None]) -> None:
        """Open the menu of models for one reply: `take` gets what is chosen, and nothing else changes."""
        if any(group.models for group in self._groups):
            self._open(self.model_button, wants_agent=False, take=take)

    def choose_agent(self) -> None:
        """Open the menu of agents; nothing happens while there is none."""
        if self.agent_button.isEnabled():
            self._open(self.agent_button, wants_agent=True)

    def close_popup(self) -> None:
        """Close the menu that is open, if there is one."""
        if self.popup is not None:
            self.popup.close_and_return()

    def _open(
        self,
        button: PickerButton,
        *,
        wants_agent: bool,
        take: Callable[[ModelChoice], None] | None = None,
    ) -> None:
        from desktop_agent.gui.pickers.choice_popup import ChoicePopup

        self.close_popup()
        anchor = self.joined_button if self._is_compact else button
        menu = self._menu(wants_agent=wants_agent) if take is None else self._models_alone()
        self.popup = ChoicePopup(menu, anchor, self._appearance)
        self.popup.chosen.connect(self._take if take is None else lambda row: take(_choice_of(row)))
        self.popup.closed.connect(self._forget_popup)
        anchor.show_open(is_open=True)
        self.popup.open()

    def _forget_popup(self) -> None:
        self.popup = None
        for button in self.buttons:
            button.show_open(is_open=False)

    def _menu(self, *, wants_agent: bool) -> Menu:
        from desktop_agent.gui.pickers.choices import AgentRow, CommandRow, Menu, Section, model_sections

        agents = [AgentRow(profile) for profile in self._profiles]
        agent = next((row for row in agents if row.profile.id == self._chosen_agent), None)
        offered = Section(self.tr("Agents") if self._is_compact else "", agents)
        models = model_sections(self._groups) if self._is_compact or not wants_agent else []
        model = self._chosen_row([row for section in models for row in section.rows])
        commands = [
            CommandRow(AGENTS_PAGE, self.tr("Edit agents")),
            CommandRow(PROVIDERS_PAGE, self.tr("Providers & keys")),
        ]
        if not self._leads_to_settings:
            commands = []
        elif not self._is_compact:
            commands = commands[:1] if wants_agent else commands[1:]
        sections = [*([offered] if agents and (self._is_compact or wants_agent) else []), *models]
        start = agent if wants_agent else model
        names = (self.tr("Agents"), self.tr("Models"))
        return Menu(
            ", ".join(names) if self._is_compact else names[not wants_agent],
            sections,
            commands,
            [row for row in (agent, model) if row is not None],
            start,
        )

    def _models_alone(self) -> Menu:
        from desktop_agent.gui.pickers.choices import Menu, model_sections

        sections = model_sections(self._groups)
        chosen = self._chosen_row([row for section in sections for row in section.rows])
        return Menu(self.tr("Models"), sections, (), [chosen] if chosen is not None else [])

    def _chosen_row(self, rows: Sequence[Choice]) -> ModelRow | None:
        from desktop_agent.gui.pickers.choices import ModelRow

        chosen = self._chosen_model
        for row in rows if chosen is not None else ():
            if isinstance(row, ModelRow) and _is_choice(row, chosen):
                return row
        return None

    def _take(self, choice: AgentRow | ModelRow | CommandRow) -> None:
        from desktop_agent.gui.pickers.choices import AgentRow, ModelRow

        if isinstance(choice, AgentRow):
            if choice.profile.id != self._chosen_agent:
                self.agent_chosen.emit(choice.profile.id)
        elif isinstance(choice, ModelRow):
            if not _is_choice(choice, self._chosen_model):
                self.model_chosen.emit(_choice_of(choice))
        else:
            self.settings_requested.emit(choice.page)


def _choice_of(row: ModelRow) -> ModelChoice:
    from desktop_agent.config.agent_profiles import ModelChoice

    return ModelChoice(provider=row.group.provider, model=row.facts.id)


def _is_choice(row: ModelRow, choice: ModelChoice | None) -> bool:
    return choice is not None and (row.group.provider, row.facts.id) == (choice.provider, choice.model)
