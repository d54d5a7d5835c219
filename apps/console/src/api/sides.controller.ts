import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type Side } from '#domain/agent';
import { type DrainAnswer } from '#store/drains';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { ApiError } from './api-error';
import { operatorOf } from './operator';
import { type SideState } from '../live/overview';
import { check, drainBody, sidePath } from './request-fields';

interface SideAnswer {
  readonly side: Side;
  readonly hold: { readonly by: string; readonly since: number } | null;
}

/** Why a maintenance was not begun. */
const whyNot: Readonly<Record<Exclude<DrainAnswer, 'begun'>, (side: Side) => string>> = {
  already: (side) => `The ${side} side is in maintenance already.`,
  otherDrains: (side) => `The other side is in maintenance: the desktops of the ${side} side would go nowhere.`,
  nowhereToGo: (side) =>
    `The other side has no live server that is in service: the desktops of the ${side} side would go nowhere.`,
};

@Controller('api/sides')
export class SidesController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get()
  async states(): Promise<{ readonly sides: readonly SideState[] }> {
    return { sides: await this.parts.reader.readSides(await this.parts.roll.now()) };
  }

  @Post(':side/drain')
  @HttpCode(200)
  async drain(@Param() given: unknown, @Body() body: unknown, @Req() request: Request): Promise<object> {
    const { side } = check(sidePath, given);
    const { overMs } = check(drainBody, body ?? {});
    const by = operatorOf(request);
    const answer = await this.parts.drains.begin(side, overMs, by);
    if (answer !== 'begun') throw new ApiError('NO_EFFECT', { sentence: whyNot[answer](side) });
    const seconds = String(Math.round(overMs / 1_000));
    await this.told(
      by,
      `The ${side} side is in maintenance by ${by}: its desktops go to the other side over ${seconds} s.`,
    );
    return { side, drain: { by, overMs } };
  }

  @Post(':side/resume')
  @HttpCode(200)
  async resume(@Param() given: unknown, @Req() request: Request): Promise<object> {
    const { side } = check(sidePath, given);
    const by = operatorOf(request);
    if (!(await this.parts.drains.end(side))) {
      throw new ApiError('NO_EFFECT', { sentence: `The ${side} side is not in maintenance.` });
    }
    await this.told(by, `The maintenance of the ${side} side was ended by ${by}: desktops are let in again.`);
    return { side, drain: null };
  }

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
