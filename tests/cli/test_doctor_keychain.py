"""`doctor --keychain`, with a real keychain on a private bus, and without one."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.samples import Command
from desktop_agent.config import keychain
from secret_service import SecretService, require_programs


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own keychain as it is at a start; nothing is read of the developer's."""
    monkeypatch.setattr(keychain, "_keychain", keychain.Keychain())
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    require_programs()
    with tempfile.TemporaryDirectory(prefix="k") as folder, SecretService(Path(folder), monkeypatch) as made:
        yield made


def found(command: Command, *options: str) -> tuple[int, list[tuple[str, str]]]:
    """The status, and what was found about the keychain."""
    result = command("doctor", "--json", *options)
    findings = json.loads(result.stdout)
    return result.returncode, [
        (each["state"], each["text"]) for each in findings if each["topic"] == "keychain"
    ]


def test_an_entry_comes_and_goes(command: Command, service: SecretService) -> None:
    service.start_unlocked()
    assert found(command, "--keychain") == (
        0,
        [("ok", "An entry was stored, read and deleted: Secret Service.")],
    )
    keychain.forget_keys()
    with pytest.raises(keychain.KeyMissingError):
        keychain.get_key("doctor")


def test_without_a_keychain_it_says_so(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has sessions without a keychain")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    status, findings = found(command, "--keychain")
    assert status == 1
    assert [state for state, _text in findings] == ["problem"]
    assert findings[0][1].startswith("This computer has no keychain service.")


def test_the_keychain_is_left_alone_unless_it_is_asked_for(command: Command) -> None:
    assert found(command) == (0, [])
