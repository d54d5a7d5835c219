import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { type ListedAgent } from '#store/without-desktop';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { ApiError } from './api-error';
import { operatorOf } from './operator';
import { type OrderedAll, orderAll } from './order-all';

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
  async logout(@Req() request: Request): Promise<OrderedAll> {
    const by = operatorOf(request);
    const listed = await this.parts.agentsWithoutDesktop();
    if (listed.length === 0) throw new ApiError('NO_EFFECT', { sentence: 'Nobody is signed in without a desktop.' });
    return orderAll(
      this.parts,
      listed.map(({ agentId }) => agentId),
      {
        by,
        sentenceOf: (ordered) =>
          `The logout of ${String(ordered)} agents who are signed in without a desktop was ordered by ${by}.`,
      },
    );
  }
}
