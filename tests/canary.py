"""The key that tests use for providers, and the search for it in what they left on the disk."""

from __future__ import annotations

import base64
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

CANARY = "sk-canary-0123456789abcdefghijk-q7Xd"
"""A key that looks like a real one. Nothing that the program writes may hold it, in no form."""
_MARK = b"sk-canary"


def _forms() -> tuple[bytes, ...]:
    """How the beginning of a key looks in a file: as it is, in UTF-16, in base64 wherever it begins there."""
    shifted = (base64.b64encode(b"\0" * shift + _MARK) for shift in range(3))
    # The first characters depend on what stands before, the last ones on what comes after.
    whole = (text.rstrip(b"=")[(4 if shift else 0) : -1] for shift, text in enumerate(shifted))
    return (_MARK, _MARK.decode().encode("utf-16-le"), *whole)


_FORMS = _forms()


def files_with_key(folder: Path) -> list[Path]:
    """The files below `folder`, members of zip archives included, that hold a canary key."""
    return [path for path, content in _contents(folder) if any(form in content for form in _FORMS)]


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in (Path(parent, name) for parent, _, names in os.walk(folder) for name in names):
        try:
            if path.is_symlink() or not path.is_file():
                continue
            yield path, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        yield path / name, archive.read(name)
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            continue  # a test made it so: without rights, cut in half, encrypted; or it is gone meanwhile
