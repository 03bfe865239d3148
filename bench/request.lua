-- What wrk asks:  wrk -s request.lua URL -- KIND FILE PATIENTS RECORDS
--
-- FILE holds a line "place token" for each caller: their place among the
-- patients, from 0.  Every request is made before the clock starts.  At the
-- end one line is printed: requests/s, median and 99th percentile in
-- milliseconds, answers other than 2xx and broken connections.

local ready, at = {}, 0

local function headers(token)
	return { Host = "localhost", Authorization = "Bearer " .. token,
	    ["Content-Type"] = "application/json" }
end

local text = string.rep("pulse 72 and regular, lungs clear; ", 6)

local kinds = {
	hello = function(add)
		add("GET", "/hello")
	end,
	list = function(add)
		add("GET", "/health_records")
	end,
	visible = function(add)
		add("GET", "/health_records?limit=100")
	end,
	item = function(add, place, patients, records)
		for m = 0, records - 1 do
			add("GET", "/health_records/" ..
			    string.format("%d", m * patients + place + 1))
		end
	end,
	create = function(add)
		add("POST", "/health_records",
		    '{"record_text":"' .. text .. '"}')
	end,
	login = function(add, place)
		add("POST", "/login", string.format('{"email":' ..
		    '"p%d@bench.invalid","password":"bench-pass"}', place))
	end,
}

function init(args)
	local kind, file = args[1], args[2]
	local patients, records = tonumber(args[3]), tonumber(args[4])

	for line in io.lines(file) do
		local place, token = line:match("^(%d+) (%S+)$")

		kinds[kind](function(method, path, body)
			ready[#ready + 1] = wrk.format(method, path,
			    headers(token), body)
		end, tonumber(place), patients, records)
	end
	math.randomseed(os.time() + tonumber(tostring(ready):match("%x+$"), 16)
	    % 65536)
	at = math.random(#ready)
end

-- A step that has no common divisor with powers of two and of ten.
function request()
	at = (at + 37) % #ready
	return ready[at + 1]
end

function done(summary, latency)
	local e = summary.errors

	io.write(string.format("%.1f %.3f %.3f %d\n",
	    summary.requests / summary.duration * 1e6,
	    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
	    e.status + e.connect + e.read + e.write + e.timeout))
end
