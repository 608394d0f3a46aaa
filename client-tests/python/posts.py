"""A server of the test's own that is posted to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Posts:
    """An HTTP server that answers posts: `answer(request)` gives a status, headers and a body."""

    def __init__(self, answer, tls=None):
        self.requests = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.payload = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(self)
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # Callers go away, as they should.
        self.server.handle_error = lambda *_: None
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
