import { clockLua } from './clock.lua';

/**
 * Takes or renews the lease of a link. The token rises whenever the holder may have changed, and is never below the
 * host's clock in microseconds: a restored backup cannot give an old one out again.
 *
 * Takes: KEYS[1] link, [2] clock; ARGV[1] worker id, [2] lease.
 * Answers: 1 when the caller holds it else 0, token, holder.
 */
export const acquireLinkLua = `${clockLua}
local now = clock()
local known = redis.call('HMGET', KEYS[1], 'holder', 'token', 'until')
local holder, token, leaseEnd = known[1], tonumber(known[2] or '0'), tonumber(known[3] or '0')
if leaseEnd > now and holder ~= ARGV[1] then return { 0, token, holder } end
if leaseEnd <= now then
  local time = redis.call('TIME')
  token = math.max(token + 1, time[1] * 1000000 + time[2])
  redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', string.format('%.0f', token), 'inService', 0)
end
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + ARGV[2]))
return { 1, token, ARGV[1] }
`;
