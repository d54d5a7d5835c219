import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { readBye } from './request-body';
import { byePath } from './request-limits';
import { type ServerParts, serverParts } from './server-parts';

/**
 * A page that is being left says bye by `sendBeacon`. The token is the connection's own secret from `opened`, so a late
 * bye cannot end a newer connection and nobody else can end it. An unknown one is answered alike: nothing can be probed.
 */
@Controller()
export class DesktopByeController {
  constructor(@Inject(serverParts) private readonly parts: Pick<ServerParts, 'gateway'>) {}

  @Post(byePath)
  @HttpCode(204)
  bye(@Body() body: unknown): void {
    this.parts.gateway.bye(readBye(body).token);
  }
}
