import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { type Request } from 'express';
import { MinuteCounts, networkOf } from '#config/minute-counts';
import { Problem } from './problems';
import { readBye } from './request-body';
import { byePath, unknownByesPerMinuteMax } from './request-limits';
import { type ServerParts, serverParts } from './server-parts';

/**
 * A page that is being left says bye by `sendBeacon`. The token is the connection's own secret from `opened`, so a late
 * bye cannot end a newer connection and nobody else can end it. An unknown one is answered alike: nothing can be probed.
 * Those alone are limited, so nobody's bye is lost for what others send.
 */
@Controller()
export class DesktopByeController {
  private readonly unknown = new MinuteCounts(unknownByesPerMinuteMax);

  constructor(@Inject(serverParts) private readonly parts: Pick<ServerParts, 'gateway'>) {}

  @Post(byePath)
  @HttpCode(204)
  async bye(@Body() body: unknown, @Req() request: Request): Promise<void> {
    if (this.parts.gateway.bye(readBye(body).token)) return;
    if (!(await this.unknown.take(networkOf(request.ip ?? '')))) throw new Problem('TOO_MANY_REQUESTS');
  }
}
