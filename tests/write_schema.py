"""Write ``harness/suite/spec.schema.json`` from the loader's own tables.

``python -m tests.write_schema``. A test fails while the file is not what this writes.
"""

from __future__ import annotations

import json
from pathlib import Path

from harness.shell.files import write_atomically
from harness.suite.shape import json_schema

PATH = Path(__file__).parent.parent / "harness" / "suite" / "spec.schema.json"


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_atomically(PATH, text().encode())
