import { type Agent } from '../model/agents';
import { type Call } from '../model/calls';
import { type ContactCentre } from '../model/contact-centre';
import { isRefusal } from '../model/refusal';
import { type Deed, agentLife, type Step } from './agent-life';
import { DueQueue } from './due-queue';
import { type Scenario } from './scenario-file';

/** Steps that one turn makes up for; a process that was blocked longer catches up over several turns. */
const stepsPerTurnMax = 20_000;

/** What a scenario does with desktops; nothing in one without them. */
export interface ScenarioDesktops {
  readonly open: (agentId: string, index: number) => void;
  readonly close: (agentId: string) => void;
  readonly crash: (agentId: string) => void;
}

interface Player {
  readonly agent: Agent;
  readonly life: Generator<Step, void>;
  call: Call | undefined;
}

/** Carries the lives of a scenario's agents out against the contact centre; `advance` is told the time. */
export class ScenarioRun {
  readonly #players: Player[] = [];
  readonly #due = new DueQueue();
  readonly #done: Record<Deed, number> = { signIn: 0, startCall: 0, endCall: 0, signOut: 0, crashDesktop: 0 };
  #refused = 0;
  #callsOpen = 0;
  #lateMsMax = 0;

  constructor(
    readonly scenario: Scenario,
    private readonly centre: ContactCentre,
    private readonly desktops: ScenarioDesktops | undefined,
  ) {
    centre.agents.add(Math.max(0, scenario.agents - centre.agents.count));
    for (const agent of centre.agents.all) {
      if (this.#players.length === scenario.agents) break;
      this.#players.push({ agent, life: agentLife(scenario, this.#players.length), call: undefined });
    }
    for (const index of this.#players.keys()) this.#queueNext(index);
  }

  get view() {
    const { signIn, signOut, startCall, crashDesktop } = this.#done;
    return {
      signIns: signIn,
      signOuts: signOut,
      desktopCrashes: crashDesktop,
      callsStarted: startCall,
      callsOpen: this.#callsOpen,
      /** Deeds that could not be: the agent was on a call, signed out by somebody else, … */
      refused: this.#refused,
      /** How late the latest deed was: far above the tick, the process is overloaded. */
      lateMsMax: Math.round(this.#lateMsMax),
    };
  }

  /** Does everything that is due at this time (ms since the start), in order. */
  advance(nowMs: number): void {
    for (let steps = 0; steps < stepsPerTurnMax; steps++) {
      const { first } = this.#due;
      if (first === undefined || first.step.atMs > nowMs) return;
      this.#due.shift();
      this.#lateMsMax = Math.max(this.#lateMsMax, nowMs - first.step.atMs);
      const player = this.#players[first.index];
      if (player !== undefined) this.#perform(player, first.index, first.step.deed);
      this.#queueNext(first.index);
    }
  }

  /** Ends its calls and desktops and signs its agents out: the contact centre is as if it had never been. */
  end(): void {
    for (const player of this.#players) {
      this.#endCall(player);
      this.desktops?.close(player.agent.agentId);
      if (player.agent.resting.state !== 'LOGOUT') this.centre.signOut(player.agent, 0);
    }
  }

  #queueNext(index: number): void {
    const next = this.#players[index]?.life.next();
    if (next !== undefined && next.done !== true) this.#due.push({ index, step: next.value });
  }

  #perform(player: Player, index: number, deed: Deed): void {
    const done = this.#try(player, index, deed);
    if (done) this.#done[deed]++;
    else this.#refused++;
  }

  #try(player: Player, index: number, deed: Deed): boolean {
    const { agent } = player;
    switch (deed) {
      case 'signIn':
        this.desktops?.open(agent.agentId, index);
        return this.centre.signIn(agent) === undefined && this.centre.ask(agent, 'AVAILABLE', 0) === undefined;
      case 'startCall': {
        const call = this.centre.calls.start(agent, { kind: 'acd' });
        if (isRefusal(call)) return false;
        player.call = call;
        this.#callsOpen++;
        return true;
      }
      case 'endCall':
        // A call that was refused has no end: it was counted once.
        this.#endCall(player);
        return true;
      case 'signOut':
        this.desktops?.close(agent.agentId);
        return this.centre.signOut(agent, 0) === undefined;
      case 'crashDesktop':
        this.desktops?.crash(agent.agentId);
        return true;
    }
  }

  #endCall(player: Player): void {
    if (player.call === undefined) return;
    this.centre.calls.end(player.call);
    player.call = undefined;
    this.#callsOpen--;
  }
}
