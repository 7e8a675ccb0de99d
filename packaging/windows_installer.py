"""The program's installer for Windows, made by Inno Setup."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steps import CommandError, SetupError, run_logged

if TYPE_CHECKING:
    from freezing import Frozen
    from product import Product

SCRIPT: Final = Path(__file__).resolve().parent / "windows" / "desktop-agent.iss"
SIGN_VARIABLE: Final = "DESKTOP_AGENT_SIGNTOOL"
"""A command line that signs the file `$f`, as Inno Setup takes it; without it nothing is signed."""


def find_compiler() -> str:
    """Inno Setup's compiler.

    Raises:
        SetupError: It is not installed.
    """
    found = shutil.which("iscc")
    for variable in ("ProgramFiles(x86)", "ProgramFiles"):
        usual = Path(os.environ.get(variable, ""), "Inno Setup 6", "ISCC.exe")
        found = found or (str(usual) if usual.is_file() else None)
    if found is None:
        raise SetupError(
            "Inno Setup 6 writes the installer. Install it, then start this again:\n"
            "  winget install JRSoftware.InnoSetup"
        )
    return found


def write_installer(frozen: Frozen, product: Product, work: Path, target: Path, log: Path) -> None:
    """Write the installer.

    Args:
        frozen: The program.
        product: What the installer holds.
        work: A folder for what arises.
        target: The file to write.
        log: Takes the output of Inno Setup.

    Raises:
        SetupError: Inno Setup is not there or failed.
    """
    values = {
        "Version": product.version,
        "Machine": "arm64" if product.machine == "aarch64" else "x64compatible",
        "Homepage": product.homepage,
        "Program": str(frozen.folder),
        "Icon": str(frozen.icons / "desktop-agent.ico"),
    }
    command = [find_compiler(), "/Q", f"/O{target.parent}", f"/F{target.stem}"]
    command += [f"/D{name}={value}" for name, value in values.items()]
    signs = os.environ.get(SIGN_VARIABLE)
    if signs:
        command += ["/DSigned", f"/Ssign={signs}"]
    try:
        run_logged([*command, str(SCRIPT)], log, {**os.environ, "TEMP": str(work), "TMP": str(work)})
    except CommandError as error:
        raise SetupError(f"Inno Setup failed:\n{error.output}") from error
