"""Workers that are killed, stuck, crash again and again, or are worn out."""
import os
import signal
import time

from stage import (
    WORKERS, Busy, Crowd, Later, Person, arm, ask, ask_nginx, children, hit,
    log_since, log_size, ok, reload_and_wait, restart, restart_with_points,
    restarts, same, set_setting, until, workers)


def whole():
    return len(workers()) == WORKERS


def killed_mid_request():
    """What it was at is unknown to the client; the same key settles it."""
    person, start, crashed = Person(), log_size(), restarts("crashed")
    busy = Busy(person.note, "a", "key-a")
    others = [Later(Person.ask, person, "GET", "/reminders")
              for _ in range(3)]
    same("the other workers answer meanwhile",
         [other.answer(5).status for other in others], [404] * 3)
    os.kill(busy.pid, signal.SIGKILL)
    same("the client gets an end without an answer",
         busy.later.answer(5).status, 0)
    busy.release()
    ok("another worker takes its place",
       until(lambda: whole() and busy.pid not in workers(), 10), workers())
    ok("the log says who died of what", "event=child_died kind=worker pid="
       f"{busy.pid} signal=Killed" in log_since(start), log_since(start))
    same("and so does /metrics", restarts("crashed") - crashed, 1)
    same("the same key again is 200", person.note("a", "key-a").status, 200)
    same("and there is one record", person.notes(), ["a"])


def through_nginx():
    person = Person()
    busy = Busy(ask_nginx, "POST", "/health_records", person.token,
                {"record_text": "b"}, {"Idempotency-Key": "key-b"}.items())
    os.kill(busy.pid, signal.SIGKILL)
    answer = busy.later.answer(10)
    busy.release()
    ok("behind nginx it is a 502 in words that clients know",
       answer.status == 502 and "message" in (answer.json() or {}) and
       answer.headers.get("retry-after"), answer)
    until(whole, 10)
    same("the same key again is 200", person.note("b", "key-b").status, 200)
    same("and there is one record", person.notes(), ["b"])


def killed_between_steps():
    """A commit that nobody was told of is not made twice."""
    person = Person()
    restart_with_points()
    for point, replayed in (("request.read", None),
                            ("request.answered", "true")):
        arm(point)
        same(f"{point}: killed", person.note(point, point).status, 0)
        again = person.note(point, point)
        same(f"{point}: the same key again is 200", again.status, 200)
        same(f"{point}: and is the first's answer if that was committed",
             again.headers.get("idempotency-replayed"), replayed)
        same(f"{point}: one record", person.notes().count(point), 1)
    ok("nobody is missing", until(whole, 10), workers())
    restart()


def killed_at_logins():
    """The places of those who hash are free again."""
    for person in (Person(), Person(), Person()):
        logins = [Later(person.login) for _ in range(WORKERS)]
        time.sleep(0.04)
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        for login in logins:
            login.answer()
        until(whole, 10)
    logins = [Later(person.login) for _ in range(WORKERS // 2)]
    same("after deaths among logins others can log in",
         [login.answer().status for login in logins], [200] * len(logins))


def stuck():
    """Over request_timeout: replaced, wherever it hangs."""
    person = Person()
    set_setting("request_timeout", "2s")
    restart_with_points()
    start, number = log_size(), restarts("stuck")
    arm("request.read", "sleep:30000")
    answer = person.note("stuck")
    same("a worker that is stuck is ended, with its request", answer.status,
         0)
    busy = Busy(person.note, "stopped")
    os.kill(busy.pid, signal.SIGSTOP)
    answer = busy.later.answer(10)
    busy.release()
    same("so is one that does not even take signals", answer.status, 0)
    ok("others take their places", until(whole, 10), workers())
    ok("the log says that it was stuck",
       f"event=worker_stuck pid={busy.pid}" in log_since(start),
       log_since(start))
    same("and so does /metrics", restarts("stuck") - number, 2)
    same("the next request is 200", person.note("next").status, 200)
    set_setting("request_timeout", "30s")
    restart()


def crash_loops():
    """Each of them dies of each request; they come back, ever slower."""
    hit("request.read")
    restart("export CK_POINT='request.read kill'")
    start, end = log_size(), time.monotonic() + 5
    while time.monotonic() < end:
        ask("GET", "/api/health/", seconds=2)
    deaths = log_since(start).count("event=child_died kind=worker")
    ok("workers that crash at once are replaced, with longer and longer"
       " pauses", 2 * WORKERS <= deaths <= 8 * WORKERS, deaths)
    restart()
    ok("the next start is none the worse", until(whole, 5))


def ended_by_others():
    """An end that the supervisor did not ask for is no end of its own."""
    start, end = log_size(), time.monotonic() + 5
    while time.monotonic() < end:
        for pid in workers():
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    ends = log_since(start).count("event=child_died kind=worker")
    ok("workers that somebody ends again and again are replaced, with longer"
       " and longer pauses", 2 * WORKERS <= ends <= 12 * WORKERS, ends)
    restart()


def worn_out():
    set_setting("requests_per_worker", "50")
    reload_and_wait()
    person, worn, start = Person(), restarts("worn"), log_size()
    crowd = Crowd(3000, ["/health_records", "/api/health/"], person.token)
    same("while workers end after 50 requests each none fails",
         crowd.statuses(), {"200": crowd.number})
    ok("they did", restarts("worn") - worn >= crowd.number // 50 - WORKERS,
       restarts("worn") - worn)
    ok("which is no death", "child_died" not in log_since(start))
    set_setting("requests_per_worker", "100000")
    reload_and_wait()
    ok("no process is left over",
       until(lambda: len(children()) == WORKERS + 1, 5), children())


scenes = [killed_mid_request, through_nginx, killed_between_steps,
          killed_at_logins, stuck, crash_loops, ended_by_others,
          worn_out]
