"""What the scenes use of their stack: TAP, clients that speak FastCGI and
HTTP, people with tokens, the daemon's processes, its log, and load."""
import http.client
import itertools
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

SRC = Path(os.environ["CK_SRC"])
sys.dont_write_bytecode = True
sys.path[:0] = [str(SRC / "tests/http"), str(SRC / "tests/job")]
from place import (  # noqa: E402,F401
    AS, LOG, SBIN, TMP, UnixConnection, redis, set_setting, sql, stack, until)
from fastcgi import pair, record, stream  # noqa: E402

STACK = Path(os.environ["CK_STACK"])
RUN = Path(os.environ["CK_RUN"])
CONF = Path(os.environ["CK_CONF"])
SOCKET = os.environ["CK_SOCKET"]
NOTES = Path(os.environ["CK_BUILD"]) / "tests/points/fault"
DAEMON_LOG = LOG / "chartkeepd.log"
WORKERS = 4
count = failed = 0


# ---------------------------------------------------------------------- TAP

def ok(what, good, *facts):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        for fact in facts:
            print("#  ", str(fact)[:1500].replace("\n", "\n#   "), flush=True)
    return good


def same(what, got, wanted):
    return ok(what, got == wanted, f"got    {got!r}", f"wanted {wanted!r}")


# ------------------------------------------------------------------ clients

TOO_LATE = -1


class Answer:
    """Status 0: the connection ended without one."""

    def __init__(self, status=0, headers=(), text=""):
        self.status, self.text = status, text
        self.headers = {name.lower(): value for name, value in headers}

    def json(self):
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


def request_bytes(method, target, token=None, body=b"", headers=(),
                  peer="127.0.0.1"):
    """A request's FastCGI records: up to the parameters' end, the body."""
    params = {
        "REQUEST_METHOD": method, "REQUEST_URI": target, "REMOTE_ADDR": peer,
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "QUERY_STRING": target.partition("?")[2],
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
    }
    if token:
        params["HTTP_AUTHORIZATION"] = "Bearer " + token
    for name, value in headers:
        params["HTTP_" + name.upper().replace("-", "_")] = value
    text = b"".join(pair(*item) for item in params.items())
    return (record(1, struct.pack(">HB5x", 1, 0)) + stream(4, text),
            stream(5, body))


def answer_of(raw):
    out, at = b"", 0
    while at + 8 <= len(raw):
        _, kind, _, length, padding, _ = struct.unpack(
            ">BBHHBB", raw[at:at + 8])
        if kind == 6:
            out += raw[at + 8:at + 8 + length]
        at += 8 + length + padding
    head, blank, body = out.partition(b"\r\n\r\n")
    if not blank:
        return Answer()
    headers = [line.split(": ", 1)
               for line in head.decode("latin-1").split("\r\n")]
    status = next((int(value.split()[0]) for name, value in headers
                   if name == "Status"), 200)
    return Answer(status, headers, body.decode(errors="replace"))


def dial(seconds=30, path=None):
    """`path` may also be an address and port."""
    s = socket.socket(socket.AF_INET if isinstance(path, tuple) else
                      socket.AF_UNIX)
    s.settimeout(seconds)
    try:
        s.connect(path or SOCKET)
    except OSError:
        s.close()
        raise
    return s


def read_all(s):
    raw = b""
    try:
        while chunk := s.recv(65536):
            raw += chunk
    except ConnectionError:
        pass
    return raw


def ask(method, target, token=None, members=None, headers=(),
        peer="127.0.0.1", seconds=30, path=None):
    """One request over the FastCGI socket."""
    body = b"" if members is None else json.dumps(members).encode()
    try:
        with dial(seconds, path) as s:
            s.sendall(b"".join(request_bytes(method, target, token, body,
                                             headers, peer)))
            return answer_of(read_all(s))
    except TimeoutError:
        return Answer(TOO_LATE)
    except OSError:
        return Answer()


def ask_nginx(method, target, token=None, members=None, headers=()):
    """One over HTTP."""
    connection = UnixConnection()
    connection.timeout = 50
    headers = {"Content-Type": "application/json", **dict(headers)}
    if token:
        headers["Authorization"] = "Bearer " + token
    try:
        connection.request(method, target, json.dumps(members or {}), headers)
        got = connection.getresponse()
        return Answer(got.status, got.getheaders(), got.read().decode())
    except TimeoutError:
        return Answer(TOO_LATE)
    except (OSError, http.client.HTTPException):
        return Answer()
    finally:
        connection.close()


class Later(threading.Thread):
    """A call in a thread of its own; `answer()` waits for what it gives."""

    def __init__(self, function, *args, **named):
        super().__init__(daemon=True)
        self.call = function, args, named
        self.result = None
        self.start()

    def run(self):
        function, args, named = self.call
        self.result = function(*args, **named)

    def answer(self, seconds=60):
        self.join(seconds)
        return self.result if self.result is not None else Answer(TOO_LATE)


def health():
    return ask("GET", "/api/health/?deep=1", seconds=20)


def parts():
    """The parts that are down, as deep=1 tells."""
    return (health().json() or {}).get("parts", {})


