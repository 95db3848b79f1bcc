-- For wrk: asks for the paths of a file one after the other, each thread from another place on, and says in the end how
-- many answers came a second and how many requests failed.
local requests, at, threads = {}, 0, 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

-- Equal strings are held once: with a number each request is another one, so that a few paths that come again and again
-- are as much work for the client as many.
function init(args)
    for path in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", path, { Host = wrk.headers["Host"], Draw = #requests })
    end
    at = math.floor(#requests * number / 7) % #requests
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary)
    local errors = summary.errors
    io.write(string.format("RESULT %f %d\n", summary.requests / summary.duration * 1e6,
        errors.connect + errors.status + errors.read + errors.write + errors.timeout))
end
