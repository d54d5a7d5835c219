"""A third-party desktop of one agent: REST by Python's own urllib, XMPP by slixmpp. It knows nothing of Lastcall.

Started with one JSON object as argument: agentId, password, xmppHost, xmppPort, domain, resource,
hangS (the longest that it waits for an answer); and to sign in with PLAIN over TLS tls, with caFile and
direct (true: TLS from the first byte, false: STARTTLS).
Reads commands as JSON lines, writes what it sees as JSON lines:
  {"do": "rest", "id": 1, "method": "PUT", "url": "...", "body": "...", "requestId": "..."}  ->  {"saw": "answer", "id": 1, "status": 202, "body": "..."}
  {"do": "subscribe", "id": 2, "service": "pubsub.localhost", "node": "..."}  ->  {"saw": "answer", "id": 2, "status": "subscribed"}
  {"do": "open"}  ->  {"saw": "online", "jid": "..."}, and from then on {"saw": "event", "node": "...", "payload": "..."}
  {"do": "close"}  ->  {"saw": "closed"}
"""
import asyncio
import base64
import json
import sys
import urllib.error
import urllib.request

import slixmpp
from slixmpp.exceptions import IqError

settings = json.loads(sys.argv[1])
tls = settings.get("tls")


def tell(**seen):
    print(json.dumps(seen), flush=True)


def rest(command):
    request = urllib.request.Request(command["url"], method=command["method"])
    proof = f"{settings['agentId']}:{settings['password']}".encode()
    request.add_header("Authorization", "Basic " + base64.b64encode(proof).decode())
    if command.get("requestId"):
        request.add_header("requestId", command["requestId"])
    body = command.get("body")
    if body is not None:
        request.add_header("Content-Type", "application/xml")
        request.data = body.encode()
    try:
        with urllib.request.urlopen(request, timeout=settings["hangS"]) as response:
            tell(saw="answer", id=command["id"], status=response.status, body=response.read().decode())
    except urllib.error.HTTPError as error:
        tell(saw="answer", id=command["id"], status=error.code, body=error.read().decode())
    except OSError as error:
        tell(saw="answer", id=command["id"], status=0, body=str(error))


class Desktop(slixmpp.ClientXMPP):
    def __init__(self):
        jid = f"{settings['agentId']}@{settings['domain']}/{settings['resource']}"
        super().__init__(jid, settings["password"], sasl_mech="PLAIN" if tls else None)
        if tls:
            self.ca_certs = tls["caFile"]
        self.register_plugin("xep_0060")
        self.register_plugin("xep_0199")
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("pubsub_publish", self.event_came)
        self.add_event_handler("failed_auth", lambda _: tell(saw="refused"))
        self.add_event_handler("disconnected", lambda _: tell(saw="closed"))

    async def started(self, _):
        self.send_presence(ppriority=0)
        tell(saw="online", jid=str(self.boundjid))

    def event_came(self, message):
        items = message["pubsub_event"]["items"]
        for item in items["substanzas"]:
            payload = item["payload"]
            tell(saw="event", sender=str(message["from"]), node=items["node"], namespace=payload.tag.split("}")[0][1:], payload=payload.text)

    async def subscribe_to(self, command):
        try:
            answer = await self["xep_0060"].subscribe(command["service"], command["node"], timeout=settings["hangS"])
            tell(saw="answer", id=command["id"], status=answer["pubsub"]["subscription"]["subscription"])
        except IqError as error:
            tell(saw="answer", id=command["id"], status=error.condition)


async def main():
    loop = asyncio.get_running_loop()
    desktop = Desktop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "rest":
            loop.run_in_executor(None, rest, command)
        elif command["do"] == "subscribe":
            asyncio.ensure_future(desktop.subscribe_to(command))
        elif command["do"] == "open":
            direct = bool(tls and tls["direct"])
            desktop.connect(
                address=(settings["xmppHost"], settings["xmppPort"]),
                use_ssl=direct,
                force_starttls=bool(tls) and not direct,
                disable_starttls=not tls or direct,
            )
        elif command["do"] == "close":
            desktop.disconnect()


asyncio.run(main())