def is_well():
    """Is every worker?  Each looks for itself, every few seconds."""
    return all(health().status == 200 for _ in range(3 * WORKERS))


# ------------------------------------------------------------------- people

class Person:
    numbers = itertools.count(1)

    def __init__(self, kind=3, by=None, name="Ann Lee", email=None,
                 password="correct horse 1"):
        n = next(Person.numbers)
        self.email = email or f"fault{n}@example.org"
        self.password, self.peer = password, f"10.1.{n // 250}.{n % 250 + 1}"
        answer = ask("POST", "/register", by, {
            "type_id": kind, "fullname": name, "contact": "1",
            "email": self.email, "password": password}, peer=self.peer)
        assert answer.status == 200, answer
        self.token = answer.json()["token"]
        self.id = int(sql("SELECT id FROM account WHERE archived_at IS NULL"
                          f" AND email = '{self.email}'"))

    def ask(self, method, target, members=None, **named):
        return ask(method, target, self.token, members, peer=self.peer,
                   **named)

    def login(self):
        answer = ask("POST", "/login", None, {
            "email": self.email, "password": self.password}, peer=self.peer)
        if answer.status == 200:
            self.token = answer.json()["token"]
        return answer

    def note(self, text, key=None, **named):
        headers = [("Idempotency-Key", key)] if key else []
        return self.ask("POST", "/health_records", {"record_text": text},
                        headers=headers, **named)

    def notes(self):
        """The texts of all records, page by page."""
        texts, after = [], 0
        while True:
            answer = self.ask("GET", f"/health_records?after={after}")
            assert answer.status == 200, answer
            rows = answer.json()
            texts += [row["record_text"] for row in rows]
            if len(rows) < 1000:
                return texts
            after = rows[-1]["record_id"]

    def record(self):
        """The id of the newest record."""
        return int(sql("SELECT max(id) FROM record"
                       f" WHERE patient_id = {self.id}"))


def admin():
    answer = ask("POST", "/login", None, {
        "email": "alice1982@yahoo.com", "password": "pass01"})
    assert answer.status == 200, answer
    return answer.json()["token"]


# ---------------------------------------------------------------- processes

def supervisor():
    return int((STACK / "chartkeepd.pid").read_text())


