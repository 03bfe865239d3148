"""What no scanner tries: bytes as they come, through nginx."""
import json
import re
import uuid

import documents
import ground
import site_example
from ground import PORT, ask, none, ok, same, wire

HOST = f"127.0.0.1:{PORT}"
SECURITY = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}


def heads(text):
    """(status, headers) of each answer on a connection."""
    found = []
    for part in re.split(r"(?=HTTP/1\.[01] \d{3})", text):
        if match := re.match(r"HTTP/1\.[01] (\d{3})", part):
            lines = part.partition("\r\n\r\n")[0].split("\r\n")[1:]
            found.append((int(match[1]), {
                name.strip().lower(): value.strip() for name, _, value in
                (line.partition(":") for line in lines)}))
    return found


def raw(method, target, *lines, body="", host=HOST, close=True):
    """Statuses and headers of what comes back."""
    head = [f"{method} {target} HTTP/1.1", *lines]
    if host is not None:
        head.insert(1, f"Host: {host}")
    if close:
        head.append("Connection: close")
    return heads(wire("\r\n".join([*head, "", body])))


def statuses(answers):
    return [status for status, _ in answers]


def talkative(headers):
    """What tells an attacker more than he must know."""
    yield from (f"{name}: {headers[name]}" for name in
                ("x-powered-by", "via", "x-generator", "set-cookie")
                if name in headers)
    if headers.get("server", "nginx") != "nginx":
        yield f"server: {headers['server']}"


# ------------------------------------------------------------------ answers

def wrong_head(operation, answer):
    """Of an answer of Chartkeep itself."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    where = f"{operation.surface} {operation.name} {answer.status}:"
    for name, value in SECURITY.items():
        if headers.get(name.lower()) != value:
            yield f"{where} {name}: {headers.get(name.lower())}"
    for text in talkative(headers):
        yield f"{where} {text}"
    cache = headers.get("cache-control")
    shown = answer.status == 200 and operation.private and \
        operation.method == "GET"
    if cache != "no-store" and not (
            shown and cache == "private, no-cache"):
        yield f"{where} Cache-Control: {cache}"
    if '"token"' in answer.text and cache != "no-store":
        yield f"{where} a token with Cache-Control: {cache}"
    if answer.text and headers.get("content-type", "").split(";")[0] not in (
            "application/json", "text/plain"):
        yield f"{where} Content-Type: {headers.get('content-type')}"


def every_answer(everything):
    found = []
    for operation in everything:
        token, wrong = operation.token, {"If-Match": '"0-0"'}
        answers = [operation.ask(ground.BASE), operation.ask(
            ground.BASE, wrong), ask("PATCH", operation.target(), token)]
        operation.token = None
        answers.append(operation.ask(ground.BASE))
        operation.token = "x.y.z"
        answers.append(operation.ask(ground.BASE))
        operation.token = token
        found += [text for answer in answers
                  for text in wrong_head(operation, answer)]
    none("every answer of every route has the headers that protect it",
         found)


def no_entry(everything):
    """Without a token nothing private is shown."""
    found = []
    for operation in everything:
        if operation.private:
            token, operation.token = operation.token, None
            for headers in ({}, {"Cookie": f"token={token}"},
                            {"X-Authorization": f"Bearer {token}"}):
                answer = operation.ask(ground.BASE, headers)
                if answer.status != 401:
                    found.append(f"{operation.name} {headers}: {answer}")
            operation.token = token
    none("a token counts in the header Authorization only", found)


# --------------------------------------------------------------------- ways

def hosts(person):
    bearer = f"Authorization: Bearer {person.token}"
    found = []
    for host in ("example.org", "127.0.0.1.example.org", "127.0.0.1@x",
                 "127.0.0.1:80@example.org", "localhost, example.org",
                 "0", "[::1]", "2130706433", "", "a" * 7000,
                 "127.0.0.1%00.example.org", "127.0.0.1/x", "127.0.0.1#"):
        got = statuses(raw("GET", "/profile", bearer, host=host))
        if got != [400]:
            found.append(f"Host {host[:40]!r}: {got}")
    for lines in ([], [f"Host: {HOST}", "Host: example.org"],
                  ["Host: example.org", f"Host: {HOST}"],
                  [f"Host : {HOST}"], ["Host: example.org",
                                       f"X-Forwarded-Host: {HOST}"]):
        got = statuses(raw("GET", "/profile", *lines, bearer, host=None))
        if got != [400]:
            found.append(f"{lines}: {got}")
    none("no other host's name is served, nor two, nor none", found)
    for name in ("X-Forwarded-Host", "X-Host", "X-Forwarded-Server",
                 "X-Original-Host", "Forwarded"):
        value = "host=evil.example" if name == "Forwarded" else "evil.example"
        got = wire(f"GET /health_records?limit=1 HTTP/1.1\r\nHost: {HOST}\r\n"
                   f"{bearer}\r\n{name}: {value}\r\n"
                   "Connection: close\r\n\r\n")
        ok(f"{name} counts for nothing", got.startswith("HTTP/1.1 200 ")
           and "\r\nLink: <http" in got and "evil.example" not in got, got)


def addresses(person):
    """Who may read the metrics goes by the connection's address alone."""
    ground.set_setting("metrics_peers", "127.0.0.9")
    ground.stack("daemon_stop; daemon_start")
    found = []
    for line in ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "Client-IP",
                 "X-Remote-Addr", "Remote-Addr", "REMOTE_ADDR",
                 "True-Client-IP", "CF-Connecting-IP", "Forwarded"):
        value = "for=127.0.0.9" if line == "Forwarded" else "127.0.0.9"
        got = statuses(raw("GET", "/metrics", f"{line}: {value}"))
        if got not in ([403], [404]):
            found.append(f"{line}: {got}")
    none("no header changes where a request comes from", found)
    ground.set_setting("metrics_peers", "127.0.0.1, ::1")
    ground.stack("daemon_stop; daemon_start")


