"""The settings: declared once, with their defaults, ranges and labels. No key is ever among them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile, ModelChoice
from desktop_agent.config.look import LARGEST_TEXT, SMALLEST_TEXT, TEXT_STEP, InterfaceFont, Look, Theme
from desktop_agent.config.providers import ProviderEntry
from desktop_agent.config.setting import SettingsPart, setting
from desktop_agent.config.tool_settings import ToolSettings

_LOOK = Look()


class GeneralSettings(SettingsPart):
    """The page General."""

    send_key: Literal["enter", "ctrl_enter"] = setting(
        "enter",
        "Send with",
        "The other one begins a new line; so does Shift+Enter.",
        choices={"enter": "Enter", "ctrl_enter": "Ctrl+Enter"},
    )
    thoughts: Literal["fold", "open"] = setting(
        "fold",
        "Thoughts",
        "What models that reason write before they answer.",
        choices={"fold": "Fold when the answer begins", "open": "Keep open"},
    )
    notify: bool = setting(
        True,
        "Tell when a reply ends",
        "While the window is in the background. What was said is not shown.",
    )
    title_by_model: bool = setting(
        True,
        "Let the model write titles",
        "Sends the beginning of a new conversation to its model once more.",
    )


class AppearanceSettings(SettingsPart):
    """The page Appearance. What is needed before the first paint stands in `look.Look`, too."""

    theme: Theme = setting(
        _LOOK.theme,
        "Theme",
        choices={"system": "As the system", "light": "Light", "dark": "Dark"},
    )
    high_contrast: bool = setting(
        _LOOK.high_contrast, "High contrast", "Also where the system asks for none."
    )
    interface_font: InterfaceFont = setting(
        _LOOK.interface_font, "Interface font", choices={"inter": "Inter", "system": "As the system"}
    )
    text_size: float = setting(
        _LOOK.text_size, "Text size", bounds=(SMALLEST_TEXT, LARGEST_TEXT), step=TEXT_STEP
    )
    reduced_motion: bool = setting(_LOOK.reduced_motion, "Reduce motion", "Nothing slides, fades or turns.")
    announcements: Literal["sentences", "ends", "off"] = setting(
        "sentences",
        "Read replies aloud with a screen reader",
        choices={"sentences": "Finished sentences", "ends": "Only start and end", "off": "Off"},
    )


class ProviderSettings(SettingsPart):
    """The page Providers & keys.

    Attributes:
        entries: Those that are set up, in the order of the page.
        chosen: Who answers; None until the person has chosen, which is what the first run is for.
    """

    entries: tuple[ProviderEntry, ...] = ()
    chosen: ModelChoice | None = None

    @field_validator("entries")
    @classmethod
    def _every_id_once(cls, entries: tuple[ProviderEntry, ...]) -> tuple[ProviderEntry, ...]:
        return tuple({entry.id: entry for entry in entries}.values())


class AgentSettings(SettingsPart):
    """The page Agents.

    Attributes:
        profiles: The agents, in the order of the page; never none.
        chosen: The id of the one that answers.
    """

    profiles: tuple[AgentProfile, ...] = Field(default=(BUILT_IN,), min_length=1)
    chosen: str = BUILT_IN.id

    @field_validator("profiles")
    @classmethod
    def _every_id_once(cls, profiles: tuple[AgentProfile, ...]) -> tuple[AgentProfile, ...]:
        return tuple({profile.id: profile for profile in profiles}.values())

    @property
    def current(self) -> AgentProfile:
        """The agent that answers; the first one if the chosen one is gone."""
        return next((each for each in self.profiles if each.id == self.chosen), self.profiles[0])


class PrivacySettings(SettingsPart):
    """The page Privacy."""

    look_for_local_servers: bool = setting(
        True,
        "Look for model servers on this computer",
        "When the first page opens. Nothing leaves this computer.",
    )


class Settings(SettingsPart):
    """All settings, page by page."""

    general: GeneralSettings = GeneralSettings()
    appearance: AppearanceSettings = AppearanceSettings()
    providers: ProviderSettings = ProviderSettings()
    agents: AgentSettings = AgentSettings()
    tools: ToolSettings = ToolSettings()
    privacy: PrivacySettings = PrivacySettings()

    def entry(self, provider_id: str) -> ProviderEntry | None:
        """The provider with this id, of those that are set up."""
        return next((entry for entry in self.providers.entries if entry.id == provider_id), None)
