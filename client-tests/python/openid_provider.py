"""An OpenID Connect provider on this machine, as a test needs it: right, late, wrong or gone."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class OpenIdProvider:
    def __init__(self, path="", claimed=None):
        self.asked = []
        self.answers = {}
        self.delay = 0
        self.keys = {"first": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                time.sleep(provider.delay)
                status, headers, body = provider.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # The server has read enough.

            def log_message(self, *_):
                pass

        # A test does not wait for answers that nobody reads.
        ThreadingHTTPServer.block_on_close = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_port}{path}"
        self.issuer = claimed or f"http://{self.name}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path):
        name = path.rsplit("/", 1)[-1]
        if name in self.answers:
            return self.answers[name]
        if name == "openid-configuration":
            document = {"issuer": self.issuer, "jwks_uri": f"http://{self.name}/keys"}
        elif name == "keys":
            keys = []
            for kid, key in self.keys.items():
                kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else None
                kind = kind or jwt.algorithms.RSAAlgorithm
                keys.append(kind.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"})
            document = {"keys": [{"kty": "unheard-of", "kid": "odd"}, *keys]}
        else:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def token(self, sub="ann", kid="first", algorithm="RS256", key=None, **claims):
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": sub, "aud": "app", "iat": now, "exp": now + 600} | claims
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def arn(self, account):
        return f"arn:aws:iam::{account}:oidc-provider/{self.name}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
