/** Nobody is sent further back in the line than this: whoever waits looks again at least so often. */
export const lineMsMax = 10 * 60_000;

/** A place that nobody came to take for so long after its time is given up. */
export const placeKeptMs = 10_000;

/** So many may try at the same free moment, so that one of them is there to use it; the others go to the end of the line. */
export const triesMax = 3;

/**
 * Part of issue: limits of requests, in all and of one side, over sliding windows. Each window is a sorted set of the
 * requests in it by their time.
 *
 * Who is refused gets a place in its side's line, so that thousands who are due together look again one after the other
 * and not all of them each second. The place is kept: who comes too early, for whatever reason, is told the same time
 * again, and who comes at its time and finds the window full by some milliseconds tries again when it is free. Were both
 * sent to the end of the line, as new ones are, it would move at half its pace, or hardly at all.
 *
 * A limit that is a share of those signed in would shrink with each of them who is signed out, and keep the last ones of
 * a side waiting for minutes: so the highest limit that was given holds for a whole window (`isKept`).
 *
 * The turn of who comes to the end of the line is that of `turnInLine` (libs/domain/src/request-line.ts), which the memory store calls;
 * the contract of both stores compares them.
 *
 * `admit(prefix, now, request, windows, line, who)`: request is counted in windows, a list of {name, ms, max, isKept}; who
 * has the place in the line of that name. Answers 0 when the request may go out; else the time at which a try is likely to pass.
 */
export const admissionLua = `
local lineMsMax, placeKeptMs, triesMax = ${String(lineMsMax)}, ${String(placeKeptMs)}, ${String(triesMax)}

local function limitOf(key, window)
  if not window.isKept then return window.max end
  local kept = tonumber(redis.call('GET', key .. ':max') or '-1')
  if kept >= window.max then return kept end
  redis.call('SET', key .. ':max', window.max, 'PX', window.ms)
  return window.max
end

local function placeOf(key, now, who, freeAt, spacing)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - placeKeptMs)
  local own = tonumber(redis.call('ZSCORE', key, who) or '')
  if own and own >= freeAt then return own end
  local place = freeAt
  if not own or redis.call('ZCOUNT', key, freeAt, freeAt + spacing - 1) >= triesMax then
    local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    place = math.max(freeAt, tonumber(last or 0) + spacing)
    if place > now + lineMsMax then return now + lineMsMax end
  end
  redis.call('ZADD', key, place, who)
  redis.call('PEXPIRE', key, lineMsMax + placeKeptMs)
  return place
end

local function admit(prefix, now, request, windows, line, who)
  local freeAt, spacing = 0, 0
  for _, window in ipairs(windows) do
    local key = prefix .. ':' .. window.name
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window.ms)
    local max = limitOf(key, window)
    if redis.call('ZCARD', key) >= max then
      local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
      freeAt = math.max(freeAt, (oldest or now) + window.ms)
      spacing = math.max(spacing, math.ceil(window.ms / math.max(max, 1)))
    end
  end
  local lineKey = prefix .. ':places:' .. line
  if freeAt > 0 then return placeOf(lineKey, now, who, freeAt, spacing) end
  for _, window in ipairs(windows) do
    local key = prefix .. ':' .. window.name
    redis.call('ZADD', key, now, request)
    redis.call('PEXPIRE', key, window.ms + 1000)
  end
  redis.call('ZREM', lineKey, who)
  return 0
end
`;
