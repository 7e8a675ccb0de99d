"""`import`, as a process on a real store."""

from __future__ import annotations

import json
from pathlib import Path

from cli.samples import Command, fill, keep


def test_an_export_comes_back(command: Command, tmp_path: Path) -> None:
    keep(fill)
    path = tmp_path / "all.json"
    assert command("export", "--all", "--output", str(path)).returncode == 0
    result = command("import", str(path))
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "3 conversations will be left alone: already here.\n"
    document = json.loads(path.read_text("utf-8"))
    for number, conversation in enumerate(document["conversations"]):
        conversation["uid"] = f"{number:032x}"
    path.write_text(json.dumps(document), "utf-8")
    planned = command("import", "--dry-run", str(path))
    assert planned.stderr == "3 conversations with 6 messages will be added.\n"
    assert len(json.loads(command("list", "--json").stdout)) == 3
    assert command("import", str(path)).stderr == "3 conversations with 6 messages will be added.\nDone.\n"
    assert len(json.loads(command("list", "--json").stdout)) == 6


def test_what_is_no_export_is_a_sentence(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text("[]")
    result = command("import", str(path))
    assert (result.returncode, result.stderr) == (1, "This file is no export of Desktop Agent in JSON.\n")
    gone = command("import", str(tmp_path / "gone.json"))
    assert gone.returncode == 1
    assert "is not there" in gone.stderr
    assert command("import").returncode == 2
