"""Keeps the scanners on this machine: Python reads this file first when its
directory is in PYTHONPATH.  A try to reach anything but the loopback is
refused, and written to the file that CK_SCAN_ESCAPES names."""
import os
import sys

CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
RESOLVES = ("socket.getaddrinfo", "socket.gethostbyname",
            "socket.gethostbyaddr")


def is_here(host):
    host = host.decode() if isinstance(host, bytes) else host
    return host in (None, "", "localhost", "::1") or (
        host.startswith("127.") and host.replace(".", "").isdigit())


def watch(event, details):
    if event in CONNECTS:
        host = details[1]
        host = host[0] if isinstance(host, tuple) else None
    elif event in RESOLVES:
        host = details[0]
    else:
        return
    if not is_here(host):
        with open(os.environ["CK_SCAN_ESCAPES"], "a") as file:
            file.write(f"{event} {host}\n")
        raise OSError(f"{host} is not on this machine")


sys.addaudithook(watch)
