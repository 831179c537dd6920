"""A Secrets Manager that knows one secret: what a build of the drift check asks AWS for."""

import json
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

NAME = "handrail/drift-key"
KEY = "the key of this installation"


class Answer(BaseHTTPRequestHandler):
    """GetSecretValue, as its API reference describes it; nothing else is asked."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = asked["SecretId"] == NAME
        missing = {"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find the secret."}
        body = json.dumps({"Name": NAME, "SecretString": KEY} if known else missing).encode()
        self.send_response(200 if known else 400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads a log of requests."""


@cache
def surroundings() -> dict[str, str]:
    """What a build's environment needs to reach it; it answers until the tests end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
        "HANDRAIL_DRIFT_KEY_SECRET": NAME,
    }
