"""What opens a patient's data, and that its end holds on the next request on
every worker: connection, membership of either side, provider, verification,
and the assignment of a record."""
from meeting import (
    DOCTOR, NURSE, PATIENT, Person, admin, archive, connected, ends, hidden,
    same, shown, sql, stage)


def patient_with_rows(word):
    patient = Person(PATIENT, name=f"Pat {word}")
    patient.note(word)
    patient.ask("POST", "/reminders", {
        "reminder_text": word, "reminder_date": "2999-01-01"})
    return patient


def places(patient):
    """Where a clinician sees a patient's things."""
    record, reminder = (sql(
        f"SELECT id FROM {table} WHERE patient_id = {patient.id}")
        for table in ("record", "reminder"))
    return ["/health_records", f"/health_records/{record}",
            f"/reminders/{reminder}"]


def directories(patient):
    return [f"/users?after={patient.id - 1}&limit=1", "/api/users?role=client"]


def verified():
    """Who is entered by an admin is."""
    return Person(DOCTOR, by=admin())


def provider(*members):
    """One of their own; kind and person."""
    id = sql("INSERT INTO provider (uid, name) VALUES (gen_random_uuid(),"
             " 'One') RETURNING id")
    for kind, person in members:
        sql("INSERT INTO membership (provider_id, account_id, kind) VALUES"
            f" ({id}, {person.id}, '{kind}')")
    return id


def connection_ends():
    patient, nurse = patient_with_rows("apple"), Person(NURSE)
    id = connected(patient, nurse)
    what = "a connection"
    shown(what, nurse, places(patient) + ["/api/users?role=client"], "")
    shown(what, nurse, places(patient), "apple")
    same("it ends", ends(patient, id).status, 200)
    hidden(what + " that has ended", nurse, places(patient), "apple")
    hidden(what + " that has ended", nurse, directories(patient)[1:],
           patient.email)


def membership_ends():
    for who in ("staff", "patient"):
        patient, doctor = patient_with_rows("berry"), verified()
        id = provider(("staff", doctor), ("patient", patient))
        what = f"{who} of a provider"
        shown(what, doctor, places(patient), "berry")
        shown(what, doctor, directories(patient), patient.email)
        sql("UPDATE membership SET archived_at = instant() WHERE provider_id"
            f" = {id} AND kind = '{who}'")
        hidden(what + ", no more", doctor, places(patient), "berry")
        hidden(what + ", no more", doctor, directories(patient),
               patient.email)


def command_takes_out():
    patient, doctor = patient_with_rows("cherry"), verified()
    id = provider(("staff", doctor), ("patient", patient))
    shown("before member remove", doctor, places(patient), "cherry")
    stage.stack(f"ctl member remove {id} {doctor.email}")
    hidden("after member remove", doctor, places(patient), "cherry")


def provider_ends():
    patient, doctor = patient_with_rows("date"), verified()
    id = provider(("staff", doctor), ("patient", patient))
    shown("a provider", doctor, places(patient), "date")
    boss = sql("SELECT id FROM account WHERE email LIKE 'alice1982@%'")
    same("it is closed", sql(
        f"BEGIN; {archive('provider', id, boss, 'admin')}; COMMIT")[-1], "t")
    hidden("a provider that is closed", doctor, places(patient), "date")
    hidden("a provider that is closed", doctor, directories(patient),
           patient.email)


def verification_ends():
    patient, doctor = patient_with_rows("elder"), verified()
    provider(("staff", doctor), ("patient", patient))
    shown("a verified doctor", doctor, places(patient), "elder")
    same("the verification is withdrawn", sql(
        f"SELECT account_set_verified({doctor.id}, false)"), "ok")
    hidden("an unverified one", doctor, places(patient), "elder")
    hidden("an unverified one", doctor, directories(patient), patient.email)
    connected(patient, doctor)
    shown("whom the patient accepts", doctor, places(patient), "elder")


def assignment_ends():
    patient, doctor = patient_with_rows("fig"), Person(DOCTOR)
    record = places(patient)[1]
    hidden("a record that is nobody's", doctor, [record], "fig")
    sql(f"UPDATE record SET doctor_id = {doctor.id} WHERE patient_id ="
        f" {patient.id}")
    shown("an assigned record", doctor, ["/health_records", record], "fig")
    hidden("and nothing else of the patient", doctor, places(patient)[2:],
           "fig")
    sql("UPDATE record SET doctor_id = NULL WHERE patient_id ="
        f" {patient.id}")
    hidden("a record that is no longer", doctor, ["/health_records", record],
           "fig")


def patient_goes():
    patient, doctor = patient_with_rows("grape"), Person(DOCTOR)
    connected(patient, doctor)
    shown("a patient", doctor, places(patient), "grape")
    same("goes", stage.ask_nginx(
        "DELETE", f"/users/{patient.id}", admin()).status, 200)
    hidden("a patient who has gone", doctor, places(patient), "grape")


scenes = [connection_ends, membership_ends, command_takes_out, provider_ends,
          verification_ends, assignment_ends, patient_goes]