def methods(person):
    record = person.does("/health_records", {"record_text": "stays"})
    del record
    place = f"/health_records/{ground.sql('SELECT max(id) FROM record')}"
    bearer = f"Authorization: Bearer {person.token}"
    found = []
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method",
                 "X-Method-Override", "X-Original-Method"):
        for method, wanted in (("POST", 405), ("GET", 200)):
            got = statuses(raw(method, place, bearer, f"{name}: DELETE",
                               "Content-Length: 0"))
            if got != [wanted]:
                found.append(f"{method} {name}: {got}")
    for target in (f"{place}?_method=DELETE", f"{place}?method=DELETE"):
        got = statuses(raw("POST", target, bearer, "Content-Length: 16",
                           body="_method=DELETE  "))
        if got != [405]:
            found.append(f"POST {target}: {got}")
    for name in ("X-Original-URL", "X-Rewrite-URL"):
        answer = ask("GET", "/profile", person.token, None,
                     {name: place})
        if "record_text" in answer.text or answer.status != 200:
            found.append(f"{name}: {answer}")
    none("no header and no member stands for another method or path", found)
    for method in ("TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND", "get",
                   "Get", "X" * 300, "PATCH"):
        got = wire(f"{method} {place} HTTP/1.1\r\nHost: {HOST}\r\n"
                   f"{bearer}\r\nX-Reflected: b7c2\r\n"
                   "Connection: close\r\n\r\n")
        if not re.match(r"HTTP/1\.1 (400|405|501) ", got) or "b7c2" in got:
            found.append(f"{method[:20]}: {got[:200]}")
    none("methods that nobody serves are refused", found)
    same("the record is still there",
         ask("GET", place, person.token).json()["record_text"], "stays")


