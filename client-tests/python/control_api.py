"""The control API of a server, as a test uses it."""

import json
import urllib.error
import urllib.parse
import urllib.request


class Control:
    def __init__(self, server):
        self.base = f"{server.url}/_cognitwin/"

    def call(self, method, path, body=None, **parameters):
        """The status, and the body as JSON where there is one."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path + query, method=method, data=data)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read())

    def get(self, path, **parameters):
        status, body = self.call("GET", path, **parameters)
        assert status == 200, body
        return body

    def text(self, path):
        with urllib.request.urlopen(self.base + path, timeout=30) as answer:
            return answer.headers, answer.read().decode()
