/** Part of other scripts: Redis time in epoch milliseconds. */
export const clockLua = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;
