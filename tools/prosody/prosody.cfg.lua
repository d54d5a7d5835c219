-- Prosody 0.12 beside Lastcall, as `npm start -- --xmpp` and docker-compose.yml run it: agents' clients sign in here, both
-- servers watch their presence, and one of them sends the notifications. Needs the community's mod_privilege (XEP-0356;
-- Debian: prosody-modules) and deploy/prosody/mod_lastcall_clients.lua. ENV_NAME is how Prosody's configuration reads the
-- environment.
-- Clients may do without TLS: for loopback and for one machine's containers only. What a real XMPP server needs: docs/xmpp.md.
local data = ENV_PROSODY_DATA
local interfaces_given = { ENV_PROSODY_INTERFACE or "127.0.0.1" }
local host = ENV_XMPP_DOMAIN or "localhost"
-- Made by tools/prosody/make-certificate.
local certificates_given = ENV_PROSODY_CERTIFICATES or data .. "/certificate"
local origins = {}
for origin in (ENV_PROSODY_ORIGINS or ""):gmatch("[^,%s]+") do table.insert(origins, origin) end

data_path = data
plugin_paths = { ENV_PROSODY_MODULES or "/etc/lastcall" }
certificates = certificates_given
ssl = { certificate = certificates_given .. "/localhost.crt"; key = certificates_given .. "/localhost.key" }
pidfile = data .. "/prosody.pid"
log = { info = "*console" }
daemonize = false

interfaces = interfaces_given
local_interfaces = interfaces_given
c2s_ports = { tonumber(ENV_PROSODY_C2S_PORT or "5222") }
component_ports = { tonumber(ENV_PROSODY_COMPONENT_PORT or "5347") }
http_ports = { tonumber(ENV_PROSODY_HTTP_PORT or "5280") }
c2s_direct_tls_ports = { tonumber(ENV_PROSODY_C2S_TLS_PORT or "5223") }
https_ports = { tonumber(ENV_PROSODY_HTTPS_PORT or "5281") }
s2s_ports = {}

modules_enabled = {
	"roster"; "saslauth"; "presence"; "message"; "iq"; "c2s"; "disco"; "ping"; "version"; "websocket"; "smacks";
	"privilege"; "posix"; "bosh"; "tls"; "lastcall_clients";
}
modules_disabled = { "s2s"; "offline" }

-- Accounts are files that Lastcall writes; nobody can register one. Passwords are hashed at the first sign-in.
authentication = "internal_hashed"
storage = { accounts = "internal" }
default_storage = "memory"
c2s_require_encryption = false
-- PLAIN is offered over TLS only. There is no proxy in front, so nobody's X-Forwarded-Proto is believed.
allow_unencrypted_plain_auth = false
trusted_proxies = {}
http_default_host = host
-- /http-bind/ is the path that clients of Finesse use. Pages of these origins may use it.
http_paths = { websocket = "/ws"; bosh = "/http-bind" }
http_cors_override = { bosh = { enabled = true; origins = origins } }

-- A dead client is asked after this silence and given up after as much again; then it stays `available` for the
-- hibernation. Prosody's own defaults are 14 and 10 minutes: no grace of a minute makes sense with those.
network_settings = { read_timeout = tonumber(ENV_PROSODY_READ_TIMEOUT or "8") }
smacks_hibernation_time = tonumber(ENV_PROSODY_HIBERNATION or "5")
-- mod_lastcall_clients pings clients without stream management. A BOSH client that does not answer its pings may poll from a
-- timer, which runs once a minute in a hidden tab.
bosh_max_inactivity = 75

VirtualHost(host)
	-- Each server sees everybody's presence, so that losing one loses nothing.
	privileged_entities = {
		["presence-primary." .. host] = { presence = "managed_entity" };
		["presence-secondary." .. host] = { presence = "managed_entity" };
	}

for _, side in ipairs { "primary", "secondary" } do
	Component("presence-" .. side .. "." .. host)
		component_secret = ENV_XMPP_PASSWORD
		-- A server that comes back replaces its own dead stream.
		component_conflict_resolve = "kick_old"
		modules_enabled = { "privilege" }
end

-- The name goes to whoever came first, and to the next one when that one goes: agents hear each event once.
Component("pubsub." .. host)
	component_secret = ENV_XMPP_PUBSUB_PASSWORD
	component_conflict_resolve = "kick_new"
