"""A project on disk: where it begins, what it has set, which suites it holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.cassette.redact import Rules
from harness.cassette.sheet.blobs import FOLD
from harness.cassette.tape import Tape
from harness.errors import CassetteError, Place, Problem, SpecError, UsageError
from harness.shell.files import SPEC_SUFFIX, find_specs, load_tape, read_bytes
from harness.suite.case import Case, Suite
from harness.suite.kind import nearest
from harness.suite.load import load
from harness.wire import cut

MOST_BYTES = 5 << 20
"""Bytes of a suite file: more than anybody writes by hand."""

SETTINGS = (
    "adapters",
    "baseline",
    "blobs",
    "cassettes",
    "chunks",
    "environments",
    "header-allow",
    "max-age",
    "redact",
    "specs",
)
"""The keys of ``[tool.harness]``."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with suites and cassettes, and what its ``[tool.harness]`` sets.

    ``adapters`` maps a name to what is set for it, ``use`` first: ``module:object``, or
    a kind that comes with the harness; ``cassettes`` is the folder where
    recordings are; ``rules`` say what is kept and masked in them beside the usual;
    ``max_age`` is how many days they are good for; ``fold`` how many letters of base64
    are written to a file of their own, or ``None``; ``baselines`` are the files of
    known failures by the name of the adapter, under an empty one that of all others.
    """

    root: Path
    specs: tuple[str, ...] = ("specs",)
    chunks: tuple[str, ...] = ()
    adapters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cassettes: str = "cassettes"
    rules: Rules = field(default_factory=Rules)
    max_age: int | None = None
    fold: int | None = FOLD
    baselines: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Path | None = None

    @property
    def home(self) -> Path:
        """The folder of the settings."""
        return self.settings or self.root


def find(start: Path) -> Project:
    """The project around a folder: the nearest one above with a ``pyproject.toml``.

    Raises:
        UsageError: for a setting that does not exist or cannot be read.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _configured(folder, file)
    return Project(start)


def shipped(here: Project | None = None) -> Project | None:
    """The suites that came with the package, if they did: under the settings of the
    project that one is in, if it is given.
    """
    package = Path(__file__).parent.parent
    checkout = package.parent
    root = package / "suites"
    if not root.is_dir() and (checkout / "pyproject.toml").is_file():
        root = checkout  # where they are before they are packed
    if not (root / "specs").is_dir():
        return None
    usual = Project(root)
    if here is None:
        return usual
    return replace(
        here,
        root=root,
        specs=usual.specs,
        cassettes=usual.cassettes,
        settings=here.home,
    )


def suites(
    project: Project,
    paths: Sequence[str],
    providers: Iterable[str],
    cwd: Path,
    others: Collection[str] = (),
) -> tuple[list[Suite], list[Problem]]:
    """The suites under some paths, and what is wrong with those that cannot be used.

    ``providers`` and ``others`` are as :func:`harness.suite.load.load` has them.

    Raises:
        UsageError: for a path that does not exist.
    """
    known = tuple(providers)
    found: list[Suite] = []
    problems: list[Problem] = []
    for path in paths:
        if path.endswith(SPEC_SUFFIX) and Path(path).is_dir():
            message = "is a folder, where a suite file was named"
            problems.append(Problem(Place(path), "H501", message))
    files = find_specs([Path(path) for path in paths])
    for file in files:
        name = shown(file, cwd)
        try:
            data = read_bytes(file, MOST_BYTES, name, SpecError)
            found.append(load(data, name, known, others))
        except SpecError as error:
            problems += error.problems
    return found, problems


def tape_of(project: Project, case: Case) -> Tape:
    """The recording of a case.

    Raises:
        CassetteError: placed in the suite file where there is no such recording.
    """
    assert case.cassette is not None
    try:
        return load_tape(project.root, case.cassette)
    except CassetteError as error:
        first = error.problems[0]
        if first.code not in ("H501", "H505") or case.cassette_at is None:
            raise
        message = f"no recording for {case.name}: {first.message}"
        at = case.cassette_at
        raise CassetteError(
            case.source.problem(at, first.code, message, first.hint)
        ) from error


def cassettes(project: Project, cases: Iterable[Case]) -> list[Problem]:
    """What is wrong with the recordings that cases name."""
    problems: list[Problem] = []
    for case in cases:
        if case.cassette is None:
            continue
        try:
            tape_of(project, case)
        except CassetteError as error:
            problems += [p for p in error.problems if p not in problems]
    return problems


