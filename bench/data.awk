# The rows to measure with, as CSV for `chartkeep import`.  The world:
#
#   1        an administrator
#   2        a verified doctor of provider 1, with `clinic` patients there
#   3        a verified doctor of provider 2, with no patient
#   1001...  the patients; the first `clinic` of them belong to provider 1
#
#   awk -v table=T -v patients=N -v records=M -v clinic=K -v hash=H -f data.awk
#
# Records come in the order of time: everybody's first, then everybody's
# second, so that one patient's lie far from each other.  Hence the record
# number m (from 0) of patient p (from 0) has the id m * patients + p + 1.

function accounts(    i) {
	print "id,email,role,verified,given,family,phone,hash"
	print "1,admin@bench.invalid,admin,true,Ada,Admin,100," hash
	print "2,clinic@bench.invalid,doctor,true,Dora,Clinic,200," hash
	print "3,stranger@bench.invalid,doctor,true,Dan,Stranger,300," hash
	for (i = 0; i < patients; i++)
		printf "%d,p%d@bench.invalid,patient,false,Pat,Number %d," \
		    "0%d,%s\n", 1001 + i, i, i, 700000 + i, hash
}

function memberships(    i) {
	print "provider,account,kind"
	print "1,2,staff"
	print "2,3,staff"
	for (i = 0; i < clinic; i++)
		printf "1,%d,patient\n", 1001 + i
}

# Two hundred characters of text, as clinicians write.
function rows_of_records(    i, m, text) {
	text = "blood pressure 120/80, pulse 72 and regular, lungs clear;"
	text = text " patient feels better than last week, sleeps well, no"
	text = text " fever; continue with 5 mg daily and come again in four"
	text = text " weeks, earlier if cough returns; record "
	print "patient,type,recorded_at,name,text,diagnosis"
	for (m = 0; m < records; m++)
		for (i = 0; i < patients; i++)
			printf "%d,consultation,2024-%02d-%02dT08:30:00Z," \
			    "Control %d,\"%s%d\",\"I10, essential " \
			    "hypertension\"\n", 1001 + i, m % 12 + 1,
			    i % 28 + 1, m, text, m
}

BEGIN {
	if (table == "accounts")
		accounts()
	else if (table == "providers")
		print "id,name,author\n1,Great Clinic,1\n2,Small Practice,1"
	else if (table == "memberships")
		memberships()
	else if (table == "records")
		rows_of_records()
}
