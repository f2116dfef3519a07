"""TLS: an authority that is made up for one server, and thrown away with it."""

from __future__ import annotations

import ssl
from pathlib import Path

from harness.errors import UsageError
from harness.shell.files import write_atomically

NAMES = ("localhost", "127.0.0.1", "::1")


def thrown_away(authority: Path, *names: str) -> ssl.SSLContext:
    """What a server speaks TLS with; whoever trusts ``authority`` trusts it.

    Args:
        authority: where its certificate is written, in PEM; its key never is.
        names: of the host, beside those of this machine.

    Raises:
        UsageError: where the library that makes certificates is not installed.
    """
    try:
        import trustme  # for whom http will do need not have it
    except ImportError as error:
        how = "pip install 'llm-adapter-harness[serve]'"
        raise UsageError(f"--tls wants trustme: {how}") from error
    made = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = made.issue_cert(*dict.fromkeys((*NAMES, *names)))
    issued.configure_cert(context)
    authority.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(authority, made.cert_pem.bytes())
    return context
