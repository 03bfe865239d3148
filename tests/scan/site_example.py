"""The example of a site, conf/nginx/chartkeep.site, on ports of the loopback:
what it adds to the routes' own protection."""
import re
import socket
import ssl

import ground
from ground import none, ok, same, stack

NAME = "health.example.org"

# Nothing but the example itself says how much nginx tells of itself.
START = """
dir=$CK_STACK/nginx/site
as mkdir -p "$dir"
as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
    -subj /CN=%(name)s -days 2 -keyout "$dir/key" -out "$dir/pem" 2>/dev/null
sed -e "s|listen 80;|listen 127.0.0.1:%(plain)d;|" \\
    -e "s|listen 443 |listen 127.0.0.1:%(secure)d |" \\
    -e "s|/etc/ssl/certs/%(name)s.pem|$dir/pem|" \\
    -e "s|/etc/ssl/private/%(name)s.key|$dir/key|" \\
    -e "s|/var/log/nginx|$CK_LOG|" \\
    -e "s|/etc/nginx/snippets|$CK_STACK/nginx|" \\
    "$CK_SRC/conf/nginx/chartkeep.site" | as tee "$dir/site" >/dev/null
nginx_configuration | sed -e '/server {/,/^	}/d' -e '/server_tokens/d' \\
    -e "s|^http {|&\\n\\tinclude $dir/site;|" \\
    -e "s|^pid .*|pid $CK_STACK/site.pid;|" |
    as tee "$dir/nginx.conf" >/dev/null
as nginx -p "$dir/" -e "$CK_LOG/site.log" -c nginx.conf
"""
STOP = 'as kill "$(cat "$CK_STACK/site.pid")"'


def sent_on(port):
    """Where does plain HTTP send, whatever it is asked?"""
    found = []
    for target in ("/profile", "//example.org/", "/%0d%0aX-Split:y",
                   "/\\example.org", "/x?u=https://example.org"):
        for host in (NAME, "example.org", f"{NAME}:80@example.org"):
            got = ground.wire(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n"
                              "Connection: close\r\n\r\n", port)
            place = re.search(r"\r\nLocation: (.*)\r\n", got)
            if not got.startswith("HTTP/1.1 400 ") and (
                    not place or not place[1].startswith(
                        f"https://{NAME}/") or "\nX-Split" in got):
                found.append(f"{target} of {host}: {got[:200]}")
            if re.search(r"nginx/\d", got):
                found.append(f"{target} names a version")
    none("site: plain HTTP is sent to the site's own HTTPS only", found)


def secured(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def say(text):
        return ground.wire(text, port, wrap=lambda s: context.wrap_socket(
            s, server_hostname=NAME))

    rest = f"Host: {NAME}\r\nConnection: close\r\n\r\n"
    got = say(f"GET /profile HTTP/1.1\r\n{rest}")
    ok("site: Chartkeep answers there", got.startswith("HTTP/1.1 401 "), got)
    ok("site: browsers shall stay with HTTPS", re.search(
        r"\r\nStrict-Transport-Security: max-age=\d{7,}", got), got)
    ok("site: the answer names no version", "\r\nServer: nginx\r\n" in got,
       got)
    got = say("GET /" + "a" * 20000 + f" HTTP/1.1\r\n{rest}")
    ok("site: nor does nginx itself", got.startswith("HTTP/1.1 414 ") and
       not re.search(r"nginx/\d", got), got[:400])
    got = say("GET /profile HTTP/1.1\r\nHost: example.org\r\n"
              "Connection: close\r\n\r\n")
    ok("site: no other host is served", got.startswith("HTTP/1.1 400 "), got)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def probe():
    plain, secure = ground.free_port(), ground.free_port()
    ground.set_setting("hosts", f"localhost, 127.0.0.1, {NAME}")
    stack("daemon_stop; daemon_start")
    stack(START % {"name": NAME, "plain": plain, "secure": secure})
    try:
        same("site: it listens", (answers(plain), answers(secure)),
             (True, True))
        sent_on(plain)
        secured(secure)
    finally:
        stack(STOP)
