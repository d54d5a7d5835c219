import { Counter, Gauge, type Registry } from 'prom-client';

/** Values of one label, each with a number of its own. */
export interface Labelled<T extends string> {
  readonly label: string;
  readonly values: readonly T[];
  readonly read: (value: T) => number;
}

/** Metrics that somebody else keeps: they are read when Prometheus asks. */
export interface ScrapedMetrics {
  readonly gauge: (name: string, help: string, read: () => number) => void;
  /** A gauge for each value of a label. */
  readonly gauges: <T extends string>(name: string, help: string, labelled: Labelled<T>) => void;
  /** A counter for each value of a label; what `read` answers never goes back. */
  readonly totals: <T extends string>(name: string, help: string, labelled: Labelled<T>) => void;
  /** A counter; what `read` answers never goes back. */
  readonly total: (name: string, help: string, read: () => number) => void;
}

export function scrapedMetrics(registry: Registry): ScrapedMetrics {
  const registers = [registry];
  return {
    gauge: (name, help, read) => {
      new Gauge({
        ...{ name, help, registers },
        collect() {
          this.set(read());
        },
      });
    },
    gauges: (name, help, { label, values, read }) => {
      new Gauge({
        ...{ name, help, registers, labelNames: [label] },
        collect() {
          for (const value of values) this.set({ [label]: value }, read(value));
        },
      });
    },
    totals: (name, help, { label, values, read }) => {
      new Counter({
        ...{ name, help, registers, labelNames: [label] },
        collect() {
          this.reset();
          for (const value of values) this.inc({ [label]: value }, read(value));
        },
      });
    },
    total: (name, help, read) => {
      new Counter({
        ...{ name, help, registers },
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
  };
}
