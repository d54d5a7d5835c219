import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type Queue } from 'bullmq';
import { type RequestHandler, response as expressResponse, Router } from 'express';
import { type Logger } from 'pino';
import { operatorHeader } from '../sign-in/gate';
import { judgeAction, lossOfJob, nameOfWakeUp } from './board-actions';

export const boardPath = '/queues';

export interface BoardParts {
  /** As in `belowPath`. */
  readonly basePath: string;
  readonly peripheralId: number;
  readonly logoutQueue: Queue;
  readonly sweepQueue: Queue;
  /** Writes into the agent's journal what an operator did to its wake-up. */
  readonly journalAction: (agentId: string, by: string, sentence: string) => Promise<void>;
  /** The same for what was done to a whole queue. */
  readonly journalQueueAction: (by: string, sentence: string) => Promise<void>;
  readonly log: Logger;
}

interface ActionContext {
  readonly method: string;
  readonly route: string;
  readonly request: {
    readonly params: Readonly<Record<string, unknown>>;
    readonly headers: Readonly<Record<string, string | undefined>>;
  };
}

/**
 * Bull Board, without a guard of its own: it must be mounted behind the gate. Mounted here and not by its Nest module, so
 * that page, API and static files are one middleware behind one gate. Every action is logged with who did it before it is
 * carried out; one on the wake-up of an agent is in that agent's journal too.
 */
export function bullBoard(parts: BoardParts): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  const { basePath } = parts;
  const icon = `${basePath}/assets/favicon.svg`;
  serverAdapter.setBasePath(`${basePath}${boardPath}`);
  createBullBoard({
    queues: [logoutAdapter(parts.logoutQueue, basePath), sweepAdapter(parts.sweepQueue)],
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Lastcall',
        boardLogo: { path: icon, width: 28, height: 28 },
        favIcon: { default: icon, alternative: icon },
        environment: { label: `peripheral ${String(parts.peripheralId)}`, color: '#0172ad', textColor: '#ffffff' },
        miscLinks: [{ text: 'Lastcall console', url: `${basePath}/` }],
        hideDocsLink: true,
      },
      handlerHooks: { before: (context) => beforeAction(parts, context) },
    },
  });
  const board = serverAdapter.getRouter() as RequestHandler;
  return Router().use(withoutOtherHosts, board);
}

type PageDone = (error: Error, html: string) => void;
type RenderPage = (view: string, locals: object, done: PageDone) => void;

/** A tag of the page that asks another host for a style sheet: that of a font. */
const foreignStyle = /<link[^>]*\bhref="(?:https?:)?\/\/[^>]*>/g;

/** Its page asks a host of fonts, which the page's own policy refuses: an error in the browser at each visit. It does without. */
const withoutOtherHosts: RequestHandler = (_request, response, next) => {
  const render: RenderPage = expressResponse.render.bind(response);
  response.render = (view: string, locals?: object | PageDone): void => {
    render(view, typeof locals === 'object' ? locals : {}, (error, html) => {
      if (error instanceof Error) next(error);
      else response.send(html.replace(foreignStyle, ''));
    });
  };
  next();
};

function logoutAdapter(queue: Queue, basePath: string): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, {
    description: 'Wake-ups: each says "look at this agent now". None of them signs anybody out by itself.',
    // A failed wake-up needs no retry: the sweep arms a new one. The button does no harm.
    allowRetries: true,
    externalJobUrl: (job) => {
      const loss = lossOfJob(job.id);
      return loss === undefined
        ? { displayText: 'Console', href: `${basePath}/` }
        : { displayText: `Agent ${loss.agentId}`, href: `${basePath}/#/agents/${encodeURIComponent(loss.agentId)}` };
    },
  });
  adapter.setFormatter('name', (job: { id?: string; name: string; progress?: unknown }) => {
    const loss = lossOfJob(job.id);
    return loss === undefined ? job.name : nameOfWakeUp(loss, job.progress);
  });
  return adapter;
}

/** Read-only: without its schedule nothing would repair what is lost elsewhere. */
function sweepAdapter(queue: Queue): BullMQAdapter {
  return new BullMQAdapter(queue, {
    description: 'The sweep finds what is overdue and has no wake-up, and servers whose lease has ended.',
    readOnlyMode: true,
  });
}

async function beforeAction(
  { journalAction, journalQueueAction, log }: BoardParts,
  { method, route, request }: ActionContext,
): Promise<{ allow: boolean; status?: 403; message?: string }> {
  const verdict = judgeAction(method, route);
  if (verdict.kind === 'reads') return { allow: true };
  const by = request.headers[operatorHeader] ?? 'somebody unknown';
  const { queueName, jobId } = request.params;
  if (verdict.kind === 'refused') {
    log.warn({ operator: by, method, route, queueName, jobId }, 'An action in Bull Board was refused.');
    return { allow: false, status: 403, message: verdict.sentence };
  }
  log.info({ operator: by, method, route, queueName, jobId }, `An operator ${verdict.did} in Bull Board.`);
  const loss = lossOfJob(jobId);
  if (loss === undefined) {
    const names = [queueName, jobId].filter((name) => typeof name === 'string');
    const sentence = [by, verdict.did, ...names].join(' ');
    await journalQueueAction(
      by,
      `${sentence} in Bull Board. Wake-ups decide nothing, and the sweep makes lost ones good.`,
    );
  } else {
    const sentence = `${by} ${verdict.did} ${String(jobId)} in Bull Board. A wake-up decides nothing: the agent is looked at as before.`;
    await journalAction(loss.agentId, by, sentence);
  }
  return { allow: true };
}
