"""The pages of the settings for eyes: `python tests/gui/settings/settings_pictures.py FOLDER`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import qasync

from desktop_agent.app import make_application
from desktop_agent.chat.model_catalog import ModelCatalog
from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile, ModelChoice
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import new_entry
from desktop_agent.config.settings_store import SettingsStore
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.pages import make_settings_window
from desktop_agent.gui.settings.what_leaves import open_what_leaves
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.storage import ConversationStore

CRITIC = AgentProfile(
    id="critic",
    name="Critic",
    system_message="You read what I write and say what is wrong with it.\nBe short.",
    choice=ModelChoice(provider="openai", model="gpt-4o-mini"),
    temperature=0.7,
)


async def write(folder: Path, home: Path, theme: Theme) -> None:
    """Write all pages in one theme."""
    scope = TaskScope()
    store = ConversationStore(home / "conversations.db")
    await store.open()
    appearance = Appearance(theme)
    live = LiveSettings(SettingsStore(home / "settings.json"), scope)
    live.change("providers", entries=(new_entry(ProviderKind.OPENAI),))
    live.change("agents", profiles=(BUILT_IN, CRITIC))
    window = make_settings_window(live, store, ModelCatalog(home / "models"), scope, appearance)
    name = "dark" if theme.is_dark else "light"
    for kind in set(PageKind) - {PageKind.PROVIDERS}:
        window.open(kind)
        await asyncio.sleep(0.3)
        window.grab().save(str(folder / f"{kind.name.lower()}-{name}.png"))
    window.pages[kind].setFocus()
    leaves = open_what_leaves(window, appearance)
    await asyncio.sleep(0.3)
    leaves.grab().save(str(folder / f"leaves-{name}.png"))
    leaves.close()
    window.close()
    await scope.aclose()
    await live.aclose()
    await store.close()


def main(folder: Path) -> None:
    """Write all pages in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    loop = qasync.QEventLoop(application)
    with loop:
        for theme in (LIGHT, DARK):
            with tempfile.TemporaryDirectory() as home:
                loop.run_until_complete(write(folder, Path(home), theme))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
