import { agentLinesLua } from './agent-lines.lua';
import { journalChainLua } from './journal-chain.lua';

/** Characters of a version at the beginning of a record; record.ts writes them. */
const versionLength = 8;

/**
 * Part of commit and issue: compares versions and writes records, index sets and journal of any number of commits.
 * Everything of one kind goes out as one command (MSET, and one ZADD, ZREM, SADD or SREM per set): with some thirty
 * commits per call that halves the work of Redis.
 *
 * KEYS from firstKey on: the journal, the set of agents with lines left out, the record of each commit, what is known of
 * its agent's lines, the index sets. ARGV from firstArg on: number of commits, journal limit, number of moves, then per
 * move its command and the place of its set among the sets, then per commit: expected version, record text (empty: the
 * record stays), agent id, epoch, number of its moves, per move its place among the moves and a score (empty for a set
 * without scores), number of entries, per entry its kind and loss (agent-lines.ts; empty for one that is always written)
 * and itself as JSON.
 */
export const applyCommitsLua = `${journalChainLua}${agentLinesLua}
local call = redis.call
local versionLength = ${String(versionLength)}

-- A word per commit. A commit whose own new version is found was carried out before: the client sent it again because
-- the answer got lost. Of several commits to one record in one call only one can pass, so versions is kept up to date.
local function fence(found, versions, recordKey, expected, record)
  local version = versions[recordKey] or string.sub(found or '', 1, versionLength)
  local own = string.sub(record, 1, versionLength)
  if version == expected then
    versions[recordKey] = own ~= '' and own or version
    return 'open'
  end
  if version ~= '' and version == own then return 'committed' end
  return 'conflict'
end

local function applyCommits(firstKey, firstArg)
  local journal, leftOut, commits = KEYS[firstKey], KEYS[firstKey + 1], tonumber(ARGV[firstArg])
  local firstRecord, firstLines, firstSet = firstKey + 2, firstKey + 2 + commits, firstKey + 2 + 2 * commits
  local journalEntriesMax, moveKinds = ARGV[firstArg + 1], tonumber(ARGV[firstArg + 2])
  local a = firstArg + 3
  local commands, members = {}, {}
  for i = 1, moveKinds do
    commands[i] = ARGV[a]
    members[tostring(i)] = { KEYS[firstSet - 1 + tonumber(ARGV[a + 1])] }
    a = a + 2
  end

  local found = call('MGET', unpack(KEYS, firstRecord, firstLines - 1))
  local versions, answers, records, chain = {}, {}, {}, chainOf(journal)
  local lines = linesOf(chain, journalEntriesMax)
  lines.read({ unpack(KEYS, firstLines, firstSet - 1) })
  for i = 1, commits do
    local recordKey, record, agentId, epoch = KEYS[firstRecord - 1 + i], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
    local word = fence(found[i], versions, recordKey, ARGV[a], record)
    local open = word == 'open'
    answers[i] = open and 'committed' or word
    if open and record ~= '' then
      records[#records + 1] = recordKey
      records[#records + 1] = record
    end
    local moves = tonumber(ARGV[a + 4])
    a = a + 5
    for _ = 1, moves do
      if open then
        local list = members[ARGV[a]]
        if ARGV[a + 1] ~= '' then list[#list + 1] = ARGV[a + 1] end
        list[#list + 1] = agentId
      end
      a = a + 2
    end
    local entries = tonumber(ARGV[a])
    a = a + 1
    for _ = 1, entries do
      if open then lines.write(KEYS[firstLines - 1 + i], agentId, epoch, ARGV[a], ARGV[a + 1], ARGV[a + 2]) end
      a = a + 3
    end
  end

  lines.close(leftOut)
  chain.close()
  if #records > 0 then call('MSET', unpack(records)) end
  for i = 1, moveKinds do
    local list = members[tostring(i)]
    if #list > 1 then call(commands[i], unpack(list)) end
  end
  return answers
end
`;
