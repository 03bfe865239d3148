"""Accounts: made, changed and removed at once, or while somebody is in."""
from meeting import (
    DOCTOR, NURSE, PATIENT, ROUNDS, Held, Later, Person, admin, ask_nginx,
    at_once, call, connected, every_worker, invites, made, meet, ok, same,
    sql, statuses, told, until, waiting)

ADMIN = 1


def signs_up(email, role="client"):
    return ask_nginx("POST", "/api/auth/signup", None, {
        "name": "Ann Lee", "email": email, "password": "correct horse 1",
        "role": role})


def registers(email):
    return ask_nginx("POST", "/register", None, {
        "type_id": 3, "fullname": "Ann Lee", "contact": "1", "email": email,
        "password": "correct horse 1"})


def removes(by, person):
    return call(by, "DELETE", f"/users/{person.id}")


def two_signups():
    got, rows = [], []
    for i in range(ROUNDS):
        email = f"both{i}@example.org"
        got.append(statuses(*at_once((signs_up, email), (registers, email),
                                     (signs_up, email, "professional"))))
        rows.append(sql(f"SELECT count(*) FROM account WHERE email ="
                        f" '{email}'"))
    ok("of several who sign up with one address, here and elsewhere, one does",
       all(one in ([200, 400, 400], [201, 400, 400]) for one in got), got)
    same("there is one account of each", rows, ["1"] * ROUNDS)


def signup_against_removal():
    for word, wanted in (("COMMIT", 201), ("ROLLBACK", 400)):
        former = Person(PATIENT)
        answer, = meet(f"SELECT account_archive({former.id})",
                       (signs_up, former.email), word=word)
        same(f"who signs up while the address becomes free waits: {word}",
             answer.status, wanted)


class Known:
    """Somebody with a token that was got otherwise."""

    def __init__(self, answer, email):
        assert answer.status in (200, 201), answer
        self.token, self.email = answer.json()["token"], email
        self.id = int(sql(f"SELECT id FROM account WHERE email = '{email}'"
                          " AND archived_at IS NULL"))


def full_life():
    """A patient with something of everything, and a clinician."""
    patient, doctor, nurse = Person(PATIENT), Person(DOCTOR), Person(NURSE)
    patient.note("former's")
    patient.ask("POST", "/reminders", {
        "reminder_text": "former's", "reminder_date": "2999-01-01"})
    connected(patient, doctor)
    made(invites(nurse, patient), "connection")
    activity = made(call(doctor, "POST", "/api/activities/", {
        "title": "former's"}), "activity")
    made(call(doctor, "POST", "/api/activities/invite", {
        "activity_id": activity, "client_id": patient.id}), "invite")
    doctor.ask("GET", "/health_records")
    return patient, doctor, nurse


LISTS = ["/health_records", "/reminders", "/api/connection/list",
         "/api/activities/list", "/api/users?role=client"]


def address_again():
    patient, doctor, nurse = full_life()
    boss = admin()
    same("the account goes", ask_nginx(
        "DELETE", f"/users/{patient.id}", boss).status, 200)
    new = Known(signs_up(patient.email), patient.email)
    ok("who has its address is somebody else", new.id != patient.id)
    for target in LISTS + log_routes():
        found = every_worker(new, "GET", target)
        ok(f"and finds nothing of the former in {target}", len(found) == 1 and
           not any("former" in text or f": {patient.id}," in text
                   for _, text in found), found)
    same("has been told nothing", sql(
        f"SELECT count(*) FROM notification WHERE account_id = {new.id}"), "0")
    same("gets none of the former's mail", sql(
        "SELECT count(*) FROM outbox WHERE state = 'waiting' AND account_id"
        f" IN ({new.id}, {patient.id})"), "0")
    for person in (doctor, nurse):
        same("has no connection that the former had", (
            call(person, "GET", "/api/connection/list").text,
            call(person, "GET", "/api/users?role=client").text), ("[]", "[]"))
    same("and may be asked as anybody else", invites(nurse, new).status, 201)
    same("the former's token stays dead", {
        status for status, _ in every_worker(patient, "GET", LISTS[0])}, {401})
    removed_clinician(doctor, boss)


def removed_clinician(doctor, boss):
    patient = Person(PATIENT)
    connected(patient, doctor)
    same("a clinician goes", ask_nginx(
        "DELETE", f"/users/{doctor.id}", boss).status, 200)
    new = Known(signs_up(doctor.email, "professional"), doctor.email)
    for target in LISTS + log_routes():
        found = every_worker(new, "GET", target)
        ok(f"who has the address finds nothing in {target}", len(found) == 1
           and not any("former" in text or patient.email in text
                       for _, text in found), found)


