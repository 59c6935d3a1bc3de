"""The public key that transcripts are checked with, for everybody."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from conversations.transcripts.chain.keys import public_key

router = Router(tags=["transcripts"])


class SigningKey(Schema):
    """What the signatures in JSON transcripts of this site are made with."""

    algorithm: Literal["ed25519"] = "ed25519"
    key: str = Field(description="the public key: 64 hexadecimal digits", pattern="^[0-9a-f]{64}$")


@router.get(
    "/signing-key",
    auth=None,
    throttle=[],
    response={200: SigningKey},
    operation_id="readSigningKey",
    summary="Read the key that transcripts are signed with",
)
def signing_key(request: HttpRequest) -> SigningKey:
    """Public: whoever got a transcript from somebody else checks it with `python3 verify.py FILE --key KEY`."""
    return SigningKey(key=public_key())
