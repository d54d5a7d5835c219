/**
 * The configuration upload of agents (GED-188): CONFIG_REQUEST_KEY_EVENT (230) → CONFIG_KEY_EVENT (231) →
 * CONFIG_REQUEST_EVENT (232), which must be sent even if nothing is wanted → BEGIN, records, END (233, 237, 234).
 *
 * From version 24 on 232 carries two masks: ConfigInformation is what is to be uploaded now, ConfigMsgMask what is to be
 * told whenever it changes. The second one stays when our copy is up to date: 0 would end the updates.
 *
 * None of it has an InvokeID, and servers differ: some support no keys (status 2), have nothing to upload (END 4) or
 * answer nothing at all. Whatever happens the upload is over: by its END, or after a silence of `uploadSilenceMsMax`.
 */
import { ConfigEndStatus, ConfigKeyStatus, ConfigMask, ConfigType } from '#cti-protocol/enumerations';
import { type CancelTimer } from './clock';
import { type CtiLink } from './link';
import { type ConfigurationMessage } from './roster';

/** Our choice: a server that says nothing of an upload for so long has none for us. */
export const UPLOAD_SILENCE_MS_MAX = 10_000;

export type UploadPhase = 'idle' | 'keyAsked' | 'uploading';

export type UploadStep =
  | { kind: 'nothing' }
  /** Ask for the agents. */
  | { kind: 'request'; key: string }
  /** Our copy has the server's key: ask for updates alone. */
  | { kind: 'upToDate' }
  | { kind: 'goesOn' }
  | { kind: 'over'; isWhole: boolean; why: string };

/** What a message means to an upload. `keyHeld` is the key of the copy that we have, '' for none. */
export function nextUploadStep(phase: UploadPhase, keyHeld: string, message: ConfigurationMessage): UploadStep {
  if (phase === 'keyAsked' && message.name === 'CONFIG_KEY_EVENT') {
    const key = message.ConfigKeyStatus === ConfigKeyStatus.OK ? spellKey(message.AgentConfigKey) : '';
    return key !== '' && key === keyHeld ? { kind: 'upToDate' } : { kind: 'request', key };
  }
  if (phase !== 'uploading') return { kind: 'nothing' };
  if (message.name === 'CONFIG_BEGIN_EVENT' || message.name === 'CONFIG_AGENT_EVENT') return { kind: 'goesOn' };
  if (message.name !== 'CONFIG_END_EVENT') return { kind: 'nothing' };
  const status = message.ConfigEndStatus;
  if (status === ConfigEndStatus.PARTIAL) return { kind: 'goesOn' };
  return { kind: 'over', isWhole: status === ConfigEndStatus.SUCCESS, why: `CONFIG_END_EVENT, status ${status}` };
}

/** '' for none. A key of zeros names no version of the configuration: it says that it is to be uploaded. */
function spellKey(key: Uint8Array | undefined): string {
  return key === undefined || key.every((byte) => byte === 0) ? '' : Buffer.from(key).toString('hex');
}

/** Runs one upload at a time; the records themselves are read by whoever listens to the link. */
export class ConfigurationUpload {
  private phase: UploadPhase = 'idle';
  /** The key under which the last whole upload came, and the one under which the current one comes. */
  private keyHeld = '';
  private keyComing = '';
  /** Between BEGIN and END of an update, which is no part of the upload. */
  private isInUpdate = false;
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

  /**
   * To be called when the session is open and its server active: no peripheral has to be on line for it. A former upload
   * that has not ended is forgotten.
   */
  begin(): void {
    this.isInUpdate = false;
    this.listen('keyAsked');
    this.link.tell({ name: 'CONFIG_REQUEST_KEY_EVENT', PeripheralID: this.link.peripheralId });
  }

  /** The link is gone, and the upload with it. */
  abandon(): void {
    this.phase = 'idle';
    this.cancelSilence?.();
  }

  private take(message: ConfigurationMessage): void {
    if (message.name === 'CONFIG_BEGIN_EVENT') this.isInUpdate = message.ConfigType === ConfigType.UPDATE;
    if (message.name === 'CONFIG_END_EVENT' && this.isInUpdate) {
      this.isInUpdate = false;
      return;
    }
    const step = nextUploadStep(this.phase, this.keyHeld, message);
    switch (step.kind) {
      case 'nothing':
        return;
      case 'request':
        this.keyComing = step.key;
        this.listen('uploading');
        this.request(ConfigMask.AGENT);
        return;
      case 'upToDate':
        this.request(0);
        // There is nothing to wait for: servers end this with an empty upload, or with nothing at all.
        this.end('the key is the one that we have', true);
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

  private request(wanted: number): void {
    this.link.tell({
      name: 'CONFIG_REQUEST_EVENT',
      ConfigInformation: wanted,
      ConfigMsgMask: ConfigMask.AGENT,
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
