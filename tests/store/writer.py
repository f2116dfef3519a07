"""A process that logs turns as fast as it can, and says which ones are on the disk."""

from __future__ import annotations

import sys

from harness import Message, Store, assistant, user


def main() -> None:
    """Log ``count`` turns of a conversation that begins as everybody's does."""
    where, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    said: list[Message] = [user("shared"), assistant("by all"), user(name)]
    with Store(where, timeout=60) as store:
        for number in range(count):
            answer = assistant(f"{name} {number}")
            turn = store.record(said, answer, model="m", id=f"{name}-{number}")
            print(turn.id, turn.tip, flush=True)
            said += [answer, user(f"and {number}?")]


if __name__ == "__main__":
    main()
