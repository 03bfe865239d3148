#!/usr/bin/python3
"""usage: smtpd.py [OPTION...] DIRECTORY

A real SMTP server (aiosmtpd) that delivers into a directory: N.eml holds the
mail as it came, N.json its envelope. The port is written to DIRECTORY/port.

What it does is told by DIRECTORY/mode, read at every step:
  accept               takes mails (also when there is no such file)
  refuse STEP CODE     answers CODE at STEP
  hang STEP            answers nothing at STEP until it is told otherwise
  drop STEP            closes the connection at STEP
STEP is greeting, mail, rcpt, data (the mail has come, is not delivered), or
delivered (it is, and the client does not know).

  --tls CERT KEY       offers STARTTLS
  --smtps CERT KEY     speaks TLS from the first byte
  --login USER:WORD    takes mails only after that login
"""
import argparse
import asyncio
import itertools
import json
import os
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

numbers = itertools.count(1)


class Server(SMTP):
    """Consults the mode before the greeting; the rest is the handler's."""

    def __init__(self, handler, **options):
        self.behaviour = handler
        super().__init__(handler, **options)

    async def _handle_client(self):
        answer = await self.behaviour.step(self, "greeting")
        if answer:
            await self.push(answer)
            self.transport.close()
            return
        await super()._handle_client()


class Behaviour:
    def __init__(self, directory):
        self.directory = directory

    def mode(self):
        try:
            return (self.directory / "mode").read_text().split()
        except FileNotFoundError:
            return ["accept"]

    async def step(self, server, name):
        """The answer that the mode wants at this step, or None."""
        while self.mode()[:2] == ["hang", name]:
            await asyncio.sleep(0.05)
        mode = self.mode()
        if mode[:2] == ["drop", name]:
            server.transport.abort()
            return "421 gone"
        if mode[:2] == ["refuse", name]:
            return f"{mode[2]} told so"
        return None

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = await self.step(server, "mail")
        if answer:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self.step(server, "rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await self.step(server, "data")
        if answer:
            return answer
        self.deliver(server, session, envelope)
        return await self.step(server, "delivered") or "250 delivered"

    def deliver(self, server, session, envelope):
        name = f"{next(numbers):06}"
        facts = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data if session.authenticated else None,
            "greeting": session.host_name,
        }
        (self.directory / f"{name}.json").write_text(json.dumps(facts))
        part = self.directory / f".{name}"
        part.write_bytes(envelope.original_content)
        part.rename(self.directory / f"{name}.eml")


def context(files):
    if files is None:
        return None
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    result.load_cert_chain(*files)
    return result


def authenticator(login):
    user, word = login.encode().split(b":", 1)

    def check(server, session, envelope, mechanism, data):
        good = data.login == user and data.password == word
        return AuthResult(success=good, auth_data=user.decode())
    return check


async def serve(options):
    behaviour = Behaviour(options.directory)
    extra = {}
    if options.login:
        extra = {"authenticator": authenticator(options.login),
                 "auth_required": True, "auth_require_tls": False}

    def make():
        return Server(behaviour, hostname="smtpd.test", ident="test",
                      tls_context=context(options.tls), **extra)

    server = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", options.port, ssl=context(options.smtps))
    part = options.directory / ".port"
    part.write_text(str(server.sockets[0].getsockname()[1]))
    os.rename(part, options.directory / "port")
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--smtps", nargs=2)
    parser.add_argument("--login")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("directory", type=Path)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
