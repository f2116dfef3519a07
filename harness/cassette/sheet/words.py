"""Words: the text of a cassette, in whichever of three notations it is written.

YAML is ours, vcrpy's and cassetter's; JSON is vcrpy's other serializer, TOML is
cassetter's.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from harness.cassette import _yaml
from harness.cassette._flaw import AGAIN, Flaw
from harness.cassette.sheet import jsontext
from harness.errors import Place, Problem


def decoded(data: bytes) -> str:
    """The file's text, without its byte order mark.

    Raises:
        Flaw: where it is not UTF-8, or nothing is there.
    """
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        at = len(data[: error.start].decode())
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: this is no text file"
        raise Flaw(at, "H506", message, AGAIN) from error
    if not text.strip("\ufeff \t\r\n"):
        raise Flaw(0, "H502", "the file is empty", AGAIN)
    return text


def read(text: str, path: str) -> Any:
    """What is written: mappings with text keys, lists, text, numbers, bytes.

    Raises:
        Flaw: for what cannot be read.
    """
    if path.endswith(".toml"):
        return _toml(text)
    if not _looks_like_json(text):
        return _yaml.read(text)
    try:
        return jsontext.read(text)
    except Flaw as flaw:
        if path.endswith(".json") or flaw.code == "H503":
            raise
        return _yaml.read(text)  # which may begin so too


def problem(flaw: Flaw, text: str, path: str) -> Problem:
    """The flaw with its file, line and column, and the line itself."""
    if isinstance(flaw.at, int) or not _is_json(text):
        if path.endswith(".toml") and not isinstance(flaw.at, int):
            return Problem(Place(path), flaw.code, flaw.message, flaw.hint)
        return _yaml.problem(flaw, text, path)
    at = jsontext.index(text, flaw.at)
    placed = Flaw(at, flaw.code, flaw.message, flaw.hint)
    return _yaml.problem(placed, text, path)


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = TOLD.match(str(error))
        at = _place(text, int(said["line"]), int(said["column"])) if said else len(text)
        why = said["why"] if said else error
        raise Flaw(at, "H502", f"not TOML: {why}", AGAIN) from error
    except RecursionError as error:
        raise Flaw(0, "H507", "nested too deep") from error


def _place(text: str, line: int, column: int) -> int:
    return sum(map(len, text.splitlines(keepends=True)[: line - 1])) + column - 1


def _looks_like_json(text: str) -> bool:
    return text.lstrip(" \t\r\n")[:1] in ("{", "[")


def _is_json(text: str) -> bool:
    if not _looks_like_json(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


TOLD = re.compile(
    r"(?P<why>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.S
)
"""What is wrong with some TOML, and where, as Python says it; else it is the end."""
