/**
 * Part of every script that writes the journal: each line holds the hash of the line before it (`p`), which covers that
 * line's id and content, and a key beside the stream holds the hash of the last one. What journal-chain.ts checks.
 *
 * `chainOf(journal)` answers a writer: `write(limit, agentId, epoch, json)` appends a line, `close()` keeps the last hash.
 */
export const journalChainLua = `
local function chainOf(journal)
  local headKey, head, changed = journal .. ':head', nil, false
  local chain = {}
  function chain.write(limit, agentId, epoch, json)
    head = head or redis.call('GET', headKey) or ''
    local id = redis.call('XADD', journal, 'MAXLEN', '~', limit, '*', 'a', agentId, 'e', epoch, 'j', json, 'p', head)
    head = redis.sha1hex(table.concat({ head, id, agentId, epoch, json }, '\\n'))
    changed = true
  end
  function chain.close()
    if changed then redis.call('SET', headKey, head) end
  end
  return chain
end
`;
