"""The HTTP face: Snowflake's endpoints as the connector calls them, and `/journal`, `/faults` and `/ready` for tests.

A request that comes again with the same request id is a retry: it gets the first answer, and nothing is executed twice.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from typing import Any

import fakesnow.server as fakesnow
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .emulator import Emulator
from .faults import ANSWERS
from .journal import Entry
from .query import answered
from .session import Session

ANSWERS_KEPT = 1000


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    return json.loads(gzip.decompress(raw) if request.headers.get("content-encoding") == "gzip" else raw)


def _login(request: Request, body: dict[str, Any]) -> str:
    """A login in words, for refusals."""
    asked = request.query_params
    places = {"role": "roleName", "warehouse": "warehouse", "database": "databaseName"}
    return f"login {body.get('LOGIN_NAME')} " + " ".join(f"{name}={asked.get(key)}" for name, key in places.items())


class Dropped(Response):
    """No answer, or half of one, and then the connection is cut."""

    def __init__(self, part: bytes = b"") -> None:
        super().__init__()
        self.part = part

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.part:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.part) * 2).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.part, "more_body": True})
        # uvicorn's receive belongs to the cycle that holds the socket; ASGI itself knows no way to hang up.
        transport = receive.__self__.transport
        transport.close() if self.part else transport.abort()


class Server:
    """The endpoints over one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        fakesnow.shared_fs = emulator
        self._answers: dict[str, Any] = {}
        self._lost: set[str] = set()
        self._in_work: dict[str, threading.Lock] = {}

    async def login(self, request: Request) -> Response:
        body = (await _body(request))["data"]
        if refused := self.emulator.refusals.of(_login(request, body)):
            return JSONResponse(refused)
        response = await fakesnow.login_request(request)
        answer = json.loads(bytes(response.body))
        session = fakesnow.sessions[answer["data"]["token"]]
        assert isinstance(session, Session)
        session.user = str(body.get("LOGIN_NAME", "NOBODY")).upper()
        session.role = (request.query_params.get("roleName") or "PUBLIC").upper()
        session.warehouse = (request.query_params.get("warehouse") or "").upper() or None
        parameters = {key.upper(): value for key, value in body.get("SESSION_PARAMETERS", {}).items()}
        session.parameters |= {key: value for key, value in parameters.items() if key in session.parameters}
        session.transaction.autocommit = bool(parameters.get("AUTOCOMMIT", True))
        session._autocommit = True
        answer["data"]["sessionId"] = session.number
        answer["data"]["masterToken"] = answer["data"]["token"]
        answer["data"]["sessionInfo"] |= {"roleName": session.role, "warehouseName": session.warehouse}
        return JSONResponse(answer)

    async def session(self, request: Request) -> Response:
        token = fakesnow.to_token(request)
        ended = fakesnow.sessions.get(token) if request.query_params.get("delete") else None
        response = await fakesnow.session(request)
        if ended:
            await run_in_threadpool(ended.close)
        return response

    async def refusals(self, request: Request) -> Response:
        """POST {"match", "code", "state", "message"}; DELETE forgets them."""
        if request.method == "DELETE":
            self.emulator.refusals.clear()
        else:
            self.emulator.refusals.add(**await _body(request))
        return Response(status_code=204)

    async def query(self, request: Request) -> Response:
        try:
            session = fakesnow.to_conn(fakesnow.to_token(request))
        except fakesnow.ServerError as error:
            return JSONResponse({"data": None, "code": error.code, "message": error.message, "success": False})
        body = await _body(request)
        if refused := self.emulator.refusals.of(body["sqlText"]):
            return JSONResponse(refused)
        request_id = request.query_params.get("requestId", "")
        return await run_in_threadpool(self._answer, request, session, body, request_id)

    def _answer(self, request: Request, session: Session, body: dict[str, Any], request_id: str) -> Response:
        with self._in_work.setdefault(request_id, threading.Lock()):
            if request_id in self._lost:
                return Dropped()
            if request_id in self._answers:
                return JSONResponse(self._answers[request_id])
            return self._first_answer(request, session, body, request_id)

    def _first_answer(self, request: Request, session: Session, body: dict[str, Any], request_id: str) -> Response:
        fault = self.emulator.faults.next_for(body["sqlText"])
        entry = Entry(
            session.number,
            session.user,
            session.role or "",
            session.warehouse or "",
            str(session.parameters["QUERY_TAG"]),
            body["sqlText"],
        )
        entry.fault = fault
        if fault in ANSWERS:
            code, state, message = ANSWERS[fault]
            answer = {
                "data": {"errorCode": code, "sqlState": state},
                "code": code,
                "message": message,
                "success": False,
            }
        else:
            answer, cursor = answered(session, body)
            if "stageInfo" in (answer["data"] or {}) and not body.get("bindings"):
                answer["data"]["stageInfo"] = fakesnow.gcs_stage_info(request, cursor._last_transformed, answer["data"])
            entry.outcome = "accepted" if cursor and cursor.accepted else "executed"
        if not answer["success"]:
            entry.outcome = f"failed: {answer['code']}"
        self.emulator.journal.add(entry)
        return self._sent(answer, fault, request_id)

    def _sent(self, answer: dict[str, Any], fault: str | None, request_id: str) -> Response:
        self._in_work.pop(request_id, None)
        if fault == "drop":
            self._lost.add(request_id)
            return Dropped()
        self._answers[request_id] = answer
        while len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        if fault == "truncate":
            return Dropped(json.dumps(answer).encode()[:-1])
        return JSONResponse(answer)

    async def journal(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.emulator.journal.clear()
            return Response(status_code=204)
        return JSONResponse(self.emulator.journal.as_json())

    async def faults(self, request: Request) -> Response:
        """POST {"match": regular expression, "fault": kind}; DELETE forgets those that still wait."""
        if request.method == "DELETE":
            self.emulator.faults.clear()
            return Response(status_code=204)
        body = await _body(request)
        try:
            self.emulator.faults.add(body["match"], body["fault"])
        except (KeyError, ValueError, re.error) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)


def application(emulator: Emulator) -> Starlette:
    """The server as an ASGI application."""
    server = Server(emulator)
    return Starlette(
        routes=[
            Route("/session/v1/login-request", server.login, methods=["POST"]),
            Route("/session", server.session, methods=["POST"]),
            Route("/session/heartbeat", server.session, methods=["POST"]),
            Route("/refusals", server.refusals, methods=["POST", "DELETE"]),
            Route("/queries/v1/query-request", server.query, methods=["POST"]),
            Route("/queries/v1/abort-request", lambda _: JSONResponse({"success": True}), methods=["POST"]),
            Route("/fs_bucket/{path:path}", fakesnow.bucket_upload, methods=["PUT"]),
            Route("/monitoring/queries/{sfqid}", fakesnow.monitoring_query, methods=["GET"]),
            Route("/journal", server.journal, methods=["GET", "DELETE"]),
            Route("/faults", server.faults, methods=["POST", "DELETE"]),
            Route("/ready", lambda _: Response(status_code=204), methods=["GET"]),
        ]
    )
