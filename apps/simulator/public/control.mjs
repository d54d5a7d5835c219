/** The simulator's HTTP control. A refusal rejects with the simulator's own sentence. */
async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(answer?.message ?? `The simulator answered ${response.status}.`);
  return answer;
}

const part = encodeURIComponent;

export const control = {
  settings: () => call('GET', '/settings'),
  setLoad: (load) => call('POST', '/settings', { load }),
  faults: () => call('GET', '/faults'),
  setFault: (side, fault) => call('POST', '/faults', { side, fault }),
  servers: () => call('GET', '/servers'),
  signIn: (agentId, state) => call('POST', `/agents/${part(agentId)}/login`, { state }),
  setState: (agentId, state) => call('POST', `/agents/${part(agentId)}/state`, { state }),
  signOut: (agentId) => call('POST', `/agents/${part(agentId)}/logout`),
  takeCall: (agentId) => call('POST', '/calls', { agentId }),
  hold: (callId) => call('POST', `/calls/${callId}/hold`),
  retrieve: (callId) => call('POST', `/calls/${callId}/retrieve`),
  endCall: (callId) => call('DELETE', `/calls/${callId}`),
  openDesktop: (agentId, side, desktopId) => call('POST', '/desktops', { agentId, side, desktopId }),
  desktop: (desktopId, deed) => call('POST', `/desktops/${part(desktopId)}/${deed}`),
  forgetDesktop: (desktopId) => call('DELETE', `/desktops/${part(desktopId)}`),
  forgetRequests: () => call('DELETE', '/requests'),
};
