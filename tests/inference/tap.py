"""TAP."""
import sys

count = failed = 0


def ok(what, good, *facts):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        for fact in facts:
            print("#  ", str(fact)[:3000].replace("\n", "\n#   "), flush=True)
    return good


def same(what, got, wanted):
    return ok(what, got == wanted, f"got    {got!r}", f"wanted {wanted!r}")


def end():
    print(f"1..{count}")
    sys.exit(failed > 0)
