-- Notices silent clients that do not use stream management (XEP-0198), and keeps hidden browser tabs connected over BOSH.
--
-- Prosody does not check whether such a client answers. This module sends it a ping (XEP-0199). Every client must answer
-- one, if only with an error (RFC 6120, 8.2.3):
--
--   TCP, WebSocket: a client that is silent for read_timeout is pinged. It is disconnected when it stays silent for
--                   as long again.
--   BOSH:           each request that is held is answered with a ping after lastcall_ping_interval. The client is
--                   disconnected when no request comes within lastcall_ping_timeout.
--
-- The ping also makes a hidden tab ask again at once. Without it, Strophe asks from a timer, which browsers run once a
-- minute in hidden tabs. A client that has never answered a ping may depend on such a timer, so it keeps the time of
-- bosh_max_inactivity, which must be longer than a minute.
--
-- On the virtual host of the agents:
--   modules_enabled = { "lastcall_clients" }
--   network_settings = { read_timeout = 8 }   (global)
--   bosh_max_inactivity = 75                  (global)

local st = require "util.stanza";
local add_filter = require "util.filters".add_filter;

local interval = module:get_option_number("lastcall_ping_interval", 8);
local timeout = module:get_option_number("lastcall_ping_timeout", 16);
local id = "lastcall-ping";

local function ping(session)
	session.send(st.iq({ type = "get", id = id, from = module.host, to = session.full_jid })
		:tag("ping", { xmlns = "urn:xmpp:ping" }));
end

-- A read timeout means that no byte has come since the last one. mod_smacks handles sessions with stream management before
-- this; the keepalives of mod_websocket and mod_c2s, which nobody has to answer, would come after it.
module:hook("c2s-read-timeout", function (event)
	local session = event.session;
	if session.smacks or not session.full_jid then return end
	if session.lastcall_ping_sent then return false end
	if session.lastcall_ping_sent == nil then
		add_filter(session, "bytes/in", function (data)
			session.lastcall_ping_sent = false;
			return data;
		end, 1000);
	end
	session.lastcall_ping_sent = true;
	ping(session);
	return true;
end, -0.5);

-- A session without a held request needs no ping: mod_bosh already counts the time until the next request.
local function ping_held(_, session)
	if session.destroyed then return end
	if #session.requests > 0 then ping(session); end
	return interval;
end

module:hook("presence/initial", function (event)
	local session = event.origin;
	if not session.bosh_version or session.lastcall_pinged then return end
	session.lastcall_pinged = true;
	ping(session);
	module:add_timer(interval, ping_held, session);
end);

local function answered(event)
	local session = event.origin;
	if session.bosh_version then session.bosh_max_inactive = timeout; end
	return true;
end

-- An answer without an address goes to the client's own account.
for _, kind in ipairs { "result", "error" } do
	for _, to in ipairs { "host", "self", "bare" } do
		module:hook("iq-" .. kind .. "/" .. to .. "/" .. id, answered);
	end
end

-- Prosody 0.12 offers STARTTLS over BOSH without TLS, where it cannot be done. Later than mod_tls, whose priority is 0.
module:hook("stream-features", function (event)
	if not event.origin.bosh_version then return end
	event.features:maptags(function (feature)
		if feature.name ~= "starttls" then return feature end
	end);
end, -10);
