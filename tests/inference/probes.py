"""What is asked, route by route.

Every route of every surface has a row here, and no other has: run compares
with what the program serves.  A row says which rows its path and its body
name, so that a stranger's can stand there as well as nobody's.
"""
import itertools
from dataclasses import dataclass

from world import FIRST, NOBODY, STEP, STRANGER

# Ids of one table: strangers' (who are not there at first), nobody's, and
# what is far away.  The first two are asked for pairwise.
STRANGERS = [FIRST + STRANGER + STEP * n for n in range(3)]
NOBODYS = [FIRST + NOBODY + STEP * n for n in range(3)]
OWN = [FIRST + STEP * n for n in range(12)]
DEMO, FAR = [1, 2, 3], [900000000, "x"]

PAGES = ["", "?limit=1", "?limit=2", "?limit=3", "?limit=1000", "?limit=0",
         "?after=9223372036854775807"] + [
    f"?limit={limit}&after={after}" for limit in (1, 1000)
    for after in (0, FIRST, FIRST + STEP, FIRST + 4 * STEP)]


@dataclass(frozen=True)
class Probe:
    """One request; `about` is the id whose row may be a stranger's."""
    route: str
    target: str
    members: tuple = None
    headers: tuple = ()
    about: object = None

    def instead(self, id):
        """The same about another row."""
        swap = lambda text: str(text).replace(str(self.about), str(id))
        return Probe(self.route, swap(self.target), self.members and tuple(
            (name, id if value == self.about else value)
            for name, value in self.members), self.headers, id)


@dataclass(frozen=True)
class Route:
    queries: tuple = ()     # of a list
    row: bool = False       # does the path name one?
    bodies: tuple = ()      # members; ROW stands for the id in question
    names: tuple = ()       # members of the body that name rows
    asks: str = ""          # a parameter of the query that does
    accounts: bool = False  # is it in login.py?


ROW = object()


def listed(*more):
    return Route(queries=tuple(PAGES) + more)


def named(*bodies):
    """Writes whose bodies name rows."""
    return Route(bodies=bodies, names=tuple(
        name for body in bodies for name, value in body.items()
        if value is ROW))


def row(*bodies):
    return Route(row=True, bodies=bodies or (None,))


ROLES = tuple(f"?role={role}{more}" for role in (
    "professional", "client", "admin", "nobody") for more in (
    "", "&limit=1", f"&limit=1&after={FIRST}", f"&after={FIRST + STRANGER}"))
LOGIN = Route(accounts=True)

ROUTES = {
    "GET /api/health": Route(queries=("", "?deep=1")),
    # Counts of everything, for configured peers, of whom this is none.
    "GET /metrics": Route(queries=("",)),
    # Grows with what others do to one's own rows, and with nothing else.
    # So only what is behind a moment is compared, with log_pages().
    "GET /api/access_log": Route(queries=("?limit=0", "?after=x"),
                                 asks="patient"),

    "GET /login": LOGIN, "POST /login": LOGIN, "POST /register": LOGIN,
    "GET /profile": Route(queries=("",)),
    "PUT /profile": Route(bodies=({}, {"fullname": "x"})),
    "GET /users": listed(),
    "DELETE /users/{id}": row(),
    "GET /healthcare": listed(),
    "POST /healthcare": Route(bodies=({}, {"provider_name": ""})),
    "GET /healthcare/me": Route(queries=("",)),
    "GET /health_records": listed(),
    "POST /health_records": named({}, {"record_text": "", "user_id": ROW},
                                  {"record_text": 5, "record_id": ROW}),
    "GET /health_records/{id}": row(),
    "PUT /health_records/{id}": row({}, {"record_text": "x"}),
    "DELETE /health_records/{id}": row(),
    "GET /permissions": listed(),
    "PUT /permissions/{resource}/{role}": Route(bodies=({}, {"can_view": 1})),
    "GET /reminders": listed(),
    "GET /reminders/due": listed(),
    "POST /reminders": named({}, {"reminder_text": "", "user_id": ROW},
                             {"reminder_text": 5, "reminder_id": ROW}),
    "GET /reminders/{id}": row(),
    "PUT /reminders/{id}": row({}, {
        "reminder_text": "x", "reminder_date": "2999-01-01"}),
    "DELETE /reminders/{id}": row(),

    "POST /api/auth/signup": LOGIN, "POST /api/auth/login": LOGIN,
    "GET /api/users": listed(*ROLES),
    "POST /api/connection/request-pro": named({"professional_id": ROW}),
    # Tells by its contract who has an account.
    "POST /api/connection/invite-client": Route(bodies=({},), accounts=True),
    "POST /api/connection/respond": named(
        {"connection_id": ROW, "action": "accept"},
        {"connection_id": ROW, "action": "reject"},
        {"connection_id": ROW, "action": "x"}, {"connection_id": ROW}),
    "GET /api/connection/list": listed(),
    "DELETE /api/connection/{id}": row(),
    "POST /api/activities": Route(bodies=({}, {"title": ""})),
    "POST /api/activities/invite": named(
        {"activity_id": ROW, "client_id": FIRST + STEP},
        {"activity_id": ROW, "client_id": 900000000},
        {"activity_id": FIRST, "client_id": ROW},
        {"activity_id": FIRST + STEP, "client_id": ROW},
        {"activity_id": ROW}, {"client_id": ROW}),
    "POST /api/activities/respond": named(
        {"invite_id": ROW, "action": "accept"},
        {"invite_id": ROW, "action": "decline"},
        {"invite_id": ROW, "action": "x"}, {"invite_id": ROW}),
    "GET /api/activities/list": listed(),
    "DELETE /api/activities/{id}": row(),
}
TAGS = {"GET": ("If-None-Match", "*"), "POST": ("Idempotency-Key", "a key"),
        "PUT": ("If-Match", '"1-000000000000000000000000"'),
        "DELETE": ("If-Match", "*")}


