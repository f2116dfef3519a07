"""The pytest plugin: every case is a test item.

pytest loads this in every session of whoever has it installed, so it imports nothing
but pytest: the rest comes with the first ``*.spec.yaml``, or the first fixture.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.pytest_plugin.fixtures import (
    harness_case,
    harness_mock,
    harness_replay,
    harness_serve,
    harness_server,
    harness_snapshot,
)

__all__ = [
    "harness_case",
    "harness_mock",
    "harness_replay",
    "harness_serve",
    "harness_server",
    "harness_snapshot",
]

SUFFIX = ".spec.yaml"

RECORD = ("none", "missing", "all")

OPTIONS: dict[str, dict[str, Any]] = {
    "--harness-adapter": {
        "metavar": "NAME",
        "help": "The adapter to test: a name, or module:object.",
    },
    "--harness-provider": {
        "metavar": "NAME",
        "action": "append",
        "help": "Only cases of this provider. Repeatable.",
    },
    "--harness-check": {
        "metavar": "ID",
        "action": "append",
        "help": "Only this check. Repeatable.",
    },
    "--harness-baseline": {
        "metavar": "FILE",
        "help": "What is known to fail, and why.",
    },
    "--harness-chunks": {
        "metavar": "LIST",
        "help": "Cuts to try, with commas: event,byte.",
    },
    "--harness-update": {
        "action": "store_true",
        "help": "Accept the events that come as the snapshots of cases.",
    },
    "--harness-record": {
        "choices": RECORD,
        "default": "none",
        "help": "Record over the network: no case, those without a recording, all.",
    },
    "--harness-shipped": {
        "action": "store_true",
        "help": "The suites that came with the harness, too.",
    },
    "--no-harness": {
        "action": "store_true",
        "help": f"Leave *{SUFFIX} files alone.",
    },
}

MARKERS = {
    "harness": "a case of a suite, one of its combinations",
    "requires_CAPABILITY": "a case that requires it, such as requires_tools",
    "provider_NAME": "a case of that provider, with _ for -: provider_openai_chat",
}

CAPABILITIES = (
    "async attachments conversation messages parallel_tool_calls reasoning retries "
    "schema server_side_tools streaming tools usage"
)

PROVIDERS = (
    "anthropic azure bedrock bedrock-invoke cohere deepseek deepseek-responses gemini "
    "gemini-interactions groq huggingface llama-cpp llama-cpp-responses mistral ollama "
    "ollama-openai openai-chat openai-responses openrouter openrouter-responses "
    "snowflake tgi together vllm xai xai-responses zai"
)
"""Their names, without what else is known of them, which would have to be imported."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, each with ``harness`` in its name."""
    group = parser.getgroup("harness", "LLM adapter harness")
    for name, said in OPTIONS.items():
        group.addoption(name, **said)


def pytest_configure(config: pytest.Config) -> None:
    """Register markers; refuse options that cannot be meant."""
    for name, meaning in _markers():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    if config.getoption("harness_record") != "none":
        _may_record(config)
    if config.getoption("harness_shipped"):
        from harness.pytest_plugin.bench import add_shipped

        add_shipped(config)
    asked = ("adapter", "provider", "check", "chunks")
    if any(config.getoption(f"harness_{name}") for name in asked):
        from harness.pytest_plugin.bench import checked

        checked(config)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collect what came with the package, though it is in a virtual environment."""
    if not config.getoption("harness_shipped"):
        return None
    from harness.pytest_plugin.bench import ignored

    return ignored(collection_path)


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """A suite file, if it is one of ours: other tools may end theirs so, too."""
    if not file_path.name.endswith(SUFFIX) or parent.config.getoption("no_harness"):
        return None
    from harness.pytest_plugin.items import SuiteFile, is_ours

    if not is_ours(file_path):
        return None
    found: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep one item of a name: older pytests collect what is named twice, twice."""
    seen: set[str] = set()
    kept: list[pytest.Item] = []
    for item in items:
        if item.nodeid not in seen:
            kept.append(item)
        if SUFFIX in item.nodeid:
            seen.add(item.nodeid)
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say that a case failed, or was skipped, where it is written."""
    report = yield
    if item.get_closest_marker("harness"):
        from harness.pytest_plugin.items import CaseItem, placed

        if isinstance(item, CaseItem):
            placed(report, item)
    return report


def pytest_report_collectionfinish(
    config: pytest.Config, items: Sequence[pytest.Item]
) -> list[str]:
    """Which adapter is tested, where there is something to test it with."""
    quiet = config.getoption("verbose") < 0
    if quiet or not any(item.get_closest_marker("harness") for item in items):
        return []
    from harness.pytest_plugin.bench import bench

    found = bench(config)
    left_out = [f"left out: {found.left_out} cases of wires it does not speak"]
    told = [*found.described(), *(left_out if found.left_out else ())]
    return [f"harness: {line}" for line in told]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """How much was checked, and which snapshots nobody wants any more."""
    reports = (report for found in terminalreporter.stats.values() for report in found)
    by_item = {
        report.nodeid: dict(report.user_properties)
        for report in reports
        if getattr(report, "when", None) == "teardown"
    }
    told = [properties for properties in by_item.values() if "replays" in properties]
    if not told:
        return
    checks, replays = (sum(p[name] for p in told) for name in ("checks", "replays"))
    adapters = ", ".join(sorted({p["adapter"] for p in told}))
    line = f"harness: {checks} checks, {replays} replays through {adapters}"
    terminalreporter.write_line(line)
    for orphan in config.stash.get(ORPHANS, ()):
        terminalreporter.write_line(f"harness: no case has the snapshot {orphan}")


ORPHANS = pytest.StashKey[list[str]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look for snapshots that nobody wants any more, where cases were collected."""
    if not any(
        item.get_closest_marker("harness") for item in getattr(session, "items", ())
    ):
        return
    from harness.pytest_plugin.bench import bench

    found = [*bench(session.config).orphans()]
    session.config.stash[ORPHANS] = found
    if hasattr(session.config, "workeroutput"):  # pytest-xdist's
        session.config.workeroutput["harness_orphans"] = found


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from a worker of pytest-xdist what it found."""
    found = getattr(node, "workeroutput", {}).get("harness_orphans", [])
    node.config.stash[ORPHANS] = sorted({*node.config.stash.get(ORPHANS, ()), *found})


def _markers() -> Iterator[tuple[str, str]]:
    yield from MARKERS.items()
    for name in CAPABILITIES.split():
        yield f"requires_{name}", f"a case that requires {name}"
    for name in PROVIDERS.split():
        yield f"provider_{name.replace('-', '_')}", f"a case of {name}"


def _may_record(config: pytest.Config) -> None:
    if os.environ.get("CI"):
        message = "nothing is recorded where CI is set: record, and commit, elsewhere"
        raise pytest.UsageError(f"--harness-record: {message}")
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        message = "one process records: add -n 0"
        raise pytest.UsageError(f"--harness-record: {message}")
