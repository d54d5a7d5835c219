/** Scores asked for in one command; a table of arguments has a limit in Lua. */
const chunk = 500;

/**
 * Counts agents lost since some time who are still absent: in one of the phases of an absence.
 *
 * Takes: KEYS[1] losses of a side, [2] and on the sorted sets of the phases; ARGV[1] epoch ms. Answers the count.
 */
export const absentLua = `
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf')
local absent = 0
for first = 1, #lost, ${String(chunk)} do
  local last = math.min(first + ${String(chunk)} - 1, #lost)
  for phase = 2, #KEYS do
    local scores = redis.call('ZMSCORE', KEYS[phase], unpack(lost, first, last))
    for i = 1, last - first + 1 do
      if scores[i] then absent = absent + 1 end
    end
  end
end
return absent
`;
