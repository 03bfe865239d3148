"""Scenarios of the mail's way out: servers that refuse, hang and drop, TLS,
logins, programs. Each is like those in run."""
import os
import subprocess
import time

import place
from place import Dispatcher, Person, rest, set_clock, until

MINUTE = 1 / 60


def settle(who, state, attempts, seconds=15):
    """Does the outbox come to this state after so many attempts?"""
    return until(lambda: (who.post(), who.post("attempts")) ==
                 (state, str(attempts)), seconds)


def mail_scenarios(ok, same):

    def smtp_refuses(at, smtp):
        who = [Person() for _ in range(6)]
        for i, mode in enumerate(who):
            mode.remind(at + 12 * i)
        yield
        with Dispatcher() as dispatcher:
            dispatcher.ready()
            refused_for_now("greeting 421", at, who[0], smtp)
            refused_for_now("mail 452", at + 12, who[1], smtp)
            refused_for_now("data 451", at + 24, who[2], smtp)
            refused_for_good(at + 36, who[3], smtp)
            dropped("data", 1, at + 48, who[4], smtp)
            dropped("delivered", 2, at + 60, who[5], smtp)

    def refused_for_now(mode, at, who, smtp):
        smtp.mode(f"refuse {mode}")
        set_clock(at)
        ok(f"{mode}: the mail waits", settle(who, "waiting", 1),
           who.post(), who.post("attempts"))
        ok(f"{mode}: the reason is kept, without an address",
           mode[-3:] in who.post("last_error") and
           "@" not in who.post("last_error"), who.post("last_error"))
        smtp.mode("accept")
        rest()
        same(f"{mode}: not tried again at once", who.post("attempts"), "1")
        set_clock(at + 1.1 * MINUTE)
        ok(f"{mode}: after a minute it is sent", settle(who, "sent", 2))
        same(f"{mode}: once, and no reason is left",
             (len(smtp.files(who)), who.post("last_error")), (1, ""))

    def refused_for_good(at, who, smtp):
        smtp.mode("refuse rcpt 550")
        set_clock(at)
        ok("550: tried again, in case the server was wrong",
           settle(who, "waiting", 1))
        set_clock(at + 1.1 * MINUTE)
        ok("550: and again", settle(who, "waiting", 2))
        set_clock(at + 7 * MINUTE)
        ok("550: parked after the third time", settle(who, "parked", 3))
        smtp.mode("accept")
        set_clock(at + 11)
        rest()
        same("550: what is parked stays", (who.post(), smtp.files(who)),
             ("parked", []))

    def dropped(step, wanted, at, who, smtp):
        smtp.mode(f"drop {step}")
        set_clock(at)
        ok(f"dropped ({step}): the mail waits", settle(who, "waiting", 1),
           who.post(), who.post("attempts"))
        smtp.mode("accept")
        set_clock(at + 1.1 * MINUTE)
        ok(f"dropped ({step}): then it is sent", settle(who, "sent", 2))
        mails = smtp.mails(who)
        ok(f"dropped ({step}): it came, with one Message-ID",
           len(mails) == wanted and
           len({mail["Message-ID"] for mail in mails}) == 1, len(mails))

    def smtp_never_there(at, smtp):
        who = Person()
        who.remind(at)
        yield
        smtp.mode("refuse greeting 451")
        waits = [1, 5, 15, 60, 180, 360, 720]
        now = at
        with Dispatcher():
            set_clock(now)
            tried = [settle(who, "waiting", 1)]
            for i, minutes in enumerate(waits):
                set_clock(now + (minutes - 0.4) * MINUTE)
                rest()
                early = who.post("attempts") != str(i + 1)
                now += (minutes + 0.2) * MINUTE
                set_clock(now)
                state = "waiting" if i + 2 < 8 else "parked"
                tried.append(settle(who, state, i + 2) and not early)
        same("a mail is tried eight times, ever more rarely, then parked",
             tried, [True] * 8)
        smtp.mode("accept")

    def smtp_hangs(at, smtp):
        first, second, third = Person(), Person(), Person()
        first.remind(at)
        second.remind(at + 1)
        third.remind(at + 2)
        yield
        smtp.mode("hang data")
        with Dispatcher(CK_MAIL_SECONDS="8") as dispatcher:
            dispatcher.ready()
            set_clock(at)
            settle(first, "sending", 1)
            start = time.monotonic()
            before = dispatcher.busy()
            set_clock(at + 1, poked=False)
            ok("while a server hangs reminders are announced in time",
               until(lambda: second.told() == 1, 4))
            ok("after its time it is given up",
               settle(first, "waiting", 1, 15), first.post())
            took = time.monotonic() - start
            ok("not sooner", took > 6, took)
            ok("and waiting for it costs nothing",
               dispatcher.busy() - before < 3, dispatcher.busy() - before)
            settle(second, "sending", 1)
            start = time.monotonic()
            same("SIGTERM ends the dispatcher all the same",
                 dispatcher.stop(), 0)
            ok("within ten seconds", time.monotonic() - start < 10)
        same("the mail under way is given back", second.post(), "waiting")
        smtp.mode("accept")
        with Dispatcher():
            set_clock(at + 2)
            ok("and nothing is lost", until(lambda: all(
                who.post() == "sent" for who in (first, second, third)), 15))
        ok("each came", all(len(smtp.files(who)) in (1, 2)
                            for who in (first, second, third)))

    def smtp_tls(at, smtp):
        who = [Person() for _ in range(7)]
        for i, mode in enumerate(who):
            mode.remind(at + 12 * i)
        yield
        cert, key = str(place.TMP / "cert.pem"), str(place.TMP / "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
             "-out", cert], check=True, capture_output=True)
        offering = place.Server("offering", "--tls", cert, key)
        smtps = place.Server("smtps", "--smtps", cert, key)
        plain, starttls, tls = (f"{name}://localhost:" for name in (
            "smtp", "smtp+starttls", "smtps"))
        trusted = {"SSL_CERT_FILE": cert}
        for i, (what, mail, box, environment, good) in enumerate([
                ("STARTTLS is used where it is offered",
                 plain + str(offering.port), offering, {}, True),
                ("smtp+starttls trusts nobody unknown",
                 starttls + str(offering.port), offering, {}, False),
                ("smtp+starttls with a good certificate",
                 starttls + str(offering.port), offering, trusted, True),
                ("smtp+starttls never sends without TLS",
                 starttls + str(smtp.port), smtp, trusted, False),
                ("smtps with a good certificate",
                 tls + str(smtps.port), smtps, trusted, True),
                ("smtps trusts nobody unknown",
                 tls + str(smtps.port), smtps, {}, False),
                ("smtps speaks to no server without TLS",
                 tls + str(smtp.port), smtp, trusted, False)]):
            place.set_setting("mail", mail)
            with Dispatcher(**environment):
                set_clock(at + 12 * i)
                settled = settle(who[i], "sent" if good else "waiting", 1)
            envelopes = [e["tls"] for e in box.envelopes(who[i])]
            ok(what, settled and envelopes == [True] * good, settled,
               envelopes, who[i].post(), who[i].post("last_error"))
        offering.stop()
        smtps.stop()
        use(f"smtp://127.0.0.1:{smtp.port}")

    def smtp_login(at, smtp):
        who = [Person() for _ in range(2)]
        for i, mode in enumerate(who):
            mode.remind(at + 12 * i)
        yield
        server = place.Server("login", "--login", "mailer:open sesame")
        word = place.TMP / "word"
        use(f"smtp://127.0.0.1:{server.port}", "mailer", word)
        for i, (given, good) in enumerate([("open sesame\n", True),
                                           ("wrong canary\n", False)]):
            password(word, given)
            with Dispatcher() as dispatcher:
                set_clock(at + 12 * i)
                settled = settle(who[i], "sent" if good else "waiting", 1)
            same(f"login with the {'right' if good else 'wrong'} password",
                 (settled, [e["login"] for e in server.envelopes(who[i])]),
                 (True, ["mailer"] * good))
        ok("no password is told", "canary" not in who[1].post("last_error")
           and not dispatcher.says("canary"), who[1].post("last_error"))
        server.stop()
        use(f"smtp://127.0.0.1:{smtp.port}", "", "")

    def password(path, text):
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        if place.AS:
            stat = place.TMP.stat()
            os.chown(path, stat.st_uid, stat.st_gid)

    def use(mail, user=None, word=None):
        place.set_setting("mail", mail)
        if user is not None:
            place.set_setting("mail_user", user)
            place.set_setting("mail_password_file", word)

    def sendmail(at, smtp):
        good, failing, hanging, late = (Person("Zoë Ü") for _ in range(4))
        for i, who in enumerate((good, failing, hanging, late)):
            who.remind(at + 4 * i)
        yield
        box = place.Program("program")
        use(f"sendmail:{box.path}")
        with Dispatcher():
            set_clock(at)
            ok("a program takes the mail", settle(good, "sent", 1),
               good.post(), good.post("last_error"))
            box.mode("exit 75")
            set_clock(at + 4)
            ok("one that fails is asked again", settle(failing, "waiting", 1))
            box.mode("accept")
            set_clock(at + 4 + 1.1 * MINUTE)
            ok("and sends", settle(failing, "sent", 2))
            box.mode("hang")
            set_clock(at + 8)
            settle(hanging, "sending", 1)
            set_clock(at + 12)
            ok("one that hangs holds up no reminder",
               until(lambda: late.told() == 1, 4))
            ok("it is killed after its time",
               settle(hanging, "waiting", 1, 15), hanging.post())
            box.mode("accept")
        mail = box.mails(good)[0]
        same("the mail is whole", (str(mail["To"]), mail["Subject"],
                                   "Hello Zoë Ü,\n" in mail.get_content()),
             (f"Zoë Ü <{good.email}>", "A reminder is due", True))
        same("lines end as the system's", b"\r" in box.files(good)[0]
             .read_bytes(), False)
        same("the program is called without a shell's words",
             box.files(good)[0].with_suffix(".args").read_text().split(),
             ["-t", "-i", "-f", "chartkeep@localhost"])
        use(f"smtp://127.0.0.1:{smtp.port}")

    def no_mail(at, smtp):
        who = Person()
        who.remind(at)
        yield
        use("none")
        with Dispatcher():
            set_clock(at)
            ok("without mail there are notifications",
               until(lambda: who.told() == 1, 8))
        same("and nothing in the outbox", who.post(), [])
        use(f"smtp://127.0.0.1:{smtp.port}")

    def too_old(at, smtp):
        who = Person()
        who.remind(at)
        yield
        smtp.mode("refuse greeting 421")
        with Dispatcher():
            set_clock(at)
            settle(who, "waiting", 1)
        smtp.mode("accept")
        with Dispatcher():
            set_clock(at + 73)
            ok("a mail that comes days late does not go out",
               settle(who, "parked", 2), who.post(), who.post("attempts"))
        same("but is seen", (smtp.files(who), who.post("last_error")),
             ([], "too old to be of use"))

    def no_address(at, smtp):
        odd, none = Person(), Person()
        odd.remind(at)
        none.remind(at)
        yield
        place.sql("UPDATE account SET email = E'a@b\\r\\nRCPT TO:<x'"
                  f" || id || '>' WHERE id = {odd.id}")
        place.sql("UPDATE account SET email = NULL, username = 'nobody'"
                  f" WHERE id = {none.id}")
        with Dispatcher():
            set_clock(at)
            ok("an address that nobody can write to is parked",
               settle(odd, "parked", 1), odd.post(), odd.post("attempts"))
            ok("who has none is told without",
               until(lambda: none.told() == 1, 5))
        same("and gets no mail", none.post(), [])

    return [smtp_refuses, smtp_never_there, smtp_hangs, smtp_tls, smtp_login,
            sendmail, no_mail, too_old, no_address]
