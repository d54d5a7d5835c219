import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { type Response } from 'express';
import { packageVersion } from '#config/package-root';
import { type Missing } from '#presence/lease';
import { type OidcProvider } from '#presence/oidc-provider';
import { systemInfoPath } from './request-limits';
import { type ServerParts, serverParts } from './server-parts';

const whys: Readonly<Record<Missing, string>> = {
  store: 'Redis has not answered yet.',
  lease: 'The lease of this server has ended or was never given.',
  maintenance: 'The side is in maintenance: desktops go to the other side.',
  assertion: 'The store has not yet heard of all desktops of this server.',
};

const version = packageVersion();

/** For desktops (which side is in service), for the platform (alive, ready) and for Prometheus. */
@Controller()
export class StatusController {
  constructor(@Inject(serverParts) private readonly parts: ServerParts) {}

  @Get(systemInfoPath)
  systemInfo(): object {
    const { config, processId, keeper } = this.parts;
    const service = keeper.serviceNow();
    return {
      status: service.status,
      why: service.status === 'IN_SERVICE' ? '' : service.why,
      side: config.side,
      serverId: config.serverId,
      process: processId,
      otherServers: keeper.otherServers.map(({ serverId, side }) => ({ serverId, side })),
      version,
    };
  }

  @Get('health/live')
  live(): object {
    return { status: 'live' };
  }

  /**
   * A server without a link does its job: desktops that speak to it are held. What needs the link says so itself. The same
   * goes for the OpenID provider: both sides have the same one, and agents who are in stay in.
   */
  @Get('health/ready')
  ready(@Res() response: Response): void {
    const { keeper, link, watch, storeWatch, oidcProvider } = this.parts;
    const service = keeper.serviceNow();
    const blindness = watch?.blindness ?? null;
    const missing: { part: Missing | 'xmpp'; code?: string; why: string }[] = keeper.missing.map((part) => ({
      part,
      why: part === 'store' ? (keeper.storeFault ?? whys.store) : whys[part],
    }));
    // It keeps this server's lease from being renewed; the others keep requests back alone.
    for (const { code, sentence, remedy } of storeWatch.findings)
      if (code === 'sentinelsShort') missing.push({ part: 'store', code, why: `${sentence} ${remedy}` });
    if (blindness !== null) missing.push({ part: 'xmpp', why: `Presence is out of sight: ${blindness.sentence}.` });
    const isReady = missing.length === 0 && service.status === 'IN_SERVICE';
    const why = service.status === 'IN_SERVICE' ? '' : service.why;
    response.status(isReady ? 200 : 503).json({
      status: isReady ? 'ready' : 'notReady',
      missing,
      why,
      link: link.service(),
      ...(oidcProvider === null ? {} : { oidc: providerState(oidcProvider) }),
    });
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  figures(): Promise<string> {
    return this.parts.metrics.registry.metrics();
  }
}

/** `usable`: tokens are judged, whether or not the provider answers now; else only those of the site's own secret are. */
function providerState({ trouble, isUsable }: OidcProvider): object {
  return trouble === undefined ? { usable: true } : { usable: isUsable, code: trouble.code, why: trouble.message };
}
