"""The provider of `saml_provider.py` with pages, for tests in other languages: says where it is, and ends with its input.
Its arguments are the user pool and where that takes answers."""

import html
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT

from saml_provider import SamlProvider, encoded

HEAD = "<!doctype html><html lang=en><title>Corp</title><link rel=icon href=data:,>"
NAME = '<form method=post><label>Name <input name=name></label><button>Sign in</button></form>'


def post_back(address, response, state):
    """What takes an answer to the user pool by itself, as providers have it."""
    fields = {"SAMLResponse": response, "RelayState": state}
    inputs = "".join(f'<input type=hidden name={k} value="{html.escape(v)}">' for k, v in fields.items())
    return f'<form method=post action="{html.escape(address)}">{inputs}</form><script>document.forms[0].submit()</script>'


class Handler(BaseHTTPRequestHandler):
    provider = None

    def do_GET(self):
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/metadata":
            self.answer(self.provider.metadata, "application/samlmetadata+xml")
        elif parts.path == "/sso":
            self.answer(HEAD + NAME)
        elif parts.path == "/slo":
            self.answer(HEAD + self.sign_out(query))
        else:
            self.send_error(404)

    def do_POST(self):
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        request, query = self.provider.asked(self.path)
        attributes = {"email": [f"{form['name']}@corp.example"]}
        response = self.provider.response(request.id, name_id=form["name"], attributes=attributes)
        self.answer(HEAD + post_back(self.provider.acs, encoded(response), query["RelayState"]))

    def sign_out(self, query):
        server = self.provider.server
        asked = server.parse_logout_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
        response = server.create_logout_response(asked.message, [BINDING_HTTP_POST])
        address = self.provider.acs.replace("idpresponse", "logout")
        return post_back(address, encoded(str(response)), query["RelayState"])

    def answer(self, text, media="text/html"):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    pool_id, acs = sys.argv[1:]
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://localhost:{listening.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        Handler.provider = SamlProvider(Path(folder), pool_id, acs, base)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        print(base, flush=True)
        sys.stdin.read()
        listening.shutdown()
