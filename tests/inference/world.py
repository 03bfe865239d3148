"""The two worlds: residents, whose answers are compared, and strangers, whose
rows must not show in them.

Rows of residents have the ids base, base + 10, base + 20 ... of their table;
the strangers' rows, made later, base + 5, base + 15 ...: they stand before,
between and behind, as if they had been made at the same time.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["CK_SRC"], "tests/http"))
import fastcgi  # noqa: E402

STEP, STRANGER, NOBODY = 10, 5, 3
FIRST = 5000        # above every id of the demo
TABLES = ["account", "person", "data_key", "provider", "membership",
          "connection", "record", "reminder", "occurrence", "notification",
          "activity", "activity_invite"]
PASSWORD = "correct horse 1"
PEER = "10.3.2.1"


def sql(text, *options):
    return subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *options, "-c",
         f"SET search_path = chartkeep; {text}"],
        check=True, capture_output=True, text=True).stdout.strip()


def stack(command):
    subprocess.run(
        ["bash", "-c", '. "$CK_SRC/tests/lib/stack.sh"; '
         f'stack_use "$CK_STACK"; {command}'], check=True,
        stdout=subprocess.DEVNULL)


def set_limits(count):
    """Of what is counted for each account, address and pair of them."""
    stack("; ".join(f"stack_set {name} '{count} per hour'" for name in (
        "login_per_account_peer", "login_per_account", "login_per_peer",
        "invitations_per_account", "invitations_per_peer",
        "registrations_per_peer")) + "; daemon_stop; daemon_start")


class Answer:
    """All that a client gets, but the moment and the request's id."""

    def __init__(self, method, target, token=None, members=None, headers=(),
                 peer=PEER):
        sent = [("Content-Type", "application/json"), *headers]
        if token:
            sent.append(("Authorization", "Bearer " + token))
        body = b"" if members is None else json.dumps(members).encode()
        self.status, got, self.body = fastcgi.ask(method, target, sent, body,
                                                  peer)
        self.headers = sorted((name.lower(), value) for name, value in got
                              if name.lower() not in ("date", "x-request-id"))

    def same(self):
        """What is compared."""
        return self.status, self.headers, self.body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


def done(*args, **named):
    """A request that succeeds; the parsed answer."""
    answer = Answer(*args, **named)
    assert answer.status in (200, 201), (args, answer)
    return answer.json()


class Person:
    def __init__(self, name, kind, by=None):
        self.name, self.email = name, f"{name}@example.org"
        self.token = done("POST", "/register", by, {
            "type_id": kind, "fullname": f"{name.title()} Test",
            "contact": "555", "email": self.email,
            "password": PASSWORD})["token"]
        self.id = int(sql("SELECT id FROM account WHERE email ="
                          f" '{self.email}' AND archived_at IS NULL"))

    def does(self, method, target, members=None, **named):
        return done(method, target, self.token, members, **named)

    def note(self, text):
        self.does("POST", "/health_records", {"record_text": text})

    def remind(self, text, date="2999-01-01"):
        self.does("POST", "/reminders",
                  {"reminder_text": text, "reminder_date": date})

    def connect(self, clinician, action=None):
        """Asks; the clinician answers."""
        made = self.does("POST", "/api/connection/request-pro",
                         {"professional_id": clinician.id})["connection"]
        if action:
            clinician.does("POST", "/api/connection/respond",
                           {"connection_id": made["id"], "action": action})
        return made["id"]

    def activity(self, title, *clients):
        made = self.does("POST", "/api/activities/", {
            "title": title, "description": title})["activity"]["id"]
        return made, [self.does("POST", "/api/activities/invite", {
            "activity_id": made, "client_id": client.id})["invite"]["id"]
            for client in clients]


def number_from(start):
    """The next rows of each table have the ids start, start + STEP ..."""
    sql("; ".join(f"ALTER TABLE {table} ALTER COLUMN id SET INCREMENT BY"
                  f" {STEP} RESTART WITH {start}" for table in TABLES))


def join(kind, provider, *people):
    for person in people:
        sql("INSERT INTO membership (provider_id, account_id, kind)"
            f" VALUES ({provider}, {person.id}, '{kind}')")


def admin():
    return done("POST", "/login", None, {
        "email": "alice1982@yahoo.com", "password": "pass01"})["token"]


