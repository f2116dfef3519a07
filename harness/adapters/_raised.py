"""Raised: an exception of somebody else's, as an error of ours."""

from __future__ import annotations

from harness.message.events import Error


def failure(raised: Exception) -> Error:
    """What was raised; its status is that of the HTTP answer behind it."""
    status = None
    cause: BaseException | None = raised
    while cause is not None and status is None:
        for owner in (cause, getattr(cause, "response", None)):
            for name in ("status_code", "status", "code"):
                found = getattr(owner, name, None)
                if isinstance(found, int) and 400 <= found < 600:
                    status = found
        if isinstance(getattr(cause, "response", None), dict):  # botocore's
            head = cause.response.get("ResponseMetadata", {})  # type: ignore[attr-defined]  # as was just seen
            status = status or head.get("HTTPStatusCode")
        cause = cause.__cause__ or cause.__context__
    kind = type(raised).__name__
    return Error(f"{kind}: {str(raised) or _where(raised)}", kind, status)


def _where(raised: Exception) -> str:
    """Where it was raised, of one that says nothing."""
    last = raised.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return "nothing said"
    code = last.tb_frame.f_code
    return f"in {code.co_qualname}, line {last.tb_lineno}"