def log_routes():
    """The access log, where it is served."""
    there = ask_nginx("GET", "/api/access_log", None).status != 404
    return ["/api/access_log"] if there else []


def role_changed():
    """Sessions end with the role; what it saw it sees no more."""
    patient, nurse = Person(PATIENT), Person(NURSE)
    patient.note("mine")
    connected(patient, nurse)
    ok("a nurse reads", "mine" in call(nurse, "GET", "/health_records").text)
    same("the role is changed", sql(
        f"SELECT account_set_role({nurse.id}, 'patient')"), "ok")
    for method, target in (("GET", "/health_records"), ("GET", "/profile"),
                           ("POST", "/health_records"),
                           ("GET", "/api/users"), ("POST", "/reminders"),
                           ("DELETE", "/api/connection/1")):
        found = every_worker(nurse, method, target, {})
        same(f"the token is dead on every worker for {method} {target}", {
            status for status, _ in found}, {401})
    same("logged in again", nurse.login().status, 200)
    same("it is a patient without patients", every_worker(
        nurse, "GET", "/health_records"), {(200, "[]")})
    ok("and asks as one", call(nurse, "POST", "/api/connection/invite-client",
                               {"client_email": patient.email}).status == 403)
    same("the role is given back", sql(
        f"SELECT account_set_role({nurse.id}, 'nurse')"), "ok")
    same("logged in once more", nurse.login().status, 200)
    same("what was open is not opened by that", every_worker(
        nurse, "GET", "/health_records"), {(200, "[]")})
    same("the patient knows", call(patient, "GET", "/api/connection/list").text,
         "[]")


def role_against_session():
    """A login while the role changes: it waits, and its token is the new
    role's, or it is dead."""
    nurse = Person(NURSE)
    held = Held(f"SELECT account_set_role({nurse.id}, 'patient')")
    login = Later(nurse.login)
    assert until(lambda: waiting() == 1)
    held.release()
    same("who logs in meanwhile waits", login.answer().status, 200)
    same("and is what the account has become", call(
        nurse, "GET", "/users").status, 403)


def last_admins():
    """at_once.py has two who remove each other; here both wait for the same
    lock, and one may be demoted instead."""
    alice = sql("SELECT id FROM account WHERE email LIKE 'alice1982@%'")
    one, two = Person(ADMIN, by=admin()), Person(ADMIN, by=admin())
    sql("UPDATE account SET archived_at = now() WHERE role = 'admin' AND"
        f" archived_at IS NULL AND id NOT IN ({one.id}, {two.id})")
    lock = "SELECT pg_advisory_xact_lock(hashtext('chartkeep last admin'))"
    try:
        pair = meet(lock, (removes, one, two), (removes, two, one))
        same("of two admins who remove each other one is refused",
             sum(answer.status == 200 for answer in pair), 1)
        same("one is left", left(), "1")
        last = one if pair[0].status == 200 else two
        second = Person(ADMIN, by=last.token)
        answer, = meet(f"SELECT account_set_role({second.id}, 'patient')",
                       (removes, second, last))
        ok("who is demoted meanwhile removes nobody", answer.status in
           (401, 403, 404, 409), answer)
        same("one is left still", left(), "1")
        same("who cannot go", removes(last, last).status, 409)
    finally:
        sql(f"UPDATE account SET archived_at = NULL WHERE id = {alice}")


def left():
    return sql("SELECT count(*) FROM account WHERE role = 'admin' AND"
               " archived_at IS NULL")


def removed_while_writing():
    """What is written while the account goes goes with it, or is refused."""
    patient = Person(PATIENT)
    held = Held(f"SELECT account_archive({patient.id})")
    note = Later(patient.note, "late")
    assert until(lambda: waiting() == 1)
    held.release()
    ok("who writes while the account goes is refused",
       note.answer().status in (401, 403, 404), note.result)
    same("and has written nothing", sql(
        "SELECT count(*) FROM record WHERE archived_at IS NULL AND"
        f" patient_id = {patient.id}"), "0")
    doctor, second = Person(DOCTOR), Person(PATIENT)
    id = made(call(second, "POST", "/api/connection/request-pro",
                   {"professional_id": doctor.id}), "connection")
    answer, = meet(f"SELECT account_archive({second.id})", (
        call, doctor, "POST", "/api/connection/respond",
        {"connection_id": id, "action": "accept"}))
    same("nor is a connection accepted with who goes", answer.status, 404)
    same("who is told nothing of it", told(second, "connection_accepted"),
         "0 0")


scenes = [two_signups, signup_against_removal, address_again, role_changed,
          role_against_session, last_admins, removed_while_writing]
