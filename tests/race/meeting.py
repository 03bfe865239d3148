"""How requests meet: locks held by psql, who waits for them, several at once,
and every worker in turn."""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CK_SRC"]) / "tests/fault"))
import stage  # noqa: E402
from stage import (  # noqa: E402,F401
    LOG, WORKERS, Later, Person, admin, ask_nginx, ok, same, sql, until)

ROUNDS = 8
DOCTOR, PATIENT, NURSE = 2, 3, 4


def superuser(text):
    return subprocess.run(
        ["psql", "-XAtqU", "postgres", "-v", "ON_ERROR_STOP=1", "-c", text],
        check=True, capture_output=True, text=True).stdout.strip()


def listen():
    """PostgreSQL notes every statement, and which backend executes it; nobody
    has invited too often."""
    for text in ("log_statement = 'all'", "log_line_prefix = '%p '"):
        superuser(f"ALTER SYSTEM SET {text}")
    superuser("SELECT pg_reload_conf()")
    for limit in ("invitations_per_account", "invitations_per_peer",
                  "registrations_per_peer"):
        stage.set_setting(limit, "100000 per hour")
    stage.stack("daemon_stop; daemon_start")
    assert until(stage.connected, 20)


# ------------------------------------------------------------------ requests

def call(person, method, target, members=None, key=None):
    """One request through nginx."""
    return ask_nginx(method, target, person and person.token, members,
                     [("Idempotency-Key", key)] if key else [])


def made(answer, kind):
    """The id of what was made."""
    assert answer.status == 201, answer
    return answer.json()[kind]["id"]


def asks(patient, clinician, **named):
    return call(patient, "POST", "/api/connection/request-pro",
                {"professional_id": clinician.id}, **named)


def invites(clinician, patient, **named):
    return call(clinician, "POST", "/api/connection/invite-client",
                {"client_email": patient.email}, **named)


def answers(person, connection, action="accept", **named):
    return call(person, "POST", "/api/connection/respond",
                {"connection_id": connection, "action": action}, **named)


def ends(person, connection):
    return call(person, "DELETE", f"/api/connection/{connection}")


def connected(patient, clinician):
    """An accepted connection's id."""
    id = made(asks(patient, clinician), "connection")
    assert answers(clinician, id).status == 200
    return id


def statuses(*given):
    return sorted(answer.status for answer in given)


def told(person, kind):
    """How often a person was told so; in the program and by mail."""
    return sql("SELECT count(DISTINCT n.id) || ' ' || count(o.id)"
               " FROM notification n LEFT JOIN outbox o"
               " ON o.notification_id = n.id WHERE n.account_id ="
               f" {person.id} AND n.kind = '{kind}'")


# --------------------------------------------------------------------- locks

class Held:
    """A transaction of psql's that has executed `text` and stays open."""

    def __init__(self, text, user=None):
        self.psql = subprocess.Popen(
            ["psql", "-XAtq", *(["-U", user] if user else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL)
        self.say("SET search_path = chartkeep; BEGIN; "
                 f"{text}; SELECT 'held';")
        for line in self.psql.stdout:
            if line == "held\n":
                return
        raise AssertionError(f"psql: {text}")

    def say(self, text):
        self.psql.stdin.write(text + "\n")
        self.psql.stdin.flush()

    def release(self, word="COMMIT"):
        self.say(f"{word};")
        self.psql.stdin.close()
        self.psql.stdout.read()
        self.psql.wait()


def row(table, id):
    return f"SELECT FROM {table} WHERE id = {id} FOR UPDATE"


def acting(person, role, text):
    """As the program does it for this account, in the owner's session."""
    return ("SELECT " + ", ".join(
        f"set_config('chartkeep.{name}', '{value}', true)" for name, value in (
            ("account", person), ("role", role),
            ("clinician", "" if role in ("patient", "admin") else person))) +
            f"; {text}")


def archive(kind, id, person, role):
    return acting(person, role, f"SELECT archive('{kind}', {id})")


def waiting():
    """The workers' backends that wait for somebody's lock."""
    return int(superuser(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'chartkeep'"
        " AND wait_event_type = 'Lock'"))


def meet(text, *calls, word="COMMIT"):
    """The answers to calls all of which wait for what `text` holds, begun in
    this order."""
    held, later = Held(text), []
    for function, *args in calls:
        later.append(Later(function, *args))
        if not until(lambda: waiting() == len(later)):
            held.release("ROLLBACK")
            raise AssertionError(f"no wait: {later[-1].result}, {text}")
    held.release(word)
    return [one.answer() for one in later]


def at_once(*calls):
    """The answers to calls begun together; nobody holds anything."""
    later = [Later(function, *args) for function, *args in calls]
    return [one.answer() for one in later]


# ------------------------------------------------------------- every worker

def backends(start):
    """Of workers who let somebody enter since the log had this size."""
    with (LOG / "postgresql.log").open("rb") as log:
        log.seek(start)
        text = log.read().decode(errors="replace")
    return set(re.findall(r"^(\d+) LOG:  execute enter: ", text, re.M))


def every_worker(person, method, target, members=None):
    """The statuses and texts of answers until each worker gave one."""
    start, found = (LOG / "postgresql.log").stat().st_size, set()

    def asked():
        found.update((answer.status, answer.text) for answer in at_once(*(
            [(call, person, method, target, members)] * 2 * WORKERS)))
        return len(backends(start)) == WORKERS

    assert until(asked, 60), f"{len(backends(start))} workers answered"
    return found


def shown(what, person, targets, text):
    """Each worker shows it ..."""
    for target in targets:
        found = every_worker(person, "GET", target)
        ok(f"{what}: every worker shows {target}", all(
            status == 200 and text in said for status, said in found), found)


def hidden(what, person, targets, text, status=(200, 404)):
    """... or none does, and all say the same."""
    for target in targets:
        found = every_worker(person, "GET", target)
        ok(f"{what}: no worker shows {target}", len(found) == 1 and all(
            got in status and text not in said for got, said in found), found)
