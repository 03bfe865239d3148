"""Texts, passwords and tokens that must lie nowhere in the clear: written,
read, changed, refused and failed, then looked for in every file of the stack,
in dumps, and in what the servers keep of a request on its way."""
import base64
import os
import re
import subprocess
import time
from pathlib import Path

from stage import (
    AS, LOG, STACK, TMP, Busy, Person, ask, ask_nginx, children, dial,
    is_well, ok, read_all, redis, reload_and_wait, request_bytes, restart,
    same, set_setting, sql, stack, supervisor, until)

# What is sealed, and what is never stored, holds this.
CANARY = "canary-"
WORDS = {name: f"{CANARY}{name}" for name in (
    "record", "changed", "reminder", "moved", "refused", "failed", "invalid",
    "broken", "unrouted", "upload", "killed", "delivered")}
PASSWORDS = {name: f"{CANARY}password-{name}" for name in (
    "right", "wrong", "unknown")}
# Accounts are found by what is not sealed.
EMAIL = "sparrow-mail@example.org"
FULL_NAME = "Sparrow Passer-Domesticus"


def spellings(word):
    """A text as a file may hold it."""
    raw = word.encode()
    yield from (raw, raw.hex().encode(), raw.hex().upper().encode(),
                word.encode("utf-16-le"), word.encode("utf-16-be"))
    for n in range(3):
        # Whatever is before and behind it, these characters are its own.
        text = base64.b64encode(bytes(n) + raw + bytes(2))
        yield text[-(-n * 8 // 6):(n + len(raw)) * 8 // 6]


class Search:
    """For any of the words, in any file below some directories."""

    def __init__(self, *words):
        self.spellings = [s for word in words for s in spellings(word)]

    def of(self, data, where):
        places = ((data.find(s), where) for s in self.spellings)
        return {(data[max(at - 20, 0):at + 50], where)
                for at, where in places if at >= 0}

    def below(self, *directories):
        found = set()
        for directory in directories:
            for path, _, files in os.walk(directory):
                for name in files:
                    found |= self.file(os.path.join(path, name))
        return sorted(found)

    def file(self, path):
        try:
            if os.path.islink(path) or not os.path.isfile(path):
                return set()
            with open(path, "rb") as file:
                return self.of(file.read(), path)
        except FileNotFoundError:
            return set()


    def open_in(self, pid):
        """Files without a name count, too."""
        found = set()
        for link in Path(f"/proc/{pid}/fd").iterdir():
            if link.is_file():
                found |= self.of(link.read_bytes(), os.readlink(link))
        return sorted(found)


def output_of(*command):
    return subprocess.run([*AS, *command], check=True,
                          capture_output=True).stdout


def loud_servers():
    """PostgreSQL logs every statement with its parameters and details, Redis
    writes down every command."""
    with (STACK / "pg/stack.conf").open("a") as conf:
        conf.write("log_min_duration_statement = 0\n"
                   "log_error_verbosity = verbose\n"
                   "log_parameter_max_length_on_error = -1\n")
    redis("CONFIG", "SET", "rdbcompression", "no")
    redis("CONFIG", "SET", "appendonly", "yes")
    stack("pg_stop fast; pg_start")
    set_setting("log_level", "debug")
    assert reload_and_wait() and until(is_well, 10)


def quiet_servers():
    conf = STACK / "pg/stack.conf"
    text = conf.read_text()
    conf.write_text(text[:text.index("log_min_duration_statement")])
    redis("CONFIG", "SET", "appendonly", "no")
    set_setting("log_level", "info")
    stack("pg_stop fast; pg_start")
    restart()


def written(person):
    """Everything that is taken."""
    w, key = WORDS, [("Idempotency-Key", "a key of the client's")]
    statuses = [
        person.ask("POST", "/health_records", {"record_text": w["record"]},
                   headers=key),
        person.ask("POST", "/health_records", {"record_text": w["record"]},
                   headers=key),
        person.ask("POST", "/reminders", {
            "reminder_text": w["reminder"],
            "reminder_date": "2031-01-01 10:00:00"}),
        ask_nginx("POST", "/health_records", person.token,
                  {"record_text": w["record"]})]
    row = f"/health_records/{person.record()}"
    number = sql(f"SELECT max(id) FROM reminder WHERE patient_id={person.id}")
    statuses += [
        person.ask("PUT", row, {"record_text": w["changed"]}),
        person.ask("PUT", f"/reminders/{number}", {
            "reminder_text": w["moved"],
            "reminder_date": "2031-01-02 10:00:00"}),
        person.ask("GET", "/health_records"), person.ask("GET", row),
        ask_nginx("GET", "/health_records", person.token),
        person.ask("GET", "/reminders")]
    same("all is written and read", [a.status for a in statuses], [200] * 10)
    ok("and it is there", w["changed"] in statuses[6].text and
       w["moved"] in statuses[9].text, statuses[6])


def delivered(person):
    """A notification keeps the text, sealed; its mail has none."""
    due = time.gmtime(time.time() + 2)
    person.ask("POST", "/reminders", {
        "reminder_text": WORDS["delivered"],
        "reminder_date": time.strftime("%Y-%m-%d %H:%M:%S", due)})
    ok("a reminder is delivered and mailed", until(lambda: sql(
        "SELECT state FROM outbox WHERE account_id ="
        f" {person.id}") == "sent", 20))


def refused(person, other):
    """What a fault is told about, and words where they do not belong."""
    w, row = WORDS, f"/health_records/{person.record()}"
    for send in (lambda *a: person.ask(*a), lambda m, t, b: ask_nginx(
            m, t, person.token, b)):
        for method, target, members, status in (
                ("PUT", "/permissions/2/3", {"can_add": w["refused"]}, 403),
                ("POST", "/reminders", {"reminder_text": w["invalid"],
                                        "reminder_date": w["invalid"]}, 400),
                ("POST", "/health_records", {w["invalid"]: 1}, 400),
                ("POST", "/health_records", {"record_text":
                                             w["invalid"] * 20000}, 400),
                ("POST", "/no-such-path", {"text": w["unrouted"]}, 404),
                ("PATCH", "/profile", {"text": w["unrouted"]}, 405)):
            answer = send(method, target, members)
            if answer.status != status:
                same(f"{method} {target} is refused", answer, status)
    same("another's row is 404", other.ask("PUT", row, {
        "record_text": w["refused"]}).status, 404)
    for body in (b'{"record_text": "%s"', b'{"record_text": "%s\xff"}',
                 b'[{"record_text": "%s"}]'):
        with dial() as s:
            s.sendall(b"".join(request_bytes(
                "POST", "/health_records", person.token,
                body.replace(b"%s", w["broken"].encode()))))
            read_all(s)
    person.note(w["failed"], "one key")
    same("a key with another body is 422",
         person.note(w["failed"] + "2", "one key").status, 422)


def secrets(person):
    p = PASSWORDS
    statuses = [
        ask("POST", "/login", None, {"email": EMAIL, "password": p["wrong"]}),
        ask("POST", "/login", None, {"email": "nobody@example.org",
                                     "password": p["unknown"]}),
        ask_nginx("POST", "/login", None, {"email": EMAIL,
                                           "password": p["right"]}),
        ask("POST", "/register", None, {
            "type_id": 3, "fullname": FULL_NAME, "contact": "1",
            "email": EMAIL, "password": p["right"]}),
        person.login()]
    same("passwords are right, wrong, and sent again",
         [a.status for a in statuses], [401, 404, 200, 400, 200])


def failed(person):
    """PostgreSQL's errors quote the row that they are about."""
    for change, back in (
            ("ALTER TABLE record ADD CONSTRAINT never CHECK (false) NOT"
             " VALID", "ALTER TABLE record DROP CONSTRAINT never"),
            ("CREATE UNIQUE INDEX once ON record (patient_id) WHERE"
             " archived_at IS NULL AND id > 1000000",
             "DROP INDEX once"),
            ("CREATE FUNCTION complain() RETURNS trigger LANGUAGE plpgsql AS"
             " $$ BEGIN RAISE EXCEPTION 'row %', NEW USING DETAIL ="
             " NEW::text; END $$; CREATE TRIGGER complains BEFORE INSERT OR"
             " UPDATE ON record FOR EACH ROW EXECUTE FUNCTION complain()",
             "DROP TRIGGER complains ON record; DROP FUNCTION complain()")):
        if "once" in change:
            sql("SELECT setval(pg_get_serial_sequence('record', 'id'),"
                " 1000001)")
            person.note(WORDS["failed"])
        sql(change)
        try:
            answers = [person.note(WORDS["failed"]), ask_nginx(
                "POST", "/health_records", person.token,
                {"record_text": WORDS["failed"]})]
        finally:
            sql(back)
        ok(f"a failing write tells nothing ({answers[0].status})", all(
            a.status >= 400 and CANARY not in a.text and
            "never" not in a.text and "row" not in a.text
            for a in answers), answers)


def on_their_way(person):
    """A body that is still coming lies in no temporary file, and a worker
    that is aborted leaves no core."""
    search = Search(CANARY)
    body = (b'{"record_text": "' + (WORDS["upload"] + " ").encode() * 10000 +
            b'"}')
    with dial(path=os.environ["CK_HTTP"]) as s:
        s.sendall(("POST /health_records HTTP/1.1\r\nHost: localhost\r\n"
                   f"Authorization: Bearer {person.token}\r\n"
                   "Content-Type: application/json\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() +
                  body[:-9])
        time.sleep(0.3)
        same("an upload on its way lies in no file, be it deleted", [
            search.below(STACK / "nginx", TMP), [
                found for pid in processes() for found in search.open_in(pid)
            ]], [[], []])
    set_setting("request_timeout", "1s")
    reload_and_wait()
    busy = Busy(person.note, WORDS["killed"])
    busy.later.answer(10)
    busy.release()
    set_setting("request_timeout", "30s")
    restart("ulimit -c unlimited")
    limits = [open(f"/proc/{pid}/limits").read()
              for pid in children() | {supervisor()}]
    ok("no process may write a core, which would hold texts and keys", all(
        re.search(r"Max core file size +0 +0 ", text) for text in limits),
       limits[0])


def processes():
    """Of nginx and ours."""
    nginx = int((STACK / "nginx.pid").read_text())
    return [nginx, *children(nginx), supervisor(), *children()]


def lies_nowhere():
    loud_servers()
    try:
        person = Person(email=EMAIL, name=FULL_NAME,
                        password=PASSWORDS["right"])
        tokens = [person.token]
        written(person)
        delivered(person)
        refused(person, Person())
        secrets(person)
        tokens.append(person.token)
        failed(person)
        on_their_way(person)
        redis("SAVE")
        found_nowhere(Search(CANARY, *(t.rpartition(".")[2] for t in tokens)))
        controls()
    finally:
        quiet_servers()


def found_nowhere(search):
    dump = ("pg_dump", "-h", os.environ["PGHOST"], "-U", "postgres")
    for options in ((), ("--inserts",)):
        same(f"pg_dump {' '.join(options)} as superuser: none", search.of(
             output_of(*dump, *options, "chartkeep"), ""), set())
    stack("stack_psql -U postgres -c CHECKPOINT")
    for what, directory in (
            ("PostgreSQL's files", STACK / "pg"),
            ("Redis' dump and log of commands", STACK / "redis"),
            ("all logs", LOG), ("mails", STACK / "mail"),
            ("the web server's directories", STACK / "nginx"),
            ("other files of the stack", STACK)):
        same(f"{what} hold none", search.below(directory), [])


def controls():
    """The search finds what is there, so it would find the rest."""
    open_words = Search(EMAIL, FULL_NAME.split()[1])
    names = {os.path.basename(where) for _, where in open_words.below(LOG)}
    same("what is not sealed stands in PostgreSQL's log, asked to tell all,"
         " and in no other", names, {"postgresql.log"})
    ok("and in its files", open_words.below(STACK / "pg/base"))
    same("Redis wrote down dump and commands", len({
        where.rpartition(".")[2] for _, where in Search(
            "chartkeep:").below(STACK / "redis")}), 2)
    for what, text in (("hexadecimal", WORDS["record"].encode().hex()),
                       ("base64", base64.b64encode(
                           b"12" + WORDS["record"].encode()).decode()),
                       ("UTF-16", WORDS["record"].replace("", "\0"))):
        (TMP / "control").write_text(text)
        same(f"a text in {what} would be found",
             len(Search(CANARY).below(TMP)), 1)
    (TMP / "control").unlink()


scenes = [lies_nowhere]
