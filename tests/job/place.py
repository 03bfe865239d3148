"""What the suite uses of its stack: the clock, the database, Redis, people
with reminders, dispatchers, and the servers that take their mail."""
import email
import email.policy
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

SRC = Path(os.environ["CK_SRC"])
SBIN = Path(os.environ["CK_SBIN"])
TMP = Path(os.environ["CK_TMP"])
LOG = Path(os.environ["CK_LOG"])
AS = os.environ.get("CK_AS", "").split()
ZERO = datetime.now(timezone.utc).replace(microsecond=0)


def stack(command):
    subprocess.run(
        ["bash", "-c", '. "$CK_SRC/tests/lib/stack.sh"; '
         f'stack_use "$CK_STACK"; {command}'], check=True)


def set_setting(name, value):
    stack(f"stack_set {name} '{value}'")


def sql(text):
    """The answer's first column: one value, or a list of lines."""
    out = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
         f"SET search_path = chartkeep; {text}"],
        check=True, capture_output=True, text=True).stdout
    lines = out.splitlines()
    return lines[0] if len(lines) == 1 else lines


def number(text):
    return int(sql(text))


def redis(*words):
    return subprocess.run(
        [*AS, "redis-cli", "-s", os.environ["CK_REDIS"], *words],
        check=True, capture_output=True, text=True).stdout.strip()


def until(predicate, seconds=15):
    """Does it become true in time?"""
    end = time.monotonic() + seconds
    while True:
        if predicate():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.05)


# --------------------------------------------------------------------- clock

def set_clock(hours, poked=True):
    """The database's time is so many hours after the suite's start, and the
    dispatchers look at once (or when they do by themselves)."""
    there = ZERO + timedelta(hours=hours)
    ahead = there - datetime.now(timezone.utc)
    sql("CREATE OR REPLACE FUNCTION instant() RETURNS timestamptz"
        " LANGUAGE sql STABLE PARALLEL SAFE"
        f" RETURN now() + interval '{ahead.total_seconds()} seconds'")
    if poked:
        Dispatcher.poke()


def rest():
    """Time enough for every dispatcher to do what it should not."""
    Dispatcher.poke()
    time.sleep(0.7)


def when(hours):
    """As the API takes times, which are in UTC on this stack."""
    return (ZERO + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")


# -------------------------------------------------------------------- people

class UnixConnection(http.client.HTTPConnection):
    def __init__(self):
        super().__init__("localhost")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ["CK_HTTP"])


connection = None


