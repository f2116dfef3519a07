"""``python -m tests.corpus [DIR]``: replay a folder, print the table, judge."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.corpus.replay import replay
from tests.corpus.report import absent, report

DEFAULT = Path("../shared/corpus")
"""Where the corpus is from the project's root."""

SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it.

    Returns:
        The exit code: 0 only if something was tried and all of it held.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("folder", metavar="DIR", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help="time for all of it (default %(default)s); cuts in two get what is left",
    )
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        print(absent(chosen.folder))
        return 1
    done = replay(chosen.folder, chosen.seconds)
    for line in report(done):
        print(line)
    return 0 if done.holds else 1


if __name__ == "__main__":
    sys.exit(main())
