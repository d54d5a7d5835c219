import { leftOutMs, repeatingLinesMax } from '../agent-lines';

/**
 * Part of every script that writes lines about agents: the rule of agent-lines.ts. What is known of an agent's lines is a
 * string beside its record, `since|written|leftOutSince|losses|suppressed|signIns|epoch|loss|json`: the interval and the repeating
 * lines written in it, since when lines are left out (0: none are), how many, the epoch of the latest, and the beginning of
 * a loss that is kept back. It ends with the interval, unless something is left out.
 *
 * `linesOf(chain, limit)` answers a writer: `read(keys)` reads the strings of some agents, `write(key, agentId, epoch, kind,
 * loss, json)` writes a line or leaves it out, `take(key, agentId)` writes what was left out when that is due and answers
 * losses, suppressed and signIns, or nothing when it is not due, and `close(index)` keeps what is known, and which agents have lines left out.
 */
export const agentLinesLua = `
local repeatingLinesMax, leftOutMs = ${String(repeatingLinesMax)}, ${String(leftOutMs)}
local statePattern = '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d*)|(.*)$'

local function linesOf(chain, limit)
  local texts, states, changed, told, now = {}, {}, {}, {}, nil
  local lines = {}

  -- Most commits write no line, and are not kept waiting for the time.
  local function stateOf(key)
    local state = states[key]
    if state then return state end
    if not now then
      local time = redis.call('TIME')
      now = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    local since, written, leftOutSince, losses, suppressed, signIns, epoch, loss, json =
      string.match(texts[key], statePattern)
    state = {
      since = tonumber(since or now), written = tonumber(written or 0), leftOutSince = tonumber(leftOutSince or 0),
      losses = tonumber(losses or 0), suppressed = tonumber(suppressed or 0), signIns = tonumber(signIns or 0),
      epoch = epoch or '0', loss = loss or '', json = json or ''
    }
    states[key] = state
    return state
  end

  local function isOver(since) return now < since or now - since >= leftOutMs end

  local function change(key, agentId)
    changed[key] = agentId
    return stateOf(key)
  end

  local function count(state, agentId, epoch, json)
    state.written = state.written + 1
    chain.write(limit, agentId, epoch, json)
  end

  -- A loss has the epoch that its beginning was committed with.
  local function giveOut(state, agentId)
    if state.loss == '' then return end
    local loss, json = state.loss, state.json
    state.loss, state.json = '', ''
    count(state, agentId, loss, json)
  end

  function lines.read(keys)
    local found = redis.call('MGET', unpack(keys))
    for i, key in ipairs(keys) do texts[key] = found[i] or '' end
  end

  function lines.write(key, agentId, epoch, kind, loss, json)
    local state = stateOf(key)
    if kind == '' then
      if state.loss ~= '' then giveOut(change(key, agentId), agentId) end
      return chain.write(limit, agentId, epoch, json)
    end
    change(key, agentId)
    if isOver(state.since) then state.since, state.written = now, 0 end
    if kind == 'returned' then
      if state.loss ~= loss then return count(state, agentId, epoch, json) end
      state.loss, state.json, state.losses = '', '', state.losses + 1
      return
    end
    if kind == 'lossBegan' then giveOut(state, agentId) end
    if state.written < repeatingLinesMax then return count(state, agentId, epoch, json) end
    if state.leftOutSince == 0 then state.leftOutSince = now end
    state.epoch = epoch
    if kind == 'lossBegan' then
      state.loss, state.json = loss, json
    elseif kind == 'suppressed' then
      state.suppressed = state.suppressed + 1
    else
      state.signIns = state.signIns + 1
    end
  end

  function lines.take(key, agentId)
    local state = stateOf(key)
    if state.leftOutSince > 0 and not isOver(state.leftOutSince) then return end
    told[#told + 1] = agentId
    if state.leftOutSince == 0 then return 0, 0, 0 end
    change(key, agentId)
    giveOut(state, agentId)
    local losses, suppressed, signIns = state.losses, state.suppressed, state.signIns
    local since, count = state.leftOutSince, 2 * losses + suppressed + signIns
    if count > 0 then
      local sentence = string.format(
        '%d lines about this agent were left out within %d s: %d losses that ended with a return (2 lines each), %d events that were not acted upon, %d sign-ins and sign-outs.',
        count, math.max(0, math.floor((now - since) / 1000)), losses, suppressed, signIns)
      chain.write(limit, agentId, state.epoch, string.format(
        '{"what":"linesLeftOut","loss":null,"since":%d,"until":%d,"losses":%d,"suppressed":%d,"signIns":%d,"sentence":"%s"}',
        since, now, losses, suppressed, signIns, sentence))
    end
    state.leftOutSince, state.losses, state.suppressed, state.signIns = 0, 0, 0, 0
    return losses, suppressed, signIns
  end

  function lines.close(index)
    local late = {}
    for key, agentId in pairs(changed) do
      local s = states[key]
      local text = string.format('%d|%d|%d|%d|%d|%d|%s|%s|%s',
        s.since, s.written, s.leftOutSince, s.losses, s.suppressed, s.signIns, s.epoch, s.loss, s.json)
      if s.leftOutSince > 0 then
        redis.call('SET', key, text)
        late[#late + 1] = string.format('%d', s.leftOutSince)
        late[#late + 1] = agentId
      else
        redis.call('SET', key, text, 'PX', leftOutMs)
      end
    end
    if #late > 0 then redis.call('ZADD', index, unpack(late)) end
    if #told > 0 then redis.call('ZREM', index, unpack(told)) end
  end

  return lines
end
`;
