import { type JournalLine } from '#store/journal-line';
import { plainNeeds, type Experiment } from '../faults/experiment';
import { rulesOf } from '../faults/fault-times';
import { latenessOf } from '../faults/lateness';
import { observationsOf } from '../faults/run-row';
import { startExperiment } from '../faults/start-experiment';
import { Random } from '../kit/random';
import { pause } from '../kit/wait';
import { judge } from '../sim/oracle';
import { AgentLife, type Happening } from './agent-life';
import { judgeLevel, sentenceOf, type Series, type Verdict } from './level';
import { soakTimes } from './load-times';
import { SiteFigures } from './site-figures';

export interface SoakOptions {
  readonly minutes: number;
  readonly agents: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface SoakResult {
  /** Everything that was sampled. */
  readonly series: readonly Series[];
  readonly verdicts: readonly Verdict[];
  /** Sentences of the oracle. */
  readonly violations: readonly string[];
  /** How often each thing happened to an agent. */
  readonly happenings: Readonly<Record<string, number>>;
  readonly logouts: number;
  /** Of the latest. */
  readonly worstLateMs: number;
}

/** The journal reaches its limit while the site warms up, so that it is level when it is judged. */
const journalEntriesMax = 5_000;
const samplesMin = 60;
const sampleEveryMsMax = 10_000;
const signedInEveryMs = 500;
const arrivalsPerStep = 50;
/** Violations that are told with all that is known, and how much of the journal that is. */
const storiesMax = 5;
const storyLinesMax = 12;

/**
 * A site on a long day: every agent lives through everything that can happen to a desktop, while memory, handles, keys,
 * jobs and streams are sampled. At the end each of them must be level, and the oracle judges the whole day.
 */
export async function soak({ minutes, agents, seed, say }: SoakOptions): Promise<SoakResult> {
  const needs = {
    ...plainNeeds,
    env: {
      JOURNAL_ENTRIES_MAX: String(journalEntriesMax),
      CTI_MESSAGES_PER_SECOND_MAX: '5000',
      LOG_LEVEL: 'warn',
    },
  };
  const experiment = await startExperiment('lastcall', soakTimes, 'whole', needs);
  try {
    const startedAt = Date.now();
    const day = new Day(experiment, new Random(seed), say);
    await day.run(agents, minutes * 60_000);
    return await day.judged(startedAt);
  } finally {
    await experiment.stop();
  }
}

class Day {
  private readonly figures: SiteFigures;
  private readonly journal: JournalLine[] = [];
  private readonly happened = new Map<Happening, number>();
  private lastLine: string;
  private signedIn: ReadonlySet<string> = new Set();

  constructor(
    private readonly experiment: Experiment,
    private readonly random: Random,
    private readonly say: (line: string) => void,
  ) {
    this.figures = new SiteFigures(experiment);
    this.lastLine = String(Date.now());
  }

  async run(agents: number, forMs: number): Promise<void> {
    const { experiment, random, happened } = this;
    const desktops = await experiment.agents(agents, 'READY');
    for (let first = 0; first < desktops.length; first += arrivalsPerStep)
      await experiment.open(desktops.slice(first, first + arrivalsPerStep), (place) =>
        place % 2 === 0 ? 'primary' : 'secondary',
      );
    const endsAt = Date.now() + forMs;
    const signedIn = { has: (agentId: string): boolean => this.signedIn.has(agentId) };
    const count = (name: Happening): void => void happened.set(name, (happened.get(name) ?? 0) + 1);
    const lives = desktops.map((desktop, place) =>
      new AgentLife(experiment, desktop, random.fork(place), signedIn, count).live(endsAt),
    );
    const sampleEveryMs = Math.min(sampleEveryMsMax, forMs / samplesMin);
    const watching = Promise.all([
      this.every(
        signedInEveryMs,
        endsAt,
        async () => void (this.signedIn = await experiment.site.signedIn().catch(() => this.signedIn)),
      ),
      this.every(sampleEveryMs, endsAt, async () => {
        await this.figures.sample().catch(() => undefined);
        await this.readJournal();
      }),
    ]);
    await Promise.all([watching, ...this.untilOver(lives)]);
    await experiment.untilAcknowledged(desktops);
    await pause(experiment.times.graceMs);
    await this.readJournal();
  }

