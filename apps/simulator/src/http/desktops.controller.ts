import { Body, Controller, Delete, Get, HttpCode, Inject, NotFoundException, Param, Post, Sse } from '@nestjs/common';
import { type z } from 'zod';
import { type Desktop } from '../desktops/desktop';
import { DesktopTokens } from '../desktops/desktop-tokens';
import { Desktops } from '../desktops/desktops';
import { EventFeed } from '../event-feed';
import { Simulator } from '../simulator';
import { agentOr404, throwIfRefused } from './refusals';
import { desktopBody, desktopDeed, tokenBody } from './schemas';
import { ZodBody } from './zod-body.pipe';

/** Desktops on demand: real WebSocket clients of the desktop servers, in this process. */
@Controller()
export class DesktopsController {
  constructor(
    @Inject(Simulator) private readonly simulator: Simulator,
    @Inject(Desktops) private readonly desktops: Desktops,
    @Inject(DesktopTokens) private readonly tokens: DesktopTokens,
    @Inject(EventFeed) private readonly feed: EventFeed,
  ) {}

  @Get('servers')
  servers() {
    return this.desktops.servers ?? {};
  }

  @Get('desktops')
  list() {
    return this.desktops.all.map((desktop) => desktop.view);
  }

  @Get('desktops/:id')
  show(@Param('id') id: string) {
    return this.#find(id).view;
  }

  @Post('desktops')
  async open(@Body(new ZodBody(desktopBody)) body: z.infer<typeof desktopBody>) {
    agentOr404(this.simulator, body.agentId);
    const desktop = await this.desktops.open(body);
    throwIfRefused(desktop);
    return desktop.view;
  }

  @Post('desktops/:id/tokenExpired')
  @HttpCode(200)
  expireToken(@Param('id') id: string) {
    const desktop = this.#find(id);
    throwIfRefused(this.desktops.expireToken(desktop));
    return desktop.view;
  }

  @Post('desktops/:id/:deed')
  @HttpCode(200)
  async perform(
    @Param('id') id: string,
    @Param('deed', new ZodBody(desktopDeed, 'deed')) deed: z.infer<typeof desktopDeed>,
  ) {
    const desktop = this.#find(id);
    throwIfRefused(await this.desktops.perform(desktop, deed));
    return desktop.view;
  }

  /** Drops it without a close frame, and forgets it. */
  @Delete('desktops/:id')
  @HttpCode(204)
  remove(@Param('id') id: string): void {
    this.desktops.remove(this.#find(id));
  }

  @Delete('desktops')
  @HttpCode(204)
  removeAll(): void {
    for (const desktop of this.desktops.all) this.desktops.remove(desktop);
  }

  @Post('tokens')
  async token(@Body(new ZodBody(tokenBody)) body: z.infer<typeof tokenBody>) {
    return { token: await this.tokens.issue(body.agentId, body.ttlSeconds) };
  }

  @Sse('events')
  events() {
    return this.feed.subscribe();
  }

  #find(desktopId: string): Desktop {
    const desktop = this.desktops.find(desktopId);
    if (desktop === undefined) {
      const message = `There is no desktop ${desktopId}.`;
      throw new NotFoundException({ code: 'unknownDesktop', field: 'desktopId', message });
    }
    return desktop;
  }
}
