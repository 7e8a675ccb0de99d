"""Folders of the program, and what happens where they cannot be used."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from desktop_agent.config.paths import (
    FolderError,
    data_folder,
    home_folder,
    log_folder,
    make_private_folder,
    open_private_file,
    resources_folder,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")


def test_the_variable_moves_every_folder(tmp_path: Path) -> None:
    assert home_folder() == tmp_path / "home"
    assert log_folder() == tmp_path / "home" / "logs"
    assert data_folder() == tmp_path / "home" / "data"


def test_without_the_variable_the_platform_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKTOP_AGENT_HOME")
    assert home_folder() is None
    assert "desktop-agent" in log_folder().parts
    assert "desktop-agent" in data_folder().parts


def test_resources_are_found() -> None:
    assert (resources_folder() / "fonts" / "inter" / "Inter-Regular.otf").is_file()


@posix
def test_folders_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    import os

    path = tmp_path / "a" / "b" / "file"
    os.close(open_private_file(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


@posix
def test_an_open_folder_of_ours_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    make_private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_the_way_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(FolderError, match=r"can't be used: .*DESKTOP_AGENT_HOME"):
        open_private_file(log_folder() / "x.log")
