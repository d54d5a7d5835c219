import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { type Response } from 'express';
import { CtiLink } from '#cti-client/link';
import { StoreWatch } from '#store/store-watch';
import { JobLoopWatch } from './job-loop-watch';
import { LinkKeeper } from './link-keeper';
import { WorkerMetrics } from './worker-metrics';

/** For the platform: alive, able to do the job (and if not, what is missing), and figures. */
@Controller()
export class HealthController {
  constructor(
    @Inject(CtiLink) private readonly link: CtiLink,
    @Inject(LinkKeeper) private readonly keeper: LinkKeeper,
    @Inject(JobLoopWatch) private readonly jobLoop: JobLoopWatch,
    @Inject(StoreWatch) private readonly storeWatch: StoreWatch,
    @Inject(WorkerMetrics) private readonly metrics: WorkerMetrics,
  ) {}

  @Get('health/live')
  live(): object {
    return { status: 'live' };
  }

  @Get('health/ready')
  ready(@Res() response: Response): void {
    const missing = [
      ...(this.keeper.whyStoreFails === null ? [] : [{ part: 'store', why: this.keeper.whyStoreFails }]),
      ...this.storeWatch.findings
        .filter(({ level }) => level === 'blocks')
        .map(({ code, sentence, remedy }) => ({ part: 'store', code, why: `${sentence} ${remedy}` })),
      ...(this.jobLoop.fault === null ? [] : [{ part: 'jobs', why: this.jobLoop.fault }]),
      ...(this.link.inService ? [] : [{ part: 'ctiLink', why: this.link.why }]),
    ];
    const role = this.keeper.mayRequest() ? 'active' : 'standby';
    response
      .status(missing.length === 0 ? 200 : 503)
      .json({ status: missing.length === 0 ? 'ready' : 'notReady', role, missing });
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  figures(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
