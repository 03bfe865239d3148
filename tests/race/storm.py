"""Many people do everything at once: nobody gets a server's fault, and what
is left fits together."""
import random

from meeting import (
    DOCTOR, NURSE, PATIENT, Later, Person, admin, answers, ask_nginx, asks,
    call, ends, invites, ok, same, sql)

STORMERS, DEEDS = 8, 60

# What may not be, however it came: a query that counts it.
NEVER = {
    "two live connections of a pair":
        "SELECT count(*) FROM (SELECT FROM connection WHERE archived_at IS"
        " NULL GROUP BY patient_id, clinician_id HAVING count(*) > 1) d",
    "a live connection of who has gone":
        "SELECT count(*) FROM connection c JOIN account a ON a.id IN"
        " (c.patient_id, c.clinician_id) WHERE c.archived_at IS NULL"
        " AND a.archived_at IS NOT NULL",
    "a live invitation to what was called off":
        "SELECT count(*) FROM activity_invite i JOIN activity a ON a.id ="
        " i.activity_id WHERE i.archived_at IS NULL AND a.archived_at IS NOT"
        " NULL",
    "a live invitation or activity of who has gone":
        "SELECT count(*) FROM account a WHERE a.archived_at IS NOT NULL AND"
        " (EXISTS (SELECT FROM activity_invite i WHERE i.archived_at IS NULL"
        " AND a.id IN (i.patient_id, i.author_id)) OR EXISTS (SELECT FROM"
        " activity y WHERE y.author_id = a.id AND y.archived_at IS NULL))",
    "a live session of who has gone":
        "SELECT count(*) FROM session s JOIN account a ON a.id ="
        " s.account_id WHERE s.ended_at IS NULL AND a.archived_at IS NOT"
        " NULL",
    "a connection accepted by who asked for it":
        "SELECT count(*) FROM notification n WHERE n.kind ="
        " 'connection_accepted' AND n.author_id = n.account_id",
    "news that nobody sent":
        "SELECT count(*) FROM notification n WHERE n.kind LIKE"
        " 'connection_%' AND n.author_id IS NULL",
}


class Stormer:
    """One who does this and that in the name of everybody."""

    def __init__(self, seed, patients, clinicians, boss):
        self.dice = random.Random(seed)
        self.patients, self.clinicians, self.boss = patients, clinicians, boss
        self.statuses = []

    def some(self, table, where="true"):
        found = sql(f"SELECT id FROM {table} WHERE archived_at IS NULL AND"
                    f" {where} ORDER BY id DESC LIMIT 8")
        found = [found] if isinstance(found, str) else found
        return self.dice.choice(found) if found else 0

    def deed(self):
        patient = self.dice.choice(self.patients)
        clinician = self.dice.choice(self.clinicians)
        either = self.dice.choice((patient, clinician))
        return self.dice.choice((
            lambda: asks(patient, clinician),
            lambda: invites(clinician, patient),
            lambda: answers(either, self.some("connection")),
            lambda: answers(either, self.some("connection"), "reject"),
            lambda: ends(either, self.some(
                "connection", f"{either.id} IN (patient_id, clinician_id)")),
            lambda: call(clinician, "POST", "/api/activities/",
                         {"title": "Walk"}),
            lambda: call(clinician, "POST", "/api/activities/invite", {
                "client_id": patient.id, "activity_id": self.some(
                    "activity", f"author_id = {clinician.id}")}),
            lambda: call(patient, "POST", "/api/activities/respond", {
                "action": self.dice.choice(("accept", "decline")),
                "invite_id": self.some("activity_invite")}),
            lambda: call(clinician, "DELETE", "/api/activities/" + str(
                self.some("activity", f"author_id = {clinician.id}"))),
            lambda: call(either, "GET", "/api/connection/list"),
            lambda: call(either, "GET", "/health_records"),
            lambda: patient.note("x"),
            lambda: self.wakes(either)))()

    @staticmethod
    def wakes(person):
        """Whose session was not seen for a while: the request notes it, and
        holds it, before it writes for the account."""
        sql("UPDATE session SET seen_at = seen_at - interval '2 minutes'"
            " WHERE id = (SELECT id FROM session WHERE ended_at IS NULL AND"
            f" account_id = {person.id} LIMIT 1)")
        return person.note("awake")

    def rages(self):
        for n in range(DEEDS):
            self.statuses.append(self.deed())
        return self

    def removes(self):
        """One after the other goes, or changes, while the others rage."""
        for person in self.patients[:3] + self.clinicians[:2]:
            self.statuses.append(ask_nginx(
                "DELETE", f"/users/{person.id}", self.boss))
            self.statuses.append(self.deed())
        for role in ("patient", "doctor") * 3:
            sql(f"SELECT account_set_role({self.clinicians[2].id},"
                f" '{role}')")
            self.clinicians[2].login()
            self.statuses.append(self.deed())
        return self


def storm():
    patients = [Person(PATIENT) for _ in range(6)]
    clinicians = [Person(kind) for kind in (DOCTOR, DOCTOR, NURSE, NURSE)]
    boss = admin()
    # Nobody is removed at first, so that there is something to remove.
    for calm in (True, False):
        crowd = [Stormer(seed + 100 * calm, patients, clinicians, boss)
                 for seed in range(STORMERS)]
        later = [Later(one.rages) for one in crowd]
        later += [] if calm else [Later(crowd[0].removes)]
        done = [one.answer(240) for one in later]
        ok("all come to an end", all(isinstance(one, Stormer)
                                     for one in done))
        got = [answer for one in crowd for answer in one.statuses]
        wrong = [answer for answer in got if answer.status not in (
            200, 201, 400, 401, 403, 404, 429)]
        ok(f"of {len(got)} requests none meets a fault of the server's",
           not wrong, len(wrong), *wrong[:5])
        ok("and a good part succeeds", sum(
            answer.status in (200, 201) for answer in got) > len(got) / 4)
        for what, query in NEVER.items():
            same(f"nowhere is {what}", sql(query), "0")


scenes = [storm]
