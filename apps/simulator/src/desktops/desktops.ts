import { type ContactCentre } from '../model/contact-centre';
import { refusal, type Refusal } from '../model/refusal';
import { type DesktopSide } from './connection';
import { Desktop } from './desktop';
import { type DesktopTokens } from './desktop-tokens';

/** Desktops of one simulator, closed ones included; a Finesse pair serves about 2 000. */
const desktopsMax = 20_000;

export interface DesktopOrder {
  readonly agentId: string;
  readonly side: DesktopSide;
  readonly desktopId?: string | undefined;
}

/** What can be done to a desktop, by the word in the URL. */
export const desktopDeeds = {
  close: (desktop: Desktop) => {
    desktop.close();
  },
  crash: (desktop: Desktop) => {
    desktop.crash();
  },
  refresh: (desktop: Desktop) => {
    desktop.refresh();
  },
  loseNetwork: (desktop: Desktop) => {
    desktop.loseNetwork();
  },
  restoreNetwork: (desktop: Desktop) => desktop.restoreNetwork(),
  failOver: (desktop: Desktop) => desktop.failOver(),
} as const satisfies Record<string, (desktop: Desktop) => void | Promise<void>>;

export type DesktopDeed = keyof typeof desktopDeeds;

/** The desktops this process runs. */
export class Desktops {
  readonly #desktops = new Map<string, Desktop>();
  readonly #listeners = new Set<(desktop: Desktop) => void>();
  #lastNumber = 0;

  constructor(
    private readonly centre: ContactCentre,
    private readonly tokens: DesktopTokens,
    readonly servers: Readonly<Record<DesktopSide, string>> | undefined,
  ) {}

  get all(): Desktop[] {
    return [...this.#desktops.values()];
  }

  find(desktopId: string): Desktop | undefined {
    return this.#desktops.get(desktopId);
  }

  listen(listener: (desktop: Desktop) => void): void {
    this.#listeners.add(listener);
  }

  /** Opens a new desktop, or one again that was closed, crashed or lost. */
  async open(order: DesktopOrder): Promise<Desktop | Refusal> {
    const { servers } = this;
    if (servers === undefined) return refusal('noServers', 'Desktops need PUBLIC_SERVERS: where both sides are.');
    const desktopId = order.desktopId ?? `sim-${order.agentId}-${++this.#lastNumber}`;
    const known = this.#desktops.get(desktopId);
    if (known?.isLive === true) return refusal('desktopLive', `Desktop ${desktopId} is not closed.`);
    if (known !== undefined && known.agentId !== order.agentId) {
      return refusal('desktopOfAnother', `Desktop ${desktopId} is agent ${known.agentId}'s.`);
    }
    if (this.#desktops.size >= desktopsMax) return refusal('tooManyDesktops', `There are ${desktopsMax} desktops.`);
    const desktop =
      known ??
      new Desktop(desktopId, order.agentId, {
        servers,
        issueToken: (agentId) => this.tokens.issue(agentId),
        changed: (changed) => {
          for (const listener of this.#listeners) listener(changed);
        },
        now: Date.now,
      });
    this.#desktops.set(desktopId, desktop);
    await desktop.open(order.side);
    return desktop;
  }

  async perform(desktop: Desktop, deed: DesktopDeed): Promise<Refusal | undefined> {
    if (!desktop.isLive) return refusal('notLive', `Desktop ${desktop.desktopId} is ${desktop.view.phase}.`);
    await desktopDeeds[deed](desktop);
    return undefined;
  }

  /** The agent's sign-in token expired: the desktop says bye and signs its agent out at the CTI server. */
  expireToken(desktop: Desktop): Refusal | undefined {
    if (!desktop.isLive) return refusal('notLive', `Desktop ${desktop.desktopId} is ${desktop.view.phase}.`);
    desktop.close();
    const agent = this.centre.agents.find(desktop.agentId);
    return agent === undefined ? undefined : this.centre.signOut(agent, 0);
  }

  remove(desktop: Desktop): void {
    desktop.crash();
    this.#desktops.delete(desktop.desktopId);
  }

  stop(): void {
    for (const desktop of this.#desktops.values()) if (desktop.isLive) desktop.crash();
  }
}
