import { Observer } from '#engine/ports';

/** A measurement is told nothing. */
export class Silent extends Observer {
  override committed(): void {}
  override raised(): void {}
  override conflicted(): void {}
}
