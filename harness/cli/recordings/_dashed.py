"""Dashed: a command that takes another command after ``--``."""

from __future__ import annotations

import click


class Dashed(click.Command):
    """Keeps what stands after ``--`` apart, as ``ctx.meta["program"]``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What stands before it is parsed as ever."""
        if "--" in args:
            at = args.index("--")
            args, ctx.meta["program"] = args[:at], args[at + 1 :]
        return super().parse_args(ctx, args)
