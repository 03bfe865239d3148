"""Login and registration: what they tell of who has an account.

A login that fails is answered alike for those who have an account and those
who have none, from the same statements and the same hash.  Where a contract
wants the difference (PHR's login, registrations, invitations by address), the
number of attempts is limited, and that limit does not tell either.
"""
import fcntl
import itertools
import os
import threading
from pathlib import Path

import work
from tap import ok, same
from world import PASSWORD, Answer, set_limits

FEW = 3
NAMES = itertools.count(1)
def wrong(email):
    return {"email": email, "password": "wrong"}


ASKING = [("POST /api/auth/login", wrong), ("POST /login", wrong),
          ("GET /login", wrong)]
REGISTERING = [
    ("POST /register", lambda email: {
        "type_id": 3, "fullname": "Ann Lee", "contact": "1", "email": email,
        "password": PASSWORD}),
    ("POST /api/auth/signup", lambda email: {
        "name": "Ann Lee", "email": email, "password": PASSWORD,
        "role": "client"}),
]


def ask(route, members, token=None, **named):
    return Answer(*route.split(), token, members, **named)


def nobody():
    """An address of the same length as any other's here."""
    return f"n{next(NAMES):03}@example.org"


def answers_are_alike(known, archived):
    """Healthcare's login; wrong passwords, wrong names, and who has gone."""
    route, members = ASKING[0]
    told = [ask(route, members(email)).same()
            for email in (known.email, nobody(), archived, "nobody", "%")]
    same("a login that fails reads the same, whoever has an account",
         len(set(map(repr, told))), 1)
    same("it is 401", told[0][0], 401)
    told = [ask(route, {"email": email}).same()
            for email in (known.email, nobody())]
    same("so does one without a password", told[0], told[1])


def invitations_are_alike(residents, strangers):
    """By its contract one is told whether an address is a client's; of all
    others nothing is told."""
    told = {email: ask(
        "POST /api/connection/invite-client", {"client_email": email},
        residents.outsider.token).same() for email in (
        nobody(), residents.nurse.email, residents.outsider.email,
        strangers.boss.email, "gone@example.org", "alice1982@yahoo.com",
        "nobody", "%", "'", "x" * 300)}
    same("who is no client, has gone or never was is told alike",
         len(set(map(repr, told.values()))), 1)
    same("it is 404", {status for status, *_ in told.values()}, {404})


# --------------------------------------------------------------- statements

def works_are_alike(known):
    for route, members in ASKING:
        _, one = work.of(ask, route, members(known.email))
        _, two = work.of(ask, route, members(nobody()))
        same(f"{route} executes the same for known and unknown", one, two)
        ok("among it the look for an account and the evidence",
           {"login_find", "login_refused"} <= set(one), one)


# -------------------------------------------------------------------- hashes

def supervisor():
    return int((Path(os.environ["CK_STACK"]) / "chartkeepd.pid").read_text())


def places():
    """The file whose bytes those lock who hash, open."""
    for link in Path(f"/proc/{supervisor()}/fd").iterdir():
        if "chartkeep-hashing" in os.readlink(link):
            return open(link, "r+b", buffering=0)
    raise FileNotFoundError("chartkeep-hashing")


def waiting(file):
    """How many wait for a byte of it."""
    inode = f":{os.fstat(file.fileno()).st_ino} "
    return sum(" -> " in line and inode in line
               for line in Path("/proc/locks").read_text().splitlines())


def hashes(what, requests):
    """All of them wait for a place to hash, so all of them hash."""
    with places() as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 0, 0)
        threads = [threading.Thread(target=ask, args=request)
                   for request in requests]
        for thread in threads:
            thread.start()
        waited = work.until(lambda: waiting(file) == len(requests))
        ok(what, waited, waiting(file))
        fcntl.lockf(file, fcntl.LOCK_UN, 0, 0)
        for thread in threads:
            thread.join()


def all_hash(known):
    for route, members in ASKING + REGISTERING:
        hashes(f"{route} hashes for known and unknown", [
            (route, members(known.email)), (route, members(nobody()))])


# -------------------------------------------------------------------- limits

def attempts(route, emails, members, token, peer):
    """The statuses until it is one too many, and that answer."""
    statuses = []
    for email in itertools.islice(emails, FEW + 2):
        answer = ask(route, members(email), token, peer=peer)
        statuses.append(answer.status)
        if answer.status == 429:
            return statuses, answer
    return statuses, None


def waits(answer):
    """Without the seconds, which go by."""
    return answer and (answer.body, [
        name for name, _ in answer.headers])


def limited_alike(what, route, names, members, tokens=(None, None)):
    """As often for known names as for unknown ones, and then alike."""
    got = [attempts(route, emails, members, token, f"10.8.7.{next(NAMES)}")
           for emails, token in zip(names, tokens)]
    same(f"{what}: so many attempts, known or unknown",
         [len(statuses) for statuses, _ in got], [FEW + 1] * 2)
    same("and then the same answer", *(waits(answer) for _, answer in got))


def limits_hold(residents, strangers):
    set_limits(FEW)
    # Each name has its own count, together for all surfaces.
    for (route, members), person in zip(ASKING, strangers.people):
        limited_alike(f"{route}, one name", route, (
            itertools.repeat(person.email), itertools.repeat(nobody())),
            members)
    known = [person.email for person in residents.people]
    for n, (route, members) in enumerate(ASKING + REGISTERING):
        limited_alike(f"{route}, from one place", route, (
            iter(known[n:] + known[:n]), iter(nobody, None)), members)
    limited_alike(
        "invitations", "POST /api/connection/invite-client",
        (iter(known), iter(nobody, None)),
        lambda email: {"client_email": email},
        (residents.outsider.token, residents.unverified.token))


def compare(residents, strangers):
    answers_are_alike(strangers.one, "gone@example.org")
    invitations_are_alike(residents, strangers)
    works_are_alike(strangers.one)
    all_hash(strangers.one)
    limits_hold(residents, strangers)
