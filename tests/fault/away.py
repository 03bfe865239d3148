"""Redis and PostgreSQL, stopped and started under requests."""
import os
import signal
import time

from stage import (
    STACK, WORKERS, Busy, Person, Writers, admin, ask, children, health,
    is_well, log_since, log_size, ok, parts, redis, same, sql, stack, until,
    workers)


def every_kind(person):
    """One request of every kind; the statuses that are not 200."""
    wrong = {}

    def expect(what, answer):
        if answer.status != 200:
            wrong[what] = answer
    expect("login", person.login())
    expect("profile", person.ask("GET", "/profile"))
    expect("create", person.note("while Redis is away"))
    expect("list", person.ask("GET", "/health_records"))
    row = f"/health_records/{person.record()}"
    expect("show", person.ask("GET", row))
    expect("change", person.ask("PUT", row, {"record_text": "changed"}))
    expect("delete", person.ask("DELETE", row))
    expect("remind", person.ask("POST", "/reminders", {
        "reminder_text": "pill", "reminder_date": "2031-01-01 10:00:00"}))
    expect("reminders", person.ask("GET", "/reminders"))
    expect("shallow health", ask("GET", "/api/health/"))
    return wrong


def attempts(person, n):
    """Wrong passwords: how many were tried, and an answer that was not."""
    tried, refused = 0, None
    for _ in range(n):
        answer = ask("POST", "/login", None, {
            "email": person.email, "password": "wrong"}, peer=person.peer)
        if answer.status == 429:
            refused = answer
        else:
            tried += 1
    return tried, refused


def redis_away():
    person, ended, archived, other = (Person() for _ in range(4))
    same("with Redis all is well", (health().status, every_kind(person)),
         (200, {}))
    tried, refused = attempts(Person(), 14)
    ok("with Redis a limit holds for all workers together",
       10 <= tried <= 11 and refused, tried, refused)
    redis("SAVE")
    stack("redis_stop")
    same("without Redis everything works", every_kind(person), {})
    answer = health()
    ok("deep=1 is 503 and names Redis alone",
       answer.status == 503 and list(parts()) == ["redis"], answer)
    tried, refused = attempts(other, 14 * WORKERS)
    ok("limits hold in each worker",
       10 <= tried <= 10 * WORKERS + 2 and refused, tried, refused)
    ok("429 says when to come again", refused and
       int(refused.headers.get("retry-after", 0)) > 0, refused)
    registered = Person()
    same("a session that is opened is good at once",
         registered.ask("GET", "/profile").status, 200)
    sql(f"SELECT session_end(id, 'logout') FROM session"
        f" WHERE account_id = {ended.id}")
    same("an account is archived", ask(
        "DELETE", f"/users/{archived.id}", admin()).status, 200)
    gone(ended, archived, "without Redis")
    stack("redis_start")
    ok("Redis comes back with its old dump",
       until(lambda: redis("DBSIZE") != "0", 5))
    ok("it is used again by itself", until(is_well, 10), health())
    gone(ended, archived, "with Redis' old dump")
    same("other sessions hold", registered.ask("GET", "/profile").status, 200)
    same("and all works", every_kind(person), {})


def gone(ended, archived, when):
    for who, what in ((ended, "logged out"), (archived, "archived")):
        statuses = {who.ask("GET", "/profile").status
                    for _ in range(3 * WORKERS)}
        statuses |= {who.note("x").status for _ in range(3 * WORKERS)}
        same(f"{when} who was {what} stays so", statuses, {401})


def redis_restarted():
    """Under load nobody notices."""
    writers = Writers()
    for _ in range(3):
        stack("redis_stop")
        time.sleep(0.3)
        stack("redis_start")
        time.sleep(0.3)
    writers.stop()
    same("while Redis comes and goes every write is 200",
         list(writers.statuses), [200])
    writers.check("Redis")


