"""Whatever is sent to an operation, it answers as the OpenAPI document says: schemathesis tries, always the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from conversations.api import api
from conversations.api.openapi.document import document_of
from tests.sites import PATIENCE, Site

LAST_WORDS = 6000  # characters
EXAMPLES = 8  # of each operation; 400 in all, half a minute on an idle machine
NOT_ASKED = (
    "positive_data_acceptance",  # no schema can say that a model is there, or that a text is not blank
    "use_after_free",  # of several operations in a row
    "ensure_resource_availability",
    "object_level_authorization",  # tests/unit/access
)
schema: Any = schemathesis.openapi.from_dict(json.loads(document_of(api)))
OPERATIONS: dict[str, Any] = {
    found.definition.raw["operationId"]: found for found in (result.ok() for result in schema.get_all_operations())
}


@pytest.fixture(scope="module")
def wanted() -> dict[str, bool]:
    """The operations, and whether an administrator asks."""
    return {
        name: any("admin" in way.get("token", ()) for way in operation.definition.raw.get("security", ()))
        for name, operation in OPERATIONS.items()
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_answers_as_described(site: Site, people: dict[str, dict[str, Any]], name: str) -> None:
    operation, person = OPERATIONS[name], people[name]
    own = {each.name: person[each.name] for each in operation.path_parameters if each.name in person}
    checks = [check for check in CHECKS.get_all() if check.__name__ not in NOT_ASKED]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=one_of(
            operation.as_strategy(GenerationMode.POSITIVE, path_parameters=own),
            operation.as_strategy(GenerationMode.POSITIVE),
            operation.as_strategy(GenerationMode.NEGATIVE),
        )
    )
    def conforms(case: Any) -> None:
        headers = {"Authorization": f"Bearer {person['secret']}"}
        case.call_and_validate(base_url=site.address, headers=headers, checks=checks, timeout=PATIENCE)

    try:
        conforms()
    except Exception as failure:
        failure.add_note(f"The site's last words:\n{site.output[-LAST_WORDS:]}")
        raise
