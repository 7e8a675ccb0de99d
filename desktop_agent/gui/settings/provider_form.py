"""The form of one provider: name, key, address, model. What is changed counts at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.config.keychain import check_key
from desktop_agent.config.provider import KEY_VARIABLE, ProviderError
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, address_for
from desktop_agent.config.sealed import Sealed
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.button_field import KeyField, ModelField
from desktop_agent.gui.settings.keychain_row import KeychainRow
from desktop_agent.gui.settings.note_row import NoteRow, leading
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton
from desktop_agent.gui.widgets.fields import TextField, field_height
from desktop_agent.gui.widgets.labels import color_label, plain_label

LABEL_WIDTH = 128
ADDRESS_EXAMPLE = "https://api.example.com/v1"
_ROW_GAP = 12
_NOTE_GAP = 6
_BUTTON_GAP = 8
_LONGEST_NAME = 100


class ProviderForm(QWidget):
    """The fields of a provider that is set up, or of one that still needs its address.

    Attributes:
        name_field: What people call it.
        key_field: Its key, while it is typed, or its dots.
        key_button: "Save" while a key is typed, "Replace" when one is stored.
        key_note: What the keychain says.
        address_field: Its base URL.
        version_field: The version of Azure's own API.
        model_field: The model that is asked if none is chosen.
        model_note: What is known of its models, and the ways to more.

    Signals:
        edited: A value was changed; carries the name of the entry's field and the value.
        key_given: A key was typed and confirmed; carries it, `Sealed`.
        key_replaced: The stored key is to be replaced.
    """

    edited = Signal(str, str)
    key_given = Signal(object)
    key_replaced = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._entry: ProviderEntry | None = None
        self._has_stored_key = False
        self._build_ui()
        self._connect_signals()
        self._apply_appearance()

    def _build_ui(self) -> None:
        appearance = self._appearance
        self.name_field = TextField(self.tr("Name"), appearance, self)
        self.name_field.setMaxLength(_LONGEST_NAME)
        self.key_field = KeyField(self.tr("API key"), appearance, self)
        self.key_button = TextButton(self.tr("Replace"), appearance, parent=self)
        self.key_note = KeychainRow(appearance, self)
        self.address_field = TextField(self.tr("Base URL"), appearance, self, is_mono=True)
        self._address_note = NoteRow(appearance, self)
        self.address_field.setPlaceholderText(ADDRESS_EXAMPLE)
        self.version_field = TextField(self.tr("API version"), appearance, self, is_mono=True)
        self.version_field.setPlaceholderText(self.tr("Optional"))
        self.model_field = ModelField(self.tr("Default model"), appearance, self)
        self.model_note = NoteRow(appearance, self)
        self._labels: list[QLabel] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        key_line = QHBoxLayout()
        key_line.setSpacing(_BUTTON_GAP - RING_MARGIN)
        key_line.addWidget(self.key_field, 1)
        key_line.addWidget(self.key_button)
        self.rows = {
            "name": self._add_row(self.tr("Name"), self.name_field),
            "key": self._add_key_row(self.tr("API key"), key_line),
            "base_url": self._add_row(self.tr("Base URL"), self.address_field, self._address_note),
            "api_version": self._add_row(self.tr("API version"), self.version_field),
            "model": self._add_row(self.tr("Default model"), self.model_field, self.model_note),
        }

    def _add_row(self, label: str, field: QWidget, note: NoteRow | None = None) -> QWidget:
        row, column = self._begin_row(label, _ROW_GAP // 2)
        end = RING_MARGIN  # where the ring of the button in another row ends
        column.setContentsMargins(*((end, 0, 0, 0) if self.isRightToLeft() else (0, 0, end, 0)))
        column.setSpacing(_NOTE_GAP)
        column.addWidget(field)
        if note is not None:
            column.addWidget(note)
        return row

    def _add_key_row(self, label: str, line: QHBoxLayout) -> QWidget:
        """The row whose button needs room for its ring, which is part of the gaps around."""
        row, column = self._begin_row(label, _ROW_GAP // 2 - RING_MARGIN)
        self._labels[-1].setContentsMargins(0, RING_MARGIN, 0, 0)
        column.setSpacing(_NOTE_GAP - RING_MARGIN)
        column.addLayout(line)
        self.key_note.setContentsMargins(0, 0, RING_MARGIN, RING_MARGIN)
        column.addWidget(self.key_note)
        return row

    def _begin_row(self, label: str, gap: int) -> tuple[QWidget, QVBoxLayout]:
        """A row with its label and an empty column beside it."""
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, gap, 0, gap)
        layout.setSpacing(0)
        shown = plain_label(label, row)
        self._labels.append(shown)
        layout.addWidget(shown, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(column, 1)
        self._layout.addWidget(row)
        return row, column

    def _connect_signals(self) -> None:
        self.name_field.editingFinished.connect(self._take_name)
        self.address_field.editingFinished.connect(self._take_address)
        self.address_field.textEdited.connect(lambda _text: self._refuse_address(""))
        self.version_field.editingFinished.connect(self._take_version)
        self.model_field.entered.connect(lambda model: self.edited.emit("model", model))
        self.key_field.returnPressed.connect(self.give_key)
        self.key_field.textEdited.connect(self._type_key)
        self.key_button.clicked.connect(self._press_key_button)
        self._appearance.changed.connect(self._apply_appearance)

    @property
    def entry(self) -> ProviderEntry | None:
        """The provider that is shown."""
        return self._entry

    def show_entry(self, entry: ProviderEntry) -> None:
        """Show another provider, or another version of the same one; what is being typed stays."""
        is_other = self._entry is None or self._entry.id != entry.id
        self._entry = entry
        is_own = entry.kind is not ProviderKind.ENVIRONMENT
        self._fill(self.name_field, entry.name, is_other=is_other)
        self._fill(self.address_field, entry.base_url, is_other=is_other)
        self._fill(self.version_field, entry.api_version, is_other=is_other)
        if is_other or not self.model_field.hasFocus():
            self.model_field.show_model(entry.model)
        for field in (self.name_field, self.address_field, self.model_field):
            field.setReadOnly(not is_own)
        self.model_field.show_button(is_shown=is_own)
        self.rows["api_version"].setVisible(entry.kind is ProviderKind.AZURE)
        if is_other:
            self._refuse_address("")
            self.key_note.clear()
            self.ask_key()
        self.setVisible(entry.kind is not ProviderKind.DEMO)

    def _fill(self, field: TextField, text: str, *, is_other: bool) -> None:
        if (
            (is_other or not field.hasFocus())
            and field.text() != text
            and not (field.is_invalid and not is_other)
        ):
            field.setText(text)
            field.setCursorPosition(0)

    def set_models(self, models: Sequence[str]) -> None:
        """Offer these models."""
        self.model_field.set_models(models)

    # The key

    def ask_key(self) -> None:
        """Let a key be typed."""
        entry = self._entry
        self._has_stored_key = False
        if entry is not None and entry.kind is ProviderKind.ENVIRONMENT:
            self._show_variable(entry)
            return
        self.key_field.ask()
        self.key_field.set_invalid(False)
        is_needed = entry is None or entry.kind.facts.needs_key
        self.key_field.setPlaceholderText("" if is_needed else self.tr("Optional"))
        self._name_button(self.tr("Save"))
        self.key_button.setEnabled(False)
        self.key_button.show()

    def show_stored_key(self, beginning: str = "", ending: str = "") -> None:
        """Show that a key is stored, and what may be seen of it."""
        self._has_stored_key = True
        self.key_field.set_invalid(False)
        self.key_field.show_stored(beginning, ending)
        self._name_button(self.tr("Replace"))
        self.key_button.setEnabled(True)
        self.key_button.show()

    def _show_variable(self, entry: ProviderEntry) -> None:
        """The environment's key: where it comes from."""
        self.key_button.hide()
        if entry.has_key:
            self.key_field.show_stored()
            self.key_note.say(self.tr("From the environment: {name}.").format(name=KEY_VARIABLE))
        else:
            self.key_field.ask()
            self.key_field.show_button(is_shown=False)
            self.key_field.setReadOnly(True)
            self.key_note.say(self.tr("The environment names no key."))

    @property
    def is_key_typed(self) -> bool:
        """Whether a key is being typed."""
        return not self._has_stored_key and bool(self.key_field.text())

    def give_key(self) -> None:
        """Give the key that was typed, if it can be one."""
        if self._has_stored_key or self.key_field.isReadOnly():
            return
        trouble = check_key(self.key_field.text())
        if trouble is not None:
            self.refuse_key(str(trouble))
            return
        self.key_given.emit(Sealed(self.key_field.text().strip()))

    def refuse_key(self, sentence: str) -> None:
        """Say what is wrong with what was typed."""
        self.key_field.set_invalid(True)
        self.key_note.say(sentence, "err")
        self.key_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _type_key(self) -> None:
        self.key_button.setEnabled(bool(self.key_field.text().strip()))
        if self.key_field.is_invalid:
            self.key_field.set_invalid(False)
            self.key_note.clear()

    def _press_key_button(self) -> None:
        if not self._has_stored_key:
            self.give_key()
            return
        self.ask_key()
        self.key_field.setFocus(Qt.FocusReason.TabFocusReason)
        self.key_replaced.emit()

    def _name_button(self, text: str) -> None:
        self.key_button.setText(text)
        self.key_button.setAccessibleName(self.tr("{verb} API key").format(verb=text))
        self.key_button.updateGeometry()

    # The other fields

    def _take_name(self) -> None:
        if self._entry is None:
            return
        name = self.name_field.text().strip()
        if name and name != self._entry.name:
            self.edited.emit("name", name)
        elif not name:
            self.name_field.setText(self._entry.name)

    def _take_address(self) -> None:
        if self._entry is None or self.address_field.isReadOnly():
            return
        text = self.address_field.text().strip()
        if text == self._entry.base_url:
            self._refuse_address("")
            return
        try:
            address = address_for(self._entry.kind, text, self._entry.api_version)
        except ProviderError as error:
            self._refuse_address(str(error))
            return
        self.address_field.setText(address)
        if address != self._entry.base_url:
            self.edited.emit("base_url", address)

    def _refuse_address(self, sentence: str) -> None:
        self.address_field.set_invalid(bool(sentence))
        self._address_note.say(sentence, "err" if sentence else "text2")

    def _take_version(self) -> None:
        if self._entry is not None and self.version_field.text().strip() != self._entry.api_version:
            self.edited.emit("api_version", self.version_field.text().strip())

    def _apply_appearance(self) -> None:
        height = field_height(self._appearance)
        beginning = leading(self) | Qt.AlignmentFlag.AlignVCenter
        for label in self._labels:
            color_label(label, self._appearance.theme.text)
            label.setFont(self._appearance.text_font(TextStyle.UI))
            label.setFixedWidth(round(LABEL_WIDTH * max(1.0, self._appearance.zoom)))
            label.setAlignment(beginning)
            label.setFixedHeight(height + label.contentsMargins().top())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.key_field.hasFocus() and self.key_field.text():
            self.key_field.ask()
            self._type_key()
        else:
            super().keyPressEvent(event)
