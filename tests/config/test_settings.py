"""The settings: what they are by default, what a file may do to them, how they are changed and kept."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile, ModelChoice
from desktop_agent.config.look import Look, saved_look
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ModelFigures, new_entry
from desktop_agent.config.setting import SettingsPart, describe
from desktop_agent.config.settings import AppearanceSettings, GeneralSettings, Settings
from desktop_agent.config.settings_store import SettingsError, SettingsStore

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the mode bits do not bind root"
)
PARTS = (GeneralSettings, AppearanceSettings, AgentProfile, ModelFigures)


@pytest.fixture
def store() -> SettingsStore:
    """The store of a program that is started for the first time."""
    made = SettingsStore()
    made.load()
    return made


def write(store: SettingsStore, content: Any) -> None:
    store.path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    store.path.write_bytes(text.encode() if isinstance(text, str) else text)


def read(store: SettingsStore) -> Any:
    return json.loads(store.path.read_text("utf-8"))


# --- The declaration


@pytest.mark.parametrize("part", PARTS)
def test_what_a_page_shows_is_described_whole(part: type[SettingsPart]) -> None:
    described = describe(part)
    assert described
    for each in described:
        assert each.label
        assert not each.label.endswith(".")
        assert not each.hint or each.hint.endswith(".")
        if each.kind == "choice":
            assert each.default in each.choices
            assert all(each.choices.values())
        if each.kind == "number" and each.default is not None:
            assert each.low is not None
            assert each.high is not None
            assert each.low <= each.default <= each.high


def test_the_kinds_are_told_from_the_types() -> None:
    kinds = {each.name: each.kind for part in PARTS for each in describe(part)}
    assert kinds["theme"] == "choice"
    assert kinds["text_size"] == kinds["temperature"] == kinds["context_length"] == "number"
    assert kinds["reduced_motion"] == kinds["streaming"] == "switch"
    assert kinds["vision"] == kinds["tools"] == "choice"  # yes, no, and not known
    assert kinds["system_message"] == "text"


def test_every_choice_has_a_label() -> None:
    for part in PARTS:
        for each in describe(part):
            for value in each.choices:
                field: Any = {each.name: value}
                extra: Any = {"id": "x"} if part is AgentProfile else {}
                assert getattr(part(**extra, **field), each.name) == value


def test_the_first_look_is_the_one_of_the_settings(store: SettingsStore) -> None:
    for field, value in Look().__dict__.items():
        assert getattr(Settings().appearance, field) == value
    chosen: dict[str, Any] = {
        "theme": "dark",
        "high_contrast": True,
        "interface_font": "system",
        "text_size": 1.3,
        "reduced_motion": True,
    }
    store.change("appearance", **chosen)
    store.save()
    assert saved_look() == Look(**chosen)


@pytest.mark.parametrize(
    "content",
    ["", "[", "[]", "null", '{"appearance": 3}', '{"appearance": {"theme": [1], "text_size": 9, "x": 1}}'],
)
def test_the_first_look_never_fails(store: SettingsStore, content: str) -> None:
    write(store, content)
    assert saved_look() == Look()


# --- Changing and keeping


def test_without_a_file_the_defaults_count_and_nothing_is_written(store: SettingsStore) -> None:
    assert store.settings == Settings()
    assert store.notes == ()
    assert store.settings.agents.current == BUILT_IN
    store.save()
    assert not store.path.exists()


def test_what_is_changed_is_there_after_a_restart(store: SettingsStore, tmp_path: Path) -> None:
    entry = new_entry(ProviderKind.OPENAI)
    profile = AgentProfile(id="coder", name="Code reviewer", temperature=0.2)
    store.change("general", send_key="ctrl_enter", title_by_model=False)
    store.change("providers", entries=(entry,), chosen=ModelChoice(provider="openai", model="m"))
    store.change("agents", profiles=(BUILT_IN, profile), chosen="coder")
    store.save()
    assert store.path == tmp_path / "home" / "settings.json"
    again = SettingsStore()
    assert again.load() == store.settings
    assert again.notes == ()
    assert again.settings.agents.current.name == "Code reviewer"
    assert again.settings.entry("openai") == entry


@posix
def test_the_file_is_for_its_owner_alone(store: SettingsStore) -> None:
    store.change("tools", max_tool_turns=3)
    store.save()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert [path.name for path in store.path.parent.iterdir()] == ["settings.json"]


def test_who_listens_is_told_of_changes_alone(store: SettingsStore) -> None:
    told: list[Settings] = []
    unsubscribe = store.subscribe(told.append)
    store.change("tools", max_tool_turns=3)
    store.change("tools", max_tool_turns=3)
    assert [each.tools.max_tool_turns for each in told] == [3]
    unsubscribe()
    store.change("tools", max_tool_turns=4)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("appearance", {"theme": "sepia"}),
        ("appearance", {"text_size": 9.0}),
        ("appearance", {"text_size": float("nan")}),
        ("tools", {"max_tool_turns": 0}),
        ("tools", {"max_tool_turns": "3"}),
        ("general", {"no_such": 1}),
        ("agents", {"profiles": ()}),
        ("appearance", {"theme": "\ud800"}),
    ],
)
def test_an_impossible_value_is_refused_and_nothing_changes(
    store: SettingsStore, page: str, values: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError, match=rf"{page}\.{next(iter(values))}"):
        store.change(page, **values)
    assert store.settings == Settings()


def test_one_page_is_reset_and_the_others_stay(store: SettingsStore) -> None:
    store.change("general", title_by_model=False)
    store.change("appearance", theme="dark")
    store.reset("general")
    assert store.settings.general == GeneralSettings()
    assert store.settings.appearance.theme == "dark"


# --- Files that are not as this version writes them


def test_what_a_newer_version_wrote_survives(store: SettingsStore) -> None:
    future = {
        "general": {"title_by_model": False, "telepathy": {"on": True}},
        "holograms": [1, 2],
        "providers": {
            "entries": [
                {"id": "a", "kind": "custom", "base_url": "https://a.example.com", "colour": "red"},
                {"id": "b", "kind": "quantum", "base_url": "https://b.example.com", "timeout": 30.0},
                {"id": "c", "kind": "custom", "base_url": "https://c.example.com", "timeout": "soon"},
            ]
        },
        "appearance": {"theme": "sepia"},
    }
    write(store, future)
    loaded = store.load()
    assert not loaded.general.title_by_model
    assert [entry.id for entry in loaded.providers.entries] == ["a", "c"]
    assert loaded.appearance.theme == "system"
    assert loaded.providers.entries[1].timeout == 60.0
    assert sorted(note.split()[2] for note in store.notes) == [
        "appearance.theme",
        "providers.entries.b",
        "providers.entries.c.timeout",
    ]
    store.change("general", send_key="ctrl_enter")
    store.save()
    kept = read(store)
    assert kept["general"]["telepathy"] == {"on": True}
    assert kept["holograms"] == [1, 2]
    assert kept["appearance"]["theme"] == "sepia"
    entries = {entry["id"]: entry for entry in kept["providers"]["entries"]}
    assert entries["a"]["colour"] == "red"
    assert entries["b"] == future["providers"]["entries"][1]  # type: ignore[index]  # a mixed dict
    assert entries["c"]["timeout"] == "soon"
    assert kept["general"]["send_key"] == "ctrl_enter"


def test_a_value_that_was_refused_is_gone_once_another_is_chosen(store: SettingsStore) -> None:
    write(store, {"appearance": {"theme": "sepia"}})
    store.load()
    store.change("appearance", theme="dark")
    store.change("appearance", theme="system")
    store.save()
    assert read(store)["appearance"]["theme"] == "system"
    write(store, {"appearance": {"theme": "sepia", "aura": 1}})
    store.load()
    store.reset("appearance")
    store.change("tools", max_tool_turns=3)
    store.save()
    assert read(store)["appearance"] == {**AppearanceSettings().model_dump(), "aura": 1}


def test_one_wrong_value_costs_that_value_alone(store: SettingsStore) -> None:
    write(store, {"appearance": {"theme": "dark", "text_size": 40}, "tools": {"max_tool_turns": 7}})
    loaded = store.load()
    assert (loaded.appearance.theme, loaded.appearance.text_size, loaded.tools.max_tool_turns) == (
        "dark",
        1.0,
        7,
    )
    assert store.notes == (
        "The setting appearance.text_size has a value that is not known, and is not used.",
    )


WHOLE = json.dumps({"appearance": {"theme": "dark"}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        WHOLE[:-5],
        "not json",
        "[]",
        "null",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        '{"tools": {"max_tool_turns": NaN}}',
        '{"a": "\\ud800"}',
        "[" * 100_000,
        "<html></html>",
    ],
)
def test_a_damaged_file_is_kept_aside_and_said(store: SettingsStore, content: str | bytes) -> None:
    write(store, content)
    before = store.path.read_bytes()
    assert store.load() == Settings()
    (aside,) = store.path.parent.glob("settings.damaged-*.json")
    assert aside.read_bytes() == before
    assert store.notes == (
        f"The file with the settings is damaged. It is kept as {aside}; the defaults are used.",
    )
    store.change("appearance", theme="dark")
    store.save()
    assert read(store)["appearance"]["theme"] == "dark"
    assert aside.read_bytes() == before


@not_root
def test_a_file_that_cannot_be_read_is_left_alone(store: SettingsStore) -> None:
    write(store, WHOLE)
    store.path.chmod(0)
    assert store.load() == Settings()
    assert "permission denied" in store.notes[0].lower()
    store.change("appearance", theme="light")
    with pytest.raises(SettingsError, match="can't be saved"):
        store.save()
    store.path.chmod(0o600)
    assert store.path.read_text() == WHOLE


def test_settings_that_cannot_be_saved_count_until_the_end(store: SettingsStore, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    store.change("appearance", theme="dark")
    with pytest.raises(SettingsError, match=r"The settings can't be saved\. .*DESKTOP_AGENT_HOME"):
        store.save()
    assert store.settings.appearance.theme == "dark"
    (tmp_path / "home").unlink()
    store.save()
    assert read(store)["appearance"]["theme"] == "dark"


def test_a_folder_in_place_of_the_file_is_said(store: SettingsStore) -> None:
    store.path.mkdir(parents=True)
    assert store.load() == Settings()
    assert len(store.notes) == 1


some_json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from([*Settings.model_fields, "theme", "entries", "id", "kind", "profiles", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(content={"providers": {"entries": [None, None]}})
@given(content=some.dictionaries(some.sampled_from([*Settings.model_fields, "x"]), some_json, max_size=5))
def test_no_file_makes_it_fail_and_nothing_in_it_is_lost(
    store: SettingsStore, content: dict[str, Any]
) -> None:
    write(store, content)
    store.load()
    if list(store.path.parent.glob("settings.damaged-*.json")):
        for aside in store.path.parent.glob("settings.damaged-*.json"):
            aside.unlink()
        return
    store.change("tools", max_tool_turns=store.settings.tools.max_tool_turns % 100 + 1)
    store.save()
    again = SettingsStore()
    assert again.load() == store.settings
    assert again.notes == store.notes or "tools" in content
    assert read(again).get("x") == content.get("x")
