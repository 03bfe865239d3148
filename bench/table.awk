# From "name value" lines to medians, ratios, and what DESIGN asks for: first
# one "name value unit" a line, then the table.  Ratios are medians of the
# rounds' ratios, for a machine's noise is longer than a piece.

function median(list, n,    i, k, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (k = i - 1; k > 0 && list[k] > t; k--)
			list[k + 1] = list[k]
		list[k + 1] = t
	}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function middle(name,    i, list) {
	for (i = 1; i <= count[name]; i++)
		list[i] = value[name, i]
	return median(list, count[name])
}

function ratio(a, b,    i, n, list) {
	n = count[a] < count[b] ? count[a] : count[b]
	for (i = 1; i <= n; i++)
		list[i] = value[a, i] / value[b, i]
	return median(list, n)
}

# CPU of workers, dispatcher and PostgreSQL for one request, a over b.
function cpu_ratio(a, b,    i, n, list) {
	n = count[a "_rps"] < count[b "_rps"] ? count[a "_rps"] : count[b "_rps"]
	for (i = 1; i <= n; i++)
		list[i] = (value[a "_cpu_workers", i] +
		    value[a "_cpu_postgres", i]) / (value[b "_cpu_workers", i] +
		    value[b "_cpu_postgres", i])
	return median(list, n)
}

function tell(name, number, unit) {
	printf "%s %.4g %s\n", name, number, unit
}

# Those of one way through the web server.
function tell_way(name,    part, i, parts) {
	tell(name "_rps", middle(name "_rps"), "requests/s")
	tell(name "_p50", middle(name "_p50"), "ms")
	tell(name "_p99", middle(name "_p99"), "ms")
	i = split("workers postgres nginx", parts, " ")
	for (part = 1; part <= i; part++)
		tell(name "_cpu_" parts[part],
		    middle(name "_cpu_" parts[part]), "us/request")
	if (count[name "_pgbench"] == 0)
		return
	tell(name "_pgbench", middle(name "_pgbench"), "transactions/s")
	tell(name "_vs_pgbench", ratio(name "_rps", name "_pgbench"), "ratio")
}

function row(what, is, wanted, good) {
	line[++lines] = sprintf("| %-44s | %10s | %-14s | %s |", what, is,
	    wanted, wanted == "" ? "   " : good ? "yes" : "NO ")
}

function at_most(what, number, limit, unit) {
	row(what, sprintf("%.4g %s", number, unit),
	    "at most " limit, number <= limit)
}

function way_row(name, what,    base, against) {
	if (count[name "_rps"] == 0)
		return
	if (count[name "_pgbench"] > 0) {
		base = sprintf("%.0f", middle(name "_pgbench"))
		against = sprintf("%.2f", ratio(name "_rps", name "_pgbench"))
	}
	printf "| %-15s | %10.0f | %7.2f | %7.2f | %8s | %5s | %7.0f |" \
	    " %8.0f | %5.0f |\n", what, middle(name "_rps"),
	    middle(name "_p50"), middle(name "_p99"), base, against,
	    middle(name "_cpu_workers"), middle(name "_cpu_postgres"),
	    middle(name "_cpu_nginx")
}

{ value[$1, ++count[$1]] = $2 }

