import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { ConsoleParts } from '../console-parts';

@Controller('health')
export class HealthController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Ready while Redis answers. The shape is that of servers and workers. */
  @Get('ready')
  async ready(@Res() response: Response): Promise<void> {
    const why = await this.parts.storeFault();
    if (why === null) response.json({ status: 'ready', missing: [] });
    else response.status(503).json({ status: 'notReady', missing: [{ part: 'store', why }] });
  }
}