def redis_hangs():
    """It takes connections and says nothing."""
    person = Person()
    pid = int((STACK / "redis.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        same("with a Redis that hangs everything works", every_kind(person),
             {})
        start = time.monotonic()
        for _ in range(20):
            person.ask("GET", "/health_records")
        ok("and is not slow for long", time.monotonic() - start < 10)
    finally:
        os.kill(pid, signal.SIGCONT)
    ok("it recovers by itself", until(is_well, 10), health())


def postgresql_restarted():
    for how in ("fast", "immediate"):
        restart_under_load(how)


def restart_under_load(how):
    start = log_size()
    writers = Writers()
    until(lambda: writers.number() > 60, 20)
    stack(f"pg_stop {how}")
    before = writers.number()
    answer = health()
    ok(f"{how}: deep=1 is 503 and names the database",
       answer.status == 503 and "database" in (answer.json() or {}).get(
           "parts", {}), answer)
    same("the shallow one is 200", ask("GET", "/api/health/").status, 200)
    answer = writers.people[0].ask("GET", "/profile")
    ok("a request is 503, says when to come again and its own id",
       answer.status == 503 and
       int(answer.headers.get("retry-after", 0)) > 0 and
       answer.headers.get("x-request-id", "-") in answer.text, answer)
    time.sleep(1)
    same("nothing is acknowledged", writers.number(), before)
    stack("pg_start")
    ok("it recovers by itself", until(is_well, 20), health())
    ok("writing goes on",
       until(lambda: writers.number() > before + 60, 20))
    writers.stop()
    same("the only answers were 200 and 503",
         sorted(writers.statuses), [200, 503])
    ok("each 503 with Retry-After", writers.retry_after and
       all(int(seconds or 0) > 0 for seconds in writers.retry_after),
       writers.retry_after)
    ok("none tells what is behind it", not any(
        word in body for body in writers.bodies
        for word in ("socket", "SQL", "host", "postgres", "/")),
       writers.bodies[:3])
    writers.check(how)
    ok("the log says why", "event=pg_away" in log_since(start))
    ok("no worker died of it", "child_died" not in log_since(start),
       log_since(start)[-500:])


def database_hangs():
    """A lock that somebody holds: 503 by the lock's time, not for ever."""
    person = Person()
    busy = Busy(person.note, "late")
    answer = busy.later.answer(20)
    busy.release()
    ok("a request that waits for a lock is 503 in the end",
       answer.status == 503 and answer.headers.get("retry-after"), answer)
    same("and wrote nothing", person.notes(), [])
    same("the worker goes on", person.note("again").status, 200)


def database_refuses():
    """It runs, ends our connections and takes no new ones."""
    person, start = Person(), log_size()
    as_superuser("ALTER ROLE chartkeep CONNECTION LIMIT 0")
    as_superuser("SELECT count(pg_terminate_backend(pid)) FROM"
                 " pg_stat_activity WHERE usename = 'chartkeep'")
    try:
        answers = [person.note("refused") for _ in range(2 * WORKERS)]
        ok("without a connection to be had a request is 503", all(
            a.status == 503 and int(a.headers.get("retry-after", 0)) > 0
            for a in answers), answers)
        ok("deep=1 names the database", "database" in parts(), health())
    finally:
        as_superuser("ALTER ROLE chartkeep CONNECTION LIMIT -1")
    ok("it recovers by itself", until(is_well, 20), health())
    same("nothing was written", person.notes(), [])
    ok("and no worker died", "child_died" not in log_since(start))


def as_superuser(statement):
    stack(f'stack_psql -U postgres -c "{statement}" >/dev/null')


def dispatcher_away():
    (pid,) = children() - workers()
    os.kill(pid, signal.SIGKILL)
    ok("a dispatcher that is killed is replaced", until(
        lambda: len(children() - workers() - {pid}) == 1, 10), children())
    (pid,) = children() - workers()
    time.sleep(1)
    os.kill(pid, signal.SIGSTOP)
    try:
        # As if two minutes had passed.
        sql("UPDATE process SET seen_at = seen_at - interval '2 minutes'"
            " WHERE kind = 'dispatcher'")
        ok("deep=1 is 503 and names a dispatcher that is not seen",
           health().status == 503 and list(parts()) == ["dispatcher"],
           health())
        same("requests are answered all the same", Person().note("x").status,
             200)
    finally:
        os.kill(pid, signal.SIGCONT)
    ok("it is well when it is seen again", until(is_well, 40), health())


scenes = [redis_away, redis_restarted, redis_hangs, postgresql_restarted,
          database_hangs, database_refuses, dispatcher_away]
