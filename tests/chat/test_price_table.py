"""The table of prices: what it says of a model, and that nothing waits while Python compiles it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

LOOK_UP = """
import json, sys
compiled = []
sys.addaudithook(lambda event, values: event == "compile" and compiled.append(str(values[1])))
from desktop_agent.chat.price_table import table_facts
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import new_entry
facts = table_facts(new_entry(ProviderKind.OPENAI), "gpt-4o-mini")
print(json.dumps({"context": facts.context_length, "source": facts.price.source, "compiled": compiled}))
"""


def test_the_table_is_compiled_in_another_process(tmp_path: Path) -> None:
    spec = importlib.util.find_spec("genai_prices")
    assert spec is not None
    assert spec.origin is not None
    package = tmp_path / "genai_prices"
    shutil.copytree(Path(spec.origin).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        [sys.executable, "-c", LOOK_UP],
        env=environment | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = json.loads(result.stdout)
    assert (said["context"], said["source"]) == (128_000, "table")
    assert str(package / "__init__.py") in said["compiled"]
    assert str(package / "data.py") not in said["compiled"]
