import { offsetReturnDivisor } from '../clock/store-time';

/**
 * Part of every script that asks for the time; its last key is the clock's (`Keys.clock`). `clock()` answers store time in
 * epoch milliseconds: Redis TIME and the offset that stands against its steps (clock/store-time.ts computes the same).
 */
export const clockLua = `
local function hostClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function offsetAt(value, raw)
  local offset, since = string.match(value or '', '^(-?%d+)|(%d+)|')
  if not offset then return 0 end
  local returned = math.floor(math.max(0, raw - tonumber(since)) / ${String(offsetReturnDivisor)})
  if tonumber(offset) > 0 then return math.max(0, tonumber(offset) - returned) end
  return math.min(0, tonumber(offset) + returned)
end

local function clock()
  local raw = hostClock()
  return raw + offsetAt(redis.call('GET', KEYS[#KEYS]), raw)
end
`;