def shown(file: Path, cwd: Path) -> str:
    """A file as a person in ``cwd`` would name it."""
    whole = file.resolve()
    inside_cwd = whole.is_relative_to(cwd)
    return (whole.relative_to(cwd) if inside_cwd else file).as_posix()


def _configured(folder: Path, file: Path) -> Project:
    try:
        text = file.read_text("utf-8")
        if "harness" not in text:
            return Project(folder)
        import tomllib  # only where there is something to read

        settings = tomllib.loads(text).get("tool", {})
    except (OSError, ValueError) as error:
        raise UsageError(f"{file.name}: cannot be read: {error}") from error
    ours = settings.get("harness", {}) if isinstance(settings, dict) else {}
    if not isinstance(ours, dict):
        raise UsageError(f"{file.name}: tool.harness is a table: [tool.harness]")
    for key in ours:
        if key not in SETTINGS:
            hint = nearest(key, SETTINGS) or f"known: {', '.join(SETTINGS)}"
            raise UsageError(f"{file.name}: unknown setting tool.harness.{key}: {hint}")
    adapters = ours.get("adapters", {})
    if not isinstance(adapters, dict):
        raise UsageError(f"{file.name}: tool.harness.adapters.NAME is a table")
    chunks = _texts(file, "chunks", ours.get("chunks", []))
    for name in chunks:
        if not cut.exists(name):
            hint = nearest(name, cut.CUTS) or f"one of {', '.join(cut.CUTS)}"
            raise UsageError(f"{file.name}: tool.harness.chunks: {name!r}: {hint}")
    return Project(
        folder,
        _texts(file, "specs", ours.get("specs", "specs")),
        chunks,
        {name: _use(file, name, value) for name, value in adapters.items()},
        _inside(file, "cassettes", ours.get("cassettes", "cassettes"), "folder"),
        Rules(
            _texts(file, "header-allow", ours.get("header-allow", [])),
            tuple(_masks(file, _texts(file, "redact", ours.get("redact", [])))),
        ),
        _days(file, ours.get("max-age")),
        FOLD if _flag(file, "blobs", ours.get("blobs", True)) else None,
        dict(_baselines(file, ours, adapters)),
        dict(_environments(file, ours.get("environments", {}))),
    )


def _environments(file: Path, value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not isinstance(value, dict):
        raise UsageError(f"{file.name}: tool.harness.environments is a table")
    for name, packages in value.items():
        yield name, _texts(file, f"environments.{name}", packages)


def _baselines(
    file: Path, ours: Mapping[str, Any], adapters: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The files of known failures, by adapter."""
    if "baseline" in ours:
        yield "", _inside(file, "baseline", ours["baseline"], "file")
    for name, settings in adapters.items():
        if isinstance(settings, dict) and "baseline" in settings:
            key = f"adapters.{name}.baseline"
            yield name, _inside(file, key, settings["baseline"], "file")


def _flag(file: Path, key: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError(f"{file.name}: tool.harness.{key} is true or false")


def _inside(file: Path, key: str, value: Any, what: str) -> str:
    if isinstance(value, str) and value:
        path = Path(value)
        if not path.is_absolute() and ".." not in path.parts:
            return value
    raise UsageError(f"{file.name}: tool.harness.{key} is a {what} of the project")


def _masks(file: Path, patterns: Iterable[str]) -> Iterator[re.Pattern[bytes]]:
    for pattern in patterns:
        try:
            yield re.compile(pattern.encode())
        except re.error as error:
            message = f"{file.name}: tool.harness.redact: {pattern!r}: {error}"
            raise UsageError(message) from error


def _days(file: Path, value: Any) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4})d", str(value))
    if match is None:
        message = f'{file.name}: tool.harness.max-age is in days, as "180d"'
        raise UsageError(message)
    return int(match[1])


def _texts(file: Path, key: str, value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
        return tuple(listed)
    raise UsageError(f"{file.name}: tool.harness.{key} is a list of texts")


def _use(file: Path, name: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict) and isinstance(value.get("use"), str):
        return value
    message = f"{file.name}: tool.harness.adapters.{name} needs use"
    raise UsageError(f"{message} = 'llm', or 'module:object'")
