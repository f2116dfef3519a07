"""The report on a replay: a table, what is explained, and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.corpus.replay import Replay
from tests.corpus.trials import Trial

HEADINGS = (
    "surface",
    "exchanges",
    "tried",
    "decoded",
    "cut-invariant",
    "unknown",
    "re-synth. stream",
    "re-synth. whole",
    "request again",
    "SDK agrees",
    "once mended",
    "not asked",
)
"""``once mended``: the SDK agrees after what trips it was mended, for the reasons
listed. ``a/b``: of ``b`` that could be tried, ``a`` held."""

OTHER_WIRE = "not one of these wires, or another endpoint"


def absent(folder: Path) -> str:
    """What to say where there is no folder."""
    return f"The corpus is absent: there is no folder {folder}. Nothing was tried."


def report(done: Replay) -> Iterator[str]:
    """The lines of the report."""
    yield from _table(done)
    yield ""
    yield from _explained(done)
    yield from _forgiven(done)
    problems = done.problems
    if problems:
        yield "Unexplained:"
        yield from (f"  {problem}" for problem in problems)
        yield ""
    yield from _summary(done, len(problems))


def _table(done: Replay) -> Iterator[str]:
    by_surface: dict[str, list[Trial]] = {}
    for trial in done.trials:
        by_surface.setdefault(trial.recording.surface, []).append(trial)
    rows = [
        _row(surface, trials, done.others[surface])
        for surface, trials in sorted(by_surface.items())
    ]
    rows.append(_row("all of these", done.trials, 0))
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    yield _line(HEADINGS, widths)
    yield _line(["-" * width for width in widths], widths)
    yield from (_line(row, widths) for row in rows)
    for surface in sorted(done.others.keys() - by_surface.keys()):
        count = str(done.others[surface])
        yield _line([surface, count, "0"], widths) + f"  {OTHER_WIRE}"


def _row(surface: str, trials: Sequence[Trial], others: int) -> list[str]:
    tried = [t for t in trials if t.recording.body.strip()]
    agreements = [t.agreement for t in tried if t.agreement is not None]
    agreed = [a for a in agreements if not a.differences]
    plainly = sum(not a.reasons for a in agreed)
    return [
        surface,
        str(len(trials) + others),
        str(len(tried)),
        str(sum(t.decoded for t in tried)),
        _share(t.cut_invariant for t in tried),
        str(sum(t.unknown for t in tried)),
        _share(t.spoken.get("stream") for t in tried),
        _share(t.spoken.get("whole") for t in tried),
        _share(t.asked for t in trials),
        str(plainly),
        str(len(agreed) - plainly),
        str(len(trials) - len(agreements)),
    ]


def _share(held: Iterable[bool | None]) -> str:
    known = [value for value in held if value is not None]
    return f"{sum(known)}/{len(known)}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (c.ljust(w) for c, w in zip(cells, widths, strict=False))
    aligned = (cell.strip().rjust(len(cell)) for cell in rest)
    return "  ".join([first, *aligned])


def _explained(done: Replay) -> Iterator[str]:
    """Why what looks like a gap is none, reason by reason, with every name."""
    reasons: dict[str, list[str]] = {}
    for trial in done.trials:
        sdk = trial.agreement.reasons if trial.agreement else ()
        said = (f"{trial.provider.name}: {reason}" for reason in sdk)
        for reason in dict.fromkeys((*trial.explained, *said)):
            reasons.setdefault(reason, []).append(trial.recording.path)
    for reason, path in done.unspoken:
        reasons.setdefault(reason, []).append(path)
    for flaw in done.flaws:
        if flaw.excused:
            reasons.setdefault(flaw.what, []).append(flaw.path)
    if reasons:
        yield "Explained:"
    for reason, paths in sorted(reasons.items()):
        yield f"  {reason} ({len(paths)})"
        yield from (f"    {path}" for path in paths)
    if reasons:
        yield ""


def _forgiven(done: Replay) -> Iterator[str]:
    """By which rules requests are the same, and how many needed each."""
    used = Counter(rule for trial in done.trials for rule in trial.forgiven)
    if used:
        yield "Requests are the same, although:"
        yield from (f"  {rule} ({count})" for rule, count in sorted(used.items()))
        yield ""


def _summary(done: Replay, problems: int) -> Iterator[str]:
    exchanges = len(done.trials) + done.others.total()
    whole, bodies = done.bodies
    tried, places = done.places
    yield (
        f"Cut in two at {tried} of {places} places: "
        f"at every place of {whole} bodies, at some of {bodies - whole}."
    )
    verdict = f"{problems} unexplained" if problems else "nothing unexplained"
    if not done.tried:
        verdict = "that is not a pass"
    yield (
        f"Tried {done.tried} of {exchanges} exchanges in {done.folder} "
        f"in {done.seconds:.0f} s: {verdict}."
    )
