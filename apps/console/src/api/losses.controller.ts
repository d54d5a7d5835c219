import { Controller, Get, Param, Query } from '@nestjs/common';
import { lossId } from '#domain/agent';
import { type LossSummary } from '#store/journal-line';
import { ConsoleParts } from '../console-parts';
import { lineViewOf, type LineView } from '../live/line-view';
import { tellWhy } from '../live/tell-why';
import { ApiError } from './api-error';
import { journalledAgent } from './existing-agent';
import { check, lossesQuery, lossPath } from './request-fields';

interface LossList {
  readonly now: number;
  /** The one spelling of the agent that was asked for; null: all agents. */
  readonly agent: string | null;
  readonly losses: readonly (LossSummary & { readonly loss: string })[];
  /** For `before` of the next request; null when there are no more. */
  readonly next: string | null;
}

interface Story {
  readonly now: number;
  readonly loss: string;
  readonly agentId: string;
  readonly epoch: number;
  /** Why the agent was signed out, or was not, in one sentence. */
  readonly why: string;
  readonly lines: readonly LineView[];
}

@Controller('api/losses')
export class LossesController {
  constructor(private readonly parts: ConsoleParts) {}

  @Get()
  async list(@Query() given: unknown): Promise<LossList> {
    const { agent: asked, outcome, since, before, limit } = check(lossesQuery, given);
    const agent = asked === undefined ? undefined : await journalledAgent(this.parts, asked);
    const [now, found] = await Promise.all([
      this.parts.roll.now(),
      this.parts.journal.read({
        limit,
        ...(agent === undefined ? {} : { agent }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(since === undefined ? {} : { since }),
        ...(before === undefined ? {} : { before }),
      }),
    ]);
    const losses = found.map((summary) => ({ loss: lossId(summary.agentId, summary.epoch), ...summary }));
    return { now, agent: agent ?? null, losses, next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }

  @Get(':loss')
  async story(@Param() given: unknown): Promise<Story> {
    const { agentId: asked, epoch } = check(lossPath, given).loss;
    const agentId = await journalledAgent(this.parts, asked);
    const [now, lines] = await Promise.all([this.parts.roll.now(), this.parts.journal.story(agentId, epoch)]);
    if (lines.length === 0) throw new ApiError('LOSS_UNKNOWN');
    return {
      now,
      loss: lossId(agentId, epoch),
      agentId,
      epoch,
      why: tellWhy(agentId, lines),
      lines: lines.map(lineViewOf),
    };
  }
}
