"""wapiti against the site: it follows links, of which a JSON API has none, so
that it gets every operation that GET answers as a place to start."""
import json
import subprocess

import canary
from ground import WORK, arrived, left
from sqlmap import scanner_environment

# Those that need nothing from elsewhere, but for buster and nikto, which guess
# names of files, and blindsql, which takes time (see sqlmap.py).
MODULES = ("backup cookieflags crlf csp csrf exec file htaccess http_headers"
           " methods permanentxss redirect shellshock sql ssrf xss xxe")
SECONDS = 180
AGENT = "scan-wapiti"

# What it says that is no fault, and why.
EXCUSED = {
    ("HTTP Secure Headers", "X-XSS-Protection is not set"):
        "browsers have dropped it, and it brought holes of its own;"
        " Content-Security-Policy is stricter",
    ("HTTP Secure Headers", "Strict-Transport-Security is not set"):
        "without HTTPS it has no meaning; conf/nginx/chartkeep.site sets it,"
        " which the probes look at",
}


def scan(name, base, starts, token=None, modules=MODULES):
    """Findings as text; what went wrong; the requests' statuses."""
    store = WORK / f"wapiti-{name}"
    store.mkdir()
    # It would fetch that of a module of which nobody asks.
    (store / "apps.json").write_text("{}")
    report, out = WORK / f"wapiti-{name}.json", WORK / f"wapiti-{name}.out"
    agent = f"{AGENT}-{name}"
    command = [
        "wapiti", "-u", f"{base}/", "--scope", "domain", "-d", "1", "-l", "2",
        "-m", modules.replace(" ", ","), "-A", agent, "--no-bugreport",
        "--flush-session", "--store-session", store, "--store-config", store,
        "-t", "10", "--endpoint", f"{canary.start()}/", "-v", "1",
        "-f", "json", "-o", report]
    for start in starts:
        command += ["-s", base + start]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    wrong = []
    seconds = left(SECONDS)
    if seconds < 3:
        return [], ["not scanned: the suite's time is over"], {}
    try:
        with out.open("wb") as file:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file,
                           stderr=file, timeout=seconds, cwd=WORK,
                           env=scanner_environment())
        found = findings(json.loads(report.read_text()))
    except subprocess.TimeoutExpired:
        return [], [f"not finished within {seconds:.0f} s"], arrived(agent)
    except (OSError, ValueError) as error:
        return [], [f"no report: {error}", out.read_text()[-1500:]], {}
    text = out.read_text(errors="replace")
    wrong += [line for line in text.splitlines()
              if "Traceback" in line or line.startswith("[!]")]
    wrong += [f"{module} did not run" for module in modules.split()
              if f"Launching module {module}" not in text]
    return found, wrong, arrived(agent)


def findings(report):
    """Of any level, without the excused."""
    return [f"{category}: {one['method']} {one['path']}"
            f" {one.get('parameter') or ''}: {one['info']}"
            for kind in ("vulnerabilities", "anomalies", "additionals")
            for category, some in report[kind].items() for one in some
            if (category, one["info"]) not in EXCUSED]


def version():
    out = subprocess.run(["wapiti", "--version"], capture_output=True,
                         text=True, env=scanner_environment(), cwd=WORK,
                         stdin=subprocess.DEVNULL).stdout
    return out.strip().splitlines()[-1]
