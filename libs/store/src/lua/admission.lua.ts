/** Nobody is sent further back in the line than this: whoever waits looks again at least so often. */
export const lineMsMax = 10 * 60_000;

/**
 * Part of issue: limits of requests, in all and of one side, over sliding windows. Each window is a sorted set of the
 * requests in it by their time. Who is refused gets a place in its side's line, so that thousands who are due together
 * look again one after the other and not all of them each second.
 *
 * A limit that is a share of those signed in would shrink with each of them who is signed out, and keep the last ones of
 * a side waiting for minutes: so the highest limit that was given holds for a whole window (`isKept`).
 *
 * `admit(prefix, now, member, windows, line)`: windows is a list of {name, ms, max, isKept}. Answers 0 when the request
 * may go out, and then it is counted; else the time at which a try is likely to pass.
 */
export const admissionLua = `
local lineMsMax = ${String(lineMsMax)}

local function limitOf(key, window)
  if not window.isKept then return window.max end
  local kept = tonumber(redis.call('GET', key .. ':max') or '-1')
  if kept >= window.max then return kept end
  redis.call('SET', key .. ':max', window.max, 'PX', window.ms)
  return window.max
end

local function admit(prefix, now, member, windows, line)
  local freeAt, spacing = 0, 0
  for _, window in ipairs(windows) do
    local key = prefix .. ':' .. window.name
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window.ms)
    local max = limitOf(key, window)
    if redis.call('ZCARD', key) >= max then
      local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
      freeAt = math.max(freeAt, (oldest or now) + window.ms)
      spacing = math.max(spacing, window.ms / math.max(max, 1))
    end
  end
  if freeAt == 0 then
    for _, window in ipairs(windows) do
      local key = prefix .. ':' .. window.name
      redis.call('ZADD', key, now, member)
      redis.call('PEXPIRE', key, window.ms + 1000)
    end
    return 0
  end
  local lineKey = prefix .. ':line:' .. line
  local nextAt = math.max(freeAt, tonumber(redis.call('GET', lineKey) or '0') + spacing)
  nextAt = math.ceil(math.min(nextAt, now + lineMsMax))
  redis.call('SET', lineKey, nextAt, 'PX', lineMsMax)
  return nextAt
end
`;