  async judged(startedAt: number): Promise<SoakResult> {
    const { experiment, say, happened } = this;
    const endsAt = Date.now();
    const agentIds = new Set(experiment.desktops.map(({ agentId }) => agentId));
    const observations = await observationsOf(experiment, startedAt, agentIds);
    const rules = rulesOf(experiment.times, false);
    const found = judge(observations, this.journal, { rules, endsAt: endsAt - startedAt, journalEpochMs: startedAt });
    const lateness = latenessOf(observations, experiment.times).sort((one, other) => other.lateMs - one.lateMs);
    for (const { agentId, at } of found.slice(0, storiesMax)) await this.tellStory(agentId, at, startedAt);
    say([...happened].map(([name, times]) => `${name} ${String(times)}`).join(', '));
    say(`${String(observations.length)} lines for the oracle, ${String(this.journal.length)} of the journal`);
    return {
      series: this.figures.all,
      verdicts: this.figures.all.map(judgeLevel),
      violations: found.map(
        ({ invariant, at, agentId, sentence }) => `${invariant} at ${String(at)} ms, agent ${agentId}: ${sentence}`,
      ),
      happenings: Object.fromEntries(happened),
      logouts: lateness.length,
      worstLateMs: lateness[0]?.lateMs ?? 0,
    };
  }

  /** What the journal and the CTI server say of an agent about whom something was wrong. */
  private async tellStory(agentId: string, at: number, startedAt: number): Promise<void> {
    const { experiment, say, journal } = this;
    const lines = journal.filter((line) => line.agentId === agentId && line.at - startedAt <= at).slice(-storyLinesMax);
    for (const line of lines) say(`  ${agentId} at ${String(line.at - startedAt)} ms: ${JSON.stringify(line.entry)}`);
    const view = await (await fetch(`${experiment.site.simulator.app.url}/agents/${agentId}`)).text();
    say(`  ${agentId} now: ${view}; ${JSON.stringify((await experiment.site.record(agentId)).phase)}`);
  }

  /** Lives end one by one; while they do, those who wait for a logout still must see it. */
  private untilOver(lives: readonly Promise<void>[]): Promise<void>[] {
    const over = new AbortController();
    const all = Promise.all(lives).then(() => {
      over.abort();
    });
    const looking = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await pause(signedInEveryMs);
        this.signedIn = await this.experiment.site.signedIn();
      }
    };
    return [all, looking()];
  }

  private async every(ms: number, endsAt: number, act: () => Promise<void>): Promise<void> {
    while (Date.now() < endsAt) {
      const startedAt = Date.now();
      await act();
      await pause(Math.max(0, startedAt + ms - Date.now()));
    }
  }

  /** It is short here, and the oracle needs all of it. A busy machine may not answer in time: the next look reads it. */
  private async readJournal(): Promise<void> {
    const lines = await this.experiment.site.journal(this.lastLine).catch(() => []);
    this.journal.push(...lines);
    this.lastLine = lines.at(-1)?.id ?? this.lastLine;
  }
}

export function reportOf({ verdicts, violations, logouts, worstLateMs }: SoakResult): {
  lines: string[];
  isGood: boolean;
} {
  const growing = verdicts.filter(({ isLevel }) => !isLevel);
  const good = growing.length === 0 && violations.length === 0;
  return {
    isGood: good,
    lines: [
      ...verdicts.map(sentenceOf),
      `${String(logouts)} forced logouts, worst ε ${(worstLateMs / 1000).toFixed(2)} s, violations of I1 to I7: ${String(violations.length)}`,
      ...violations,
      ...growing.map((verdict) => `NOT LEVEL: ${sentenceOf(verdict)}`),
      good ? 'level, and nothing was broken' : 'RED',
    ],
  };
}