def path_of(route, id=""):
    path = route.partition(" ")[2]
    for name in ("{id}", "{resource}"):
        path = path.replace(name, str(id))
    return path.replace("{role}", "1")


def members_of(body, id):
    return None if body is None else tuple(
        (name, id if value is ROW else value) for name, value in body.items())


def about_rows(route, spec):
    """A route whose path or body names a row."""
    method = route.partition(" ")[0]
    ids = STRANGERS + NOBODYS + FAR
    if method == "GET":
        ids = OWN + DEMO + ids
    for body, id, tagged in itertools.product(spec.bodies, ids, (0, 1)):
        if spec.row or ROW in body.values():
            yield Probe(route, path_of(route, id), members_of(body, id),
                        (TAGS[method],) if tagged else (), id)


def probes_of(route, spec):
    for query in spec.queries:
        yield Probe(route, path_of(route) + query)
    yield from about_rows(route, spec)
    for id in STRANGERS + NOBODYS + FAR if spec.asks else ():
        yield Probe(route, f"{path_of(route)}?{spec.asks}={id}", about=id)
    if not spec.row:
        for body in spec.bodies:
            if ROW not in body.values():
                yield Probe(route, path_of(route, 1), members_of(body, 0))
    # Where a page begins may be a stranger's row.
    if len(spec.queries) > 2:
        for limit, id in itertools.product((1, 1000), STRANGERS + NOBODYS):
            yield Probe(route, f"{path_of(route)}?limit={limit}&after={id}",
                        about=id)


def log_pages(moment):
    """Who reads own data makes own rows in the log, also here."""
    for limit, own in itertools.product((1, 2, 7, 1000), ("", "&own=1")):
        yield Probe("GET /api/access_log",
                    f"/api/access_log?limit={limit}&after={moment}{own}")


def all_probes(moment):
    return list(dict.fromkeys([*log_pages(moment), *(
        probe for route, spec in ROUTES.items()
        for probe in probes_of(route, spec))]))


def pairs(probes):
    """Each probe about a stranger's row, and the same about nobody's."""
    for probe in probes:
        if probe.about in STRANGERS:
            yield probe, probe.instead(
                NOBODYS[STRANGERS.index(probe.about)])


def sample(pairs):
    """One pair of each route and set of members."""
    found = {}
    for one, two in pairs:
        names = one.members and tuple(
            (name, None if value == one.about else value)
            for name, value in one.members)
        if not one.headers:
            found.setdefault((one.route, names), (one, two))
    return list(found.values())
