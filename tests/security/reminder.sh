# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# The occurrence that a reminder keeps.

a="instant() + interval '1 day'" b="instant() + interval '2 days'"
p="instant() - interval '1 day'" q="instant() - interval '2 days'"

# kept TIME [STATEMENTS]: the states of Ann's reminder 60, in order of time; ! is
# done. A worker sees no occurrence, so the owner plays her.
kept() {
	owner "BEGIN; $(entered ann) INSERT INTO reminder (id, uid, patient_id,
	    author_id, text, due_at) VALUES (60, gen_random_uuid(), 101, 101,
	    '\\x01' || sha256('x'), $1); ${2:-}
	    SELECT string_agg(state || CASE WHEN done_at IS NULL THEN '' ELSE '!' END,
	    ' ' ORDER BY at) FROM occurrence
	    WHERE kind = 'reminder' AND row_id = 60; ROLLBACK"
}
moves() { echo "UPDATE reminder SET due_at = $1 WHERE id = 60;"; }
told() { echo "UPDATE occurrence SET state = '$1', done_at = instant()
    WHERE row_id = 60 AND state = 'waiting';"; }

is 'a time to come waits' "$(kept "$a")" waiting
is 'a past one is never announced' "$(kept "$p")" past
is 'now is not past' "$(kept 'instant()')" waiting
is 'another time' "$(kept "$a" "$(moves "$b")")" 'cancelled! waiting'
is 'and back' "$(kept "$a" "$(moves "$b") $(moves "$a")")" 'waiting cancelled!'
is 'the same time again' "$(kept "$a" "$(moves "$a")")" waiting
is 'into the past' "$(kept "$a" "$(moves "$p")")" 'past cancelled!'
is 'from one past to another' "$(kept "$p" "$(moves "$q")")" 'past past'
is 'out of the past' "$(kept "$p" "$(moves "$a")")" 'past waiting'
is 'what was announced stays so' "$(kept "$a" "$(told announced) $(moves "$b")
    $(moves "$a")")" 'announced! cancelled!'
is 'what was missed stays so' "$(kept "$a" "$(told missed) $(moves "$b")
    $(moves "$a")")" 'missed! cancelled!'
is 'an archived one does not wait' \
    "$(kept "$a" "SELECT 1 WHERE NOT archive('reminder', 60);")" 'cancelled!'
is 'another text is nothing new' "$(kept "$a" "UPDATE reminder
    SET text = text WHERE id = 60;")" waiting
is 'a worker writes it through the reminder' "$(as ann "$(reminder_for 101 101)")" 101
is 'the second is rounded up' "$(owner "BEGIN; INSERT INTO reminder (uid, patient_id,
    author_id, text, due_at) VALUES (gen_random_uuid(), 101, 101,
    '\\x01' || sha256('x'), '2026-01-01 00:00:00.25+00') RETURNING due_epoch; ROLLBACK")" \
    1767225601
