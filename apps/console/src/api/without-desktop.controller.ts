import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { type ListedAgent } from '#store/without-desktop';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { command } from '../operator-commands';
import { ApiError } from './api-error';
import { operatorOf } from './operator';

/** One order signs out so many, who have been without a desktop for longest; it is answered within seconds. */
const orderedMax = 2_000;
const ordersAtOnce = 16;
/** Refusals that an answer names. */
const refusalsShown = 20;

interface Refusal {
  readonly agentId: string;
  readonly sentence: string;
}

/** Agents who are signed in at the CTI server with no desktop open and no loss under way, as the workers last saw them. */
@Controller('api/without-desktop')
export class WithoutDesktopController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get()
  async list(): Promise<{ readonly now: number; readonly count: number; readonly agents: readonly ListedAgent[] }> {
    const [now, agents] = await Promise.all([this.parts.roll.now(), this.parts.agentsWithoutDesktop()]);
    return { now, count: agents.length, agents };
  }

  /** Orders the logout of all of them; each goes through all gates, so nobody with a desktop or on a call is signed out. */
  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: Request): Promise<object> {
    const by = operatorOf(request);
    const listed = await this.parts.agentsWithoutDesktop();
    if (listed.length === 0) throw new ApiError('NO_EFFECT', { sentence: 'Nobody is signed in without a desktop.' });
    const waiting = listed.slice(0, orderedMax);
    const left = listed.length - waiting.length;
    const refused: Refusal[] = [];
    let ordered = 0;
    const orderNext = async (): Promise<void> => {
      for (let agent = waiting.shift(); agent !== undefined; agent = waiting.shift()) {
        const { agentId } = agent;
        try {
          await command(this.parts.commands, agentId, 'logout', by);
          ordered += 1;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          refused.push({ agentId, sentence: error.message });
        }
      }
    };
    await Promise.all(Array.from({ length: ordersAtOnce }, orderNext));
    const sentence = `The logout of ${String(ordered)} agents who are signed in without a desktop was ordered by ${by}.`;
    this.parts.log.info({ operator: by, ordered, refused: refused.length, left }, sentence);
    await this.parts.journal.note({ what: 'operatorActed', loss: null, by, sentence });
    return { ordered, refused: refused.length, refusals: refused.slice(0, refusalsShown), left };
  }
}
