"""The search for keys finds them in every form in which they could lie on a disk."""

from __future__ import annotations

import base64
import sqlite3
import zipfile
from pathlib import Path

import pytest

from canary import CANARY, files_with_key


@pytest.mark.parametrize(
    "content",
    [
        CANARY.encode(),
        b"\0" * 100_000 + CANARY.encode() + b"\0",
        f'{{"key": "{CANARY}"}}'.encode("utf-16"),
        *(base64.b64encode(b"x" * before + CANARY.encode()) for before in range(4)),
    ],
)
def test_a_key_is_found(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(content)
    try:
        assert files_with_key(tmp_path) == [path]
    finally:
        path.unlink()  # or the search after all tests would find it, too


def test_a_key_is_found_in_archives_and_databases(tmp_path: Path) -> None:
    archive, database = tmp_path / "export.zip", tmp_path / "conversations.db"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("conversation.json", f'{{"key": "{CANARY}"}}')
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE message (text)")
    connection.execute("INSERT INTO message VALUES (?)", (f"The key is {CANARY}.",))
    connection.commit()
    connection.close()
    try:
        assert sorted(files_with_key(tmp_path)) == [database, archive / "conversation.json"]
    finally:
        archive.unlink()
        database.unlink()


def test_other_files_are_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("The key is (hidden). sk-...q7Xd")
    assert files_with_key(tmp_path) == []
