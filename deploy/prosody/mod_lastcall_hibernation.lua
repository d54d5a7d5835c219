-- Tells Lastcall's components when a client's connection is gone although its session is kept (XEP-0198).
--
-- A session that waits to be resumed stays `available` to everybody until smacks_hibernation_time has passed: ten minutes by
-- default, in which a dead desktop cannot be told from a live one. With this module sessions can go on being resumable,
-- and a grace begins at once. What a component hears, from the host itself and from nobody else:
--
--   <message type='headline'><hibernation xmlns='urn:lastcall:hibernation:0' jid='1001@host/desk' state='began|ended'/></message>
--
-- On the virtual host of the agents:
--   modules_enabled = { "privilege"; "lastcall_hibernation" }
--   lastcall_components = { "presence-1.host"; "presence-2.host" }

local st = require "util.stanza";

local xmlns = "urn:lastcall:hibernation:0";
local components = module:get_option_set("lastcall_components", {});

local function tell(component, session, state)
	module:send(st.message({ from = module.host; to = component; type = "headline" })
		:tag("hibernation", { xmlns = xmlns; jid = session.full_jid; state = state }));
end

-- Only what a component takes for a desktop: a session of this host that is available.
local function tell_all(session, state)
	if not session or session.host ~= module.host or not session.full_jid or not session.presence then return end
	for component in components do tell(component, session, state); end
end

module:hook("smacks-hibernation-start", function (event)
	tell_all(event.origin, "began");
end);

module:hook("smacks-hibernation-end", function (event)
	tell_all(event.resumed, "ended");
end);

-- A component that comes is told of all who are available, those that hibernate among them (mod_privilege). Which those are
-- it must hear after that and before anything it asks can be answered: both happen within this one event.
local function tell_newcomer(event)
	local component = event.session.host;
	if not components:contains(component) then return end
	for _, user in pairs(prosody.hosts[module.host].sessions or {}) do
		for _, session in pairs(user.sessions) do
			if session.hibernating and session.full_jid and session.presence then
				tell(component, session, "began");
			end
		end
	end
end

-- The event is the component's host's own; later than mod_privilege, whose priority is 0.
local function watch(component)
	module:context(component):hook("component-authenticated", tell_newcomer, -10);
end

for component in components do
	if prosody.hosts[component] then watch(component); end
end
module:hook_global("host-activated", function (component)
	if components:contains(component) then watch(component); end
end);
