/**
 * Part of commit and issue: writes one commit whose version fence has been passed. Reads its keys and arguments from
 * the places k and a on, and answers the places after them.
 *
 * Keys: record, then one index key per move. Arguments: expected version, record text (empty: the record stays),
 * agent id, epoch, number of moves, then per move its command and score, number of entries, then each entry as JSON.
 */
export const applyCommitLua = `
local call = redis.call
local versionLength = 8

-- committed already: this very commit was carried out, its answer got lost and the client sent it again.
local function fence(k, a)
  local found = call('GETRANGE', KEYS[k], 0, versionLength - 1)
  if found == ARGV[a] then return 'open' end
  if found ~= '' and found == string.sub(ARGV[a + 1], 1, versionLength) then return 'committed' end
  return 'conflict'
end

local function apply(k, a, journal, journalEntriesMax, open)
  local record, agentId, epoch = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
  if open and record ~= '' then call('SET', KEYS[k], record) end
  local moves = tonumber(ARGV[a + 4])
  k, a = k + 1, a + 5
  for _ = 1, moves do
    if open then
      if ARGV[a + 1] == '' then
        call(ARGV[a], KEYS[k], agentId)
      else
        call(ARGV[a], KEYS[k], ARGV[a + 1], agentId)
      end
    end
    k, a = k + 1, a + 2
  end
  local entries = tonumber(ARGV[a])
  a = a + 1
  for _ = 1, entries do
    if open then
      call('XADD', journal, 'MAXLEN', '~', journalEntriesMax, '*', 'a', agentId, 'e', epoch, 'j', ARGV[a])
    end
    a = a + 1
  end
  return k, a
end
`;
