import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { type Gateway } from '#presence/gateway';
import { readBye } from './request-body';
import { byePath } from './request-limits';

/**
 * A page that is being left says bye by `sendBeacon`. The token is the connection's own secret from `opened`, so a late
 * bye cannot end a newer connection and nobody else can end it. An unknown one is answered alike: nothing can be probed.
 */
@Controller()
export class DesktopByeController {
  constructor(private readonly gateway: Gateway) {}

  @Post(byePath)
  @HttpCode(204)
  bye(@Body() body: unknown): void {
    this.gateway.bye(readBye(body).token);
  }
}
