"""A server with holes, which the scanners must find: it pastes what it gets
into a statement, and into a page."""
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

ROWS = "(VALUES (1, 'aa'), (2, 'bb'), (3, 'cc')) AS v (id, word)"


def parameter(place, name, kind):
    return {"in": place, "name": name, "required": True,
            "schema": {"type": kind}}


def body(name, kind):
    return {"content": {"application/json": {"schema": {
        "type": "object", "properties": {name: {"type": kind}}}}}}


# One hole in each: which one is found tells that this place is tested.
DOCUMENT = {"paths": {
    "/canary/{id}": {"get": {
        "parameters": [parameter("path", "id", "integer")]}},
    "/canary": {
        "get": {"parameters": [parameter("query", "after", "integer")]},
        "post": {"parameters": [], "requestBody": body("word", "string")},
        "put": {"parameters": [], "requestBody": body("id", "integer")},
        "patch": {"parameters": []},
    },
}}


def rows(condition):
    got = subprocess.run(
        ["psql", "-XAtq", "-c", f"SELECT json_agg(v) FROM {ROWS}"
         f" WHERE {condition}"], capture_output=True, text=True)
    return got.stdout.strip() or "[]" if got.returncode == 0 else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    foreign = []

    def member(self, name):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            return str(json.loads(text)[name])
        except (ValueError, KeyError, TypeError):
            return None

    def condition(self, path, query):
        if self.command == "POST":
            word = self.member("word")
            return word and f"word = '{word}'"
        if self.command == "PUT":
            value = self.member("id")
            return value and f"id = {value}"
        if self.command == "PATCH":
            return f"word <> '{self.headers.get('Accept', '')}'"
        if "after" in query:
            return f"id > {query['after'][0]}"
        return "id = " + unquote(path.rpartition("/")[2])

    def answer(self):
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path.startswith("/get_"):		# wapiti's own question
            return self.send(200, "{}", "application/json")
        if parts.path.startswith(("/ssrf", "/xxe")):
            self.foreign.append(self.path)
        if parts.path == "/page":
            text = query.get("word", [""])[0]
            return self.send(200, f"<html><p>{text}</p></html>", "text/html")
        condition = self.condition(parts.path, query)
        found = condition and rows(condition)
        if found is None:
            return self.send(400, '{"message": "bad request"}',
                             "application/json")
        return self.send(200, found, "application/json")

    do_GET = do_POST = do_PUT = do_PATCH = answer

    def send(self, status, text, kind):
        text = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def start():
    """Its address."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
