"""The form of one agent: what it is told, which model it uses, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QWidget

from desktop_agent.config.agent_profiles import AgentProfile, ModelChoice
from desktop_agent.config.providers import ProviderEntry
from desktop_agent.config.setting import SettingDescription, describe
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.settings.described_rows import number_field, translated
from desktop_agent.gui.settings.folder_field import FolderField
from desktop_agent.gui.settings.form import Form
from desktop_agent.gui.widgets.fields import NumberField, SelectField, Switch, TextArea, TextField

_NUMBERS = ("temperature", "top_p", "max_tokens")
_NUMBER_WIDTH = 220


class AgentForm(Form):
    """Shows an agent, and tells what the person changes in it.

    Attributes:
        name_field: What it is called.
        message_area: What the model is told before everything else.
        provider_select: Whose model it uses; None for the one that is chosen in the window.
        model_field: Which model of that provider; empty for its default.
        streaming_switch: Whether replies come word by word.
        number_fields: Temperature and the like, by the names of their settings.
        effort_select: How long a model that reasons may do so.
        web_search_switch: Whether its conversations begin with Web search switched on.
        files_field: The folder with which they begin.

    Signals:
        edited: A value is another one; carries the id of the agent, the name of the field and the value.
        provider_chosen: Another provider was chosen, whose models are to be offered; carries its id or "".
    """

    edited = Signal(str, str, object)
    provider_chosen = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._profile_id = ""
        self._models = QStringListModel(self)
        self._described = {each.name: each for each in describe(AgentProfile)}
        self._build_rows(appearance)
        self._connect_signals()

    def _build_rows(self, appearance: Appearance) -> None:
        self.name_field = TextField(self._label("name"), appearance, self)
        self.message_area = TextArea(self._label("system_message"), appearance, self)
        self.provider_select = SelectField(self.tr("Model"), appearance, self)
        self.model_field = TextField(self.tr("Name of the model"), appearance, self, is_mono=True)
        self._complete_models()
        self.streaming_switch = Switch(self._label("streaming"), appearance, self)
        self.number_fields = {name: self._number(name, appearance) for name in _NUMBERS}
        self.effort_select = SelectField(self._label("reasoning_effort"), appearance, self)
        self.effort_select.setFixedWidth(_NUMBER_WIDTH)
        choices = self._described["reasoning_effort"].choices
        self.effort_select.set_choices([(value, translated(text)) for value, text in choices.items()])
        self.web_search_switch = Switch(self._label("web_search"), appearance, self)
        self.files_field = FolderField(self._label("files"), appearance, self)
        self.web_search_switch.setToolTip(translated(self._described["web_search"].hint))
        self.files_field.setToolTip(translated(self._described["files"].hint))
        self.add(self._label("name"), self.name_field)
        self.add(self._label("system_message"), self.message_area)
        self.add(self.tr("Model"), self.provider_select)
        self.add(self.tr("Name of the model"), self.model_field)
        self.add(self._label("streaming"), self.streaming_switch)
        for name, field in self.number_fields.items():
            self.add(self._label(name), field)
        self.add(self._label("reasoning_effort"), self.effort_select)
        self.add(self._label("web_search"), self.web_search_switch)
        self.add(self._label("files"), self.files_field)

    def _number(self, name: str, appearance: Appearance) -> NumberField:
        field = number_field(self._described[name], appearance)
        field.setParent(self)
        field.setFixedWidth(_NUMBER_WIDTH)
        field.setPlaceholderText(self.tr("The server decides"))
        field.setToolTip(translated(self._described[name].hint))
        return field

    def _complete_models(self) -> None:
        completer = QCompleter(self._models, self.model_field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.model_field.setCompleter(completer)
        completer.activated.connect(lambda _text: self._take_model())

    def _label(self, name: str) -> str:
        described: SettingDescription = self._described[name]
        return translated(described.label)

    def _connect_signals(self) -> None:
        self.name_field.editingFinished.connect(self._take_name)
        self.message_area.edited.connect(
            lambda: self._tell("system_message", self.message_area.toPlainText())
        )
        self.provider_select.chosen.connect(self._take_provider)
        self.model_field.editingFinished.connect(self._take_model)
        self.streaming_switch.clicked.connect(lambda is_on: self._tell("streaming", is_on))
        self.effort_select.chosen.connect(lambda value: self._tell("reasoning_effort", value))
        self.web_search_switch.clicked.connect(lambda is_on: self._tell("web_search", is_on))
        self.files_field.entered.connect(lambda folder: self._tell("files", folder))
        self.files_field.refused.connect(lambda sentence: self.show_error(self.files_field, sentence))
        for name, field in self.number_fields.items():
            field.entered.connect(lambda value, name=name: self._tell(name, value))
            field.refused.connect(lambda sentence, field=field: self.show_error(field, sentence))

    # What is shown

    def offer_providers(self, entries: Sequence[ProviderEntry]) -> None:
        """Offer these providers for the agent's own model."""
        chosen = self.provider_select.value
        as_chosen: tuple[str, str] = ("", self.tr("The one that is chosen in the window"))
        self.provider_select.set_choices(
            [as_chosen, *((each.id, one_line(each.name) or each.id) for each in entries)]
        )
        self.provider_select.choose(chosen)

    def offer_models(self, models: Sequence[str], usual: str) -> None:
        """Offer models by their names; `usual` is the one that is used if none is named."""
        self._models.setStringList(list(models))
        self.model_field.setPlaceholderText(usual)

    def show_profile(self, profile: AgentProfile) -> None:
        """Show an agent; a field of the same agent that is just being edited keeps what is typed."""
        is_other = profile.id != self._profile_id
        if is_other:
            self.flush()
        self._profile_id = profile.id
        if is_other or not self.name_field.isModified():
            self._show_text(self.name_field, profile.name)
            self._mark_name("")
        if is_other or not self.message_area.document().isModified():
            self.message_area.show_text(profile.system_message)
        choice = profile.choice
        self.provider_select.choose(choice.provider if choice else "")
        if choice is not None and self.provider_select.value is None:
            self.provider_select.setCurrentIndex(-1)
        if is_other or not self.model_field.isModified():
            self._show_text(self.model_field, choice.model if choice else "")
        self.show_row(self.model_field, is_shown=choice is not None)
        self.streaming_switch.setChecked(profile.streaming)
        for name, field in self.number_fields.items():
            if is_other or not field.isModified():
                field.show_number(getattr(profile, name))
        self.effort_select.choose(profile.reasoning_effort)
        self.web_search_switch.setChecked(profile.web_search)
        if is_other or not self.files_field.isModified():
            self.files_field.show_folder(profile.files)

    def _show_text(self, field: TextField, text: str) -> None:
        if field.text() != text:
            field.setText(text)
        field.setModified(False)

    # What the person does

    def flush(self) -> None:
        """Tell what is typed and not told yet."""
        if not self._profile_id:
            return
        if self.name_field.isModified():
            self._take_name()
        if self.model_field.isModified():
            self._take_model()
        self.message_area.flush()
        for field in self.number_fields.values():
            field.flush()
        self.files_field.flush()

    def _take_name(self) -> None:
        name = one_line(self.name_field.text())
        if not name:
            self._mark_name(self.tr("An agent needs a name."))
            return
        self._mark_name("")
        self.name_field.setModified(False)
        self._tell("name", name)

    def _mark_name(self, sentence: str) -> None:
        self.name_field.set_invalid(bool(sentence))
        self.show_error(self.name_field, sentence)

    def _take_provider(self, provider_id: str) -> None:
        self.model_field.setModified(False)
        self._tell("choice", ModelChoice(provider=provider_id) if provider_id else None)
        self.provider_chosen.emit(provider_id)

    def _take_model(self) -> None:
        provider_id = self.provider_select.value
        self.model_field.setModified(False)
        if provider_id:
            model = one_line(self.model_field.text())
            self._tell("choice", ModelChoice(provider=provider_id, model=model))

    def _tell(self, name: str, value: Any) -> None:
        self.edited.emit(self._profile_id, name, value)