def paths(person):
    found = []
    bearer = f"Authorization: Bearer {person.token}"
    for path in (
            "//metrics", "//profile", "/./profile", "/x/../profile",
            "/%2e%2e/profile", "/x/%2e%2e/profile", "/..%2fprofile",
            "/x%2f..%2fprofile", "/..;/profile", "/x/..;/profile",
            "/profile;x=1", "/profile;.json", "/profile%00", "/profile%00.js",
            "/profile%0a", "/profile%0d%0aX: y", "/profile.json", "/profile~",
            "/%252e%252e/profile", "/profile%252f", "/\\profile",
            "/x\\..\\profile", "/%5cprofile", "/%c0%ae%c0%ae/profile",
            "/profile%ff", "/pro\xfffile", "/profile#x", "/_chartkeep/413",
            "/_chartkeep/502", "/.git/config", "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd", "/profile%20", "/PROFILE",
            "/proc/self/environ", "/chartkeep.conf", "/keyring"):
        for status, headers in raw("GET", path, bearer):
            if status not in (400, 404) and path != "/profile#x":
                found.append(f"{path}: {status}")
            found += [f"{path}: {text}" for text in talkative(headers)]
    none("no spelling of a path leads where it should not", found)


# ---------------------------------------------------------------- smuggling

def smuggled(person):
    """The first request's end must be where nginx and Chartkeep both see it:
    what follows is never taken for a second one."""
    bearer = f"Authorization: Bearer {person.token}"
    tries = {
        "both lengths": ["Content-Length: 6", "Transfer-Encoding: chunked"],
        "both, turned": ["Transfer-Encoding: chunked", "Content-Length: 6"],
        "two lengths": ["Content-Length: 5", "Content-Length: 200"],
        "the same twice": ["Content-Length: 5", "Content-Length: 5"],
        "a list": ["Content-Length: 5, 200"],
        "a sign": ["Content-Length: +5"],
        "less than nothing": ["Content-Length: -1"],
        "hexadecimal": ["Content-Length: 0x5"],
        "too large": ["Content-Length: 18446744073709551621"],
        "a blank before": ["Content-Length : 5"],
        "a blank within": ["Content Length: 5"],
        "xchunked": ["Transfer-Encoding: xchunked"],
        "chunked twice": ["Transfer-Encoding: chunked",
                          "Transfer-Encoding: identity"],
        "chunked and more": ["Transfer-Encoding: chunked, identity"],
        "a blank before chunked": ["Transfer-Encoding : chunked"],
        "a tab": ["Transfer-Encoding:\tchunked", "Content-Length: 6"],
        "a folded line": ["Transfer-Encoding:", " chunked",
                          "Content-Length: 6"],
        "a null": ["Content-Length: 5\x00"],
        "a line feed": ["X: y\nContent-Length: 5\nX: z", "Content-Length: 6"],
    }
    found = []
    for number, (name, lines) in enumerate(tries.items()):
        mark = f"/smuggled-{number}"
        inner = f"GET {mark} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
        # For a reader of chunks it ends before it, for one of lengths not.
        for kind, body in (("0", f"0\r\n\r\n{inner}"), ("x", f"x={inner}")):
            answers = raw("POST", "/login", bearer, *lines, body=body,
                          close=False)
            if len(answers) != 1 or answers[0][0] not in (400, 501):
                found.append(f"{name} {kind}: {statuses(answers)}")
    inner = f"GET /smuggled-get HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    same("a body of GET is a body", statuses(raw(
        "GET", "/profile", bearer, f"Content-Length: {len(inner)}",
        body=inner)), [200])
    log = (ground.LOG / "access.log").read_text(errors="replace")
    none("no request hides in another's body", found)
    none("none was taken for one", re.findall(r'"GET /smuggled-\w+', log))
    for name, chunks in {
            "a size of no number": "zz\r\nabc\r\n0\r\n\r\n",
            "a size too large": "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            "a size below nothing": "-1\r\nabc\r\n0\r\n\r\n"}.items():
        got = statuses(raw("POST", "/login", "Transfer-Encoding: chunked",
                           body=chunks))
        same(f"chunks with {name} are refused", got, [400])
    content = json.dumps({"email": person.email,
                          "password": "correct horse 1"})
    got = statuses(raw(
        "POST", "/login", "Transfer-Encoding: chunked",
        body=f"{len(content):x}\r\n{content}\r\n0\r\n\r\n"))
    same("sound chunks are taken", got, [200])


# ------------------------------------------------------------------ headers

def headers(person):
    bearer = f"Authorization: Bearer {person.token}"
    found = []
    for name, lines, wanted in (
            ("one of 7 KB", ["X-Long: " + "a" * 7000], (200,)),
            ("one of 16 KB", ["X-Long: " + "a" * 16000], (400, 431, 494)),
            ("a megabyte", ["X-Long: " + "a" * 8000] * 130,
             (400, 431, 494)),
            ("500 of them", [f"X-{i}: a" for i in range(500)], (200, 400)),
            ("a token of 7 KB", ["Authorization: Bearer " + "a" * 7000],
             (400, 401)),
            ("two tokens", [bearer, "Authorization: Bearer x.y.z"],
             (200, 400, 401)),
            ("a null", ["X: a\x00b"], (400,)),
            ("no name", [": x"], (200, 400))):
        own = () if name in ("a token of 7 KB", "two tokens") else (bearer,)
        got = raw("GET", "/profile", *own, *lines)
        if len(got) != 1 or got[0][0] not in wanted:
            found.append(f"{name}: {statuses(got)}")
        found += [f"{name}: {t}" for _, h in got for t in talkative(h)]
    got = raw("GET", "/profile?" + "a" * 9000, bearer)
    if statuses(got) != [414]:
        found.append(f"a target of 9 KB: {statuses(got)}")
    none("heads that are too large are refused, others do no harm", found)


def split(person):
    """No input makes a line of a head."""
    bearer = f"Authorization: Bearer {person.token}"
    mark = uuid.uuid4().hex
    found = []
    for name in ("Origin", "Accept", "If-None-Match", "Idempotency-Key",
                 "Access-Control-Request-Method",
                 "Access-Control-Request-Headers", "X-Request-Id", "Cookie",
                 "User-Agent", "Referer"):
        for value in (f"x%0d%0aX-Split: {mark}", f"x\rX-Split: {mark}",
                      f"x\r\n X-Split: {mark}", f"x\x0bX-Split: {mark}",
                      f"x\xe5\x98\x8a\xe5\x98\x8dX-Split: {mark}"):
            for method in ("GET", "OPTIONS"):
                for status, head in raw(method, "/health_records", bearer,
                                        f"{name}: {value}"):
                    if "x-split" in head or status >= 500 or any(
                            mark in v for v in head.values()):
                        found.append(f"{method} {name}: {status} {head}")
    for target in (f"/health_records?limit=1%0d%0aX-Split:{mark}",
                   f"/health_records?limit=1&x=%0d%0aX-Split:{mark}",
                   f"/%0d%0aX-Split:{mark}", f"/x?%0d%0aX-Split:{mark}",
                   f"/health_records%0d%0aX-Split:{mark}/"):
        for status, head in raw("GET", target, bearer):
            if "x-split" in head or status >= 500:
                found.append(f"{target}: {status} {head}")
    none("no input becomes a header", found)


def errors_of_nginx():
    found = []
    for name, text, wanted in (
            ("nonsense", "nonsense\r\n\r\n", (400,)),
            ("HTTP/9", f"GET / HTTP/9.9\r\nHost: {HOST}\r\n\r\n", (505,)),
            ("an endless line", "GET /" + "a" * 20000, (414,)),
            ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400,)),
            ("a large body", f"POST /login HTTP/1.1\r\nHost: {HOST}\r\n"
             "Content-Length: 99999999\r\n\r\n", (413,))):
        got = wire(text)
        if not any(got.startswith(f"HTTP/1.1 {status} ")
                   for status in wanted) or re.search(r"nginx/\d", got):
            found.append(f"{name}: {got[:300]}")
    none("what nginx refuses by itself names no version", found)


def all_of_them(everything):
    person = documents.Person(3)
    for _ in range(2):
        person.does("/health_records", {"record_text": "x"})
    every_answer(everything)
    no_entry(everything)
    hosts(person)
    addresses(person)
    methods(person)
    paths(person)
    smuggled(person)
    headers(person)
    split(person)
    errors_of_nginx()
    site_example.probe()
    same("the server is well after all that",
         ask("GET", "/api/health/?deep=1").status, 200)
