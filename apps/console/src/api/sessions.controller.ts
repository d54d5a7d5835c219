import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { operatorOf } from './operator';

/** Sessions of the console itself; one ends by signing out. */
@Controller('api/sessions')
export class SessionsController {
  constructor(private readonly parts: ConsoleParts) {}

  /** Ends all of them, on every console: for a cookie that may have got into the wrong hands. */
  @Post('end')
  @HttpCode(200)
  async end(@Req() request: Request): Promise<{ readonly ended: number }> {
    const by = operatorOf(request);
    const ended = await this.parts.sessions.endAll(Date.now());
    const sentence = `All ${String(ended)} sessions of the console were ended by ${by}.`;
    this.parts.log.info({ operator: by }, sentence);
    await this.parts.journal.note({ what: 'operatorActed', loss: null, by, sentence });
    return { ended };
  }
}
