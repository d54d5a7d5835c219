import { Controller, Get, Inject, Param, Put, Req, Res, UseFilters } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { foldAgentId, isAgentId, isAgentName } from '#domain/agent-id';
import { type Standing } from '#store/link-call';
import { networkOf } from '#config/minute-counts';
import { type Principal, requireAdministrator, requireSelf, requireSelfOrAdministrator } from './authenticator';
import { FinesseErrorFilter } from './finesse-error.filter';
import { type FinesseParts, finesseParts } from './finesse-parts';
import { sendXml } from './finesse-guards';
import { Refusal } from './refusals';
import { systemInfoFields } from './system-info-document';
import { dialogsFields, userFields } from './user-document';
import { readUserOrder, withPassword } from './user-order';
import { writeXml, type XmlFields } from './xml';

/** What may stand in the header `requestId`: it goes into XML and logs as it is. */
const requestIdPattern = /^[\x20-\x7e]{1,255}$/;

/** The REST surface that desktops and clients of Cisco Finesse speak. Guards have looked at path, method and body. */
@Controller('finesse/api')
@UseFilters(FinesseErrorFilter)
export class FinesseController {
  constructor(@Inject(finesseParts) private readonly parts: FinesseParts) {}

  /** Needs no sign-in, and answers while the server is out of service: it says that it is. */
  @Get('SystemInfo')
  systemInfo(@Res() response: Response): void {
    sendDocument(response, { SystemInfo: systemInfoFields(this.parts.systemInfo()) });
  }

  /** Needs no sign-in: a page asks it before it knows which one to offer. */
  @Get('UserAuthMode/:id')
  userAuthMode(@Param('id') given: string, @Res() response: Response): void {
    if (this.parts.service().status === 'OUT_OF_SERVICE') throw new Refusal('OUT_OF_SERVICE');
    const id = this.agentIdOf(given);
    // Anybody may ask: who asks by id is not told the login name, which may be an e-mail address.
    const username = foldAgentId(given) === foldAgentId(id) ? id : given;
    const userAuthMode = { authMode: this.parts.authModeOf(id), userId: id, username };
    sendDocument(response, { UserAuthMode: userAuthMode });
  }

  @Get('ConnectedUsersInfo')
  async connectedUsers(@Req() request: Request, @Res() response: Response): Promise<void> {
    requireAdministrator(await this.principal(request));
    sendDocument(response, { ConnectedUsersInfo: await this.parts.connectedUsers() });
  }

  @Get('User/:id')
  async user(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const standing = await this.standingFor(id, request);
    sendDocument(response, { User: userFields(this.parts.profileOf(standing.agentId), standing) });
  }

  @Get('User/:id/Dialogs')
  async dialogs(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const standing = await this.standingFor(id, request);
    sendDocument(response, { Dialogs: dialogsFields(standing) });
  }

  /** 202: it was understood and will be done or not; events tell which. */
  @Put('User/:id')
  async order(@Param('id') given: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const principal = await this.principal(request);
    const id = this.agentIdOf(given);
    requireSelf(principal, id);
    const requestId = requestIdOf(request);
    const order = readUserOrder(typeof request.body === 'string' ? request.body : '');
    const ownPassword = this.parts.bringsOwnPassword ? principal.password : undefined;
    await this.parts.orders.give(id, withPassword(order, ownPassword), requestId);
    if (requestId !== undefined) response.setHeader('requestId', requestId);
    response.status(202).set('Cache-Control', 'no-store').end();
  }

  /** @throws Refusal 503 before anything else: out of service nobody is asked for a password. */
  private async principal(request: Request): Promise<Principal> {
    const service = this.parts.service();
    if (service.status === 'OUT_OF_SERVICE') throw new Refusal('OUT_OF_SERVICE');
    const principal = await this.parts.authenticator.of(request.headers.authorization, networkOf(request.ip ?? ''));
    if (await this.parts.requests.take(principal.agentId)) return principal;
    throw new Refusal('TOO_MANY_REQUESTS');
  }

  private async standingFor(given: string, request: Request): Promise<Standing> {
    const principal = await this.principal(request);
    const id = this.agentIdOf(given);
    requireSelfOrAdministrator(principal, id);
    if (!isAgentId(id)) throw new Refusal('USER_NOT_FOUND', { data: id });
    const looked = await this.parts.link.look(id);
    switch (looked.kind) {
      case 'known':
        return looked.standing;
      case 'unknownAgent':
        throw new Refusal('USER_NOT_FOUND', { data: id });
      case 'unavailable':
        throw new Refusal('OUT_OF_SERVICE');
    }
  }

  /**
   * The id of the agent who is called so; a login name that nobody has as it is.
   * @throws Refusal for what can be neither
   */
  private agentIdOf(given: string): string {
    if (isAgentName(given)) return this.parts.idOf(given);
    throw new Refusal('USER_NOT_FOUND', { data: (given as string).slice(0, 32) });
  }
}

function requestIdOf({ headers }: Request): string | undefined {
  const given = headers['requestid'];
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string' && requestIdPattern.test(given)) return given;
  throw new Refusal('INVALID_INPUT', { data: 'requestId', sentence: 'Invalid requestId specified' });
}

function sendDocument(response: Response, document: XmlFields): void {
  sendXml(response, 200, writeXml(document));
}
