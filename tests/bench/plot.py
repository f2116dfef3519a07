"""``python -m tests.bench.plot docs/store.svg``: what a turn costs by what went before."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import store

LENGTHS = [2, 250, 500, 1000, 1500, 2000, 3000, 4000]
ROUNDS = 51
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 60, 50, 30
SIDES = {
    "whole": ("#c2410c", "history sent whole: hashed, nothing written that is known"),
    "said": ("#1d4ed8", "where it goes on said"),
}


def main() -> None:
    """Measure, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        found = store.curve(Path(folder), LENGTHS, ROUNDS)
    print(json.dumps({"messages": LENGTHS, "seconds": found}))
    Path(sys.argv[1]).write_text("\n".join(drawn(found)) + "\n", "utf-8")


def drawn(found: dict[str, list[float]]) -> Iterator[str]:
    """The lines of an SVG image."""
    most = max(max(times) for times in found.values()) * 1.1
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
    )
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield _text(LEFT, 18, "milliseconds to log a turn (median)")
    yield _text(WIDTH - 170, HEIGHT - 12, "messages before it")
    for part in range(5):
        value = most * part / 4
        y = _y(value, most)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - 20}" stroke="#ddd"/>'
        yield _text(12, y + 4, f"{value * 1000:.1f}")
    for length in LENGTHS[::2] + LENGTHS[-1:]:
        yield _text(_x(length) - 12, HEIGHT - BOTTOM + 18, str(length))
    for number, (name, times) in enumerate(found.items()):
        colour, said = SIDES[name]
        at = " ".join(
            f"{_x(length):.1f},{_y(value, most):.1f}"
            for length, value in zip(LENGTHS, times, strict=True)
        )
        yield f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield _text(LEFT + 16, TOP + 18 + 16 * number, said, colour)
    yield "</svg>"


def _x(length: int) -> float:
    return LEFT + (WIDTH - LEFT - 20) * length / LENGTHS[-1]


def _y(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most


def _text(x: float, y: float, said: str, colour: str = "#333") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{said}</text>'


if __name__ == "__main__":
    main()
