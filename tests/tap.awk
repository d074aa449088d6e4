# tap.awk: reads what one test program printed (TAP, with anything between the lines), prints its
# failures with their output and its skips with their reasons, and adds its counts to the file COUNTS.
#
# variables: NAME of the program, STATUS it ended with, COUNTS; PLAIN when the program does not speak TAP
# but is one test that tells its result by its status: 0, 77 for skipped, anything else
#
# What a program owes and did not deliver is a failure: a plan, every test of the plan, exit status 0.
# Lines that begin with # belong to the result before them (so bats and cmocka have it), all others to
# the result after them, or, if none comes any more, to whatever made the program end.

BEGIN { plan = -1 }

PLAIN { before = before $0 "\n"; next }

/^1\.\.[0-9]+/ {
    number = substr($1, 4) + 0
    plan = (plan < 0 ? 0 : plan) + number # one more for each group of a cmocka program
    if (number == 0) {
        empty = 1
        if (match(tolower($0), /# *skip/)) skip("", reason_at(RSTART + RLENGTH))
    }
    next
}

/^(not )?ok([ \t]|$)/ {
    finish()
    results++
    passed_here = !/^not/
    title = $0
    sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", title)
    if (match(tolower($0), /# *skip([ \t]|$)/)) {
        why = reason_at(RSTART + RLENGTH)
        sub(/[ \t]*# *[Ss][Kk][Ii][Pp]([ \t].*)?$/, "", title)
        # cmocka has no reasons: it puts the test's name there, and what the test said comes before
        if (title == "" && !passed_here) { title = why; why = last(before) }
        skip(title, why)
    } else if (passed_here)
        passed++
    else
        fail(title, before)
    before = ""
    next
}

/^#/ { if (failing != "") detail = detail "    " $0 "\n"; else after = after $0 "\n"; next }

{ before = before $0 "\n" }

END {
    finish()
    rest = after before
    how = STATUS > 128 && STATUS < 160 ? "ended by signal " (STATUS - 128) : "exit status " STATUS
    if (STATUS == 124) how = "ended because it hung"
    if (PLAIN && STATUS == 0) passed++
    else if ((PLAIN || plan < 0) && STATUS == 77 && !results) skip("", last(before))
    else if (PLAIN) fail(TITLE ? TITLE : how, rest)
    else if (plan < 0) fail("no plan: " how, rest)
    else if (results < plan) {
        fail((plan - results) " of " plan " tests did not run: " how, rest)
        failed += plan - results - 1
    } else if (results > plan && !failed) fail("more tests than planned: " how, rest)
    else if (empty && !results && !skipped) fail("no tests in it: " how, rest)
    else if (STATUS != 0 && !failed) fail(how, rest)
    finish()
    printf "%s: %d passed, %d failed, %d skipped\n", NAME, passed, failed, skipped
    print passed + 0, failed + 0, skipped + 0 >> COUNTS
}

function reason_at(position,   text) {
    text = substr($0, position)
    sub(/^[ \t]+/, "", text)
    return text
}

function last(lines,   n, part) {
    n = split(lines, part, "\n")
    sub(/^# */, "", part[n - 1])
    return n > 1 ? part[n - 1] : ""
}

function skip(title, why) {
    skipped++
    print "SKIP " NAME (title == "" ? "" : ": " title) ": " (why == "" ? "no reason given" : why)
}

function fail(title, output) {
    finish()
    failed++
    failing = title == "" ? "test " results : title
    detail = output
    gsub(/[^\n]*\n/, "    &", detail)
}

function finish() { # a failure is printed when no more of it can come
    if (failing != "") printf "FAIL %s: %s\n%s", NAME, failing, detail
    failing = detail = after = ""
}
