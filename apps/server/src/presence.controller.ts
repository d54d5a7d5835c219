import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { type PresenceFeed } from '#presence/presence-feed';
import { Problem } from './problems';
import { readPresence } from './request-body';
import { presencePath } from './request-limits';

/** Presence watched elsewhere. 202: the store knows, or will be told; 503: nothing was kept, go to the other side. */
@Controller()
export class PresenceController {
  constructor(private readonly feed: PresenceFeed) {}

  @Post(presencePath)
  @HttpCode(202)
  async presence(@Body() body: unknown): Promise<object> {
    const said = readPresence(body);
    const answer =
      said.presence === 'available'
        ? await this.feed.available(said.agentId, said.desktopId)
        : await this.feed.gone(said.agentId, said.desktopId, said.cause);
    if (answer.kind === 'unavailable') throw new Problem('OUT_OF_SERVICE', { sentence: answer.sentence });
    return { status: 'accepted' };
  }
}
