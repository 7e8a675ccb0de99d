"""What a frozen program is made of: which packages its files come from, and under which licences."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final, NamedTuple

LICENCES: Final = Path(__file__).resolve().with_name("licences")
PYTHON_VERSION: Final = ".".join(map(str, sys.version_info[:3]))

_FONTS: Final = {"inter": "Inter", "jetbrains-mono": "JetBrains Mono"}
# Distributions that name their licence in a classifier alone, or in prose.
_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}
_EXPRESSION: Final = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_QT: Final = ("pyside6", "pyside6-essentials", "shiboken6")


class Part(NamedTuple):
    """A work of somebody that is in the program.

    Attributes:
        name: As its makers spell it.
        version: Empty where there is none.
        licence: An SPDX expression, or prose where its makers wrote prose.
        address: Its package URL (purl), which says where it comes from.
        texts: The files with its licence.
        needs: Names of those other parts that it needs.
        is_of_system: Whether it was taken from the operating system, which has it as a package, too.
    """

    name: str
    version: str
    licence: str
    address: str
    texts: tuple[Path, ...]
    needs: tuple[str, ...] = ()
    is_of_system: bool = False


def find_parts(sources: Iterable[Path], packages: Path, resources: Path) -> list[Part]:
    """The parts of a program that consists of these files, Python and the freezer's own part included.

    Args:
        sources: The files, where they were on this machine.
        packages: The folder `site-packages` of the environment that it was frozen in.
        resources: The program's own resources, with the fonts.

    Raises:
        ValueError: A library comes from nowhere that is known.
    """
    real = {path.resolve() for path in sources}
    found = {part.name.lower(): part for part in _distributions(real, packages)}
    parts = [*found.values(), *_qt(found), _python(), *_fonts(resources)]
    rest = [path for path in real if not _is_known(path, packages, resources)]
    return sorted([*parts, *_system_packages(rest)], key=lambda part: part.name.lower())


def licence_of(distribution: Distribution) -> str:
    """The licence of a distribution, as an SPDX expression where that can be told."""
    metadata = distribution.metadata
    fields = ("License-Expression", "License")
    stated = next((metadata[field] for field in fields if field in metadata), "")
    stated = _CLASSIFIERS.get(stated, stated)
    if _EXPRESSION.fullmatch(stated):
        return stated
    for classifier in metadata.get_all("Classifier") or []:
        if classifier.startswith("License ::"):
            name = classifier.rpartition(" :: ")[2]
            if name in _CLASSIFIERS:
                return _CLASSIFIERS[name]
    return stated.partition("\n")[0] or "see the licence's text"


def _distributions(sources: set[Path], packages: Path) -> Iterator[Part]:
    root = packages.resolve()
    for distribution in distributions(path=[str(packages)]):
        name = distribution.metadata["Name"]
        files = {Path(os.path.normpath(root / str(file))) for file in distribution.files or []}
        # Of the freezer, what starts the program goes along, which is no file of its own.
        if not files.isdisjoint(sources) or name.lower() == "pyinstaller":
            yield Part(
                name=name,
                version=distribution.version,
                licence=licence_of(distribution),
                address=f"pkg:pypi/{_normal(name)}@{distribution.version}",
                texts=_texts(name, files) or _usual_text(licence_of(distribution)),
                needs=tuple(_needs(distribution)),
            )


def _texts(name: str, files: set[Path]) -> tuple[Path, ...]:
    if _normal(name) in _QT:
        return (LICENCES / "qt.txt", LICENCES / "LGPL-3.0.txt", LICENCES / "GPL-3.0.txt")
    wanted = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
    inside = (path for path in files if path.parent.name == "licenses" or ".dist-info" in path.parent.name)
    return tuple(sorted(path for path in inside if wanted.match(path.name)))


def _usual_text(licence: str) -> tuple[Path, ...]:
    """The usual text, for distributions whose makers left it out; none where it differs from work to work."""
    text = LICENCES / f"{licence}.txt"
    return (text,) if text.is_file() else ()


def _needs(distribution: Distribution) -> Iterator[str]:
    for requirement in distribution.requires or []:
        if "extra ==" not in requirement:
            yield _normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _qt(found: Mapping[str, Part]) -> Iterator[Part]:
    """Qt itself, which comes inside the distribution of its Python modules, in the same version."""
    for name, part in found.items():
        if _normal(name) == "pyside6-essentials":
            address = f"pkg:generic/qt@{part.version}"
            yield part._replace(name="Qt", licence="LGPL-3.0-only", address=address, needs=())


def _python() -> Part:
    library = Path(sysconfig.get_path("stdlib"))
    short = ".".join(map(str, sys.version_info[:2]))
    candidates = [
        library / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(f"/usr/share/doc/python{short}/copyright"),
        Path(f"/usr/share/doc/libpython{short}-minimal/copyright"),
    ]
    texts = tuple(path for path in candidates if path.is_file())[:1]
    return Part("Python", PYTHON_VERSION, "PSF-2.0", f"pkg:generic/cpython@{PYTHON_VERSION}", texts)


def _fonts(resources: Path) -> Iterator[Part]:
    for folder, name in _FONTS.items():
        text = resources / "fonts" / folder / "OFL.txt"
        yield Part(name, "", "OFL-1.1", f"pkg:generic/{folder}", (text,))


def _is_known(path: Path, packages: Path, resources: Path) -> bool:
    library = Path(sysconfig.get_path("stdlib")).resolve()
    homes = (packages.resolve(), resources.resolve().parent, library)
    return path.suffix == ".py" or any(path.is_relative_to(home) for home in homes)


def _system_packages(libraries: Sequence[Path]) -> Iterator[Part]:
    """The packages of this system that libraries come from; where Python's own lies is no package's."""
    packages: dict[str, None] = {}
    for library in libraries:
        name = package_of(library)
        if name:
            packages[name] = None
        elif sys.platform.startswith("linux") and not library.name.startswith("libpython"):
            raise ValueError(f"{library} belongs to no package, so that nothing is known of its licence.")
    for name in packages:
        asked = ["dpkg-query", "-W", "-f", "${Version} ${Architecture}", name]
        answer = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        version, _, machine = answer.partition(" ")
        plain = name.partition(":")[0]
        yield Part(
            name=plain,
            version=version,
            licence="see the licence's text",
            address=f"pkg:deb/debian/{plain}@{version}?arch={machine}",
            texts=(Path(f"/usr/share/doc/{plain}/copyright"),),
            is_of_system=True,
        )


def package_of(library: Path) -> str:
    """The Debian package that a file of this system belongs to, or an empty string."""
    # Packages name files in /lib as such, also where that is a link to /usr/lib.
    spellings = dict.fromkeys([str(library), str(library).removeprefix("/usr")])
    for spelling in spellings:
        asked = ["dpkg-query", "-S", spelling]
        try:
            answer = subprocess.run(
                asked, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
            )
        except FileNotFoundError:
            return ""
        if answer.returncode == 0:
            return answer.stdout.rpartition(": ")[0].partition(",")[0]
    return ""
