"""The functions of a test: a server of the test's own that runs them all, each under the name of its trigger."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REGION = "us-east-1"
TRIGGERS = (
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "UserMigration",
    "CustomMessage",
    "CustomEmailSender",
    "CustomSMSSender",
    "InboundFederation",
)


def arn(name):
    return f"arn:aws:lambda:{REGION}:000000000000:function:{name}"


def config(*names):
    """A LambdaConfig that names these functions."""
    return {name: arn(name) for name in names}


class Functions:
    """Runs every function of a test; what they were told stands in `events`.

    A handler is given the event and gives its answer back, or a status and a body. What it raises is the function's
    failure. Without a handler a function gives the event back as it came.
    """

    def __init__(self):
        self.events = []
        self.handlers = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.events.append(json.loads(json.dumps(event)))
                status, body = outer.answer(self.path.strip("/"), event)
                payload = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            # Many users may come at once.
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, name, event):
        try:
            answer = self.handlers.get(name, lambda event: event)(event)
        except Exception as error:
            return 500, json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
        return answer if isinstance(answer, tuple) else (200, json.dumps(answer))

    def flags(self, names=TRIGGERS):
        port = self.server.server_address[1]
        return [part for name in names for part in ("--lambda", f"{name}=http://127.0.0.1:{port}/{name}")]

    def on(self, **handlers):
        self.handlers |= handlers

    def sources(self):
        return [event["triggerSource"] for event in self.events]

    def of(self, source):
        """The events of one source."""
        return [event for event in self.events if event["triggerSource"] == source]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def answering(**response):
    """A handler that fills in this response."""

    def handler(event):
        event["response"] |= response
        return event

    return handler


def failing(message):
    """A handler that fails with this message."""

    def handler(_):
        raise RuntimeError(message)

    return handler
