"""The program as a disk image for macOS, signed and notarised where there are credentials."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from product import TITLE
from steps import CommandError, SetupError, run_logged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from freezing import Frozen
    from product import Product

ENTITLEMENTS: Final = Path(__file__).resolve().parent / "mac" / "entitlements.plist"
IDENTITY_VARIABLE: Final = "DESKTOP_AGENT_CODESIGN_IDENTITY"
"""The name of a "Developer ID Application" certificate in the keychain."""
PROFILE_VARIABLE: Final = "DESKTOP_AGENT_NOTARY_PROFILE"
"""The name under which `notarytool store-credentials` has kept the account."""


def write_image(frozen: Frozen, product: Product, work: Path, target: Path, log: Path) -> None:
    """Write the disk image: the program beside a link to the folder where programs go.

    Args:
        frozen: The program.
        product: What the image holds.
        work: A folder for what arises.
        target: The file to write.
        log: Takes the output of Apple's tools.

    Raises:
        SetupError: One of them failed.
    """
    folder = work / "image"
    folder.mkdir()
    app = frozen.folder.rename(folder / frozen.folder.name)
    (folder / "Applications").symlink_to("/Applications")
    _sign(app, log)
    name = f"{TITLE} {product.version}"
    image = ["hdiutil", "create", "-volname", name, "-srcfolder", str(folder), "-format", "UDZO", "-ov"]
    _run([*image, str(target)], log)
    profile = os.environ.get(PROFILE_VARIABLE)
    if profile:
        _run(["xcrun", "notarytool", "submit", str(target), "--keychain-profile", profile, "--wait"], log)
        _run(["xcrun", "stapler", "staple", str(target)], log)


def _sign(app: Path, log: Path) -> None:
    """Sign from the inside out, as Apple asks; without a certificate for this machine alone ("-")."""
    identity = os.environ.get(IDENTITY_VARIABLE) or "-"
    options = ["--force", "--sign", identity]
    if identity != "-":
        options += ["--timestamp", "--options", "runtime", "--entitlements", str(ENTITLEMENTS)]
    code = [path for path in app.rglob("*") if path.suffix in (".dylib", ".so", ".framework")]
    inside_out = sorted(
        (path for path in code if not path.is_symlink()), key=lambda path: len(path.parts), reverse=True
    )
    for path in [*inside_out, app]:
        _run(["codesign", *options, str(path)], log)


def _run(command: Sequence[str], log: Path) -> None:
    try:
        run_logged(command, log, dict(os.environ))
    except CommandError as error:
        raise SetupError(f"{command[0]} failed:\n{error.output}") from error
