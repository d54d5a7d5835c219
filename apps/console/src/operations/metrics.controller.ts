import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { ConsoleMetrics } from './console-metrics';

@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: ConsoleMetrics) {}

  @Get()
  async scrape(@Res() response: Response): Promise<void> {
    const text = await this.metrics.scrape();
    response.set('Content-Type', this.metrics.contentType).send(text);
  }
}
