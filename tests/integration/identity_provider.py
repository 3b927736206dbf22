"""A lender's OpenID provider in miniature: it signs what the test wants it to say."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider:
    """Answers discovery, tokens, keys and claims; ``claims`` is who has just signed in there."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.audience = "arrears"
        self.issuer = ""
        self.challenge = ""
        self.asked: list[dict[str, list[str]]] = []
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(provider.told(urlsplit(self.path).path))

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                given = parse_qs(self.rfile.read(length).decode())
                provider.asked.append(given)
                self._answer(provider.token(given))

            def _answer(self, body: dict[str, Any] | None) -> None:
                self.send_response(200 if body is not None else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body or {"error": "invalid_grant"}).encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self, path: str) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**told, "kid": "k1", "use": "sig", "alg": "RS256"}]}
        return {name: value for name, value in self.claims.items() if name != "amr"}

    def token(self, given: dict[str, list[str]]) -> dict[str, Any] | None:
        digest = hashlib.sha256(given.get("code_verifier", [""])[0].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            return None  # the code was stolen on the way: its thief has no verifier
        now = int(time.time())
        signed = jwt.encode(
            {**self.claims, "iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + 60},
            self.key,
            algorithm="RS256",
            headers={"kid": "k1"},
        )
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
