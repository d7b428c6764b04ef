"""The named errors of the SPARQL service: one class for each machine code."""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BusyError",
    "CrashedError",
    "DeadlineError",
    "EvaluationError",
    "LibraryError",
    "MalformedRequestError",
    "MatchesError",
    "MemoryLimitError",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "QuerySyntaxError",
    "QueryTooLongError",
    "QueueFullError",
    "RemoteEngineError",
    "ResultTooLargeError",
    "ServiceRefusedError",
    "SparqlError",
    "TooDeepError",
    "TooManyOperatorsError",
    "TooManyPatternsError",
    "UnavailableError",
    "UnsupportedMediaTypeError",
    "UpdateRefusedError",
]


class SparqlError(Exception):
    """Base of every error that a client of the service can meet.

    `status` is the HTTP status, `code` a stable machine code, `detail` one English sentence,
    `italian` the same where the code alone does not say it.
    `limit` is the limit that was passed, `retry_after` whole seconds, `line` and `column`
    count from 1 in the query text. The pool sets `queued_ms` and `evaluated_ms`, the milliseconds
    that a query waited and ran before it failed; they are None for one that did not run.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(
        self,
        detail: str,
        *,
        limit: int | float | None = None,
        retry_after: int | None = None,
        line: int | None = None,
        column: int | None = None,
        italian: str = "",
    ) -> None:
        super().__init__(detail)
        self.italian = italian
        self.detail = detail
        self.limit = limit
        self.retry_after = retry_after
        self.line = line
        self.column = column
        self.queued_ms: float | None = None
        self.evaluated_ms: float | None = None


class MalformedRequestError(SparqlError):
    """The request does not follow the SPARQL 1.1 Protocol."""

    status = 400
    code = "malformed"


class MatchesError(SparqlError):
    """The predicate that searches is used in a way that cannot be answered."""

    status = 400
    code = "matches"


class MethodNotAllowedError(SparqlError):
    """Only GET, HEAD and POST carry queries."""

    status = 405
    code = "method-not-allowed"


class NotAcceptableError(SparqlError):
    """No format of this query form fits the Accept header."""

    status = 406
    code = "not-acceptable"


class UnsupportedMediaTypeError(SparqlError):
    """The body of the request has a media type or charset that is not read here."""

    status = 415
    code = "unsupported-media-type"


class QuerySyntaxError(SparqlError):
    """The query is not SPARQL 1.1, or only readable in two ways."""

    status = 400
    code = "syntax"


class ServiceRefusedError(SparqlError):
    """Federation is not offered: the service never sends a request."""

    status = 403
    code = "service-refused"


class UpdateRefusedError(SparqlError):
    """The public service is read only."""

    status = 403
    code = "update-refused"


class QueryTooLongError(SparqlError):
    """The query text passes `Limits.query_bytes`."""

    status = 413
    code = "query-too-long"


class TooDeepError(SparqlError):
    """Brackets are nested deeper than `Limits.nesting_depth`."""

    status = 400
    code = "too-deep"


class TooManyPatternsError(SparqlError):
    """The query has more parts to plan than `Limits.patterns`."""

    status = 400
    code = "too-many-patterns"


class TooManyOperatorsError(SparqlError):
    """The query has more operators than `Limits.operators`."""

    status = 400
    code = "too-many-operators"


class EvaluationError(SparqlError):
    """The engine read the query but could not evaluate it."""

    status = 400
    code = "evaluation"


class DeadlineError(SparqlError):
    """Evaluation took longer than `Limits.deadline_seconds` and was stopped."""

    status = 504
    code = "deadline"


class ResultTooLargeError(SparqlError):
    """The answer would pass `Limits.result_bytes`."""

    status = 422
    code = "result-too-large"


class MemoryLimitError(SparqlError):
    """Evaluation needed more than `Limits.memory_bytes`."""

    status = 422
    code = "memory"


class BusyError(SparqlError):
    """This client already has `Limits.running_per_client` queries under way."""

    status = 429
    code = "busy"


class QueueFullError(SparqlError):
    """Too many queries wait, or this one waited longer than `Limits.queue_seconds`."""

    status = 503
    code = "queue-full"


class UnavailableError(SparqlError):
    """The pool is closed, or cannot start its processes."""

    status = 503
    code = "unavailable"


class RemoteEngineError(SparqlError):
    """The engine elsewhere answered with something that is no answer."""

    status = 502
    code = "remote-engine"


class CrashedError(SparqlError):
    """The process that evaluated the query died; the next query gets a new one."""

    status = 500
    code = "crashed"


class LibraryError(Exception):
    """A named query is missing, malformed or called with wrong values.

    It is a fault of the installation, never of a client.
    """
