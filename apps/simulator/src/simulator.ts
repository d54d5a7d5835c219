import { PeripheralType, StatusCode } from '#cti-protocol/enumerations';
import { type SecureContext } from 'node:tls';
import { broadcast } from './cti/broadcast';
import { type EventSource } from './cti/event-drafts';
import { RequestLog } from './cti/request-log';
import { Side, type SideContext } from './cti/side';
import { ContactCentre } from './model/contact-centre';
import { type Settings } from './model/settings';

/** The newest protocol version this pair speaks; `POST /settings {"versionMax"}` lowers it. */
export const versionNewest = 25;

export interface SimulatorOptions {
  readonly a: { readonly host: string; readonly port: number };
  readonly b: { readonly host: string; readonly port: number };
  readonly peripheralId: number;
  readonly agentCount: number;
  readonly settings: Partial<Settings>;
  readonly tls: SecureContext | undefined;
  readonly log: (sentence: string, details: object) => void;
}

export type SettingsChange = { readonly [K in keyof Settings]?: Settings[K] | undefined } & {
  readonly versionMax?: number | undefined;
};

/** A pair of CTI servers that show one contact centre. */
export class Simulator {
  readonly centre: ContactCentre;
  readonly requests = new RequestLog(Date.now);
  readonly sides: { readonly A: Side; readonly B: Side };
  versionMax = versionNewest;
  #lastSessionId = 0;
  #lastMonitorId = 0;

  constructor(readonly options: SimulatorOptions) {
    this.centre = new ContactCentre(options.settings, Date.now);
    this.centre.agents.add(options.agentCount);
    const context: SideContext = {
      centre: this.centre,
      requests: this.requests,
      peripheralId: options.peripheralId,
      versionMax: () => this.versionMax,
      source: () => this.#source,
      nextSessionId: () => ++this.#lastSessionId,
      nextMonitorId: () => ++this.#lastMonitorId,
      everySession: () => [...this.sides.A.sessions, ...this.sides.B.sessions],
      now: Date.now,
      log: options.log,
      tls: options.tls,
    };
    this.sides = { A: new Side('A', options.a, context), B: new Side('B', options.b, context) };
    const sides = [this.sides.A, this.sides.B];
    this.centre.listen((event) => {
      if (event.kind === 'requestSettled') this.requests.settle(event.requestId, event.outcome);
      else broadcast(event, sides, () => this.#source);
    });
  }

  /** Tells every session FAILURE_EVENT 15 and closes both listeners. */
  async stop(): Promise<void> {
    await Promise.all([
      this.sides.A.stop(StatusCode.CTI_SERVER_OFFLINE),
      this.sides.B.stop(StatusCode.CTI_SERVER_OFFLINE),
    ]);
  }

  /** Settings of the contact centre and the newest version that is granted. */
  changeSettings(changes: SettingsChange): void {
    const { versionMax, ...settings } = changes;
    if (versionMax !== undefined) this.versionMax = versionMax;
    this.centre.settings.change(withoutUndefined(settings));
    // A changed mode shows calls differently at once.
    for (const agent of this.centre.agents.all) this.centre.agents.show(agent);
  }

  get #source(): EventSource {
    const uccx = this.centre.settings.current.mode === 'uccx';
    return {
      peripheralId: this.options.peripheralId,
      skillGroupEvents: this.centre.settings.current.skillGroupEvents,
      peripheralType: uccx ? PeripheralType.ACMI_CRS : PeripheralType.ENTERPRISE_AGENT,
    };
  }
}

function withoutUndefined(changes: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Partial<Settings> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