function tell_all(    i, n, ways, who) {
	n = split("hello list item create login visible_list visible_admin" \
	    " visible_stranger scale_small scale_big", ways, " ")
	for (i = 1; i <= n; i++)
		if (count[ways[i] "_rps"] > 0)
			tell_way(ways[i])
	if (count["scale_big_p50"] > 0) {
		tell("list_scale", ratio("scale_big_p50", "scale_small_p50"),
		    "ratio")
		return
	}
	tell("hello_vs_list", ratio("hello_rps", "list_rps"), "ratio")
	n = split("patient stranger admin clinic", who, " ")
	for (i = 1; i <= n; i++)
		tell("visible_" who[i] "_pg",
		    middle("visible_" who[i] "_pg"), "ms")
	if (count["warm_pss"] > 0) {
		tell("worker_pss", middle("warm_worker_pss"), "MiB")
		tell("total_pss", middle("warm_pss"), "MiB")
		tell("idle_pss", middle("idle_pss"), "MiB")
	}
	tell("start_up", middle("start_up"), "ms")
	if (count["chain_on_list_rps"] > 0) {
		tell("audit_chain_list",
		    ratio("chain_on_list_rps", "chain_off_list_rps"), "ratio")
		tell("audit_chain_create",
		    ratio("chain_on_create_rps", "chain_off_create_rps"),
		    "ratio")
		tell("audit_chain_list_cpu",
		    cpu_ratio("chain_on_list", "chain_off_list"), "ratio")
		tell("audit_chain_create_cpu",
		    cpu_ratio("chain_on_create", "chain_off_create"), "ratio")
	}
}

function rows_of_table(    i) {
	if (count["scale_big_p50"] > 0) {
		at_most("list among many and few, medians",
		    ratio("scale_big_p50", "scale_small_p50"), 1.2, "")
		return
	}
	row("list against pgbench", sprintf("%.2f",
	    ratio("list_rps", "list_pgbench")), "at least 0.35",
	    ratio("list_rps", "list_pgbench") >= 0.35)
	at_most("list, p99 against p50", ratio("list_p99", "list_p50"), 5, "")
	at_most("item, p99 against p50", ratio("item_p99", "item_p50"), 5, "")
	at_most("create, p99 against p50",
	    ratio("create_p99", "create_p50"), 5, "")
	at_most("first 100 visible, patient, PostgreSQL",
	    middle("visible_patient_pg"), 2, "ms")
	at_most("first 100 visible, stranger, PostgreSQL",
	    middle("visible_stranger_pg"), 2, "ms")
	at_most("first 100 visible, admin, PostgreSQL",
	    middle("visible_admin_pg"), 2, "ms")
	at_most("first 100 visible, clinic, PostgreSQL",
	    middle("visible_clinic_pg"), 50, "ms")
	if (count["warm_pss"] > 0) {
		at_most("PSS of a warm worker", middle("warm_worker_pss"), 8,
		    "MiB")
		at_most("PSS of 8 warm workers in all", middle("warm_pss"), 64,
		    "MiB")
		at_most("PSS in all, idle", middle("idle_pss"), 40, "MiB")
	}
	at_most("start to first answer", middle("start_up"), 100, "ms")
	if (count["chain_on_list_rps"] == 0)
		return
	row("list, the trail sealed against not", sprintf("%.2f",
	    ratio("chain_on_list_rps", "chain_off_list_rps")), "")
	row("create, the trail sealed against not", sprintf("%.2f",
	    ratio("chain_on_create_rps", "chain_off_create_rps")), "")
}

END {
	tell_all()
	print ""
	printf "| %-15s | %10s | %7s | %7s | %8s | %5s | %7s | %8s | %5s |\n",
	    "through nginx", "requests/s", "p50 ms", "p99 ms", "pgbench",
	    "ratio", "workers", "postgres", "nginx"
	print "|---|---|---|---|---|---|---|---|---|"
	way_row("hello", "hello")
	way_row("list", "list")
	way_row("item", "item")
	way_row("create", "create")
	way_row("login", "login")
	way_row("visible_list", "v., clinic")
	way_row("visible_admin", "v., admin")
	way_row("visible_stranger", "v., stranger")
	way_row("scale_small", "list, few")
	way_row("scale_big", "list, many")
	print "\npgbench: the same transactions/s, and the ratio to them;"
	print "workers, postgres, nginx: microseconds of CPU a request.\n"
	rows_of_table()
	print "| what | is | wanted | reached |"
	print "|---|---|---|---|"
	for (i = 1; i <= lines; i++)
		print line[i]
}
