import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { Simulator } from '../simulator';

@Controller('health')
export class HealthController {
  constructor(@Inject(Simulator) private readonly simulator: Simulator) {}

  @Get('live')
  live() {
    return { status: 'live' };
  }

  /** Ready while at least one side listens: with both down there is nothing to test against. */
  @Get('ready')
  ready() {
    const { A, B } = this.simulator.sides;
    const sides = { A: A.listening, B: B.listening };
    if (!A.listening && !B.listening) {
      throw new ServiceUnavailableException({ code: 'notListening', message: 'Both CTI servers are down.', sides });
    }
    return { status: 'ready', sides };
  }
}