def call(method, path, body=None, token=None):
    """Status and parsed answer."""
    global connection
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    for again in (True, False):
        connection = connection or UnixConnection()
        try:
            connection.request(method, path, json.dumps(body or {}), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (http.client.HTTPException, OSError):
            connection.close()
            connection = None
            if not again:
                raise


class Person:
    """An account made over HTTP, with what became of its reminders."""
    numbers = itertools.count(1)

    def __init__(self, name="Ann Lee"):
        self.email = f"person{next(Person.numbers)}@example.org"
        status, answer = call("POST", "/register", {
            "type_id": 3, "fullname": name, "contact": "1",
            "email": self.email, "password": "correct horse 1"})
        assert status in (200, 201), (status, answer)
        self.token = answer["token"]
        self.id = number(f"SELECT id FROM account WHERE email='{self.email}'")

    def remind(self, hours, text="Take the blue pill"):
        status, answer = call("POST", "/reminders", {
            "reminder_text": text, "reminder_date": when(hours)}, self.token)
        assert status in (200, 201), (status, answer)

    def reminders(self):
        return call("GET", "/reminders", token=self.token)[1]

    def move(self, reminder, hours):
        status, answer = call(
            "PUT", f"/reminders/{reminder['reminder_id']}", {
                "reminder_text": reminder["reminder_text"],
                "reminder_date": when(hours)}, self.token)
        assert status == 200, (status, answer)

    def forget(self, reminder):
        status, answer = call(
            "DELETE", f"/reminders/{reminder['reminder_id']}",
            token=self.token)
        assert status == 200, (status, answer)

    def called(self, given, family):
        sql(f"UPDATE person SET given = E'{given}', family = E'{family}'"
            f" WHERE account_id = {self.id}")

    def told(self):
        """Notifications."""
        return number("SELECT count(*) FROM notification"
                      f" WHERE account_id = {self.id}")

    def states(self):
        """Of the occurrences: {state: number}."""
        lines = sql("SELECT state || ' ' || count(*) FROM occurrence WHERE"
                    f" account_id = {self.id} GROUP BY state ORDER BY state")
        lines = [lines] if isinstance(lines, str) else lines
        return {state: int(n) for state, n in map(str.split, lines)}

    def post(self, column="state"):
        """A column of the newest outbox row."""
        return sql(f"SELECT coalesce({column}::text, '') FROM outbox"
                   f" WHERE account_id = {self.id} ORDER BY id DESC LIMIT 1")


# --------------------------------------------------------------- dispatchers

class Dispatcher:
    numbers = itertools.count(1)
    running = []

    def __init__(self, **environment):
        self.log = TMP / f"dispatcher-{next(Dispatcher.numbers)}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*AS, SBIN / "chartkeepd", "--dispatcher", "-c",
                 os.environ["CK_CONF"]], cwd="/", stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
                env={**os.environ, "CK_MAIL_SECONDS": "4", **environment})
        Dispatcher.running.append(self)

    @classmethod
    def poke(cls):
        """All that run look at once for what is due and to be sent."""
        for each in cls.running:
            # Before it says so the signal would end it.
            if each.runs() and each.says("event=dispatcher_started"):
                each.process.send_signal(signal.SIGUSR1)

    def says(self, text):
        return text in self.log.read_text(errors="replace")

    def count(self, text):
        return self.log.read_text(errors="replace").count(text)

    def runs(self):
        return self.process.poll() is None

    def ready(self):
        return until(lambda: self.says("event=queue_filled") or
                     self.says("event=redis_away") or
                     self.says("event=housekeeping"))

    def stop(self, seconds=30):
        """Its exit status; -9 when it had to be killed."""
        if self in Dispatcher.running:
            Dispatcher.running.remove(self)
        if self.runs():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def busy(self):
        """Seconds of processor time so far."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text()
        words = words.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def sanitizers():
    """What they said in any dispatcher's log."""
    found = []
    for log in TMP.glob("dispatcher-*.log"):
        text = log.read_text(errors="replace")
        if "Sanitizer" in text or "runtime error:" in text:
            found.append(log.name)
    return found


# ---------------------------------------------------------------------- mail

class Box:
    """A directory into which mail is delivered."""

    def __init__(self, name):
        self.directory = TMP / name
        subprocess.run([*AS, "mkdir", "-p", self.directory], check=True)
        self.directory.chmod(0o777)

    def mode(self, text):
        part = self.directory / ".mode"
        part.write_text(text + "\n")
        part.rename(self.directory / "mode")

    def files(self, person):
        """The mails to somebody, as they came."""
        address = person.email.encode()
        return [path for path in sorted(self.directory.glob("*.eml"))
                if b"<" + address + b">" in path.read_bytes()]

    def mails(self, person):
        return [email.message_from_bytes(path.read_bytes(),
                                         policy=email.policy.default)
                for path in self.files(person)]

    def body(self, person):
        """Of the first, as its reader sees it."""
        return self.mails(person)[0].get_content().replace("\r\n", "\n")

    def envelopes(self, person):
        return [json.loads(path.with_suffix(".json").read_text())
                for path in self.files(person)]

    def empty(self):
        for path in self.directory.glob("*.*"):
            path.unlink()


class Server(Box):
    """tests/lib/smtpd.py."""

    def __init__(self, name, *options):
        super().__init__(name)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", SRC / "tests/lib/smtpd.py", *options,
             self.directory], stdin=subprocess.DEVNULL,
            stdout=(TMP / f"{name}.log").open("wb"),
            stderr=subprocess.STDOUT)
        assert until(lambda: (self.directory / "port").exists())
        self.port = int((self.directory / "port").read_text())

    def stop(self):
        self.process.kill()
        self.process.wait()


class Program(Box):
    """tests/lib/sendmail, as the setting `mail` wants it."""

    def __init__(self, name):
        super().__init__(name)
        self.path = TMP / f"{name}.sendmail"
        self.path.write_text("#!/bin/sh\nexec "
                             f"{TMP}/{name}.real {self.directory} \"$@\"\n")
        self.path.chmod(0o755)
        shutil.copy(SRC / "tests/lib/sendmail", TMP / f"{name}.real")
