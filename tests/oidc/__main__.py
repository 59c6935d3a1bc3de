"""Serves a provider until it is killed."""

from __future__ import annotations

from tests.oidc.provider import Provider

if __name__ == "__main__":
    provider = Provider()
    print(provider.issuer, flush=True)
    provider.serve_forever()
