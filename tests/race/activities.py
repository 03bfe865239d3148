"""Activities: inviting, answering and calling off at once."""
from meeting import (
    DOCTOR, PATIENT, ROUNDS, Held, Later, Person, archive, at_once, call,
    connected, ends, made, meet, ok, row, same, sql, statuses, told, until,
    waiting)


def makes(doctor, **named):
    return call(doctor, "POST", "/api/activities/", {"title": "Walk"}, **named)


def takes_in(doctor, activity, patient, **named):
    return call(doctor, "POST", "/api/activities/invite", {
        "activity_id": activity, "client_id": patient.id}, **named)


def replies(patient, invite, action="accept", **named):
    return call(patient, "POST", "/api/activities/respond",
                {"invite_id": invite, "action": action}, **named)


def calls_off(doctor, activity):
    return call(doctor, "DELETE", f"/api/activities/{activity}")


def rows(activity):
    return sql("SELECT count(*) || ' ' || count(archived_at) FROM"
               f" activity_invite WHERE activity_id = {activity}")


def group():
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    connection = connected(patient, doctor)
    return patient, doctor, connection, made(makes(doctor), "activity")


def two_replies():
    patient, doctor, _, activity = group()
    invite = made(takes_in(doctor, activity, patient), "invite")
    pair = meet(row("activity_invite", invite), (replies, patient, invite),
                (replies, patient, invite, "decline"))
    same("of two replies one counts", statuses(*pair), [200, 400])
    status = sql(f"SELECT status FROM activity_invite WHERE id = {invite}")
    same("which the other is told", [answer.json()["message"]
                                     for answer in pair
                                     if answer.status == 400],
         [f"Already {status}"])
    same("and the professional hears of one", told(
        doctor, f"invite_{status}"), "1 1")


def two_invites():
    patient, doctor, _, activity = group()
    got = at_once(*[(takes_in, doctor, activity, patient)] * 4)
    same("of several invitations one is made", statuses(*got),
         [201, 400, 400, 400])
    same("and there is one row", rows(activity), "1 0")
    same("of which the patient hears once", told(
        patient, "activity_invited"), "1 1")


def invite_against_end():
    """Who invites holds the connection until it is done."""
    patient, doctor, connection, activity = group()
    held = Held(row("activity", activity))
    inviting = Later(takes_in, doctor, activity, patient)
    assert until(lambda: waiting() == 1)
    ending = Later(ends, patient, connection)
    waits = until(lambda: waiting() == 2 or ending.result is not None)
    ok("who ends the connection waits for an invitation",
       waits and ending.result is None, ending.result)
    held.release()
    same("both are done, one after the other", (
        inviting.answer().status, ending.answer().status), (201, 200))
    same("then there is nobody to invite", takes_in(doctor, made(
        makes(doctor), "activity"), patient).status, 404)
    for word, wanted in (("COMMIT", 404), ("ROLLBACK", 201)):
        patient, doctor, connection, activity = group()
        answer, = meet(archive("connection", connection, patient.id,
                               "patient"), (
            takes_in, doctor, activity, patient), word=word)
        same(f"who invites while it is ended waits: {word}", answer.status,
             wanted)
        same("what is refused leaves no row", rows(activity),
             "0 0" if wanted == 404 else "1 0")


def invite_and_end_at_once():
    got, late = [], []
    for _ in range(ROUNDS):
        patient, doctor, connection, activity = group()
        invited, ended = at_once((takes_in, doctor, activity, patient),
                                 (ends, patient, connection))
        got.append((invited.status in (201, 404), ended.status))
        late.append((rows(activity), invited.status))
    same("in either order both are answered", got, [(True, 200)] * ROUNDS)
    ok("and the rows fit the answers", all(
        (found == "1 0") == (status == 201) for found, status in late), late)


def invite_against_calling_off():
    patient, doctor, _, activity = group()
    answer, = meet(archive("activity", activity, doctor.id, "doctor"),
                   (takes_in, doctor, activity, patient))
    same("who invites to what is called off finds nothing", (
        answer.status, answer.json()["message"]),
        (404, "Activity not found or unauthorized"))
    same("and leaves no row", rows(activity), "0 0")
    got = []
    for _ in range(ROUNDS):
        activity = made(makes(doctor), "activity")
        invited, gone = at_once((takes_in, doctor, activity, patient),
                                (calls_off, doctor, activity))
        got.append((invited.status in (201, 404), gone.status,
                    rows(activity) in ("0 0", "1 1")))
    same("no invitation outlives its activity", got,
         [(True, 200, True)] * ROUNDS)


def reply_against_calling_off():
    patient, doctor, _, activity = group()
    invite = made(takes_in(doctor, activity, patient), "invite")
    answer, = meet(archive("activity", activity, doctor.id, "doctor"),
                   (replies, patient, invite))
    same("who replies while it is called off finds nothing", (
        answer.status, answer.json()["message"]), (404, "Invite not found"))
    activity = made(makes(doctor), "activity")
    pair = meet(row("activity", activity), (calls_off, doctor, activity),
                (calls_off, doctor, activity))
    same("of two who call it off one does", statuses(*pair), [200, 404])


def one_key():
    patient, doctor, _, activity = group()
    for what, function in (
            ("an activity", lambda: makes(doctor, key="one")),
            ("an invitation", lambda: takes_in(doctor, activity, patient,
                                               key="one"))):
        got = at_once(*[(function,)] * 3)
        same(f"{what} with one key is made once, and told to all", {
            (answer.status, answer.text) for answer in got},
            {(201, got[0].text)})
    invite = sql("SELECT id FROM activity_invite WHERE activity_id ="
                 f" {activity}")
    got = at_once(*[(lambda: replies(patient, invite, key="one"),)] * 3)
    same("so is a reply", {(answer.status, answer.text) for answer in got},
         {(200, got[0].text)})
    same("there is one row of each", (sql(
        f"SELECT count(*) FROM activity WHERE author_id = {doctor.id}"),
        rows(activity)), ("2", "1 0"))


scenes = [two_replies, two_invites, invite_against_end,
          invite_and_end_at_once, invite_against_calling_off,
          reply_against_calling_off, one_key]
