import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type Request } from 'express';
import { ConsoleParts } from '../console-parts';
import { command, type OperatorCommand } from '../operator-commands';
import { type AgentView, viewOf } from './agent-view';
import { existingAgent } from './existing-agent';
import { operatorOf } from './operator';
import { agentPath, agentsQuery, check } from './request-fields';

/** In the order in which an operator wants to see them, when no phase is asked for. */
const phasesByUrgency = ['issuing', 'held', 'grace', 'present', 'settled', 'unseen'] as const;

interface AgentList {
  /** Redis time, epoch ms. */
  readonly now: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly agents: readonly AgentView[];
}

@Controller('api/agents')
export class AgentsController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get()
  async list(@Query() given: unknown): Promise<AgentList> {
    const { phase, limit } = check(agentsQuery, given);
    const { roll } = this.parts;
    const [now, counts] = await Promise.all([roll.now(), roll.phaseCounts()]);
    const agents: AgentView[] = [];
    for (const name of phase === undefined ? phasesByUrgency : [phase]) {
      if (agents.length >= limit) break;
      agents.push(...(await roll.byPhase(name, { limit: limit - agents.length })).map(viewOf));
    }
    return { now, counts, agents };
  }

  @Get(':agentId')
  async one(@Param() given: unknown): Promise<{ now: number; agent: AgentView }> {
    const { peripheralId, store, knownAgents } = this.parts;
    const agentId = await existingAgent(knownAgents, check(agentPath, given).agentId);
    const { agent, now } = await store.load({ peripheralId, agentId });
    return { now, agent: viewOf(agent) };
  }

  @Post(':agentId/cancel')
  @HttpCode(200)
  cancel(@Param() given: unknown, @Req() request: Request): Promise<{ agent: AgentView }> {
    return this.carryOut('cancel', given, request);
  }

  @Post(':agentId/release')
  @HttpCode(200)
  release(@Param() given: unknown, @Req() request: Request): Promise<{ agent: AgentView }> {
    return this.carryOut('release', given, request);
  }

  @Post(':agentId/logout')
  @HttpCode(200)
  logout(@Param() given: unknown, @Req() request: Request): Promise<{ agent: AgentView }> {
    return this.carryOut('logout', given, request);
  }

  private async carryOut(ordered: OperatorCommand, given: unknown, request: Request): Promise<{ agent: AgentView }> {
    const agentId = await existingAgent(this.parts.knownAgents, check(agentPath, given).agentId);
    return { agent: await command(this.parts.commands, agentId, ordered, operatorOf(request)) };
  }
}
