"""The page that a newcomer sees first: three honest choices of whom to talk to.

It is drawn before the settings, the keychain and the network are imported; what it does is in `first_run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from desktop_agent.config.provider_kinds import HOSTED, ProviderKind
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.first_run.choice_card import ChoiceCard
from desktop_agent.gui.settings.button_field import KeyField
from desktop_agent.gui.settings.keychain_row import KeychainRow
from desktop_agent.gui.settings.note_row import leading
from desktop_agent.gui.settings.what_leaves import open_what_leaves
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, ButtonKind, TextButton
from desktop_agent.gui.widgets.fields import SelectField, TextField
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.gui.widgets.link_button import LinkButton

_COLUMN = 620
_GUTTER = 24
_SELECT_WIDTH = 190
_STACKED_BELOW = 480
_FIELD_ROOM = 16
_BELOW_HEADING, _ABOVE_CARDS, _CARD_GAP, _ABOVE_FOOT = 4, 27, 12, 20
_KEY_TOP, _KEY_GAP, _NOTE_EDGES = 13, 10, (3, 2)
_ADDRESS_EXAMPLE = "https://api.example.com/v1"
_AZURE_EXAMPLE = "https://NAME.openai.azure.com"


class Choice(Enum):
    """Whom to talk to."""

    KEY = "key"
    LOCAL = "local"
    DEMO = "demo"


class _StartButton(TextButton):
    """The one primary button of the page, 36 high."""

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI_MEDIUM))
        return QSize(round(metrics.horizontalAdvance(self.text())) + 2 * 19, 36)


class FirstRunPage(QWidget):
    """The page.

    Attributes:
        cards: The card of each choice.
        kind_field: Which provider the key is of.
        key_field: The key.
        address_field: Where the server is, for kinds without an address of their own.
        name_field: The name of a model, where the server does not list its models.
        key_note: What is done with the key, and what is wrong with it.
        model_field: Which model on this computer.
        start_button: Begins.

    Signals:
        started: The person wants to begin with what is chosen.
        cancelled: The person does not want to wait any longer.
        look_requested: Servers on this computer are to be looked for.
        kind_changed: Another provider was chosen.
    """

    started = Signal()
    cancelled = Signal()
    look_requested = Signal()
    kind_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_busy = False
        self._needs_name = False
        self._labels: list[QLabel] = []
        self._build_ui()
        self._connect_signals()
        self._show_kind()
        self._apply_appearance()
        self.cards[Choice.KEY].radio.setChecked(True)

    def _build_ui(self) -> None:
        appearance = self._appearance
        self.setAccessibleName(self.tr("Choose a model to talk to"))
        self._heading = plain_label(self.tr("Choose a model to talk to"), self)
        self._subheading = plain_label(self.tr("You can change this at any time in Settings."), self)
        key_text = self.tr("OpenAI, Azure OpenAI, OpenRouter, or any OpenAI-compatible URL.")
        demo_text = self.tr("Works offline. The replies are scripted examples, not a real model.")
        self.cards = {
            Choice.KEY: ChoiceCard(self.tr("Use an API key"), key_text, appearance, self),
            Choice.LOCAL: ChoiceCard(self.tr("Use a model on this computer"), "", appearance, self),
            Choice.DEMO: ChoiceCard(self.tr("Try the demo"), demo_text, appearance, self),
        }
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card.radio)
        self._build_key_details()
        self._build_local_details()
        self.privacy_button = LinkButton(self.tr("What leaves this computer"), appearance, self)
        self.start_button = _StartButton("", appearance, ButtonKind.PRIMARY, parent=self)
        self._build_column()

    def _build_key_details(self) -> None:
        card, appearance = self.cards[Choice.KEY], self._appearance
        self.kind_field = SelectField(self.tr("Provider"), appearance, card.details)
        self.kind_field.set_choices([(kind, kind.facts.name) for kind in HOSTED])
        self.kind_field.choose(ProviderKind.OPENAI)
        self.key_field = KeyField(self.tr("API key"), appearance, card.details)
        self.address_field = TextField(self.tr("Base URL"), appearance, card.details, is_mono=True)
        self.name_field = TextField(self.tr("Model"), appearance, card.details)
        self.key_note = KeychainRow(appearance, card.details, icon="key")
        self._who = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._who.setSpacing(12)
        self._who.addWidget(self._labelled(self.tr("Provider"), self.kind_field))
        self._who.addWidget(self._labelled(self.tr("API key"), self.key_field), 1)
        self._where = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._where.setSpacing(12)
        self._address_box = self._labelled(self.tr("Base URL"), self.address_field)
        self._name_box = self._labelled(self.tr("Model"), self.name_field)
        self._where.addWidget(self._address_box, 2)
        self._where.addWidget(self._name_box, 1)
        details = QVBoxLayout(card.details)
        details.setContentsMargins(0, _KEY_TOP, 0, 0)
        details.setSpacing(_KEY_GAP)
        details.addLayout(self._who)
        details.addLayout(self._where)
        self._note_box = QWidget(card.details)
        note = QVBoxLayout(self._note_box)
        note.setContentsMargins(0, _NOTE_EDGES[0], 0, _NOTE_EDGES[1])
        note.addWidget(self.key_note)
        details.addWidget(self._note_box)

    def _build_local_details(self) -> None:
        card, appearance = self.cards[Choice.LOCAL], self._appearance
        self.model_field = SelectField(self.tr("Model"), appearance, card.details)
        self._model_box = self._labelled(self.tr("Model"), self.model_field)
        details = QVBoxLayout(card.details)
        details.setContentsMargins(0, 10, 0, 2)
        details.addWidget(self._model_box)
        self._model_box.hide()
        self.look_button = LinkButton(self.tr("Look again"), appearance, card)
        self.look_button.hide()
        card.heading.addWidget(self.look_button)

    def _labelled(self, label: str, field: QWidget) -> QWidget:
        box = QWidget(field.parentWidget())
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        shown = plain_label(label, box)
        shown.setBuddy(field)
        self._labels.append(shown)
        layout.addWidget(shown)
        layout.addWidget(field)
        return box

    def _build_column(self) -> None:
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        words = QVBoxLayout()
        words.setContentsMargins(
            RING_MARGIN, 0, RING_MARGIN, 0
        )  # the foot's buttons have room for their rings
        words.setSpacing(0)
        words.addWidget(self._heading)
        words.addSpacing(_BELOW_HEADING)
        words.addWidget(self._subheading)
        words.addSpacing(_ABOVE_CARDS)
        for place, card in enumerate(self.cards.values()):
            words.addSpacing(_CARD_GAP if place else 0)
            words.addWidget(card)
        column.addLayout(words)
        column.addSpacing(_ABOVE_FOOT - RING_MARGIN)
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(0, 0, 0, 0)
        self._foot.addWidget(self.privacy_button)
        self._foot.addStretch(1)
        self._foot.addWidget(self.start_button)
        column.addLayout(self._foot)
        self._ground = QWidget()
        ground = self._ground_layout = QVBoxLayout(self._ground)
        # The foot's room for rings would draw the column up.
        ground.setContentsMargins(_GUTTER, _GUTTER + RING_MARGIN // 2, _GUTTER, _GUTTER)
        self._above = QSpacerItem(0, 0)
        ground.addItem(self._above)
        middle = QHBoxLayout()  # an alignment would forget that texts wrap
        middle.addStretch(1)
        middle.addWidget(self._column)
        middle.addStretch(1)
        ground.addLayout(middle)
        ground.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._ground)
        self._ground.setAutoFillBackground(False)
        self._area.viewport().setAutoFillBackground(False)

    def _connect_signals(self) -> None:
        self._group.buttonToggled.connect(self._show_choice)
        self.kind_field.chosen.connect(self._choose_kind)
        for field in (self.key_field, self.address_field, self.name_field):
            field.returnPressed.connect(self._press_start)
            field.textEdited.connect(self._forget_trouble)
        self.start_button.clicked.connect(self._press_start)
        self.look_button.clicked.connect(self.look_requested)
        self.privacy_button.clicked.connect(self.open_privacy)
        self.key_note.cancelled.connect(self.cancelled)
        self._appearance.changed.connect(self._apply_appearance)

    # What is chosen

    @property
    def choice(self) -> Choice:
        """The card that is chosen."""
        return next(choice for choice, card in self.cards.items() if card.radio.isChecked())

    @property
    def kind(self) -> ProviderKind:
        """The provider that is chosen on the first card."""
        kind = self.kind_field.value
        return kind if isinstance(kind, ProviderKind) else ProviderKind.OPENAI

    def focus_first(self) -> None:
        """Put the keyboard where one begins."""
        self.key_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_privacy(self) -> None:
        """Show what leaves this computer."""
        open_what_leaves(self, self._appearance)

    # What is shown

    def ask_model(self, sentence: str) -> None:
        """Ask for the name of a model, because the server does not tell."""
        self._needs_name = True
        self._show_kind()
        self.refuse(sentence, self.name_field)

    def refuse(self, sentence: str, field: TextField | None = None) -> None:
        """Say what is wrong with what was typed.

        Args:
            sentence: What is wrong, and what to do.
            field: Where, if it is one field.
        """
        self.key_note.say(sentence, "err")
        if field is not None:
            field.set_invalid(True)
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            field.selectAll()

    def show_busy(self, sentence: str = "") -> None:
        """Say what is done now, during which nothing can be changed; "" when it is over."""
        self._is_busy = bool(sentence)
        for card in self.cards.values():
            card.radio.setEnabled(not self._is_busy)
        for field in (self.kind_field, self.key_field, self.address_field, self.name_field, self.model_field):
            field.setEnabled(not self._is_busy)
        if self._is_busy:
            self.key_note.say(sentence)
            self.start_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_start_button()

    def show_look_button(self, *, is_shown: bool, is_first: bool = False) -> None:
        """Offer to look for servers on this computer (for the first time, or again), or not."""
        text = self.tr("Look") if is_first else self.tr("Look again")
        self.look_button.setText(text)
        self.look_button.setAccessibleName(text)
        self.look_button.setVisible(is_shown)

    def show_models(self, models: Sequence[tuple[object, str]]) -> None:
        """Offer the models on this computer: each value with its label."""
        chosen = self.model_field.value
        self.model_field.set_choices(models)
        values = [value for value, _ in models]
        self.model_field.choose(chosen if chosen in values else next(iter(values), None))
        self._model_box.setVisible(bool(models))
        self._name_start_button()

    def show_note(self) -> None:
        """Say what is done with the key."""
        kind = self.kind
        if kind.facts.base_url:
            host = kind.facts.base_url.partition("://")[2].partition("/")[0]
        else:
            host = self.tr("that address")
        if kind.facts.key_path:  # its list of models is open to everyone, and says nothing of the key
            text = self.tr("Stored in this computer's keychain. Checking it sends two requests to {host}.")
        else:
            text = self.tr("Stored in this computer's keychain. Checking it sends one request to {host}.")
        self.key_note.say(text.format(host=host))

    def _choose_kind(self) -> None:
        self._needs_name = False
        self._show_kind()
        self.kind_changed.emit()

    def _show_kind(self) -> None:
        kind = self.kind
        has_address = bool(kind.facts.base_url)
        is_azure = kind is ProviderKind.AZURE
        self.address_field.setPlaceholderText(_AZURE_EXAMPLE if is_azure else _ADDRESS_EXAMPLE)
        self.name_field.setPlaceholderText(self.tr("Name of your deployment") if is_azure else "")
        self.key_field.setPlaceholderText("" if kind.facts.needs_key else self.tr("If it needs one"))
        self._address_box.setVisible(not has_address)
        self._name_box.setVisible(is_azure or self._needs_name)
        for field in (self.key_field, self.address_field, self.name_field):
            field.set_invalid(False)
        self.show_note()
        self._name_start_button()

    def _forget_trouble(self) -> None:
        for field in (self.key_field, self.address_field, self.name_field):
            if field.is_invalid:
                field.set_invalid(False)
        if not self._is_busy:
            self.show_note()

    def _show_choice(self) -> None:
        self._name_start_button()

    def _name_start_button(self) -> None:
        if self._group.checkedButton() is None:
            return
        if self._is_busy:
            text = self.tr("Cancel")
        else:
            text = {
                Choice.KEY: self.tr("Check key and start"),
                Choice.LOCAL: self.tr("Start"),
                Choice.DEMO: self.tr("Start the demo"),
            }[self.choice]
        self.start_button.setText(text)
        self.start_button.setAccessibleName(text)
        self.start_button.setEnabled(self.choice is not Choice.LOCAL or self.model_field.count() > 0)
        self.start_button.updateGeometry()

    def _press_start(self) -> None:
        if self._is_busy:
            self.cancelled.emit()
        else:
            self.started.emit()

    def _apply_appearance(self) -> None:
        appearance, theme = self._appearance, self._appearance.theme
        for label, style, color in (
            (self._heading, TextStyle.DISPLAY, theme.text),
            (self._subheading, TextStyle.BODY, theme.text2),
            *((label, TextStyle.UI_MEDIUM, theme.text) for label in self._labels),
        ):
            color_label(label, color)
            label.setFont(appearance.text_font(style))
            label.setAlignment(leading(self) | Qt.AlignmentFlag.AlignVCenter)
            label.setMinimumHeight(round(style.line_height * appearance.zoom))
        height = round(20 * appearance.zoom) + _FIELD_ROOM
        fields = (self.kind_field, self.key_field, self.address_field, self.name_field, self.model_field)
        for field in fields:
            field.setFixedHeight(height)
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        self._area.setGeometry(self.rect())
        width = max(200, min(_COLUMN, self.width() - 2 * _GUTTER))
        is_stacked = width < _STACKED_BELOW * self._appearance.zoom
        direction = QBoxLayout.Direction.TopToBottom if is_stacked else QBoxLayout.Direction.LeftToRight
        for line in (self._who, self._where):
            line.setDirection(direction)
        self.kind_field.setFixedWidth(min(round(_SELECT_WIDTH * self._appearance.zoom), width - 80))
        self._column.setFixedWidth(width + 2 * RING_MARGIN)
        free = self.height() - 2 * _GUTTER - RING_MARGIN // 2 - self._usual_height()
        self._above.changeSize(0, max(0, (free + 1) // 2))
        self._ground_layout.invalidate()

    def _usual_height(self) -> int:
        """How high the column is with the first card open and servers found: in the middle it is so.

        What unfolds and what is said later makes it longer or shorter below, and moves nothing above.
        """
        key, local, demo = (self.cards[choice] for choice in Choice)
        note = _NOTE_EDGES[0] + TextStyle.SMALL.line_height + _NOTE_EDGES[1]
        details = _KEY_TOP + self._who.sizeHint().height() + _KEY_GAP + note
        cards = key.height_with(1, details) + local.height_with(2) + demo.height_with(1)
        words = (
            self._heading.minimumHeight() + _BELOW_HEADING + self._subheading.minimumHeight() + _ABOVE_CARDS
        )
        foot = _ABOVE_FOOT - RING_MARGIN + self._foot.sizeHint().height()
        return words + cards + 2 * _CARD_GAP + foot

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_busy:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._appearance.theme.window)
        painter.end()
