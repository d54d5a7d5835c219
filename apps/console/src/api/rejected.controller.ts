import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { type RejectedLoss } from '../live/rejected';
import { ApiError } from './api-error';
import { operatorOf } from './operator';
import { type OrderedAll, orderAll } from './order-all';

/** Ghosts whose sign-out the CTI server has rejected. They are tried again by themselves, at most five minutes apart. */
@Controller('api/rejected')
export class RejectedController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get()
  async list(): Promise<{ readonly now: number; readonly count: number; readonly agents: readonly RejectedLoss[] }> {
    const now = await this.parts.roll.now();
    const agents = await this.parts.reader.rejected(now);
    return { now, count: agents.length, agents };
  }

  /** Tries all of them again now. */
  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: Request): Promise<OrderedAll> {
    const by = operatorOf(request);
    const rejected = await this.parts.reader.rejected(await this.parts.roll.now());
    if (rejected.length === 0) {
      throw new ApiError('NO_EFFECT', { sentence: 'No ghost waits after a rejected sign-out.' });
    }
    return orderAll(
      this.parts,
      rejected.map(({ agentId }) => agentId),
      {
        by,
        sentenceOf: (ordered) =>
          `Another sign-out of ${String(ordered)} agents whose last one the CTI server has rejected was ordered by ${by}.`,
      },
    );
  }
}
