"""Connections: who asks, answers and ends at once."""
from meeting import (
    DOCTOR, NURSE, PATIENT, ROUNDS, Person, answers, archive, asks, at_once,
    call, connected, ends, invites, made, meet, ok, row, same, sql, statuses,
    told)


def state(id):
    """Its status, and whether it lives."""
    return sql("SELECT status || CASE WHEN archived_at IS NULL THEN ' lives'"
               f" ELSE ' ended' END FROM connection WHERE id = {id}")


def two_accepts():
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    id = made(asks(patient, doctor), "connection")
    pair = meet(row("connection", id), (answers, doctor, id),
                (answers, doctor, id))
    same("of two who accept one does", statuses(*pair), [200, 400])
    same("the other is told so", {answer.json()["message"] for answer in pair},
         {"Connection accepted", "Already accepted"})
    same("and the patient once", told(patient, "connection_accepted"), "1 1")
    got = []
    for _ in range(ROUNDS):
        id = made(asks(Person(PATIENT), doctor), "connection")
        got.append(statuses(*at_once(*[(answers, doctor, id)] * 3)))
    same("so it is without a lock", got, [[200, 400, 400]] * ROUNDS)


def accept_against_reject():
    doctor = Person(DOCTOR)
    for first, second in (("accept", "reject"), ("reject", "accept")):
        patient = Person(PATIENT)
        id = made(asks(patient, doctor), "connection")
        pair = meet(row("connection", id), (answers, doctor, id, first),
                    (answers, doctor, id, second))
        status = state(id).split()[0]
        same(f"{first} against {second}: one holds", {
            (answer.status, answer.json()["message"]) for answer in pair},
            {(200, f"Connection {status}"), (400, f"Already {status}")})
        same("and the patient hears that one", told(
            patient, f"connection_{status}"), "1 1")
    patient = Person(PATIENT)
    id = made(asks(patient, doctor), "connection")
    pair = meet(row("connection", id), (answers, doctor, id),
                (answers, patient, id, "reject"))
    same("accepting against withdrawing: one holds", statuses(*pair),
         [200, 400])


def accept_against_end():
    doctor = Person(DOCTOR)
    for order in (0, 1):
        patient = Person(PATIENT)
        patient.note("mine")
        id = made(asks(patient, doctor), "connection")
        calls = [(answers, doctor, id), (ends, patient, id)]
        pair = meet(row("connection", id), *calls[::-1 if order else 1])
        accepted, ended = pair[::-1 if order else 1]
        same("whoever is first, it has ended", ended.status, 200)
        ok("the other accepted before, or found nothing",
           accepted.status in (200, 404), accepted)
        same("and it is not there", (state(id).split()[1], call(
            doctor, "GET", "/health_records").text), ("ended", "[]"))
    for word, wanted in (("COMMIT", (404, "Connection not found")),
                         ("ROLLBACK", (200, "Connection accepted"))):
        patient = Person(PATIENT)
        id = made(asks(patient, doctor), "connection")
        answer, = meet(archive("connection", id, patient.id, "patient"),
                       (answers, doctor, id), word=word)
        same(f"who accepts while it is ended waits: {word}",
             (answer.status, answer.json()["message"]), wanted)


def two_ends():
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    id = connected(patient, doctor)
    pair = meet(row("connection", id), (ends, patient, id),
                (ends, doctor, id))
    same("of two who end it one does", statuses(*pair), [200, 404])
    same("one of them is told", sorted(
        told(person, "connection_ended") for person in (patient, doctor)),
        ["0 0", "1 1"])


def two_asks():
    got, rows = [], []
    for _ in range(ROUNDS):
        patient, doctor = Person(PATIENT), Person(NURSE)
        pair = at_once((asks, patient, doctor), (invites, doctor, patient))
        got.append(statuses(*pair))
        rows.append(sql("SELECT count(*) FROM connection WHERE patient_id ="
                        f" {patient.id}"))
    same("of two who ask each other one does", got, [[201, 400]] * ROUNDS)
    same("and there is one row", rows, ["1"] * ROUNDS)
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    pair = meet(
        "INSERT INTO connection (uid, patient_id, clinician_id, initiator_id)"
        f" VALUES (gen_random_uuid(), {patient.id}, {doctor.id},"
        f" {patient.id})", (asks, patient, doctor),
        (invites, doctor, patient), word="ROLLBACK")
    same("so it is when a third almost did", statuses(*pair), [201, 400])
    same("nobody is told twice", sorted(
        told(person, "connection_asked") for person in (patient, doctor)),
        ["0 0", "1 1"])


def ask_against_archive():
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    gone = f"SELECT account_archive({doctor.id})"
    answer, = meet(gone, (asks, patient, doctor))
    same("who is asked while the account goes is not there", (
        answer.status, answer.json()["message"]),
        (404, "Professional not found"))
    same("and has no connection", sql(
        f"SELECT count(*) FROM connection WHERE clinician_id = {doctor.id}"),
        "0")
    nurse = Person(NURSE)
    answer, = meet(f"SELECT account_archive({patient.id})",
                   (invites, nurse, patient))
    same("nor is the patient", (answer.status, answer.json()["message"]),
         (404, "Client not found"))
    patient, doctor = Person(PATIENT), Person(DOCTOR)
    answer, = meet(f"SELECT account_set_role({doctor.id}, 'patient')",
                   (asks, patient, doctor))
    same("nor a clinician who becomes none", answer.status, 404)


def one_key():
    """As fault/at_once.py has it of PHR's records, here of what two share."""
    doctor = Person(DOCTOR)
    for what, by_patient in (("asking", True), ("inviting", False)):
        alike, statuses_got, rows, notices = [], set(), [], []
        for i in range(ROUNDS):
            patient = Person(PATIENT)
            function, one, two = (asks, patient, doctor) if by_patient else (
                invites, doctor, patient)
            pair = at_once(*[(lambda: function(
                one, two, key=f"{what} {i}"),)] * 2)
            alike.append(pair[0].text == pair[1].text)
            statuses_got |= {answer.status for answer in pair}
            rows.append(sql("SELECT count(*) FROM connection WHERE"
                            f" patient_id = {patient.id}"))
            notices.append(sql(
                "SELECT count(*) FROM notification WHERE author_id ="
                f" {one.id} AND account_id = {two.id}"))
        same(f"{what} twice with one key succeeds for both", statuses_got,
             {201})
        same("with the same answer", alike, [True] * ROUNDS)
        same("once", (rows, notices), (["1"] * ROUNDS, ["1"] * ROUNDS))
    id = made(asks(Person(PATIENT), doctor), "connection")
    three = at_once(*[(lambda: answers(doctor, id, key="answer"),)] * 3)
    same("an answer with one key is given once, and told to all", {
        (answer.status, answer.text) for answer in three},
        {(200, three[0].text)})


scenes = [two_accepts, accept_against_reject, accept_against_end, two_ends,
          two_asks, ask_against_archive, one_key]
