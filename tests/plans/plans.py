"""The program's statements as each kind of actor executes them: usage
plans.py [--table]. The environment names the database that data.sql filled;
standard input has what `chartkeep statements` prints.

auto_explain says how each was executed, with whatever its functions do inside.
No plan may read one of the large tables from end to end, nor most of it by an
index, nor more rows than any page may cost. Prints TAP, or with --table, what HACKING.md has.
"""
import json
import os
import re
import subprocess
import sys

LARGE = re.compile(r"(account|person|data_key|record|connection|membership|"
                   r"activity|activity_invite|audit_\w+)$")
# The widest window of a page (sql/0005-page.sql), with something around it.
READ_MOST = 250000
SETTINGS = ("-c search_path=chartkeep,pg_temp -c jit=off -c TimeZone=UTC"
            " -c max_parallel_workers_per_gather=0"
            " -c plan_cache_mode=force_generic_plan")
LOG = re.compile(r"(?:NOTICE|LOG):  duration: ([\d.]+) ms  plan:\n(.*?\n)\}\n",
                 re.S)
AUDITED = ["'test'", "NULL", "NULL"]
FIRST = AUDITED + ["NULL", "101", "false"]
NEWEST = AUDITED + ["NULL", "101", "true"]
ASKED = ["gen_random_uuid()", "'test'", "NULL", "NULL"]


def psql(text, role="chartkeep"):
    done = subprocess.run(
        ["psql", "-U", role, "-XAtq", "-v", "ON_ERROR_STOP=1"],
        input=text, capture_output=True, text=True,
        env={**os.environ, "PGOPTIONS": SETTINGS})
    if done.returncode:
        sys.exit(f"{text[-300:]}\n{done.stderr[-2000:]}")
    return done


def one(query):
    return psql(query, "postgres").stdout.strip()


def people():
    """The actors: who, and a row of each kind that it looks for."""
    patients = int(one("SELECT max(id) FROM account WHERE role = 'patient'"))
    staff = int(one("SELECT max(account_id) FROM membership"
                    " WHERE provider_id = 1 AND kind = 'staff'"))
    last = int(one("SELECT max(id) FROM account WHERE role <> 'admin'"))
    return {"patient": 5, "small practice": staff + 1,
            "big provider": patients + 1, "admin": last + 1, "stranger": last}


def rows():
    """What is looked for: patient 5's, whoever looks."""
    def first(table, column="patient_id"):
        return one(f"SELECT min(id) FROM {table} WHERE {column} = 5")
    return {"record": first("record"), "connection": first("connection"),
            "activity": one("SELECT min(activity_id) FROM activity_invite"
                            " WHERE patient_id = 5"),
            "activity_invite": first("activity_invite"), "people": "5"}


def cases(actors):
    """Name of the case, of the statement, its parameters."""
    for table, id in rows().items():
        yield table + " found", table + "_find", AUDITED + [id]
    for name in ("record_list", "connection_list", "activity_list",
                 "activity_invite_list", "people_list", "clinician_page_list",
                 "patient_page_list", "admin_page_list"):
        yield name.replace("_", " "), name, FIRST
        yield name.replace("_", " ") + ", newest", name, NEWEST
    yield ("access log", "access_log", AUDITED +
           ["{log}", "NULL", "NULL", "101", "false"])
    yield ("connection asked of", "connection_ask",
           [str(actors["small practice"]), "NULL"] + ASKED)
    yield ("connection asked for", "connection_ask",
           ["NULL", "'a7@bench.invalid'"] + ASKED)
    yield "login", "login_find", ["'a5@bench.invalid'"]
    yield "account archived", "account_archive", AUDITED + ["{own}"]
    yield "enter", "enter", ["md5('{own}')::uuid", "2::smallint", "'view'",
                             "'UTC'", "true", "'1 hour'", "false"]


def sizes():
    lines = one("SELECT relname || ' ' || reltuples::bigint FROM pg_class"
                " WHERE relkind = 'r' AND reltuples > 1000").splitlines()
    return {name: int(n) for name, n in map(str.split, lines)}


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def reads(plans, tables):
    """Of large tables: rows read, the indexes, and what was read whole."""
    read, indexes, whole = 0, set(), set()
    for plan in plans:
        for node in nodes(plan["Plan"]):
            loops = node.get("Actual Loops", 0)
            table = node.get("Relation Name", "")
            if "Index Name" in node and loops:
                indexes.add(re.sub(r"audit_(\d+_\d+|rest)_", "audit_*_",
                                   node["Index Name"]))
            if not LARGE.match(table) or not loops:
                continue
            if "Scan" not in node["Node Type"]:
                continue
            rows = loops * (node["Actual Rows"] +
                            node.get("Rows Removed by Filter", 0) +
                            node.get("Rows Removed by Index Recheck", 0))
            read += rows
            if node["Node Type"] == "Seq Scan" or (
                    rows > 0.6 * tables.get(table, 1000)):
                whole.add(table)
    return read, indexes, whole


def executed(statement, calls):
    """For each call, an account and its parameters: the plans that auto_explain
    told of, the rows and milliseconds of the second execution, when functions
    have their plans."""
    text = f"PREPARE s AS {statement};\n"
    for account, parameters in calls:
        execute = f"EXECUTE s({', '.join(parameters)})"
        text += f"""BEGIN;
            SELECT FROM enter(md5('{account}')::uuid, 0::smallint, 'view',
                'UTC', true, '1 hour', false) \\g /dev/null
            SAVEPOINT warm;
            {execute} \\g /dev/null
            ROLLBACK TO warm;
            SET LOCAL client_min_messages = notice;
            \\echo next\n\\warn next
            {execute};
            ROLLBACK;\n"""
    done = psql(text)
    for out, said in zip(done.stdout.split("next\n")[1:],
                         done.stderr.split("next\n")[1:], strict=True):
        found = [(float(time), json.loads(plan + "}"))
                 for time, plan in LOG.findall(said)]
        if not found:
            sys.exit(f"no plan: {statement}\n{said[-2000:]}")
        yield [plan for _, plan in found], out.count("\n"), found[-1][0]


def statements():
    found = re.findall(r"^-- (\w+)\n(.*?);\n(?=\n|\Z)", sys.stdin.read(),
                       re.S | re.M)
    return dict(found)


def measured():
    texts, actors = statements(), people()
    for case, name, parameters in cases(actors):
        calls = [(account, [p.format(own=account, log="5" if who == "admin"
                                     else "NULL") for p in parameters])
                 for who, account in actors.items()]
        for who, what in zip(actors, executed(texts[name], calls)):
            yield (case, who, *what)


def main():
    table, count, failed = "--table" in sys.argv, 0, 0
    tables = sizes()
    if table:
        print("| what | who | rows | read | ms | indexes |\n"
              "|---|---|---|---|---|---|")
    for case, who, plans, given, time in measured():
        read, indexes, whole = reads(plans, tables)
        good = not whole and read <= READ_MOST
        count += 1
        failed += not good
        if table:
            print(f"| {case} | {who} | {given} | {int(read)} | {time:.1f} |"
                  f" {', '.join(sorted(indexes))} |")
        else:
            print(f"{'ok' if good else 'not ok'} {count} - {case}: {who}")
        if not good:
            print(f"# {case}, {who}: {int(read)} rows read, from end to end:"
                  f" {', '.join(sorted(whole)) or 'nothing'}",
                  file=sys.stderr if table else sys.stdout)
    if not table:
        print(f"1..{count}")
    return failed > 0


sys.exit(main())
