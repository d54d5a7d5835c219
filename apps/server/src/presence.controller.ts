import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { Problem } from './problems';
import { readHeartbeat, readPresence } from './request-body';
import { presencePath } from './request-limits';
import { type ServerParts, serverParts } from './server-parts';

/** Presence watched elsewhere. 202: the store knows, or will be told; 503: nothing was kept, go to the other side. */
@Controller()
export class PresenceController {
  constructor(@Inject(serverParts) private readonly parts: Pick<ServerParts, 'feed'>) {}

  @Post(presencePath)
  @HttpCode(202)
  async presence(@Body() body: unknown): Promise<object> {
    const { feed } = this.parts;
    const said = readPresence(body);
    const answer =
      said.presence === 'available' ? await feed.available(said, said.expiresInMs) : await feed.gone(said, said.cause);
    if (answer.kind === 'unknownAgent') throw new Problem('UNKNOWN_AGENT', { field: 'agentId' });
    if (answer.kind === 'tooFast') throw new Problem('TOO_MANY_REQUESTS', { sentence: answer.sentence });
    if (answer.kind === 'unavailable') throw new Problem('OUT_OF_SERVICE', { sentence: answer.sentence });
    return { status: 'accepted' };
  }

  /** The feeder is alive: the desktops of its feed that this server holds stay open. */
  @Post(`${presencePath}/heartbeat`)
  @HttpCode(200)
  heartbeat(@Body() body: unknown): object {
    const said = readHeartbeat(body ?? {});
    return { renewed: this.parts.feed.heartbeat(said.feed, said.expiresInMs) };
  }
}
