"""An OpenID Connect provider of a test, on loopback: right, or wrong in one thing. Browsers are not shown its page: a
test takes the code that it would give."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SECRET = "a secret of thirty-two letters, at least"


class Upstream:
    def __init__(self):
        self.asked = []
        self.keys = {"first": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.document = {}
        self.claims, self.user_info = {}, {}
        self.signing = {"kid": "first", "algorithm": "RS256"}
        self.answers, self.delays = {}, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self, b"")

            def do_POST(self):
                outer.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_):
                pass

        ThreadingHTTPServer.block_on_close = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request, body):
        path = urlsplit(request.path).path
        form = dict(parse_qsl(body.decode()))
        self.asked.append(SimpleNamespace(method=request.command, path=request.path, form=form, headers=request.headers))
        time.sleep(self.delays.get(path, 0))
        status, headers, answer = 200, {}, None
        if path in self.answers:
            status, headers, answer = self.answers[path]
        elif path == "/.well-known/openid-configuration":
            answer = self.discovery()
        elif path == "/keys":
            answer = self.jwks()
        elif path == "/token":
            answer = {"token_type": "Bearer", "access_token": "at", "expires_in": 60, "id_token": self.id_token()}
        elif path == "/userinfo":
            answer = self.user_info
        else:
            status, answer = 404, {}
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(payload)))
        request.end_headers()
        try:
            request.wfile.write(payload)
        except OSError:
            pass  # The server has read enough.

    def discovery(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.document

    def jwks(self):
        keys = []
        for kid, key in self.keys.items():
            kind = jwt.algorithms.RSAAlgorithm
            if isinstance(key, ec.EllipticCurvePrivateKey):
                kind = jwt.algorithms.ECAlgorithm
            keys.append(kind.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"})
        return {"keys": keys}

    def id_token(self):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "app", "sub": "1", "iat": now, "exp": now + 600} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signing = {"key": self.keys.get(self.signing["kid"])} | self.signing
        headers = {} if signing["kid"] is None else {"kid": signing["kid"]}
        return jwt.encode(claims, signing["key"], algorithm=signing["algorithm"], headers=headers)

    def of(self, path):
        return [it for it in self.asked if urlsplit(it.path).path == path]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def add_provider(app, upstream, name="Okta", mapping=None, identifiers=(), **details):
    """Adds the provider to the app's pool."""
    details = {
        "client_id": "app",
        "client_secret": SECRET,
        "attributes_request_method": "GET",
        "oidc_issuer": upstream.issuer,
        "authorize_scopes": "openid email",
    } | details
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName=name,
        ProviderType="OIDC",
        ProviderDetails={key: value for key, value in details.items() if value is not None},
        AttributeMapping={"email": "email"} if mapping is None else mapping,
        IdpIdentifiers=list(identifiers),
    )


def add_social(app, name="Google", mapping=None, **details):
    secret = {"client_secret": "s"}
    if name == "SignInWithApple":
        secret = {"team_id": "t", "key_id": "k", "private_key": "p"}
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName=name,
        ProviderType=name,
        ProviderDetails={"client_id": "social", "authorize_scopes": "openid"} | secret | details,
        AttributeMapping={"email": "email"} if mapping is None else mapping,
    )


def depart(app, browser, provider="Okta", **query):
    """What the provider is asked for."""
    answer = browser.get("/oauth2/authorize", **app.query(identity_provider=provider, **query))
    assert answer.status == 302, answer.text
    return answer


def arrive(browser, state, code="c", **more):
    return browser.get("/oauth2/idpresponse", code=code, state=state, **more)


def come(app, upstream, browser=None, query=None, **claims):
    """The answer to a browser that comes back from the provider."""
    browser = browser or app.browser()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(depart(app, browser, **(query or {})).location).query).items()}
    upstream.claims = {"nonce": asked["nonce"]} | claims
    return arrive(browser, asked["state"])


def tokens(app, answer):
    assert "code" in answer.query, answer.location
    secret = {"client_secret": app.secret} if app.secret else {}
    exchanged = app.exchange(answer.query["code"], **secret)
    assert exchanged.status == 200, exchanged.text
    return exchanged.json


def visit(browser, address):
    """Follows a redirect to this very server."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == browser.base, address
    return browser.send("GET", f"{parts.path}?{parts.query}")
