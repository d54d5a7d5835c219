import { readdir, readFile } from 'node:fs/promises';

/** What the system and the process itself say of one process. */
export interface ProcessFigures {
  readonly rssMb: number;
  /** The most it ever had. */
  readonly peakMb: number;
  /** Files, sockets and pipes that are open. */
  readonly handles: number;
  /** Processor time since its start. */
  readonly cpuMs: number;
}

/** What a Node process tells of itself at `/metrics`. */
export interface NodeFigures {
  readonly heapMb: number;
  /** Timers, sockets and requests that keep it alive (process.getActiveResourcesInfo). */
  readonly resources: number;
}

/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;
const bytesPerMb = 1024 * 1024;

/** Rejects when there is no such process any more. */
export async function processFigures(pid: number): Promise<ProcessFigures> {
  const folder = `/proc/${String(pid)}`;
  const [status, stat, handles] = await Promise.all([
    readFile(`${folder}/status`, 'utf8'),
    readFile(`${folder}/stat`, 'utf8'),
    readdir(`${folder}/fd`),
  ]);
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  // The name of the program, in brackets, may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    rssMb: kilobytes('VmRSS') / 1024,
    peakMb: kilobytes('VmHWM') / 1024,
    handles: handles.length,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
  };
}

/** Rejects when the process does not answer. */
export async function nodeFigures(url: string): Promise<NodeFigures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^(?:lastcall_)?${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    heapMb: value('nodejs_heap_size_used_bytes') / bytesPerMb,
    resources: value('nodejs_active_resources_total'),
  };
}
