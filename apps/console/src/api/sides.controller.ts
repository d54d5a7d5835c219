import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type Side } from '#domain/agent';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { ApiError } from './api-error';
import { operatorOf } from './operator';
import { check, sidePath } from './request-fields';

interface SideAnswer {
  readonly side: Side;
  readonly hold: { readonly by: string; readonly since: number } | null;
}

@Controller('api/sides')
export class SidesController {
  constructor(private readonly parts: ConsoleParts) {}

  @Post(':side/hold')
  @HttpCode(200)
  async hold(@Param() given: unknown, @Req() request: Request): Promise<SideAnswer> {
    const { side } = check(sidePath, given);
    const by = operatorOf(request);
    if (!(await this.parts.sides.hold(side, by))) {
      throw new ApiError('NO_EFFECT', { sentence: `The ${side} side is held already.` });
    }
    await this.told(by, `The ${side} side is held by ${by}: its losses are not signed out.`);
    return this.answer(side);
  }

  @Post(':side/release')
  @HttpCode(200)
  async release(@Param() given: unknown, @Req() request: Request): Promise<SideAnswer> {
    const { side } = check(sidePath, given);
    const by = operatorOf(request);
    const { sides } = this.parts;
    const wasHeld = await sides.release(side);
    const wasProtected = await sides.endProtection(side);
    if (!wasHeld && !wasProtected) {
      throw new ApiError('NO_EFFECT', { sentence: `Nobody holds the ${side} side, and no mass loss protects it.` });
    }
    const what = wasProtected ? 'The losses that a mass loss held on' : 'The losses of';
    await this.told(by, `${what} the ${side} side were released by ${by}; each goes through all gates again.`);
    return this.answer(side);
  }

  private async told(by: string, sentence: string): Promise<void> {
    this.parts.log.info({ operator: by }, sentence);
    await this.parts.journal.note({ what: 'operatorActed', loss: null, by, sentence });
  }

  private async answer(side: Side): Promise<SideAnswer> {
    const hold = (await this.parts.sides.holds()).find((one) => one.side === side);
    return { side, hold: hold === undefined ? null : { by: hold.by, since: hold.since } };
  }
}
