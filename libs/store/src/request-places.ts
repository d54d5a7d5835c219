import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';

/** A line of losses that the limits of requests refused, as admission.lua.ts keeps it. */
export interface RequestPlaces {
  /** The turn of each agent who has a place (epoch ms, store time), by agent id. */
  readonly turns: ReadonlyMap<string, number>;
  /** Requests per minute that the side's limit lets out: the highest of the last minute; null: none was asked for in it. */
  readonly perMinuteMax: number | null;
}

/** Reads a side's line; null: the line of those who count for no side. Rejects with a StoreError. */
export async function readPlaces(
  redis: RedisConnection,
  peripheralId: number,
  side: Side | null,
): Promise<RequestPlaces> {
  const keys = new Keys(peripheralId);
  const pipeline = redis.pipeline().zrange(keys.places(side), '0', '-1', 'WITHSCORES').get(keys.minuteMax(side));
  const [places, kept] = (await allOf('places', pipeline)) as [string[], string | null];
  const turns = new Map<string, number>();
  const prefix = keys.agent('');
  for (let at = 0; at + 1 < places.length; at += 2) {
    turns.set((places[at] ?? '').slice(prefix.length), Number(places[at + 1]));
  }
  return { turns, perMinuteMax: kept === null ? null : Number(kept) };
}
