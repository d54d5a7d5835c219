import { clockLua } from './clock.lua';

/**
 * Takes: KEYS links and, last, the clock. Answers per link: holder, token and 1 | 0 for in service, or an empty list when nobody holds it.
 */
export const linksLua = `${clockLua}
local now, answer = clock(), {}
for i = 1, #KEYS - 1 do
  local known = redis.call('HMGET', KEYS[i], 'holder', 'token', 'inService', 'until')
  answer[i] = tonumber(known[4] or '0') > now and { known[1], known[2], known[3] } or {}
end
return answer
`;
