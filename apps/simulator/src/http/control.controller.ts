import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { type z } from 'zod';
import { faultTable } from '../cti/faults';
import { Simulator } from '../simulator';
import { Traffic } from '../traffic';
import { faultBody, requestsQuery, settingsBody, trafficBody } from './schemas';
import { viewSession, viewSide } from './views';
import { ZodBody } from './zod-body.pipe';

/** The simulator itself: settings, faults, sessions, the log of requests, background traffic. */
@Controller()
export class ControlController {
  constructor(
    @Inject(Simulator) private readonly simulator: Simulator,
    @Inject(Traffic) private readonly traffic: Traffic,
  ) {}

  @Get('settings')
  settings() {
    return { ...this.simulator.centre.settings.current, versionMax: this.simulator.versionMax };
  }

  @Post('settings')
  @HttpCode(200)
  changeSettings(@Body(new ZodBody(settingsBody)) body: z.infer<typeof settingsBody>) {
    this.simulator.changeSettings(body);
    return this.settings();
  }

  @Get('faults')
  faults() {
    return { sides: this.#sides.map(viewSide), known: faultTable };
  }

  @Post('faults')
  @HttpCode(200)
  async setFault(@Body(new ZodBody(faultBody)) body: z.infer<typeof faultBody>) {
    const side = this.simulator.sides[body.side];
    await side.setFault(body.fault, body);
    return viewSide(side);
  }

  @Delete('faults')
  async clearFaults() {
    for (const side of this.#sides) await side.clearFaults();
    return this.faults();
  }

  @Get('sessions')
  sessions() {
    return this.#sides.flatMap((side) => Array.from(side.sessions, (session) => viewSession(side, session)));
  }

  @Get('requests')
  requests(@Query(new ZodBody(requestsQuery, 'query')) query: z.infer<typeof requestsQuery>) {
    return this.simulator.requests.all.filter(
      (request) =>
        (query.agentId === undefined || request.agentId === query.agentId) &&
        (query.since === undefined || request.at >= query.since),
    );
  }

  @Delete('requests')
  @HttpCode(204)
  forgetRequests(): void {
    this.simulator.requests.clear();
  }

  @Get('traffic')
  showTraffic() {
    return this.traffic.view;
  }

  @Post('traffic')
  @HttpCode(200)
  startTraffic(@Body(new ZodBody(trafficBody)) body: z.infer<typeof trafficBody>) {
    this.traffic.start(body);
    return this.traffic.view;
  }

  @Delete('traffic')
  stopTraffic() {
    this.traffic.stop();
    return this.traffic.view;
  }

  get #sides() {
    return [this.simulator.sides.A, this.simulator.sides.B];
  }
}
