"""What the real program keeps to itself: a key is in no core file and no child of it gets one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_runs import KEY, environment

# The program's own start, and its end without leaving; then a child, as for a link, and a crash.
PROGRAM = f"""
import json, os, subprocess, sys
print_environment = "import json, os; print(json.dumps(dict(os.environ)))"
if "unguarded" not in sys.argv:
    from desktop_agent.__main__ import main
    from desktop_agent.config.provider import provider_from_environment
    try:
        main(["list"])
    except SystemExit as end:
        assert end.code == 0, end.code
    assert provider_from_environment().api_key == {KEY!r}
sys.stdout.flush()
subprocess.run([sys.executable, "-c", print_environment])
if "crash" in sys.argv:
    os.abort()
"""


def run_program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder; where cores can be written, the process begins with no limit on them."""
    more = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_ADMIN_KEY": KEY,
        "AZURE_OPENAI_AD_TOKEN": KEY,
        "OPENAI_ORG_ID": "org-1",
    }
    more["PYTHONPATH"] = os.pathsep.join(sys.path)
    return subprocess.run(
        [sys.executable, "-c", _UNLIMITED + PROGRAM, *words],
        env=environment(None, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


_UNLIMITED = """
try:
    import resource
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
except ImportError:
    pass
"""


def test_a_child_gets_no_key(tmp_path: Path) -> None:
    result = run_program(tmp_path)
    assert result.returncode == 0, result.stderr
    child = json.loads(result.stdout.splitlines()[-1])
    assert [name for name, value in child.items() if KEY in value] == []
    assert child["OPENAI_ORG_ID"] == "org-1"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no core files")
def test_a_crash_writes_no_core(tmp_path: Path) -> None:
    guarded, unguarded = tmp_path / "guarded", tmp_path / "unguarded"
    for folder, words in ((guarded, ("crash",)), (unguarded, ("crash", "unguarded"))):
        folder.mkdir()
        assert run_program(folder, *words).returncode < 0
    cores = list(unguarded.iterdir())
    assert list(guarded.iterdir()) == []
    for core in cores:
        core.unlink()
    if not cores:
        pytest.skip("this system writes no core file even of a process that allows it")
