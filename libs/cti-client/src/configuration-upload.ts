/**
 * The configuration upload of agents (GED-188): CONFIG_REQUEST_KEY_EVENT (230) → CONFIG_KEY_EVENT (231) →
 * CONFIG_REQUEST_EVENT (232), which must be sent even if nothing is wanted → BEGIN, records, END (233, 237, 234).
 *
 * None of it has an InvokeID, and servers differ: some support no keys (status 2), have nothing to upload (END 4) or
 * answer nothing at all. Whatever happens the upload is over: by its END, or after a silence of `uploadSilenceMsMax`.
 */
import { ConfigEndStatus, ConfigKeyStatus, ConfigMask } from '#cti-protocol/enumerations';
import { type CancelTimer } from './clock';
import { type CtiLink } from './link';
import { type ConfigurationMessage } from './roster';

/** Our choice: a server that says nothing of an upload for so long has none for us. */
export const UPLOAD_SILENCE_MS_MAX = 10_000;

export type UploadPhase = 'idle' | 'keyAsked' | 'uploading';

export type UploadStep =
  | { kind: 'nothing' }
  /** Ask for the agents, or for nothing because our copy has the server's key. */
  | { kind: 'request'; wanted: number; key: string }
  | { kind: 'goesOn' }
  | { kind: 'over'; isWhole: boolean; why: string };

/** What a message means to an upload. `keyHeld` is the key of the copy that we have, '' for none. */
export function nextUploadStep(phase: UploadPhase, keyHeld: string, message: ConfigurationMessage): UploadStep {
  if (phase === 'keyAsked' && message.name === 'CONFIG_KEY_EVENT') {
    const isOk = message.ConfigKeyStatus === ConfigKeyStatus.OK;
    const key = isOk ? Buffer.from(message.AgentConfigKey ?? []).toString('hex') : '';
    return { kind: 'request', wanted: key !== '' && key === keyHeld ? 0 : ConfigMask.AGENT, key };
  }
  if (phase !== 'uploading') return { kind: 'nothing' };
  if (message.name === 'CONFIG_BEGIN_EVENT' || message.name === 'CONFIG_AGENT_EVENT') return { kind: 'goesOn' };
  if (message.name !== 'CONFIG_END_EVENT') return { kind: 'nothing' };
  const status = message.ConfigEndStatus;
  if (status === ConfigEndStatus.PARTIAL) return { kind: 'goesOn' };
  return { kind: 'over', isWhole: status === ConfigEndStatus.SUCCESS, why: `CONFIG_END_EVENT, status ${status}` };
}

/** Runs one upload at a time; the records themselves are read by whoever listens to the link. */
export class ConfigurationUpload {
  private phase: UploadPhase = 'idle';
  /** The key under which the last whole upload came, and the one under which the current one comes. */
  private keyHeld = '';
  private keyComing = '';
  private cancelSilence: CancelTimer | undefined;

  constructor(
    private readonly link: CtiLink,
    private readonly silenceMsMax: number,
    private readonly over: (why: string, isWhole: boolean) => void,
  ) {
    link.on('configuration', (message) => {
      this.take(message);
    });
  }

  /** To be called in service; a former upload that has not ended is forgotten. */
  begin(): void {
    this.listen('keyAsked');
    this.link.tell({ name: 'CONFIG_REQUEST_KEY_EVENT', PeripheralID: this.link.peripheralId });
  }

  /** The link is gone, and the upload with it. */
  abandon(): void {
    this.phase = 'idle';
    this.cancelSilence?.();
  }

  private take(message: ConfigurationMessage): void {
    const step = nextUploadStep(this.phase, this.keyHeld, message);
    switch (step.kind) {
      case 'nothing':
        return;
      case 'request':
        this.request(step.wanted, step.key);
        return;
      case 'goesOn':
        this.listen('uploading');
        return;
      case 'over':
        if (step.isWhole) this.keyHeld = this.keyComing;
        this.end(step.why, step.isWhole);
        return;
    }
  }

  private request(wanted: number, key: string): void {
    this.keyComing = key;
    this.listen('uploading');
    this.link.tell({
      name: 'CONFIG_REQUEST_EVENT',
      ConfigInformation: wanted,
      ConfigMsgMask: wanted,
      PeripheralID: this.link.peripheralId,
    });
  }

  private listen(phase: UploadPhase): void {
    this.phase = phase;
    this.cancelSilence?.();
    this.cancelSilence = this.link.clock.after(this.silenceMsMax, () => {
      this.end(`nothing came for ${this.silenceMsMax} ms`, false);
    });
  }

  private end(why: string, isWhole: boolean): void {
    this.abandon();
    this.over(why, isWhole);
  }
}
