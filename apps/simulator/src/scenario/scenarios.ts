import { type Desktops } from '../desktops/desktops';
import { type ContactCentre } from '../model/contact-centre';
import { refusal, type Refusal } from '../model/refusal';
import { type Scenario } from './scenario-file';
import { type ScenarioDesktops, ScenarioRun } from './scenario-run';

/** How often what is due is done. */
const tickMs = 10;
const msPerSecond = 1_000;

type Phase = 'none' | 'running' | 'finished' | 'stopped';

/**
 * The scenario of this process, at most one at a time: `none` → start → `running` → its duration is over → `finished`,
 * or stop → `stopped`; from each of them start again. Only `#enter` changes the phase.
 */
export class Scenarios {
  #phase: Phase = 'none';
  #run: ScenarioRun | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #startedMonotonicMs = 0;
  #elapsedMs = 0;

  constructor(
    private readonly centre: ContactCentre,
    private readonly desktops: Desktops,
  ) {}

  /** The progress; times are epoch ms. */
  get view() {
    if (this.#run === undefined) return { phase: this.#phase };
    const { scenario } = this.#run;
    return {
      phase: this.#phase,
      name: scenario.name,
      seed: scenario.seed,
      agents: scenario.agents,
      startedAt: this.#startedAt,
      elapsedMs: Math.round(this.#elapsedMs),
      durationMs: scenario.durationSeconds === undefined ? null : scenario.durationSeconds * msPerSecond,
      ...this.#run.view,
    };
  }

  start(scenario: Scenario): Refusal | undefined {
    if (this.#phase === 'running') return refusal('scenarioRunning', 'A scenario runs; end it by DELETE /scenario.');
    if (scenario.desktops !== undefined && this.desktops.servers === undefined) {
      return refusal('noServers', 'Desktops need PUBLIC_SERVERS: where both sides are.');
    }
    const run = new ScenarioRun(scenario, this.centre, this.#desktopsOf(scenario));
    this.#run = run;
    this.#startedAt = Date.now();
    this.#startedMonotonicMs = performance.now();
    this.#elapsedMs = 0;
    this.#enter('running');
    this.#timer = setInterval(() => {
      this.#tick(run, scenario);
    }, tickMs);
    return undefined;
  }

  /** Ends what runs: its calls and desktops are closed, its agents signed out. */
  stop(): void {
    if (this.#phase === 'running') this.#finish('stopped');
  }

  #tick(run: ScenarioRun, scenario: Scenario): void {
    const endMs = (scenario.durationSeconds ?? Infinity) * msPerSecond;
    this.#elapsedMs = Math.min(performance.now() - this.#startedMonotonicMs, endMs);
    run.advance(this.#elapsedMs);
    if (this.#elapsedMs >= endMs) this.#finish('finished');
  }

  #finish(phase: 'finished' | 'stopped'): void {
    clearInterval(this.#timer);
    this.#enter(phase);
    this.#run?.end();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
  }

  #desktopsOf(scenario: Scenario): ScenarioDesktops | undefined {
    const { desktops } = this;
    const wanted = scenario.desktops;
    if (wanted === undefined) return undefined;
    const idOf = (agentId: string): string => `scenario-${agentId}`;
    return {
      open: (agentId, index) => {
        const second = wanted.side === 'secondary' || (wanted.side === 'alternate' && index % 2 === 1);
        const order = { agentId, side: second ? 'secondary' : 'primary', desktopId: idOf(agentId) } as const;
        // A desktop that is live still is left as it is; what a desktop meets is in its own history.
        void desktops.open(order);
      },
      close: (agentId) => {
        const desktop = desktops.find(idOf(agentId));
        if (desktop?.isLive === true) desktop.close();
      },
      crash: (agentId) => {
        const desktop = desktops.find(idOf(agentId));
        if (desktop?.isLive === true) desktop.crash();
      },
    };
  }
}
