/**
 * Part of renew and issue: names the present life of the store and notes since when it lasts. Its field `asserted` is when the
 * first server had told this life of all its desktops.
 *
 * run_id changes with every start; the replication id also when a node becomes master again without having been
 * restarted. Both are asked from the server itself: a key would be rolled back together with the data it guards. Where it
 * names neither, every life would have the same name: then nothing is renewed and nothing issued.
 */
export const generationLua = `
local function generation(key, now)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
  local replication = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or ''
  if run == '' and replication == '' then error('INFO names neither a run id nor a replication id') end
  local id = run .. '.' .. replication
  local known = redis.call('HMGET', key, 'id', 'since')
  if known[1] == id then return id, tonumber(known[2]) end
  redis.call('HSET', key, 'id', id, 'since', now)
  redis.call('HDEL', key, 'asserted')
  return id, now
end
`;
