"""Every operation of the OpenAPI documents with every parameter of it, and a
request of each that the server answers well."""
import itertools
import json
import re
import subprocess
from functools import cached_property
from urllib.parse import quote, unquote
from zlib import crc32

from ground import PORT, SBIN, SRC, ask, sql

# Headers that the program reads, with what they hold when they mean no harm;
# which methods each is for, where not for all.
HEADERS = {
    "Accept": "application/json",
    "Authorization": "Bearer {token}",
    "Content-Type": "application/json",
    "Host": f"127.0.0.1:{PORT}",
    "Origin": "http://localhost:3000",
    "If-None-Match": '"0-0"',
    "If-Match": '"0-0"',
    "Idempotency-Key": "key-{key}",
}
METHODS = {
    "If-None-Match": ("GET",),
    "If-Match": ("PUT", "PATCH", "DELETE"),
    "Idempotency-Key": ("POST", "PUT", "PATCH", "DELETE"),
}
# These change what the rest of a request does, so that they stand only where
# headers are tested.
APART = ("If-Match", "Idempotency-Key")

# What the documents leave out.
UNWRITTEN = {"/api/health": ["deep"]}


def headers_read():
    """As the program's source has them."""
    text = (SRC / "src/http/request.c").read_text()
    return {name.replace("_", "-").title()
            for name in re.findall(r'"(?:HTTP_(?=\w)|(?=CONTENT_TYPE))'
                                   r'(\w+)"', text)}


# ------------------------------------------------------------------- people

ADMIN = {"email": "alice1982@yahoo.com", "password": "pass01"}


class Person:
    numbers = itertools.count(1)

    def __init__(self, kind):
        self.email = f"scan{next(Person.numbers)}@example.org"
        answer = ask("POST", "/register", None, {
            "type_id": kind, "fullname": "Ann Lee", "contact": "1",
            "email": self.email, "password": "correct horse 1"})
        assert answer.status == 200, answer
        self.token = answer.json()["token"]
        self.id = int(sql("SELECT id FROM account"
                          f" WHERE email = '{self.email}'"))

    def does(self, target, members, method="POST"):
        answer = ask(method, target, self.token, members)
        assert answer.status in (200, 201), (method, target, answer)
        return answer.json()


def administrator():
    return ask("POST", "/login", None, ADMIN).json()["token"]


class World:
    """People, and what they have, made when it is asked for.  Nobody else has
    to do with it, so that scans of two do not meet."""

    patient = cached_property(lambda self: Person(3))
    stranger = cached_property(lambda self: Person(3))
    doctor = cached_property(lambda self: Person(2))
    colleague = cached_property(lambda self: Person(2))

    @cached_property
    def record(self):
        for text in ("first", "second", "third"):
            self.patient.does("/health_records", {"record_text": text})
        return int(sql("SELECT max(id) FROM record"
                       f" WHERE patient_id = {self.patient.id}"))

    @cached_property
    def reminder(self):
        for day in ("2999-01-01", "2999-01-02", "2999-01-03"):
            self.patient.does("/reminders", {
                "reminder_text": "x", "reminder_date": day})
        return int(sql("SELECT max(id) FROM reminder"
                       f" WHERE patient_id = {self.patient.id}"))

    @cached_property
    def trail(self):
        """Where the log of who saw them goes on, as its link says."""
        made = self.record
        for _ in "123":
            ask("GET", f"/health_records/{made}", self.patient.token)
        answer = ask("GET", "/api/access_log?limit=1&own=1",
                     self.patient.token)
        link = answer.headers.get("Link", "")
        return unquote(re.search(r"[?&]after=([^&>]*)", link)[1])

    def asked(self, person):
        return person.does("/api/connection/request-pro", {
            "professional_id": self.doctor.id})["connection"]["id"]

    @cached_property
    def connection(self):
        """Accepted."""
        made = self.asked(self.patient)
        self.doctor.does("/api/connection/respond", {
            "connection_id": made, "action": "accept"})
        return made

    @cached_property
    def request(self):
        """That waits for the doctor."""
        return self.asked(self.stranger)

    @cached_property
    def activity(self):
        return self.doctor.does("/api/activities/", {
            "title": "Walk", "description": "x"})["activity"]["id"]

    @cached_property
    def client(self):
        """Whom the doctor may invite."""
        return self.connection and self.patient.id

    @cached_property
    def invite(self):
        return self.doctor.does("/api/activities/invite", {
            "activity_id": self.activity, "client_id": self.client,
        })["invite"]["id"]


# What members and parameters of these names hold; a function is asked of the
# world.  In a path, by the path.
SAMPLES = {
    "email": lambda w: f"new{w.patient.id}@example.org",
    "password": "correct horse 1", "fullname": "Ann Lee", "contact": "1",
    "type_id": 3, "limit": 2, "after": 0, "deep": 1,
    "reminder_date": "2999-01-01",
    "can_add": 1, "can_view": 1, "can_edit": 1,
    "name": "Ann Lee", "role": "client", "action": "accept",
    "client_email": lambda w: w.stranger.email,
    "professional_id": lambda w: w.colleague.id,
    "connection_id": lambda w: w.request,
    "activity_id": lambda w: w.activity,
    "client_id": lambda w: w.client,
    "invite_id": lambda w: w.invite,
}
SPECIAL = {
    ("/api/access_log", "after"): lambda w: w.trail,
    ("/api/access_log", "patient"): lambda w: w.patient.id,
    ("/login", "email"): lambda w: w.patient.email,
    ("/api/auth/login", "email"): lambda w: w.patient.email,
}
PATHS = {
    "/users/{}": lambda w: [w.stranger.id],
    "/health_records/{}": lambda w: [w.record],
    "/reminders/{}": lambda w: [w.reminder],
    "/permissions/{}/{}": lambda w: [2, 3],
    "/api/connection/{}": lambda w: [w.connection],
    "/api/activities/{}": lambda w: [w.activity],
}
# So that lists have rows.
LISTS = {
    "/health_records": "record", "/reminders": "reminder",
    "/api/connection/list": "connection", "/api/activities/list": "invite",
}
# Asked last: they touch what others need.
LAST = ("/users/{}", "/permissions/{}/{}")


