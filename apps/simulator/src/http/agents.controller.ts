import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { type z } from 'zod';
import { Simulator } from '../simulator';
import { agentOr404, throwIfRefused } from './refusals';
import { addAgentsBody, agentIdText, loginBody, logoutBody, stateBody } from './schemas';
import { viewAgent } from './views';
import { ZodBody } from './zod-body.pipe';

const agentId = new ZodBody(agentIdText, 'agentId');

/** What agents do at their own telephones and desktops: sign in, change state, sign out. */
@Controller('agents')
export class AgentsController {
  constructor(@Inject(Simulator) private readonly simulator: Simulator) {}

  @Get()
  list() {
    return Array.from(this.simulator.centre.agents.all, viewAgent);
  }

  @Get(':id')
  show(@Param('id', agentId) id: string) {
    return viewAgent(agentOr404(this.simulator, id));
  }

  @Post()
  add(@Body(new ZodBody(addAgentsBody)) body: z.infer<typeof addAgentsBody>) {
    const { centre } = this.simulator;
    const { count = 0, agentIds } = body;
    const added = agentIds === undefined ? centre.agents.add(count) : centre.agents.addNamed(agentIds);
    for (const agent of body.state === undefined || body.state === 'LOGOUT' ? [] : added) {
      centre.signIn(agent);
      if (body.state === 'READY') centre.ask(agent, 'AVAILABLE', 0);
    }
    return {
      added: added.length,
      agents: centre.agents.count,
      first: added.at(0)?.agentId,
      last: added.at(-1)?.agentId,
    };
  }

  @Post(':id/login')
  @HttpCode(200)
  signIn(@Param('id', agentId) id: string, @Body(new ZodBody(loginBody)) body: z.infer<typeof loginBody>) {
    const agent = agentOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.signIn(agent, body.extension));
    if (body.state === 'READY') throwIfRefused(this.simulator.centre.ask(agent, 'AVAILABLE', 0));
    return viewAgent(agent);
  }

  @Post(':id/state')
  @HttpCode(200)
  changeState(@Param('id', agentId) id: string, @Body(new ZodBody(stateBody)) body: z.infer<typeof stateBody>) {
    const agent = agentOr404(this.simulator, id);
    const state = body.state === 'READY' ? 'AVAILABLE' : body.state;
    throwIfRefused(this.simulator.centre.ask(agent, state, body.reasonCode ?? 0));
    return viewAgent(agent);
  }

  @Post(':id/logout')
  @HttpCode(200)
  signOut(@Param('id', agentId) id: string, @Body(new ZodBody(logoutBody)) body: z.infer<typeof logoutBody>) {
    const agent = agentOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.signOut(agent, body.reasonCode ?? 0));
    return viewAgent(agent);
  }

  /** Enters the wrap-up data that the setting `wrapUp: required` asks for. */
  @Post(':id/wrap-up')
  @HttpCode(200)
  enterWrapUp(@Param('id', agentId) id: string) {
    const agent = agentOr404(this.simulator, id);
    agent.wrapUpEntered = true;
    return viewAgent(agent);
  }
}
