// Desktops as a process of their own, which a test can stop with SIGSTOP: one for each object of the JSON array that is its
// argument, {"webSocket": url, "agentId", "desktopId"} or {"xmpp": url, "domain", "agentId", "password"}. It writes an
// agent's id on a line of its own whenever that agent's desktop was acknowledged. They know nothing of the tests.
import { client, xml } from '@xmpp/client';
import { WebSocket } from 'ws';

const acknowledged = (agentId) => process.stdout.write(`${agentId}\n`);

function openWebSocket({ webSocket, agentId, desktopId }) {
  const socket = new WebSocket(webSocket);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'open', desktopId })));
  socket.on('message', (data) => {
    if (JSON.parse(data.toString()).type === 'opened') acknowledged(agentId);
  });
  socket.on('error', () => undefined);
}

/** With stream management, where the server has it. Its own presence comes back to it when the server has handled it. */
function openXmpp({ xmpp: service, domain, agentId, password }) {
  const entity = client({ service, domain, username: agentId, password, resource: 'process' });
  let own = '';
  entity.on('online', (jid) => {
    own = jid.toString();
    void entity.send(xml('presence'));
  });
  entity.on('stanza', (stanza) => {
    if (stanza.is('presence') && stanza.attrs.from === own) acknowledged(agentId);
  });
  entity.on('error', () => undefined);
  entity.start().catch(() => undefined);
}

for (const desktop of JSON.parse(process.argv[2])) {
  if ('xmpp' in desktop) openXmpp(desktop);
  else openWebSocket(desktop);
}