def stat_of(pid):
    """Name, state and parent; None when it has gone."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return None
    words = rest.split()
    return name.partition("(")[2], words[0], int(words[1])


def children(pid=None):
    """Of the supervisor, the dispatcher among them, or of another process."""
    pid = pid or supervisor()
    return {int(path.name) for path in Path("/proc").glob("[0-9]*")
            if (stat_of(path.name) or ("", "", 0))[2] == pid}


def sockets(pid):
    try:
        return sum(os.readlink(link).startswith("socket:")
                   for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def has_listener(pid):
    """A worker holds the listening socket, the dispatcher does not."""
    inode = listener_inode()
    try:
        return any(os.readlink(link) == f"socket:[{inode}]"
                   for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def listener_inode():
    for line in Path("/proc/net/unix").read_text().splitlines():
        words = line.split()
        if words[-1] == SOCKET and words[3] == "00010000":
            return words[6]
    return None


def workers():
    return {pid for pid in children() if has_listener(pid)}


def connected():
    """Have all workers, and the dispatcher, prepared their statements?"""
    got = subprocess.run(
        ["psql", "-XAtqU", "postgres", "-c", "SELECT count(*) FROM"
         " pg_stat_activity WHERE usename = 'chartkeep' AND state = 'idle'"
         " AND query <> ''"], check=True, capture_output=True, text=True)
    return int(got.stdout) == WORKERS + 1


class Busy:
    """A request that waits in PostgreSQL, and the worker that is at it."""

    def __init__(self, function, *args, **named):
        # One that prepares them would wait for the lock, too.
        assert until(connected, 20)
        self.lock = subprocess.Popen(
            ["psql", "-XAtq"], stdin=subprocess.PIPE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.say("BEGIN; LOCK TABLE chartkeep.record; SELECT 1;")
        self.lock.stdout.readline()
        idle = {pid: sockets(pid) for pid in workers()}
        self.later = Later(function, *args, **named)
        assert until(lambda: any(sockets(pid) > n
                                 for pid, n in idle.items()), 5)
        time.sleep(0.2)
        self.pid = next(pid for pid, n in idle.items() if sockets(pid) > n)

    def say(self, text):
        self.lock.stdin.write(text + "\n")
        self.lock.stdin.flush()

    def release(self):
        self.lock.stdin.close()
        self.lock.wait()


def log_size():
    return DAEMON_LOG.stat().st_size


def log_since(start):
    with DAEMON_LOG.open("rb") as log:
        log.seek(start)
        return log.read().decode(errors="replace")


def sanitizers():
    """What they said, in the log of any daemon."""
    texts = ((log, log.read_text(errors="replace"))
             for log in [DAEMON_LOG, *TMP.glob("*.log")] if log.is_file())
    return [f"{log.name}: {text[text.index(word):][:1400]}"
            for log, text in texts
            for word in ("ERROR: AddressSan", "ERROR: LeakSan",
                         "runtime error: ") if word in text]


def metric(name, label=""):
    text = ask("GET", "/metrics").text
    found = re.search(rf"^{name}{re.escape(label)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0


def restarts(why):
    return metric("chartkeep_worker_restarts_total", f'{{why="{why}"}}')


def start(environment=":"):
    """Its socket is there a moment before it listens."""
    stack(f"{environment}; daemon_start")
    until(lambda: listener_inode() is not None, 5)


def restart(environment=":"):
    stack("daemon_stop")
    start(environment)


def reload():
    os.kill(supervisor(), signal.SIGHUP)


def reload_and_wait():
    """Until every worker is a new one."""
    before = workers()
    reload()
    return until(lambda: not before & workers() and
                 len(workers()) == WORKERS, 30)


def arm(point, action="kill"):
    """CK_POINT_FILE of a daemon that `restart_with_points` started."""
    part = TMP / "point.part"
    part.write_text(f"{point} {action}\n")
    part.rename(TMP / "point")
    hit(point)


def restart_with_points():
    restart(f"export CK_POINT_FILE={TMP}/point")


def hit(point):
    """For tests/points/run, which looks that no point is left out."""
    NOTES.parent.mkdir(parents=True, exist_ok=True)
    with NOTES.open("a") as note:
        note.write(point + "\n")


# --------------------------------------------------------------------- load

class Writers:
    """People who write records until they are stopped.  What fails is sent
    again with its Idempotency-Key until it is acknowledged."""

    def __init__(self, n=3):
        self.people = [Person() for _ in range(n)]
        self.stopping = False
        self.statuses, self.bodies = {}, []
        self.retry_after = set()
        self.written = [[] for _ in self.people]
        self.threads = [Later(self.write, i) for i in range(n)]

    def write(self, i):
        while not self.stopping:
            key = str(uuid.uuid4())
            self.insist(self.people[i], key)
            self.written[i].append(key)
            time.sleep(0.01)
        return True

    def insist(self, person, key):
        end = time.monotonic() + 60
        while (answer := person.note(key, key)).status != 200:
            self.seen(answer)
            assert time.monotonic() < end, answer
            time.sleep(0.05)
        self.seen(answer)

    def seen(self, answer):
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status == 503:
            self.bodies.append(answer.text)
            self.retry_after.add(answer.headers.get("retry-after"))

    def number(self):
        return sum(map(len, self.written))

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(70)

    def check(self, what):
        """Each acknowledged record is there, once; no other is."""
        got = [sorted(person.notes()) for person in self.people]
        ok(f"{what}: no acknowledged record is lost, none doubled "
           f"({self.number()})",
           got == [sorted(keys) for keys in self.written],
           [len(texts) for texts in got], [len(k) for k in self.written])


class Crowd:
    """Clients of nginx with kept connections, in processes of their own."""

    PROCESSES, THREADS = 2, 8

    def __init__(self, number, targets, token=None):
        text = f"Authorization: Bearer {token}\r\n" if token else ""
        self.requests = [
            f"GET {t} HTTP/1.1\r\nHost: localhost\r\n{text}\r\n".encode()
            for t in targets]
        self.share = number // (self.PROCESSES * self.THREADS)
        self.number = self.share * self.PROCESSES * self.THREADS
        self.pids = []
        self.pipes = [self.fork() for _ in range(self.PROCESSES)]

    def fork(self):
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(out)
                os.write(into, json.dumps(self.play()).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(into)
        self.pids.append(pid)
        return open(out, "rb")

    def play(self):
        statuses = {}
        threads = [threading.Thread(target=self.client, args=(statuses, i))
                   for i in range(self.THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses

    def client(self, statuses, first):
        s = None
        for i in range(self.share):
            wire = self.requests[(first + i) % len(self.requests)]
            if s is None:
                s = dial(60, os.environ["CK_HTTP"])
            status, stays = exchange(s, wire)
            statuses[status] = statuses.get(status, 0) + 1
            if not stays:
                s.close()
                s = None

    def runs(self):
        """Has none of them ended?"""
        return all(not readable(pipe) for pipe in self.pipes)

    def statuses(self):
        """{"200": number}, when all have ended."""
        total = {}
        for pipe in self.pipes:
            for status, n in json.loads(pipe.read() or "{}").items():
                total[status] = total.get(status, 0) + n
            pipe.close()
        for pid in self.pids:
            os.waitpid(pid, 0)
        return total


def readable(pipe):
    return bool(select.select([pipe], [], [], 0)[0])


def exchange(s, wire):
    """Status, and whether the connection stays; 0: no answer."""
    try:
        s.sendall(wire)
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            chunk = s.recv(65536)
            if not chunk:
                return 0, False
            head += chunk
        head, _, body = head.partition(b"\r\n\r\n")
        head = head.lower()
        left = int(re.search(rb"content-length: (\d+)", head)[1]) - len(body)
        while left > 0:
            chunk = s.recv(65536)
            if not chunk:
                return 0, False
            left -= len(chunk)
    except (OSError, TypeError):
        return 0, False
    return int(head.split()[1]), b"connection: close" not in head