# ---------------------------------------------------------------- documents

class Operation:
    """`place name` is how a parameter is called: path id, query limit, body
    email, header Accept."""

    def __init__(self, surface, method, path, item, document):
        self.surface, self.method, self.path = surface, method.upper(), path
        self.shape = re.sub(r"\{\w+\}", "{}", path)
        self.name = f"{self.method} {path}"
        self.schemas = document.get("components", {}).get("schemas", {})
        self.private = bool(item.get("security", document.get("security")))
        self.given = [(p["in"], p["name"]) for p in item["parameters"]]
        self.given += [("query", name) for name in UNWRITTEN.get(path, [])]
        kinds = item.get("requestBody", {}).get("content", {})
        self.unknown_body = sorted(set(kinds) - {"application/json"})
        schema = kinds.get("application/json", {}).get("schema")
        self.body = None if schema is None else self.resolve(schema)
        self.actor = self.token = None

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def kind(self, schema):
        kinds = self.resolve(schema).get("type", "string")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return "string" if "string" in kinds else kinds[0]

    def members(self):
        """(name, kind) of each."""
        properties = (self.body or {}).get("properties", {})
        return [(name, self.kind(schema))
                for name, schema in properties.items()]

    def header(self, name):
        return HEADERS[name].format(token=self.token,
                                    key=crc32(self.name.encode()))

    def headers(self):
        needless = {"Authorization"} if not self.private else set()
        needless |= {"Content-Type"} if self.body is None else set()
        return [name for name in HEADERS if name not in needless
                and self.method in METHODS.get(name, (self.method,))]

    def parameters(self):
        return {*(f"{place} {name}" for place, name in self.given),
                *(f"body {name}" for name, _ in self.members()),
                *(f"header {name}" for name in self.headers())}

    def settle(self, world):
        """The values of a request that is answered well."""
        def sample(name, otherwise):
            value = SPECIAL.get((self.path, name),
                                SAMPLES.get(name, otherwise))
            return value(world) if callable(value) else value

        if self.path in LISTS:
            getattr(world, LISTS[self.path])
        ids = PATHS.get(self.shape, lambda w: [])(world)
        self.values = {}
        for place, name in self.given:
            if place == "path":
                self.values["path", name] = ids.pop(0) if ids else 1
            elif place == "query":
                self.values["query", name] = sample(name, "1")
        for name, kind in self.members():
            plain = {"integer": 1, "number": 1, "boolean": True}
            self.values["body", name] = sample(name, plain.get(kind, "abc"))
        self.actors = [("nobody", None)] if not self.private else [
            ("patient", world.patient.token), ("doctor", world.doctor.token),
            ("admin", world.admin)]

    def target(self, mark=""):
        path = self.path
        query = []
        for place, name in self.given:
            text = quote(str(self.values.get((place, name), ""))) + mark
            if place == "path":
                path = path.replace(f"{{{name}}}", text)
            elif place == "query":
                query.append(f"{name}={text}")
        return path + ("?" + "&".join(query) if query else "")

    def content(self, **changed):
        if self.body is None:
            return None
        return {name: changed.get(name, self.values["body", name])
                for name, _ in self.members()}

    def ask(self, base, headers=(), **changed):
        return ask(self.method, self.target(), self.token,
                   self.content(**changed), headers, base)

    def find_actor(self, base):
        """The first who is let, and the answer."""
        for self.actor, self.token in self.actors:
            answer = self.ask(base)
            if answer.status in (200, 201, 204):
                break
        return answer


def operations_of(surface, document):
    return [Operation(surface, method, path, item, document)
            for path, methods in document["paths"].items()
            for method, item in methods.items()]


def chartkeep(*words):
    return subprocess.run([SBIN / "chartkeep", *words], check=True,
                          capture_output=True, text=True).stdout


def surfaces():
    names = [line.split("\t")[0] for line in
             chartkeep("routes").splitlines()]
    return list(dict.fromkeys(names))


def operations(names):
    return [operation for name in names for operation in
            operations_of(name, json.loads(chartkeep("openapi", name)))]


def settle(all_of_them):
    """Reads share a world; who writes has one to himself."""
    admin, shared = administrator(), World()
    for operation in all_of_them:
        world = shared if operation.method == "GET" else World()
        world.admin = admin
        operation.settle(world)


def phases(all_of_them):
    """What changes nothing first, so that lists stay as they are."""
    reads = [o for o in all_of_them if o.method == "GET" and o.body is None]
    last = [o for o in all_of_them if o.shape in LAST]
    return [reads, [o for o in all_of_them if o not in reads + last], last]
