"""What two clients do at the same moment."""
from stage import Later, Person, admin, ask, ok, same, sql

ROUNDS = 10


def one_key():
    person, wrong = Person(), []
    for i in range(ROUNDS):
        pair = [Later(person.note, f"text {i}", f"key {i}") for _ in "ab"]
        one, two = (later.answer() for later in pair)
        if (one.status, two.status) != (200, 200) or one.text != two.text:
            wrong.append((one, two))
    same("of two with the same Idempotency-Key both get the same answer",
         wrong, [])
    same("and there is one row", sorted(person.notes()),
         sorted(f"text {i}" for i in range(ROUNDS)))
    pair = [Later(person.note, text, "a key") for text in ("one", "two")]
    same("with two bodies one of them is 422",
         sorted(later.answer().status for later in pair), [200, 422])


def one_address():
    emails = [f"twice{i}@example.org" for i in range(ROUNDS)]
    statuses = []
    for email in emails:
        pair = [Later(register, email) for _ in "ab"]
        statuses += [sorted(later.answer().status for later in pair)]
    same("of two who register one address one gets it", statuses,
         [[200, 400]] * ROUNDS)
    same("there is one account of each", sql(
        "SELECT count(*) FROM account WHERE email LIKE 'twice%'"),
        str(ROUNDS))


def register(email):
    return ask("POST", "/register", None, {
        "type_id": 3, "fullname": "Ann Lee", "contact": "1", "email": email,
        "password": "correct horse 1"}, peer="10.9.9.9")


def last_admins():
    """Each removes the other: one stays, whoever it is."""
    alice = int(sql("SELECT id FROM account WHERE email LIKE 'alice1982@%'"))
    first = Person(1, by=admin())
    statuses, left = [], []
    for _ in range(ROUNDS // 2):
        second = Person(1, by=first.token)
        sql("UPDATE account SET archived_at = now() WHERE role = 'admin' AND"
            f" archived_at IS NULL AND id NOT IN ({first.id}, {second.id})")
        pair = [Later(one.ask, "DELETE", f"/users/{two.id}")
                for one, two in ((first, second), (second, first))]
        statuses.append(sorted(later.answer().status for later in pair))
        left.append(sql("SELECT count(*) FROM account WHERE role = 'admin'"
                        " AND archived_at IS NULL"))
        if left[-1] != "1":
            break
        if sql("SELECT archived_at IS NULL FROM account WHERE id ="
               f" {second.id}") == "t":
            first = second
    same("of the last two administrators who remove each other one stays",
         left, ["1"] * len(left))
    ok("one of the two is refused", all(
        pair[0] == 200 and pair[1] in (401, 403, 404, 409)
        for pair in statuses), statuses)
    same("the last cannot remove itself", first.ask(
        "DELETE", f"/users/{first.id}").status, 409)
    sql(f"UPDATE account SET archived_at = NULL WHERE id = {alice}")
    sql(f"UPDATE account SET archived_at = now() WHERE id = {first.id}")


scenes = [one_key, one_address, last_admins]
