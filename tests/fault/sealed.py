"""Ciphertexts that the database's owner moves about do not open elsewhere."""
import re

from stage import (
    Person, log_since, log_size, ok, reload_and_wait, same, sql, until)


def moved():
    person, other = Person(), Person()
    person.note("first words")
    first = person.record()
    person.note("second words")
    second = person.record()
    other.note("other words")
    person.ask("POST", "/reminders", {
        "reminder_text": "reminding words",
        "reminder_date": "2031-01-01 10:00:00"})
    kept = sql(f"SELECT encode(text, 'hex') FROM record WHERE id = {first}")
    for what, value in (
            ("another row's", f"(SELECT text FROM record WHERE id={second})"),
            ("another table's", "(SELECT text FROM reminder WHERE"
             f" patient_id = {person.id})"),
            ("another patient's", "(SELECT text FROM record WHERE"
             f" patient_id = {other.id})"),
            ("one with a bit turned", "set_bit(text, 150, 1 - get_bit(text,"
             " 150))"),
            ("one that is cut", "substr(text, 1, length(text) - 1)"),
            ("noise", "set_byte(text || text, 0, 1)")):
        sql(f"UPDATE record SET text = {value} WHERE id = {first}")
        does_not_open(what, person, first)
        sql(f"UPDATE record SET text = '\\x{kept}' WHERE id = {first}")
    same("back in its place it opens", sorted(person.notes()),
         ["first words", "second words"])


def does_not_open(what, person, row):
    start = log_size()
    answers = [person.ask("GET", f"/health_records/{row}"),
               person.ask("GET", "/health_records")]
    until(lambda: log_since(start).count("event=request ") >= 2, 5)
    log = log_since(start)
    for answer in answers:
        members = answer.json() or {}
        identity = members.get("request_id", "-")
        good = (answer.status == 500 and "words" not in answer.text and
                answer.headers.get("x-request-id") == identity and
                re.search(f"event=request id={identity}.* status=500", log))
        if not good:
            break
    ok(f"{what} text in a record is 500, with an id that the log knows",
       good, answer, log)
    ok(f"{what}: the log says what does not open and no word of it",
       re.search("record", log) and "does not open" in log and
       "words" not in log, log)


def wrapped_key_moved():
    """Nor does a data key, under another account's name."""
    person, other = Person(), Person()
    person.note("words")
    kept = sql("SELECT encode(wrapped, 'hex') FROM data_key"
               f" WHERE account_id = {person.id}")
    sql("UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE"
        f" account_id = {other.id}) WHERE account_id = {person.id}")
    # New workers: those that run have opened the right one already.
    reload_and_wait()
    answer = person.ask("GET", "/health_records")
    ok("a data key under another's name is 500", answer.status == 500 and
       "words" not in answer.text, answer)
    same("others are none the worse", other.note("x").status, 200)
    sql(f"UPDATE data_key SET wrapped = '\\x{kept}'"
        f" WHERE account_id = {person.id}")
    same("back in its place it opens", person.notes(), ["words"])


scenes = [moved, wrapped_key_moved]
