"""Discovery, authorisation, tokens, keys and what is known of a person, as OpenID Connect Core 1.0 has them.

Who signs in next, and what is wrong with it, is told to `/next` as JSON: claims, and `fault`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "chatsite", "provider's own secret"


class Provider(ThreadingHTTPServer):
    """The provider's state: its keys, who comes next, and the codes that are out."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}/realm"
        self.key = rsa.generate_private_key(65537, 2048)
        self.other_key = rsa.generate_private_key(65537, 2048)
        self.next: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.people: dict[str, dict[str, Any]] = {}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": "http://127.0.0.1/other" if self.fault == "issuer of all" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}

    @property
    def fault(self) -> str:
        return str(self.next.get("fault", ""))

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        given = {"error": "access_denied"} if self.fault == "denied" else {"code": code}
        return f"{asked['redirect_uri']}?{urlencode({**given, 'state': asked['state']})}"

    def tokens(self, given: dict[str, str]) -> dict[str, Any] | None:
        """For a code that is out: once, to the client that knows its secret and began the sign-in."""
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or asked["code_challenge"] != challenge.decode() or given["client_secret"] != SECRET:
            return None
        claims = {name: value for name, value in self.next.items() if name != "fault"}
        access = secrets.token_urlsafe()
        self.people[access] = {**claims, **({"sub": "somebody else"} if self.fault == "person" else {})}
        return {"access_token": access, "token_type": "Bearer", "id_token": self._signed(claims, asked["nonce"])}

    def _signed(self, claims: dict[str, Any], nonce: str) -> str:
        now = int(time.time())
        payload = {**claims, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        wrong: dict[str, dict[str, Any]] = {
            "issuer": {"iss": "http://127.0.0.1/other"},
            "audience": {"aud": "another client"},
            "expired": {"exp": now - 60},
            "nonce": {"nonce": "of another sign-in"},
        }
        payload |= wrong.get(self.fault, {})
        if self.fault == "unsigned":
            return jwt.encode(payload, "", algorithm="none", headers={"kid": "one"})
        key = self.other_key if self.fault == "signature" else self.key
        return jwt.encode(payload, key, algorithm="RS256", headers={"kid": "one"})


class Handler(BaseHTTPRequestHandler):
    """The doors."""

    server: Provider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        match url.path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                self._say(200, self.server.configuration())
            case "/authorize":
                self._say(302, {}, Location=self.server.authorize(asked))
            case "/keys":
                self._say(200, self.server.keys())
            case "/userinfo":
                known = self.server.people.get(self.headers["Authorization"].removeprefix("Bearer "))
                self._say(200 if known else 401, known or {})
            case _:
                self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/realm/next":
            self.server.next = json.loads(body)
            self._say(200, {})
        elif self.path == "/realm/token":
            found = self.server.tokens({name: values[0] for name, values in parse_qs(body).items()})
            self._say(200 if found else 400, found or {"error": "invalid_grant"})

    def _say(self, status: int, value: dict[str, Any], **headers: str) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Silent."""
