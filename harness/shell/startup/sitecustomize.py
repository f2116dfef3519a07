"""Run by Python before a child's own code: puts the seam around it.

This folder holds nothing else, since whatever it holds can be imported there.
"""

import sys
from importlib import util
from pathlib import Path


def _begin() -> None:
    here = str(Path(__file__).parent)
    sys.path[:] = [folder for folder in sys.path if folder != here]
    _theirs()
    try:
        from harness.shell import child
    except ImportError as error:
        message = f"harness: this Python cannot be watched: {error}"
        print(message, file=sys.stderr)
        return
    try:
        child.begin()
    except Exception as error:
        child.complain(error)
        raise SystemExit(4) from None


def _theirs() -> None:
    """The sitecustomize that would have run without this one."""
    spec = util.find_spec("sitecustomize")
    if spec is None or spec.loader is None or spec.origin == __file__:
        return
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)


_begin()
