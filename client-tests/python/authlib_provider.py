"""A real OpenID provider on loopback: Authlib's, on Flask. Its page is a form with one name."""

import logging
import sys
import threading

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

SECRET = "the secret of Authlib's client"


class User:
    def __init__(self, name):
        self.id = f"id-of-{name}"
        self.name = name

    def get_user_id(self):
        return self.id


class Client(ClientMixin):
    client_id = "pool"
    callback = None

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.callback

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.callback

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_post"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, asked, code):
        self.code, self.user = code, asked.user
        self.redirect_uri, self.scope = asked.payload.redirect_uri, asked.payload.scope
        self.nonce = asked.payload.data.get("nonce")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return None

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class AuthlibProvider:
    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.client = Client()
        key = RSAKey.generate_key(2048, {"kid": "authlib", "use": "sig", "alg": "RS256"})
        codes, tokens, nonces = {}, {}, set()
        app = Flask("provider")
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = issuer = f"http://127.0.0.1:{self.server.server_port}"

        class Grant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]

            def save_authorization_code(self, code, asked):
                codes[code] = Code(asked, code)
                nonces.add(codes[code].nonce)

            def query_authorization_code(self, code, client):
                return codes.get(code)

            def delete_authorization_code(self, authorization_code):
                del codes[authorization_code.code]

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        class OpenId(OpenIDCode):
            def exists_nonce(self, nonce, asked):
                return nonce in nonces

            def resolve_client_private_key(self, client):
                return key

            def get_encode_header(self, client):
                return {"alg": "RS256", "kid": key.kid}

            def get_client_claims(self, client):
                return {"iss": issuer}

            def generate_user_info(self, user, scope):
                return UserInfo(sub=user.id, name=user.name)

        def save(token, asked):
            tokens[token["access_token"]] = asked.user

        server = AuthorizationServer(app, lambda it: self.client if it == "pool" else None, save)
        server.register_grant(Grant, [OpenId(require_nonce=True)])

        @app.get("/authorize")
        def page():
            server.get_consent_grant(end_user=User("somebody"))
            query = request.query_string.decode().replace("&", "&amp;")
            head = '<!doctype html><html lang="en"><title>Authlib</title><link rel="icon" href="data:,">'
            return f'{head}<form name="f" method="post" action="/consent?{query}"><input name="name"></form>'

        @app.post("/consent")
        def consent():
            user = User(request.form["name"])
            return server.create_authorization_response(
                grant_user=user, grant=server.get_consent_grant(end_user=user)
            )

        @app.post("/token")
        def token():
            return server.create_token_response()

        @app.get("/userinfo")
        def user_info():
            user = tokens[request.headers["Authorization"].removeprefix("Bearer ")]
            return jsonify(sub=user.id, email=f"{user.name}@authlib.example", email_verified=True)

        @app.get("/keys")
        def keys():
            return jsonify(keys=[key.as_dict(private=False)])

        @app.get("/.well-known/openid-configuration")
        def discovery():
            return jsonify(
                issuer=issuer,
                authorization_endpoint=f"{issuer}/authorize",
                token_endpoint=f"{issuer}/token",
                userinfo_endpoint=f"{issuer}/userinfo",
                jwks_uri=f"{issuer}/keys",
            )

        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


if __name__ == "__main__":
    # For tests in other languages: says where it is, and ends with its input. Its argument is where it sends browsers back.
    running = AuthlibProvider()
    running.client.callback = sys.argv[1]
    print(running.issuer, flush=True)
    sys.stdin.read()
    running.stop()
