"""Fields with a button in their end: one for API keys with an eye, one for models with their list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import IconButton
from desktop_agent.gui.widgets.fields import TextField

_BUTTON_CENTER = 17  # from the field's end
_BUTTON_ROOM = 22
_BULLET = 0x2022
_BULLETS = 16
_COMMON_BEGINNING = "sk-"
_TRACKING = 1.0


class _InnerButton(IconButton):
    """A button in a field: with the room for its ring it is as high as that."""

    side = 24


class ButtonField(TextField):
    """A field with a button in its end.

    Args:
        name: What screen readers call it.
        button: The icon and the name of the button.
        appearance: Theme and zoom.
        parent: Where it stands.
        is_mono: As in `TextField`.
    """

    def __init__(
        self,
        name: str,
        button: tuple[str, str],
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        is_mono: bool = False,
    ) -> None:
        super().__init__(name, appearance, parent, is_mono=is_mono)
        self.button = _InnerButton(*button, appearance, self)
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        self._make_room()

    def show_button(self, *, is_shown: bool) -> None:
        """Show the button, or take it away."""
        self.button.setVisible(is_shown)
        self._make_room()

    def _make_room(self) -> None:
        room = 0 if self.button.isHidden() else _BUTTON_ROOM
        left, right = (room, 0) if self.isRightToLeft() else (0, room)
        self.setTextMargins(left, 0, right, 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self.button.sizeHint()
        left = self.width() - _BUTTON_CENTER - size.width() // 2
        box = QRect(left, (self.height() - size.height()) // 2, size.width(), size.height())
        self.button.setGeometry(mirrored(box, self))
        self._make_room()


class KeyField(ButtonField):
    """A field for an API key: hidden while it is typed, until the eye is pressed. A stored key is not in it.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.
    """

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(name, ("eye", self.tr("Show the key")), appearance, parent, is_mono=True)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.button.clicked.connect(self._toggle)
        self.textChanged.connect(self._hide_when_empty)
        self.ask()

    def ask(self) -> None:
        """Be empty, to be typed into."""
        self.setReadOnly(False)
        self.clear()
        self._reveal(is_revealed=False)
        self.show_button(is_shown=True)

    def show_stored(self, beginning: str = "", ending: str = "") -> None:
        """Show that a key is stored, and what may be seen of it."""
        self.clear()
        self.show_button(is_shown=False)
        self.setEchoMode(QLineEdit.EchoMode.Normal)
        self.setReadOnly(True)
        self.setText(beginning + chr(_BULLET) * _BULLETS + ending)
        self.setCursorPosition(0)

    @property
    def is_revealed(self) -> bool:
        """Whether what is typed can be read."""
        return self.echoMode() is QLineEdit.EchoMode.Normal

    def _toggle(self) -> None:
        self._reveal(is_revealed=not self.is_revealed)

    def _reveal(self, *, is_revealed: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_revealed else QLineEdit.EchoMode.Password)
        self.button.set_icon("eye-off" if is_revealed else "eye")
        name = self.tr("Hide the key") if is_revealed else self.tr("Show the key")
        self.button.setAccessibleName(name)
        self.button.setToolTip(name)

    def _hide_when_empty(self, text: str) -> None:
        if not text and not self.isReadOnly():
            self._reveal(is_revealed=False)

    @override
    def apply_appearance(self) -> None:
        super().apply_appearance()
        font = self._appearance.text_font(TextStyle.CODE)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, _TRACKING)
        self.setFont(font)
        self.setStyleSheet(f"{self.styleSheet()} QLineEdit {{ lineedit-password-character: {_BULLET}; }}")


class ModelField(ButtonField):
    """A field for the name of a model: typed by hand, or chosen from those that contain what is typed.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.

    Signals:
        entered: Another model was entered; carries its name.
    """

    entered = Signal(str)

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(name, ("chevron-down", self.tr("Show all models")), appearance, parent)
        self._model = ""
        self._models = QStringListModel(self)
        self._completer = QCompleter(self._models, self)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setMaxVisibleItems(12)
        self.setCompleter(self._completer)
        self._style_popup()
        appearance.changed.connect(self._style_popup)
        self._completer.activated.connect(lambda _text: self._enter())
        self.editingFinished.connect(self._enter)
        self.button.clicked.connect(self.show_all)

    @property
    def model(self) -> str:
        """The model that was shown or entered last."""
        return self._model

    @property
    def models(self) -> list[str]:
        """Those that can be chosen."""
        return self._models.stringList()

    def set_models(self, models: Sequence[str]) -> None:
        """Offer these models."""
        if list(models) != self._models.stringList():
            self._models.setStringList(list(models))
        self.button.setEnabled(bool(models))

    def show_model(self, model: str) -> None:
        """Show a model."""
        self._model = model
        if self.text() != model:
            self.setText(model)
            self.setCursorPosition(0)

    def show_all(self) -> None:
        """Open the list of all models."""
        completer = self._completer
        completer.setCompletionPrefix("")
        completer.complete()
        popup = completer.popup()
        if popup is not None and self._model in self.models:
            place = completer.completionModel().index(self.models.index(self._model), 0)
            popup.setCurrentIndex(place)

    def _enter(self) -> None:
        model = self.text().strip()
        if model != self._model:
            self._model = model
            self.entered.emit(model)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._completer.popup()
        is_open = popup is not None and popup.isVisible()
        if event.key() == Qt.Key.Key_Down and self.models and not is_open:
            self.show_all()
        else:
            super().keyPressEvent(event)

    @override
    def apply_appearance(self) -> None:
        super().apply_appearance()
        inset = 9  # as in a field with choices, two pixels further in than in others
        self.setStyleSheet(
            f"{self.styleSheet()} QLineEdit {{ padding-left: {inset}px; }}"
            f"QLineEdit:focus {{ padding-left: {inset - 1}px; }}"
        )

    def _style_popup(self) -> None:
        popup = self._completer.popup()
        if popup is None:
            return
        theme = self._appearance.theme
        chosen, chosen_text = theme.chosen_pair()
        popup.setAccessibleName(self.tr("Models"))
        popup.setFont(self._appearance.text_font(TextStyle.UI))
        popup.setStyleSheet(
            f"QAbstractItemView {{ background: {theme.raised.name()}; color: {theme.text.name()};"
            f"border: 1px solid {theme.border.name()}; outline: 0; padding: 4px;"
            f"selection-background-color: {chosen.name()};"
            f"selection-color: {chosen_text.name()}; }}"
            "QAbstractItemView::item { min-height: 30px; padding: 0 8px; }"
        )


def seen_of(key: str) -> tuple[str, str]:
    """What may be seen of a stored key: the beginning that all keys share, and its last four characters."""
    from desktop_agent.config.provider_keys import ending_of

    ending = ending_of(key)
    beginning = _COMMON_BEGINNING if ending and key.startswith(_COMMON_BEGINNING) else ""
    return beginning, ending
