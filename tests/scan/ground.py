"""What the scans stand on: TAP, the server on a port of the loopback, a client
of it, rows that come back when they are archived, and the logs that tell what
really arrived."""
import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

SRC = Path(os.environ["CK_SRC"])
sys.path.insert(0, str(SRC / "tests/job"))
from place import LOG, SBIN, TMP, set_setting, sql, stack  # noqa: E402,F401

WORK = TMP / "scan"
ESCAPES = WORK / "escapes"
END = time.monotonic() + int(os.environ.get("CK_SCAN_SECONDS", "600"))
count = failed = 0


# ---------------------------------------------------------------------- TAP

def ok(what, good, *facts):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        for fact in facts:
            print("#  ", str(fact)[:2000].replace("\n", "\n#   "), flush=True)
    return good


def same(what, got, wanted):
    return ok(what, got == wanted, f"got    {got!r}", f"wanted {wanted!r}")


def none(what, found):
    """Nothing of that list was found."""
    return ok(what, not found, *found[:40])


def skip(what, why):
    global count
    count += 1
    print(f"ok {count} - {what} # SKIP {why}", flush=True)


def note(text):
    print(f"# {text}", flush=True)


def left(most):
    """Seconds that a step may take: none when the suite's time is over."""
    return max(0, min(most, END - time.monotonic()))


# ------------------------------------------------------------------- server

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


PORT = free_port()
BASE = f"http://127.0.0.1:{PORT}"


def unlimited():
    """The settings that hold attempts back, out of the way."""
    text = (SRC / "conf/chartkeep.conf").read_text()
    for name, per in re.findall(r"^#(\w+) = \d+ per (\w+)$", text, re.M):
        set_setting(name, f"1000000 per {per}")


def open_port(surfaces):
    """The same server, on a port: scanners know no Unix sockets."""
    unlimited()
    set_setting("surfaces", ", ".join(surfaces))
    stack(f"daemon_stop; nginx_stop; daemon_start && nginx_start {PORT}")


class Answer:
    def __init__(self, got):
        self.status, self.headers = got.status, got.headers
        self.text = got.read().decode(errors="replace")

    def json(self):
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def __repr__(self):
        return f"{self.status} {self.text[:200]}"


def ask(method, target, token=None, members=None, headers=(), base=BASE):
    connection = http.client.HTTPConnection(base.split("//")[1], timeout=30)
    headers = {"User-Agent": "ground", **dict(headers)}
    if token:
        headers["Authorization"] = "Bearer " + token
    body = None
    if members is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(members)
    try:
        connection.request(method, target, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def wire(text, port=PORT, seconds=10, wrap=None):
    """What comes back for these bytes, until the other side closes or has
    been silent for a while.  Who answers before he has read all may lose his
    answer by closing: then it is asked again."""
    if isinstance(text, str):
        text = text.encode("latin-1")
    for _ in range(5):
        if got := exchange(text, port, seconds, wrap):
            break
    return got.decode("latin-1")


def exchange(text, port, seconds, wrap):
    got = b""
    with socket.create_connection(("127.0.0.1", port), seconds) as s:
        s = wrap(s) if wrap else s
        try:
            with contextlib.suppress(ConnectionError):
                s.sendall(text)
            while chunk := s.recv(65536):
                got += chunk
                s.settimeout(0.5)
        except OSError:
            pass
    return got


# ----------------------------------------------------------------- database

# What a request archives, ends or decides stays as it was, so that a scanner
# finds the same row every time it asks.  Each trigger is its table's last.
KEPT = """
DO $$ DECLARE col text; tab text; BEGIN
FOREACH col IN ARRAY ARRAY['archived_at', 'ended_at', 'status'] LOOP
	EXECUTE format('CREATE FUNCTION chartkeep.scan_keep_%1$s()
	    RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
	    NEW.%1$s := OLD.%1$s; RETURN NEW; END $f$', col);
	FOR tab IN SELECT table_name FROM information_schema.columns
	    JOIN information_schema.tables USING (table_schema, table_name)
	    WHERE table_schema = 'chartkeep' AND table_type = 'BASE TABLE'
	    AND column_name = col AND (col <> 'status' OR
	    table_name IN ('connection', 'activity_invite')) LOOP
		EXECUTE format('CREATE TRIGGER zz_scan_%2$s BEFORE UPDATE
		    ON chartkeep.%1$I FOR EACH ROW
		    EXECUTE FUNCTION chartkeep.scan_keep_%2$s()', tab, col);
	END LOOP;
END LOOP;
END $$;
"""


def superuser(text):
    subprocess.run(["psql", "-XAtq", "-U", "postgres", "-v",
                    "ON_ERROR_STOP=1"], input=text, text=True, check=True,
                   capture_output=True)


def keep_rows():
    superuser(KEPT)


def log_codes():
    """PostgreSQL's log names who, and the code."""
    superuser("ALTER SYSTEM SET log_line_prefix = '%m [%p] %u %e ';\n"
              "SELECT pg_reload_conf();")


def database_faults(user):
    """Statements of this user that PostgreSQL did not understand (class 42,
    but for what a policy refuses), or with values of no use (22): where a
    payload gets into a statement, sooner or later there are some."""
    text = (LOG / "postgresql.log").read_text(errors="replace")
    return re.findall(rf"\] {user} ((?:42(?!501)|22)\w+ ERROR: .*)", text)


# --------------------------------------------------------------- access log

def arrived(agent):
    """The statuses of this client's requests, with how often each came."""
    found = {}
    pattern = re.compile(rf'" (\d+) \d+ "[^"]*" "{re.escape(agent)}"$')
    with (LOG / "access.log").open(errors="replace") as log:
        for line in log:
            if match := pattern.search(line):
                status = int(match[1])
                found[status] = found.get(status, 0) + 1
    return found


def broken():
    """A scanner's requests at which the server failed."""
    with (LOG / "access.log").open(errors="replace") as log:
        return [line.strip()[:300] for line in log if re.search(
            r'" 5\d\d \d+ "[^"]*" "scan-[^"]*"$', line)]