class Residents:
    """Of every role but admin, who sees everything."""

    def __init__(self):
        number_from(FIRST)
        by = admin()
        self.doctor = Person("doctor", 2, by)       # verified
        self.patient = Person("patient", 3)
        self.nurse = Person("nurse", 4, by)
        self.friend = Person("friend", 3)
        self.unverified = Person("unverified", 2)
        self.pharmacist = Person("pharmacist", 5, by)
        self.loner = Person("loner", 3)             # has and sees nothing
        self.outsider = Person("outsider", 2, by)   # the strangers' doctor
        self.providers()
        self.data()
        self.relations()
        # The last row of the trail, as the access log's pages name it.
        self.moment = sql(
            "SELECT (extract(epoch FROM at) * 1000000)::bigint || '-1'"
            " FROM audit ORDER BY at DESC, id DESC LIMIT 1")
        self.people = [self.doctor, self.patient, self.nurse, self.friend,
                       self.unverified, self.pharmacist, self.loner]

    def providers(self):
        self.home, self.away = (
            int(sql("INSERT INTO provider (uid, name) VALUES"
                    f" (gen_random_uuid(), '{name}') RETURNING id"))
            for name in ("Home", "Away"))
        join("staff", self.home, self.doctor, self.nurse, self.unverified)
        join("patient", self.home, self.patient)
        join("staff", self.away, self.outsider)

    def data(self):
        for person in (self.patient, self.friend, self.doctor, self.nurse):
            for n in range(3):
                person.note(f"{person.name} {n}")
                person.remind(f"{person.name} {n}")
            person.remind(f"{person.name} past", "2001-01-01")

    def relations(self):
        self.patient.connect(self.doctor, "accept")
        self.ending = self.friend.connect(self.unverified, "accept")
        self.patient.connect(self.nurse)
        self.friend.connect(self.doctor, "reject")
        self.doctor.does("POST", "/api/connection/invite-client",
                         {"client_email": self.loner.email})
        self.activities = {
            self.doctor: self.doctor.activity("one", self.patient)[0],
            self.unverified: self.unverified.activity("two", self.friend)[0]}
        self.doctor.activity("three", self.patient)


class Strangers:
    """Everything that people without any relation to a resident can have."""

    def __init__(self, residents):
        number_from(FIRST + STRANGER)
        outsider = residents.outsider
        self.people = [Person(name, 3) for name in ("anna", "mark", "zoe")]
        self.one, self.two, self.three = self.people
        self.boss = Person("boss", 1, admin())
        gone = Person("gone", 3)
        for person in [*self.people, outsider, self.boss, gone]:
            for n in range(3):
                person.note(f"{person.name} {n}")
                person.remind(f"{person.name} {n}")
            person.remind(f"{person.name} past", "2001-01-01")
        self.connected(outsider, gone)
        join("patient", residents.away, *self.people)
        sql(f"UPDATE record SET doctor_id = {outsider.id}"
            f" WHERE patient_id = {self.three.id}")
        sql("INSERT INTO notification (uid, account_id, kind) SELECT"
            f" gen_random_uuid(), id, 'reminder' FROM account WHERE id IN"
            f" ({self.one.id}, {self.two.id}, {outsider.id})")
        done("DELETE", f"/users/{gone.id}", self.boss.token)
        self.trail(residents)

    def trail(self, residents):
        """As if all that had been before, between and behind the others'."""
        sql("INSERT INTO audit (at, account_id, role, route, action, outcome,"
            " patients) SELECT a.at + interval '1 microsecond', s.id,"
            " 'patient', a.route, a.action, a.outcome, ARRAY[s.id] FROM audit"
            f" a, (VALUES ({self.one.id}), ({residents.outsider.id})) AS s"
            " (id) WHERE a.patients IS NOT NULL")

    def connected(self, outsider, gone):
        self.one.connect(outsider, "accept")
        self.two.connect(outsider, "accept")
        self.three.connect(outsider)
        gone.connect(outsider, "reject")
        for n in range(3):
            activity, invites = outsider.activity(f"s{n}", self.one, self.two)
            self.one.does("POST", "/api/activities/respond",
                          {"invite_id": invites[0], "action": "accept"})
        last = self.one.does("GET", "/health_records")[-1]["record_id"]
        self.one.does("DELETE", f"/health_records/{last}")
        self.two.does("POST", "/health_records", {"record_text": "kept"},
                      headers=[("Idempotency-Key", "a key")])
