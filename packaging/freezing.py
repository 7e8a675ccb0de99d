"""Freezing: the program, its Python and its libraries in one folder that needs no Python to run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

from elf_files import find_elf_files, make_run_path_relative, strip
from environment import Environment
from product import NAME, Product
from steps import CommandError, SetupError, run_logged, timed

SPECIFICATION = Path(__file__).resolve().with_name("desktop-agent.spec")
CONTENTS = "_internal"


class Frozen(NamedTuple):
    """A frozen program.

    Attributes:
        folder: Holds the program and, in `CONTENTS`, all that it needs; on macOS it is the `.app`.
        sources: Every file of this machine that went into it.
        icons: A folder with the icon in all sizes.
    """

    folder: Path
    sources: tuple[Path, ...]
    icons: Path


def freeze(environment: Environment, product: Product, work: Path, log: Path) -> Frozen:
    """Freeze the program with PyInstaller.

    Args:
        environment: Has the locked packages and PyInstaller, and nothing else.
        product: What is built.
        work: An empty folder for all that arises.
        log: Takes PyInstaller's output.

    Raises:
        SetupError: PyInstaller failed; the text holds the end of what it wrote.
    """
    icons = work / "icons"
    variables = {
        **environment.variables(),
        "DESKTOP_AGENT_BUILD_ICONS": str(icons),
        # Else it keeps a folder in the user's home.
        "PYINSTALLER_CONFIG_DIR": str(environment.cache / "pyinstaller"),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(product.epoch),
    }
    drawing = SPECIFICATION.with_name("app_icons.py")
    picture = environment.checkout / "resources" / "app-icon" / f"{NAME}.svg"
    pyinstaller = ["-m", "PyInstaller", "--noconfirm"]
    places = ["--distpath", str(work / "frozen"), "--workpath", str(work / "pyinstaller")]
    with timed("Freezing the program with PyInstaller") as results:
        try:
            for command in (
                [str(drawing), str(picture), str(icons)],
                [*pyinstaller, *places, str(SPECIFICATION)],
            ):
                run_logged([str(environment.python), *command], log, variables)
        except CommandError as error:
            raise SetupError(f"PyInstaller could not freeze the program:\n{error.output}") from error
        # PyInstaller names its folder in there after the specification.
        listed = (work / "pyinstaller" / SPECIFICATION.stem / "sources.json").read_text("utf-8")
        frozen = Frozen(
            folder=work / "frozen" / ("Desktop Agent.app" if sys.platform == "darwin" else NAME),
            sources=tuple(Path(each) for each in json.loads(listed)),
            icons=icons,
        )
        if sys.platform.startswith("linux"):
            _trim(frozen.folder)
        results.append(f"{size_of(frozen.folder) / 1e6:.0f} MB")
    return frozen


def size_of(folder: Path) -> int:
    """Bytes of all files below `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _trim(folder: Path) -> None:
    contents = folder / CONTENTS
    for path in find_elf_files(contents):
        path.chmod(0o644)  # no program among them; wheels bring any mode
        strip(path)
        make_run_path_relative(path)
    for path in contents.rglob("*"):
        if path.is_symlink() and not path.exists():
            path.unlink()  # to a library that was left out
        elif path.is_file() and not path.is_symlink():
            path.chmod(0o644)
