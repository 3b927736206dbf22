"""The one NinjaAPI object: what every operation of the API shares."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

from arrears.api import problems
from arrears.api.answers.problem import Problem
from arrears.api.bodies import StrictParser
from arrears.api.docs import DocsPage
from arrears.api.door import refuse_unknown_query
from arrears.api.v1 import ROUTERS

VERSION: Final = "1"
DESCRIPTION: Final = """\
For the lender's own systems: push persons, loans with their schedules, and payments; recall a
loan; read cases, loans, tapes and runs. For diallers and agencies' tools: ask before a
contact, tell afterwards.

Every call bears a client's token: `Authorization: Bearer arr_…`. Amounts are whole numbers of
minor units beside an ISO 4217 code, days are `2026-07-01`, instants are UTC. Every refusal is an
`application/problem+json` document (RFC 9457) that says what was expected, what was found and
what to do. A command needs an `Idempotency-Key`: sent again under the same key it has no second
effect, and is answered with its first result and `Idempotent-Replayed: true`.
"""

# What each kind of operation can be refused with, beside its own answer.
_EVERY: Final = (401, 403, 422, 500, 503)
_COMMAND: Final = (400, 409, 413, 415)


class Api(NinjaAPI):
    """Ninja's API object, with problem documents in its schema."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the operation's function, which is unique."""
        return operation.view_func.__name__

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The OpenAPI 3.1 document, every refusal included."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        problem = Problem.model_json_schema(ref_template=REF_TEMPLATE)
        schema["components"]["schemas"] |= problem.pop("$defs")
        schema["components"]["schemas"]["Problem"] = problem
        refusal = {"schema": {"$ref": "#/components/schemas/Problem"}}
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                told = operation.pop("x-refusals", ())
                for status in (*_EVERY, *(_COMMAND if method == "post" else ()), *told):
                    operation["responses"][status] = {
                        "description": _MEANING[status],
                        "content": {problems.MEDIA_TYPE: refusal},
                    }
                operation["responses"] = dict(sorted(operation["responses"].items()))
        return schema


_MEANING: Final = {
    400: "The body is not JSON",
    401: "No token, or none that is known",
    403: "The client lacks the scope, or the rules refuse the contact",
    404: "No such thing, or none that the client may see",
    409: "It contradicts what is recorded, or the key was used for another request",
    413: "The body is too large",
    415: "The body is not plain JSON",
    422: "Fields cannot be used; each is named",
    500: "A defect of the installation",
    503: "The database is away; Retry-After says when to try again",
}


def build() -> Api:
    """The API with all its operations."""
    api = Api(
        title="Arrears API",
        version=VERSION,
        description=DESCRIPTION,
        urls_namespace="api",
        docs=DocsPage(),
        parser=StrictParser(),
    )
    problems.handle(api)
    api.add_decorator(refuse_unknown_query, mode="operation")
    for router in ROUTERS:
        api.add_router("/v1", router)
    return api
