"""The provider of allauth's registry, asking more carefully and believing less.

OpenID Connect Core 1.0 §3.1.3.7 and §5.3.2: the issuer, the signature, the audience, the time and the nonce of the
token are checked, and what the provider tells of a person must be about whom the token names.
"""

from __future__ import annotations

import hmac
from typing import Any

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string

from conversations.models import SiteSettings

ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
"""Signatures by a key that only the provider has."""
LOCAL_ID = "oidc"


class OidcAdapter(OpenIDConnectOAuth2Adapter):
    """Talks to the provider."""

    nonce = ""

    def __init__(self, request: HttpRequest, provider_id: str = LOCAL_ID) -> None:
        super().__init__(request, provider_id)

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Raises OAuth2Error when it speaks for another issuer."""
        found: dict[str, Any] = super().openid_config
        wanted = self.get_provider().app.settings["server_url"]
        if str(found.get("issuer", "")).rstrip("/") != wanted.rstrip("/"):
            raise OAuth2Error(f"the provider calls itself {found.get('issuer')}, not {wanted}")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The one address that has to be registered there."""
        return str(build_absolute_uri(request, reverse("oidc_callback"), self.redirect_uri_protocol))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Who it is. Raises OAuth2Error for a token that is not theirs, not for us or this sign-in, or too old."""
        claims = self._claims(app, str(kwargs["response"].get("id_token") or ""))
        told = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else claims
        if told.get("sub") != claims["sub"]:
            raise OAuth2Error("the provider told about somebody else")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims, "userinfo": told})

    def _claims(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("the token is not signed by the provider's own key")
        except jwt.PyJWTError as error:
            raise OAuth2Error("the provider gave no token") from error
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if not self.nonce or not hmac.compare_digest(str(claims.get("nonce", "")), self.nonce):
            raise OAuth2Error("the token is of another sign-in")
        if (wanted := _strengths()) and claims.get("acr") not in wanted:
            raise OAuth2Error(f"the sign-in there was not of the strength that is asked for: acr {claims.get('acr')!r}")
        return claims


class OidcProvider(OpenIDConnectProvider):
    """Asks the provider who somebody is."""

    oauth2_adapter_class = OidcAdapter

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where a sign-in begins."""
        return reverse("oidc_login")

    def get_callback_url(self) -> str:
        """Where it comes back to."""
        return reverse("oidc_callback")

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """With a nonce for this sign-in, and nothing that a link could have added."""
        nonce = get_random_string(32)
        wanted = {"acr_values": " ".join(strengths)} if (strengths := _strengths()) else {}
        asked = super().get_redirect_from_request_kwargs(request)
        return {**asked, "scope": self.get_scope(), "auth_params": {"nonce": nonce, **wanted}, "nonce": nonce}


def _strengths() -> list[str]:
    """The values of `acr` of which the provider must tell one, best first (OpenID Connect Core 1.0 §3.1.2.1, §2)."""
    return SiteSettings.load().oidc_acr.split()


provider_classes = [OidcProvider]
