import { Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { ConsoleParts } from '../console-parts';
import { type FeedMessage } from '../live/live-feed';
import { type Overview } from '../live/overview';
import { sessionIdOf } from '../sign-in/gate';
import { ApiError } from './api-error';

/** Below the idle time-outs of common proxies. */
const heartbeatMs = 10_000;
/** A reader that is this far behind is cut off; it comes back and gets a snapshot. */
const backlogBytesMax = 4 * 1024 * 1024;

@Controller('api')
export class EventsController {
  constructor(private readonly parts: ConsoleParts) {}

  /** The same as the page has on top, once. */
  @Get('overview')
  async overview(): Promise<Overview> {
    return (await this.parts.reader.read()).overview;
  }

  /** Server-sent events: `snapshot` once, then `overview`, `agents`, `lines` and `storeAway` as they happen. */
  @Get('events')
  events(@Req() request: Request, @Res() response: Response): void {
    const { feed } = this.parts;
    if (feed.isFull) throw new ApiError('LISTENERS_EXHAUSTED');
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would collect events in a buffer.
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs);
    const leave = feed.addListener({
      sessionId: sessionIdOf(response),
      tell: (message) => {
        response.write(frame(message));
        if (response.writableLength > backlogBytesMax) response.destroy();
      },
      end: () => response.end(),
    });
    request.on('close', () => {
      clearInterval(heartbeat);
      leave();
    });
  }
}

function frame({ event, data }: FeedMessage): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
