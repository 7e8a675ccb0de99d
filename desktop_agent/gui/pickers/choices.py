"""What can be picked: models below their providers, agents, and what leads to the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from typing_extensions import override

from desktop_agent.gui.figures import format_count
from desktop_agent.gui.plain_text import one_line

if TYPE_CHECKING:
    from desktop_agent.chat.model_facts import ModelFacts
    from desktop_agent.config.agent_profiles import AgentProfile

_CONTEXT = "Choices"
SEPARATOR = " · "


@dataclass(frozen=True)
class ModelGroup:
    """The models of one provider, as they are handed in.

    Attributes:
        provider: The id of the provider.
        name: What people call it.
        models: What is known of its models.
        host: Where requests go, for people to see; empty for nowhere.
    """

    provider: str
    name: str
    models: Sequence[ModelFacts]
    host: str = ""


class Choice:
    """One thing to pick. What it shows is made when it is seen: there may be thousands."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """What it is called, on one line."""
        raise NotImplementedError

    @property
    def note(self) -> str:
        """A few words at the end of its row; may be empty."""
        return ""

    @property
    def details(self) -> str:
        """A line that says more than the row; may be empty."""
        return ""

    @property
    def sought(self) -> str:
        """In what is searched, without capitals."""
        return self.text.casefold()


class ModelRow(Choice):
    """A model of a provider."""

    __slots__ = ("facts", "group")

    def __init__(self, group: ModelGroup, facts: ModelFacts) -> None:
        self.group = group
        self.facts = facts

    @property
    @override
    def text(self) -> str:
        """The name that its server knows."""
        return one_line(self.facts.id)

    @property
    @override
    def note(self) -> str:
        """How much it takes, and what it can't do; what is not known is not mentioned."""
        facts = self.facts
        if facts.chats is False:
            return _tr("does not chat")
        parts = [format_count(facts.context_length)] if facts.context_length else []
        if facts.tools is False:
            parts.append(_tr("no tools"))
        if facts.vision is False:
            parts.append(_tr("no pictures"))
        return SEPARATOR.join(parts)

    @property
    @override
    def details(self) -> str:
        """Its name among people, and its price."""
        facts = self.facts
        parts = [one_line(facts.name)] if facts.name else []
        if facts.price is not None:
            words = _tr("${input} for a million tokens of the prompt, ${output} of the reply")
            parts.append(words.format(input=_dollars(facts.price.input), output=_dollars(facts.price.output)))
        return SEPARATOR.join(parts)

    @property
    @override
    def sought(self) -> str:
        """Its names and its provider's."""
        return f"{self.group.name} {self.facts.id} {self.facts.name}".casefold()


class AgentRow(Choice):
    """An agent."""

    __slots__ = ("profile",)

    def __init__(self, profile: AgentProfile) -> None:
        self.profile = profile

    @property
    @override
    def text(self) -> str:
        """Its name."""
        return one_line(self.profile.name)

    @property
    @override
    def note(self) -> str:
        """Its model, if it has one of its own."""
        choice = self.profile.choice
        return one_line(choice.model) if choice is not None else ""


class CommandRow(Choice):
    """What stands below the choices and leads elsewhere.

    Args:
        page: The page of the settings that it opens.
        words: What it is called.
    """

    __slots__ = ("_words", "page")

    def __init__(self, page: str, words: str) -> None:
        self.page = page
        self._words = words

    @property
    @override
    def text(self) -> str:
        """What it is called."""
        return self._words


@dataclass(frozen=True)
class Section:
    """Choices below one heading.

    Attributes:
        title: The heading; empty for none.
        rows: The choices.
        note: A few words at the end of the heading.
    """

    title: str
    rows: Sequence[Choice]
    note: str = ""


@dataclass(frozen=True)
class Menu:
    """All that one picker offers.

    Attributes:
        name: What it is, for screen readers.
        sections: What can be picked.
        commands: What leads elsewhere.
        chosen: What is picked at present.
        start: Where the keyboard begins; None for what is picked.
    """

    name: str
    sections: Sequence[Section]
    commands: Sequence[CommandRow] = ()
    chosen: Sequence[Choice] = field(default_factory=tuple)
    start: Choice | None = None

    @property
    def count(self) -> int:
        """How many choices there are."""
        return sum(len(section.rows) for section in self.sections)


def model_sections(groups: Sequence[ModelGroup]) -> list[Section]:
    """The models below their providers, in order; those that can't talk come last, providers without go."""
    sections = []
    for group in groups:
        rows = [ModelRow(group, facts) for facts in group.models]
        rows.sort(key=lambda row: row.facts.chats is False)  # keeps the order of the others
        if rows:
            sections.append(Section(one_line(group.name), rows, one_line(group.host)))
    return sections


def _dollars(price: float) -> str:
    locale = QLocale()
    digits = 2 if price == 0 or price >= 0.1 else 4
    return locale.toString(price, "f", digits)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
