"""The service: Strawberry on Starlette, by the GraphQL-over-HTTP convention.

    POST /graphql          application/json; a document that cannot be run is 400 for clients that
                           accept application/graphql-response+json, 200 for older ones
    GET  /healthz/live     the process answers
    GET  /healthz/ready    the database answers, its constraints are there; the last night's day

No queries over GET, no batches, no page of GraphiQL. There is no sign-in yet: whoever asks is an
administrator, so only this machine is answered (its own address, its own name: no foreign page can
lead a browser here).
"""

import ipaddress
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, cast

import anyio
import anyio.to_thread
import graphql
import msgspec
import strawberry
import structlog
from cross_web import HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

import analytics.warm
import graph.connection
import graph.migrations
import graph.runs
import graph.settings
import graph.voice
from graph.connection import Database
from graph.errors import PlumblineError
from graph.settings import Settings
from schema.context import Context, Viewer, language
from schema.errors import public
from schema.limits import CheckedDocuments
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.scope import Scope

RETRY_S = 5.0
READY_S = 2.0
BODY_BYTES_MAX = 1_000_000
JSON, RESPONSE_JSON = "application/json", "application/graphql-response+json"
UNSIGNED = (
    "there is no sign-in yet: whoever reaches the API is an administrator, so it answers this"
    " machine only"
)

Connected = Callable[[], AbstractContextManager[tuple[Settings, Database]]]


class Schema(strawberry.Schema):
    """The schema, with every error masked on its way out."""

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute one operation; its errors are what a client may see."""
        result = await super().execute(*args, **kwargs)
        if result.errors:
            request_id = getattr(kwargs.get("context_value"), "request_id", "")
            result.errors = [public(error, request_id) for error in result.errors]
        return result

    def process_errors(
        self, errors: list[Any], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: `public` logs what is unexpected, once, with its correlation id."""


api = Schema(
    query=Query,
    mutation=Mutation,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[CheckedDocuments],
)


def sdl() -> str:
    """The schema as text, sorted. (A schema that is sorted itself cannot execute its unions.)"""
    return graphql.print_schema(graphql.lexicographic_sort_schema(api._schema)) + "\n"


class Service(GraphQL[Context, None]):
    """One GraphQL endpoint; who asks and what he may see is decided in `get_context`."""

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The context of one request."""
        settings: Settings = request.app.state.settings
        context = Context(
            db=request.app.state.db,
            settings=settings,
            viewer=Viewer.unsigned(),
            scope=Scope.everything(),
            lang=language(request.headers, settings.lang),
            now_ms=time.time_ns() // 1_000_000,
        )
        if isinstance(response, Response):
            response.headers["x-request-id"] = context.request_id
        return context

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """The headers of the answer: its media type as negotiated."""
        media = negotiated(request.headers.get("accept", ""))
        response = Response(headers={"content-type": f"{media}; charset=utf-8"})
        del response.headers["content-length"]
        return response

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer one request; what is no GraphQL request gets a status and a sentence."""
        refused = refusal(request)
        if refused is not None:
            return refused
        try:
            return await super().run(request, *args, **kwargs)
        except HTTPException as problem:
            return _refused(problem.status_code, problem.reason)

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """Leave `data` out where the document never ran."""
        response = await super().process_result(request, result)
        if response.get("data") is None and all(
            error.path is None for error in result.errors or []
        ):
            response.pop("data", None)
        return response

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        """The answer in the negotiated media type, 400 where that one says so."""
        modern = sub_response.headers["content-type"].startswith(RESPONSE_JSON)
        status = 400 if modern and "data" not in cast(dict[str, Any], response_data) else 200
        return Response(
            self.encode_json(response_data), status_code=status, headers=dict(sub_response.headers)
        )

    def decode_json(self, data: str | bytes) -> object:
        """The JSON of a request: strict, so that no text reaches the store that it cannot hold."""
        try:
            return msgspec.json.decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise HTTPException(400, "the body is not JSON in UTF-8") from None

    def encode_json(self, data: object) -> bytes:
        """The JSON of an answer."""
        return msgspec.json.encode(data)


def negotiated(accept: str) -> str | None:
    """The media type that suits an Accept header; None where neither of ours does."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if RESPONSE_JSON in wanted:
        return RESPONSE_JSON
    if not wanted or {JSON, "application/*", "*/*"} & set(wanted):
        return JSON
    return None


def refusal(request: Request) -> Response | None:
    """Why a request is not even looked at; None where it is."""
    if not on_this_machine(request):
        return _refused(403, "this service answers its own machine only")
    if negotiated(request.headers.get("accept", "")) is None:
        return _refused(406, f"accept {RESPONSE_JSON} or {JSON}")
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != JSON:
        return _refused(415, f"send {JSON}")
    charset = parameters.strip().lower().replace('"', "")
    if charset.startswith("charset=") and charset not in ("charset=utf-8", "charset=utf8"):
        return _refused(415, "send UTF-8")
    return None


def on_this_machine(request: Request) -> bool:
    """Whether the caller is this machine and calls it by a name or address of its own."""
    client = request.client.host if request.client else ""
    return is_loopback(client) and is_loopback(request.url.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a name or address never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(status: int, sentence: str) -> Response:
    error = {"message": sentence, "extensions": {"code": "BAD_REQUEST"}}
    return JSONResponse({"errors": [error]}, status_code=status)


async def live(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """503 until the database answers in time and has its constraints."""
    found: dict[str, Any] = {"database": False, "missing": None, "dataAsOf": None}
    with anyio.move_on_after(READY_S):
        try:
            found |= await anyio.to_thread.run_sync(
                _state, request.app.state.db, abandon_on_cancel=True
            )
        except PlumblineError as problem:
            structlog.get_logger("schema").warning("not ready", why=str(problem))
    fine = found["database"] and not found["missing"]
    return JSONResponse(
        {"status": "ready" if fine else "not ready", **found}, status_code=200 if fine else 503
    )


def _state(db: Database) -> dict[str, Any]:
    missing = graph.migrations.absent(db)
    last = graph.runs.last_finished(db)
    return {"database": True, "missing": missing, "dataAsOf": last["as_of"] if last else None}


def make(connected: Connected) -> Starlette:
    """The service over what `connected` gives while it runs."""

    @asynccontextmanager
    async def lifespan(running: Starlette) -> AsyncIterator[None]:
        _log_as_json()
        # Blocks on purpose: nothing is served before the database is there, and the embedded one
        # is started and stopped in the main thread, where signals are handled.
        with connected() as (running.state.settings, running.state.db):
            graph.voice.say(UNSIGNED)
            threading.Thread(target=analytics.warm.kernels, name="warm", daemon=True).start()
            yield

    service = Service(api, graphql_ide=None, allow_queries_via_get=False, subscription_protocols=())
    return Starlette(
        routes=[
            Route("/graphql", service, methods=["POST"]),
            Route("/healthz/live", live),
            Route("/healthz/ready", ready),
        ],
        lifespan=lifespan,
        max_body_size=BODY_BYTES_MAX,
    )


@contextmanager
def _from_settings() -> Iterator[tuple[Settings, Database]]:
    """Settings of the environment and their database; for `uvicorn schema.app:app`."""
    settings = graph.settings.read()
    with graph.connection.connect(settings, retry_s=RETRY_S) as db:
        yield settings, db


def _log_as_json() -> None:
    """One JSON object a line; tracebacks without the values of variables: they are people's."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


app = make(_from_settings)
