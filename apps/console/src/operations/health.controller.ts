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

  /** Ready while Redis answers. */
  @Get('ready')
  async ready(@Res() response: Response): Promise<void> {
    try {
      if (!this.parts.storeIsReady) throw new Error('not connected');
      await this.parts.ping();
      response.json({ status: 'ready' });
    } catch {
      // Why it does not answer is in the log of the connection.
      response.status(503).json({ status: 'not ready', sentence: 'Redis cannot be reached.' });
    }
  }
}
