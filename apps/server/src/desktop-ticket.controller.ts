import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ticketMs } from '#presence/admission';
import { judgedAgainS } from '#presence/oidc-provider';
import { type Request, type Response } from 'express';
import { MinuteCounts, networkOf } from '#config/minute-counts';
import { Problem } from './problems';
import { bearerOf, ticketPath, wrongTicketTokensPerMinuteMax } from './request-limits';
import { type ServerParts, serverParts } from './server-parts';

/**
 * A ticket for one upgrade, for a token in a header, so that no token stands in an address. While the server is out of
 * service it gives none: the desktop would only be refused with it, and can go to the other side at once.
 */
@Controller()
export class DesktopTicketController {
  private readonly wrongTokens = new MinuteCounts(wrongTicketTokensPerMinuteMax);

  constructor(@Inject(serverParts) private readonly parts: Pick<ServerParts, 'admission' | 'keeper'>) {}

  @Post(ticketPath)
  @HttpCode(200)
  async ticket(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    const { admission, keeper } = this.parts;
    if (keeper.serviceNow().status === 'OUT_OF_SERVICE') throw new Problem('OUT_OF_SERVICE');
    const answer = await admission.ticketFor(bearerOf(request));
    switch (answer.kind) {
      case 'ticket':
        return { ticket: answer.ticket, expiresInMs: ticketMs };
      case 'refused':
        if (!(await this.wrongTokens.take(networkOf(request.ip ?? '')))) throw new Problem('TOO_MANY_REQUESTS');
        response.setHeader('WWW-Authenticate', 'Bearer');
        throw new Problem('UNAUTHORIZED', { sentence: answer.sentence });
      case 'unknownAgent':
        throw new Problem('UNKNOWN_AGENT', { sentence: answer.sentence });
      case 'tooMany':
        throw new Problem('TOO_MANY_REQUESTS', { sentence: answer.sentence });
      case 'unjudged':
        response.setHeader('Retry-After', String(judgedAgainS));
        throw new Problem('TOKEN_UNJUDGED', { sentence: answer.sentence });
      case 'unavailable':
        throw new Problem('OUT_OF_SERVICE', { sentence: answer.sentence });
    }
  }
}
