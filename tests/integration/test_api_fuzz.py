"""Every operation under schemathesis: what the schema says is what the API does.

No call ends in a server error; answers match the schema; data that violates it is refused; no
operation works without a token.
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from api_calls import Caller
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, settings
from ninja.openapi.schema import OpenAPISchema

from arrears.api.application import build
from arrears.people.roles import CLIENT_SCOPES

EXAMPLES = int(os.environ.get("ARREARS_FUZZ_EXAMPLES", "0"))
ACCEPTED = ["2xx", "404", "409"]
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"mode": "all"},
        "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        "operations": [
            {
                # A recall in the future is refused; the schema cannot say what day it is.
                "include-operation-id": "post_recall",
                "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}},
            },
            *(
                {
                    # What days and persons there are, and that a filter says something, the
                    # schema cannot say.
                    "include-operation-id": name,
                    "checks": {
                        "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}
                    },
                }
                for name in (
                    "post_batch",
                    "post_placement_recall",
                    "post_retention",
                    "post_put_back",
                    "find_persons",
                )
            ),
            {
                # The rules may refuse a contact; what facts they know the schema cannot say.
                "include-operation-id": "post_reservation",
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "403", "422"]}
                },
            },
        ],
    }
)
API = schemathesis.openapi.from_dict(
    dict(build().get_openapi_schema(path_prefix="/api/")), config=CONFIG
)
API.app = get_wsgi_application()  # that of site/wsgi.py would make a secret in the real home


@API.hook
def map_body(_, body):
    """Write whole numbers without a point: JSON Schema takes 7.0 for an integer, money does not."""
    if isinstance(body, dict):
        return {name: map_body(_, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(_, value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@API.hook
def filter_query(_, query):
    """Leave out what an address cannot say: a list or object arrives as other text, or not at all.

    `bucket` alone may be given several times.
    """
    return not any(
        value is None or isinstance(value, dict) or (isinstance(value, list) and name != "bucket")
        for name, value in (query or {}).items()
    )


@pytest.fixture
def everything(committed_db):
    """A client that may call every operation; what its calls do is committed."""
    return Caller.with_scopes(*CLIENT_SCOPES)


@pytest.mark.fuzz
@API.parametrize()
@settings(
    max_examples=EXAMPLES or 10,
    deadline=None,
    derandomize=not EXAMPLES,  # the same ones for every change; others where there is time
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
def test_an_operation_does_what_its_schema_says(case, everything):
    case.call_and_validate(
        headers={"Authorization": f"Bearer {everything.token}", "Host": "localhost"}
    )


def test_no_two_parts_of_the_schema_share_a_name(monkeypatch):
    kept: dict[str, object] = {}

    def keep(self, definitions):
        for name, definition in definitions.items():
            assert kept.setdefault(name, definition) == definition, name
        self.schemas.update(definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", keep)
    schema = build().get_openapi_schema(path_prefix="/api/")
    assert set(kept) | {"Problem", "FieldError", "RefusingRule"} == set(
        schema["components"]["schemas"]
    )
    names = [operation["operationId"] for p in schema["paths"].values() for operation in p.values()]
    assert len(names) == len(set(names))
