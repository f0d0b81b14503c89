-- wrk script: binary OIP requests. Arguments behind `--`: body in hexadecimal, length of its JSON part, pause in ms.
function init(args)
  wrk.method = "POST"
  wrk.body = (args[1]:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
  wrk.headers["Content-Type"] = "application/octet-stream"
  wrk.headers["Inference-Header-Content-Length"] = args[2]
  local pause = tonumber(args[3])
  -- wrk calls delay() only where it is defined, and defining it costs throughput.
  if pause > 0 then
    delay = function() return pause end
  end
end

function done(summary, latency)
  io.write(string.format('{"requests":%d,"refused":%d,"failed":%d,"seconds":%f,"p99Ms":%f}\n',
    summary.requests, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(99) / 1000))
end
